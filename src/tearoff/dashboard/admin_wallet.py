"""Wallet passes: through whom an account makes them, which ones phones have, and what wallets were told."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from tearoff.dashboard.admin_messages import Once
from tearoff.dashboard.base_admin import ReadOnlyAdmin, actor, moment
from tearoff.kit import clock
from tearoff.wallet import checking, connecting
from tearoff.wallet.models import Issuer, Pass, Update

CONNECTED = moment("created_at", "connected")
UNTIL = moment("good_until")
SAVED = moment("created_at", "saved")
CHANGED = moment("changed_at")
QUEUED = moment("created_at", "queued")
ENDED = moment("ended_at", "ended")
NEXT = moment("next_try_at", "next try")


class IssuerForm(forms.ModelForm):
    settings = forms.JSONField(
        initial=dict,
        help_text="A JSON object; docs/wallet.md says what each wallet needs. It is sealed and never shown again.",
    )

    class Meta:
        model = Issuer
        fields = ("account", "maker")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        settings, maker = typed.get("settings"), typed.get("maker")
        if not isinstance(settings, dict):
            self.add_error("settings", "This must be an object: {...}.")
        elif maker:
            for sentence in checking.problems(maker, settings, clock.now()):
                self.add_error("settings", sentence)
        return typed

    def _post_clean(self) -> None:
        """Nothing is asked of a row of its own: the verb makes it, and a second connection replaces the first."""


@admin.register(Issuer)
class IssuerAdmin(Once):
    """Replaced by connecting anew. Without one the pages of the account have no button."""

    form = IssuerForm
    list_display = ("account", "maker", "name", "missing", UNTIL, CONNECTED)
    list_filter = ("maker",)
    list_select_related = ("account",)

    @admin.display(description="what is missing")
    def missing(self, row: Issuer) -> str:
        return " ".join(connecting.missing(row.account_id, clock.now()).get(row.maker, []))

    def get_fields(self, request: HttpRequest, obj: Issuer | None = None) -> Any:
        return ("account", "maker", "name", "missing", UNTIL, CONNECTED) if obj else ("account", "maker", "settings")

    def get_readonly_fields(self, request: HttpRequest, obj: Issuer | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Issuer:
        typed = form.cleaned_data
        account, maker = typed["account"].pk, typed["maker"]
        connecting.connect(account, maker, typed["settings"], at=clock.now(), actor=actor(request))
        return Issuer.objects.get(account_id=account, maker=maker)


@admin.register(Pass)
class PassAdmin(ReadOnlyAdmin):
    list_display = (SAVED, "account", "serial", "kind", "family", CHANGED, "message")
    list_filter = ("kind",)
    search_fields = ("serial__exact",)
    ordering = ("-id",)


@admin.register(Update)
class UpdateAdmin(ReadOnlyAdmin):
    """The log of what wallets were told, for 30 days."""

    list_display = (QUEUED, "account", "wallet_pass", "maker", "what", "text", "state", "outcome", "tries", NEXT, ENDED)
    list_filter = ("maker", "what", "state")
    list_select_related = ("account", "wallet_pass")
    ordering = ("-id",)
