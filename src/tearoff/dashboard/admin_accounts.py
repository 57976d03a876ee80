"""Accounts: opened with owner and keys, changed, and their API keys looked after."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_http_methods

from tearoff.accounts import interactions, keys
from tearoff.accounts.models import Account, ApiClient, OwnerMail
from tearoff.accounts.opening import Opened
from tearoff.activity.recording import record
from tearoff.campaigns.founding import found_account
from tearoff.dashboard.account_form import AccountForm, NewAccountForm
from tearoff.dashboard.base_admin import OperatorAdmin, ReadOnlyAdmin, actor, moment
from tearoff.kit import clock
from tearoff.wallet import connecting
from tearoff.wallet.models import Maker

REFUSALS = {
    "primary": "The primary pair signs webhooks (X-HMAC) and stays. Rotate its secret instead.",
    "gone": "This pair was revoked before.",
}


@admin.register(Account)
class AccountAdmin(OperatorAdmin):
    form = AccountForm
    change_form_template = "dashboard/account/change_form.html"
    list_display = ("company", "email", "status", "expires_on", "parent", MADE := moment("created_at", "made"))
    list_filter = ("status",)
    list_select_related = ("parent",)
    search_fields = ("company", "email")
    ordering = ("-id",)
    autocomplete_fields = ("parent",)
    readonly_fields = ("parent", MADE, "used", "wallets")
    fieldsets = (
        (None, {"fields": ("company", "email", "parent", "status", "expires_on", MADE)}),
        ("Time, money, language", {"fields": ("timezone", "currency", "language", "country")}),
        ("What it may", {"fields": ("package", "max_campaigns", "used", "denied")}),
        ("Wallet passes", {"fields": ("wallets",)}),
        ("Look", {"fields": ("brand_colour", "logo", "powered_by_text", "powered_by_link", "privacy_url", "help_url")}),
    )
    add_fieldsets = (
        (None, {"fields": ("company", "email", "parent", "status")}),
        ("Time, money, language", {"fields": ("timezone", "currency", "language", "country")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        """The tree stands: moving an account would move its rights, and is no matter of a form."""
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewAccountForm}) | options)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account is blocked or frozen; its history stays."""
        return False

    @admin.display(description="Interactions this month")
    def used(self, account: Account) -> str:
        """Openings by people and givings of stamps, and how many its package allows."""
        used, most = interactions.usage(account, clock.now())
        return f"{used:,}" if most is None else f"{used:,} of {most:,}"

    @admin.display(description="State")
    def wallets(self, account: Account) -> str:
        """What is missing before consumers see a button; the settings are an issuer's, on its own page."""
        missing = connecting.missing(account.pk, clock.now())
        lines = ((wallet.label, " ".join(missing.get(wallet, ["Ready."]))) for wallet in Maker)
        return format_html_join("", "<p><b>{}:</b> {}</p>", lines)

    # Opening and changing

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """A new account is made by its verb, which also makes its owner, keys and template."""
        if change:
            return super().save_form(request, form, change)
        opened = found_account(**form.cleaned_data)
        request.opened = opened  # type: ignore[attr-defined]  # shown once by response_add
        return opened.account

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if not change or not form.changed_data:
            return
        obj.save()
        record(
            "account.updated",
            account=obj.pk,
            actor=actor(request),
            at=clock.now(),
            data={"status": obj.status, "changed": form.changed_data},
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing related in the form."""

    def response_add(self, request: HttpRequest, obj: Account, post_url_continue: str | None = None) -> HttpResponse:
        opened: Opened = request.opened  # type: ignore[attr-defined]
        secrets = {
            "Log-in": obj.email,
            "Password": opened.owner_password,
            "Client id": opened.client_id,
            "Client secret": opened.client_secret,
        }
        return self._shown_once(request, obj, "The account is open", secrets)

    # Keys

    def get_urls(self) -> list[URLPattern]:
        keys_page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.keys_view))
        return [path("<int:pk>/keys/", keys_page, name="accounts_account_keys"), *super().get_urls()]

    def keys_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The account's key pairs. A secret is shown in the answer to the act that made it, and never again."""
        account = Account.objects.filter(pk=pk).first()
        if account is None:
            raise Http404
        if request.method == "POST":
            return self._changed_keys(request, account)
        pairs = account.api_clients.order_by("-is_primary", "id")
        return self._page(request, account, "dashboard/account/keys.html", "API keys", pairs=pairs, at=clock.now())

    def _changed_keys(self, request: HttpRequest, account: Account) -> HttpResponse:
        act, at = request.POST.get("act"), clock.now()
        if act == "add":
            with transaction.atomic():
                pair = keys.make_pair(account, at=at)
                self._noted(request, account, "keys.added", pair.client_id)
            return self._shown_once(request, account, "A second pair of keys", _told(pair))

        client = account.api_clients.filter(client_id=request.POST.get("client_id", "")).first()
        if client is None:
            raise Http404
        if act in ("rotate", "rotate_at_once"):
            pair = keys.rotate(client, actor=actor(request), at=at, at_once=act == "rotate_at_once")
            keys.forget()
            return self._shown_once(request, account, "The new secret", _told(pair))
        if act == "revoke":
            if refusal := self._revoked(request, account, client):
                messages.error(request, REFUSALS[refusal])
            else:
                messages.success(request, f"The pair {client.client_id} is revoked.")
            return HttpResponseRedirect(reverse("admin:accounts_account_keys", args=[account.pk]))
        raise Http404

    def _revoked(self, request: HttpRequest, account: Account, client: ApiClient) -> str | None:
        if client.is_primary:
            return "primary"
        with transaction.atomic():
            gone = ApiClient.objects.filter(pk=client.pk, is_primary=False, revoked_at=None).update(
                revoked_at=clock.now()
            )
            if not gone:
                return "gone"
            self._noted(request, account, "keys.revoked", client.client_id)
        keys.forget()
        return None

    def _noted(self, request: HttpRequest, account: Account, kind: str, client_id: str) -> None:
        record(kind, account=account.pk, actor=actor(request), at=clock.now(), data={"client_id": client_id})

    # Pages

    def _shown_once(self, request: HttpRequest, account: Account, title: str, secrets: dict[str, str]) -> HttpResponse:
        """Rendered in the answer itself, as a redirect would have to carry the secret along; and kept by no cache."""
        answer = self._page(
            request,
            account,
            "dashboard/shown_once.html",
            title,
            secrets=secrets,
            parent=account,
            up=reverse("admin:accounts_account_change", args=[account.pk]),
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _page(self, request: HttpRequest, account: Account, template: str, title: str, **more: Any) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": title,
            "account": account,
            "original": account,
            "opts": self.opts,
            **more,
        }
        return TemplateResponse(request, template, context)


def _told(pair: keys.Pair) -> dict[str, str]:
    return {"Client id": pair.client_id, "Client secret": pair.client_secret}


@admin.register(OwnerMail)
class OwnerMailAdmin(ReadOnlyAdmin):
    list_display = (moment("created_at"), "account", "kind", moment("sent_at"), "tries", moment("next_try_at"))
    list_select_related = ("account",)
    list_filter = ("kind",)
    ordering = ("-id",)

    def called(self, row: OwnerMail) -> str:
        return f"{row.kind} to {row.account}"
