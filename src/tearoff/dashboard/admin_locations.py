"""Locations: where coupons are validated, each known by its password."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tearoff.accounts.models import Account
from tearoff.campaigns import passwords
from tearoff.campaigns.models import Campaign, Location
from tearoff.dashboard.base_admin import OperatorAdmin
from tearoff.dashboard.widgets import WebAddressField

CLASH = "Another location of this account has this password, and the password alone says which location it is. Choose another."
CLASH_WITH_COUPON = "The coupon “{name}” of this account has this password as its own. Choose another."


class LocationForm(forms.ModelForm):
    password = forms.CharField(
        required=False,
        max_length=64,
        strip=False,
        label="New password",
        help_text=f"At least {passwords.SHORTEST} characters. It is stored so that nobody can read it again; empty keeps the old one.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    website = WebAddressField(required=False)

    class Meta:
        model = Location
        fields = (
            "account", "name", "email", "is_disabled",
            "address", "zip", "city", "country", "phone", "website", "opening_text", "customid",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        account: Account | None = typed.get("account") or (self.instance.account if self.instance.pk else None)
        if account is not None and typed.get("password"):
            self._take(account, typed["password"])
        return typed

    def _take(self, account: Account, password: str) -> None:
        if len(password) < passwords.SHORTEST:
            self.add_error("password", f"Make it longer: at least {passwords.SHORTEST} characters.")
            return
        digest = passwords.digest_of(account.pk, password)
        coupon = Campaign.objects.filter(account=account, password_digest=digest, deleted_at=None).first()
        if Location.objects.filter(account=account, password_digest=digest).exclude(pk=self.instance.pk).exists():
            self.add_error("password", CLASH)
        elif coupon is not None:
            self.add_error("password", CLASH_WITH_COUPON.format(name=coupon.name))
        else:
            self.instance.password_digest = digest


@admin.register(Location)
class LocationAdmin(OperatorAdmin):
    form = LocationForm
    list_display = ("name", "account", "city", "has_password", "is_disabled")
    list_filter = ("is_disabled",)
    list_select_related = ("account",)
    search_fields = ("name", "city", "account__company")
    autocomplete_fields = ("account",)
    ordering = ("account", "name")
    fieldsets = (
        (None, {"fields": ("account", "name", "email", "password", "has_password", "is_disabled")}),
        ("Where", {"fields": ("address", "zip", "city", "country", "phone", "website", "opening_text", "customid")}),
    )
    readonly_fields = ("has_password",)

    @admin.display(description="has a password", boolean=True)
    def has_password(self, location: Location) -> bool:
        return location.password_digest is not None

    def get_readonly_fields(self, request: HttpRequest, obj: Location | None = None) -> Any:
        return ("has_password", "account") if obj else ("has_password",)

    def has_delete_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        """A location is disabled: what was validated there keeps its place and its name."""
        return False

    def changeform_view(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        """Two operators may type one password at the same moment: the database lets the first one have it."""
        try:
            return super().changeform_view(request, *arguments, **options)
        except IntegrityError as problem:
            if "a_password_names_one_location" not in str(problem):
                raise
            messages.error(request, CLASH)
            return HttpResponseRedirect(request.get_full_path())
