"""Packages: what an account offers its clients."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tearoff.accounts import packages
from tearoff.accounts.models import Package
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

    def delete_model(self, request: HttpRequest, obj: Package) -> None:
        """Its clients keep what they have, without its limits."""
        packages.remove(obj, actor=actor(request), at=clock.now())
