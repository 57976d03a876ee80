"""What was sent to whom, and through whom: messages with their outcomes, connections, and the ledger of credits."""

from typing import Any

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tearoff.accounts.models import Account
from tearoff.dashboard.base_admin import OperatorAdmin, ReadOnlyAdmin, actor, moment
from tearoff.kit import clock
from tearoff.messaging import connecting, credits
from tearoff.messaging.models import Channel, Connection, CreditEntry, Message

MADE = moment("created_at", "queued")
ENDED = moment("ended_at", "ended")
NEXT = moment("next_try_at", "next try")
AT = moment("at")
CONNECTED = moment("created_at", "connected")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """The log of sending. With the console provider it is also all there is: the demo shop's letter box."""

    list_display = (MADE, "channel", "recipient", "text", "state", "outcome", "segments", "account", ENDED)
    list_filter = ("channel", "state")
    list_select_related = ("account",)
    search_fields = ("recipient__exact", "key__exact", "provider_id__exact")
    search_help_text = "A whole number (+32...), an e-mail address, or the provider's id"
    ordering = ("-id",)
    fields = (
        MADE, "account", "channel", "purpose", "recipient", "sender", "subject", "text", "segments", "campaign", "session",
        "state", "outcome", "tries", NEXT, ENDED, "provider_id",
    )  # fmt: skip
    readonly_fields = (MADE, NEXT, ENDED)


class Once(OperatorAdmin):
    """Rows that are made and looked at, not changed. Made by the room's verbs, in `save_form`."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saved by the verb in save_form."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing related in the form."""


class ConnectionForm(forms.ModelForm):
    channel = forms.ChoiceField(choices=[(Channel.SMS, "SMS"), (Channel.MAIL, "E-mail")])
    provider = forms.ChoiceField(choices=[(name, name) for name in sorted({pair[1] for pair in connecting.NEEDED})])
    settings = forms.JSONField(
        initial=dict,
        required=False,
        help_text="A JSON object; docs/sending.md says what each provider needs. It is sealed and never shown again.",
    )

    class Meta:
        model = Connection
        fields = ("account", "channel", "provider")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        settings = typed.get("settings") or {}
        if not isinstance(settings, dict):
            self.add_error("settings", "This must be an object: {...}.")
        elif problem := connecting.problem_with(typed.get("channel", ""), typed.get("provider", ""), settings):
            self.add_error("settings", problem)
        return typed


UNREADABLE = "The settings cannot be read: was TEAROFF_SECRET_KEY changed? Take the connection away and make it anew."
REPLIES = (
    "It is connected. Enter the address below at the provider, for incoming messages: else nobody's STOP arrives here."
)


@admin.register(Connection)
class ConnectionAdmin(Once):
    """Replaced by taking it away and making a new one. A message that finds none fails with `not_connected`."""

    form = ConnectionForm
    list_display = ("account", "channel", "provider", CONNECTED)
    list_filter = ("channel", "provider")
    list_select_related = ("account",)

    def get_fields(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        return (
            ("account", "channel", "provider", CONNECTED, "replies")
            if obj
            else ("account", "channel", "provider", "settings")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        return ("account", "channel", "provider", CONNECTED, "replies") if obj else ()

    @admin.display(description="replies come to")
    def replies(self, row: Connection) -> str:
        """To be entered at the provider, or no STOP ever arrives."""
        try:
            found = connecting.connection_of(row.account_id, row.channel)
        except InvalidToken:
            return UNREADABLE
        return found.inbound if found else ""

    def response_add(self, request: HttpRequest, obj: Connection, post_url_continue: str | None = None) -> HttpResponse:
        if not self.replies(obj):
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, REPLIES)
        return HttpResponseRedirect(reverse("admin:messaging_connection_change", args=[obj.pk]))

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Connection:
        typed = form.cleaned_data
        made = connecting.connect(
            typed["account"].pk,
            typed["channel"],
            typed["provider"],
            typed["settings"] or {},
            at=clock.now(),
            actor=actor(request),
        )
        return Connection.objects.get(pk=made.id)


class AssignmentForm(forms.ModelForm):
    to = forms.ModelChoiceField(Account.objects.order_by("company", "pk"), label="account")
    delta = forms.IntegerField(
        min_value=-1_000_000, max_value=1_000_000, label="credits", help_text="Negative: take some back."
    )

    class Meta:
        model = CreditEntry
        fields = ("delta",)

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if not delta:
            raise forms.ValidationError("Give some, or take some back.")
        return delta

    def clean(self) -> dict[str, Any]:
        """What is there is held until the entry is written: sends spend it meanwhile."""
        typed: dict[str, Any] = super().clean() or {}
        account, delta = typed.get("to"), typed.get("delta")
        if account and delta is not None and (credits.held(account.pk) or 0) + delta < 0:
            self.add_error("delta", "This account does not have so many.")
        return typed


@admin.register(CreditEntry)
class CreditEntryAdmin(Once):
    """The ledger. Adding an entry assigns credits; all others are written by sending."""

    form = AssignmentForm
    list_display = (AT, "account", "delta", "balance_after", "reason", "message")
    list_filter = ("reason",)
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: CreditEntry | None = None) -> Any:
        return (AT, "account", "delta", "balance_after", "reason", "message") if obj else ("to", "delta")

    def get_readonly_fields(self, request: HttpRequest, obj: CreditEntry | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def called(self, row: CreditEntry) -> str:
        return f"entry {row.pk}"

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> CreditEntry:
        account = form.cleaned_data["to"].pk
        credits.assign(account, form.cleaned_data["delta"], at=clock.now())
        return CreditEntry.objects.filter(account=account).latest("pk")
