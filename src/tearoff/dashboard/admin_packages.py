"""Packages: what an account offers its clients."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tearoff.accounts import packages
from tearoff.accounts.models import Account, Package
from tearoff.dashboard.base_admin import ByVerb, actor
from tearoff.dashboard.card_form import PackageForm
from tearoff.kit import clock


@admin.register(Package)
class PackageAdmin(ByVerb):
    form = PackageForm
    list_display = ("name", "account", "number", "max_active_campaigns", "max_interactions", "is_visible", "clients")
    list_select_related = ("account",)
    search_fields = ("name", "account__company")
    ordering = ("-id",)
    autocomplete_fields = ("account",)
    actions = None
    """They are removed one by one, as each may be somebody's."""

    @admin.display(description="number", ordering="id")
    def number(self, row: Package) -> str:
        return f"pac_{row.pk}"

    @admin.display
    def clients(self, row: Package) -> int:
        return row.subaccounts.count()

    def get_readonly_fields(self, request: HttpRequest, obj: Package | None = None) -> Any:
        return ("account",) if obj else ()

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        by, at = actor(request), clock.now()
        typed = dict(form.cleaned_data)
        if change:
            return packages.update(Package.objects.get(pk=form.instance.pk), typed, actor=by, at=at)
        return packages.create(typed.pop("account"), typed, actor=by, at=at)

    def save_model(self, request: HttpRequest, obj: Package, form: Any, change: bool) -> None:
        """Saved by the verb in save_form."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A package that clients have stays: without it they would have again what it denies them."""
        names, counts, lacking, _ = super().get_deleted_objects(objs, request)
        clients = Account.objects.filter(package__in=objs).order_by("company", "pk")
        return names, counts, lacking, [f"{client} has it" for client in clients]

    def delete_model(self, request: HttpRequest, obj: Package) -> None:
        try:
            packages.remove(obj, actor=actor(request), at=clock.now())
        except packages.InUse as refused:  # given to somebody since the page was shown
            request.refused = str(refused)  # type: ignore[attr-defined]

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        if refused := getattr(request, "refused", ""):
            messages.error(request, refused)
            return HttpResponseRedirect(reverse("admin:accounts_package_change", args=[obj_id]))
        return super().response_delete(request, obj_display, obj_id)
