"""Webhooks: endpoints, deliveries with every request and its answer, and another try by hand."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from tearoff.accounts.models import Account
from tearoff.campaigns import reach
from tearoff.dashboard.base_admin import OperatorAdmin, ReadOnlyAdmin, actor, moment
from tearoff.kit import clock, outbound
from tearoff.webhooks import delivery as sending
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Delivery, Endpoint

BAD_URLS = {
    "bad_url": "This is no address a server could have: write one like https://example.org/hook.",
    "private_address": "This address is inside a private network. TEAROFF_OUTBOUND_ALLOW names those that may be reached.",
    "not_encrypted": "Only https is allowed on this server.",
}
MADE = moment("created_at", "made")
LATEST = moment("last_delivery_at", "latest delivery")
OFF_SINCE = moment("switched_off_at")
TRIED = moment("last_try_at", "latest try")
NEXT = moment("next_try_at")

OFF = "Not sent: its endpoint is off, or it is being sent at this moment."


class EndpointForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        choices=[(kind, kind) for kind in endpoints.KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all of them.",
    )

    class Meta:
        model = Endpoint
        fields = ("account", "url", "kinds", "campaign", "is_active")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        account: Account | None = typed.get("account") or (self.instance.account if self.instance.account_id else None)
        campaign = typed.get("campaign")
        if account and campaign and reach.campaign(account.pk, campaign.pk) is None:
            self.add_error("campaign", "This campaign belongs to another account.")
        return typed

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if self.instance.pk and url == self.initial.get("url"):
            return url
        if problem := _problem_with(url):
            raise forms.ValidationError(BAD_URLS.get(problem, f"This address cannot be used: {problem}."))
        return url


def _problem_with(url: str) -> str | None:
    """Asked before saving, so that the form can say it; the verb asks again and has the last word."""
    if settings.TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS and not endpoints.is_encrypted(url):
        return "not_encrypted"
    return outbound.check_url(url)


@admin.register(Endpoint)
class EndpointAdmin(OperatorAdmin):
    """Made and changed by the room's verbs, which also keep its readers; the secret is shown when it is made."""

    form = EndpointForm
    change_form_template = "dashboard/webhooks/endpoint.html"
    list_display = ("url", "account", "campaign", "is_active", LATEST, "last_response_code", "failures")
    list_filter = ("is_active",)
    list_select_related = ("account", "campaign")
    search_fields = ("url", "account__company")
    ordering = ("-id",)
    autocomplete_fields = ("account", "campaign")
    readonly_fields = (
        "account", "switched_off_because", OFF_SINCE, LATEST, "last_response_code", "failures", MADE,
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("account", "url", "campaign", "kinds", "is_active")}),
        ("How it goes", {"fields": readonly_fields[1:]}),
    )
    add_fieldsets = ((None, {"fields": ("account", "url", "campaign", "kinds")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        typed = form.cleaned_data
        campaign = typed["campaign"].pk if typed["campaign"] else 0
        if not change:
            account = typed["account"].pk
            return endpoints.create(
                account, url=typed["url"], kinds=typed["kinds"], campaign=campaign, at=clock.now(), actor=actor(request)
            )
        if form.changed_data:
            endpoints.update(
                form.instance.account_id,
                form.instance.pk,
                url=typed["url"],
                kinds=typed["kinds"],
                campaign=campaign,
                active=typed["is_active"],
                at=clock.now(),
                actor=actor(request),
            )
        return form.instance

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        """Saved by the verbs in save_form."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing related in the form."""

    def response_add(self, request: HttpRequest, obj: Endpoint, post_url_continue: str | None = None) -> HttpResponse:
        return self._shown_once(request, obj, "The endpoint is made")

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        endpoints.remove(obj.account_id, obj.pk, at=clock.now(), actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            self.delete_model(request, endpoint)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Deliveries go along; listing them one by one would load them all."""
        names = [str(endpoint) for endpoint in objs]
        return [*names, "and all their deliveries"], {"endpoints": len(names)}, set(), []

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("<int:pk>/act/", act, name="webhooks_endpoint_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a test, or make a new secret."""
        endpoint = Endpoint.objects.filter(pk=pk).first()
        act = request.POST.get("act")
        if endpoint is None or act not in ("test", "rotate"):
            raise Http404
        if act == "rotate":
            rotated = endpoints.rotate_secret(endpoint.account_id, pk, at=clock.now(), actor=actor(request))
            if rotated is None:
                raise Http404
            return self._shown_once(request, rotated, "The new secret")
        endpoints.send_test(endpoint.account_id, pk, at=clock.now(), actor=actor(request))
        messages.success(request, "A test is on its way. Its result stands among the deliveries.")
        return HttpResponseRedirect(reverse("admin:webhooks_endpoint_change", args=[pk]))

    def _shown_once(self, request: HttpRequest, endpoint: Endpoint, title: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": title,
            "opts": self.opts,
            "parent": endpoint,
            "up": reverse("admin:webhooks_endpoint_change", args=[endpoint.pk]),
            "secrets": {"Signing secret": endpoint.new_secret},
        }
        answer = TemplateResponse(request, "dashboard/shown_once.html", context)
        answer.headers["Cache-Control"] = "no-store"
        return answer


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    change_form_template = "dashboard/webhooks/delivery.html"
    list_display = (MADE, "kind", "endpoint", "state", "tries", TRIED, "due")
    list_filter = ("state",)
    list_select_related = ("notification", "endpoint")
    search_fields = ("notification__code__exact", "notification__session_code__exact")
    search_help_text = "A notification's code (evt_...) or a session's code"
    ordering = ("-id",)
    actions = ("send_again",)
    fields = (MADE, "kind", "code", "endpoint", "state", "tries", TRIED, "due")
    readonly_fields = (MADE, "kind", "code", TRIED, "due")

    def called(self, row: Delivery) -> str:
        return f"{row.notification.kind} to {row.endpoint}"

    @admin.display(ordering="notification__kind")
    def kind(self, delivery: Delivery) -> str:
        return delivery.notification.kind

    @admin.display(description="notification")
    def code(self, delivery: Delivery) -> str:
        return delivery.notification.code

    @admin.display(description="next try (UTC)", ordering="next_try_at")
    def due(self, delivery: Delivery) -> str:
        return NEXT(delivery) if delivery.state == Delivery.State.DUE else ""

    @admin.action(description="Send again", permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        sent = [sending.retry(delivery, at=clock.now()) for delivery in queryset]
        if any(sent):
            messages.success(request, f"{sum(sent)} will be sent again now.")
        if not all(sent):
            messages.error(request, f"{len(sent) - sum(sent)}: {OFF}")

    def get_urls(self) -> list[URLPattern]:
        retry = self.admin_site.admin_view(require_POST(self.retry_view))
        return [path("<int:pk>/retry/", retry, name="webhooks_delivery_retry"), *super().get_urls()]

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        delivery = Delivery.objects.filter(pk=pk).first()
        if delivery is None:
            raise Http404
        if sending.retry(delivery, at=clock.now()):
            messages.success(request, "It will be sent again now.")
        else:
            messages.error(request, OFF)
        return HttpResponseRedirect(reverse("admin:webhooks_delivery_change", args=[pk]))

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        delivery: Delivery | None = options.get("obj")
        if delivery is not None:
            body = bytes(delivery.notification.body)
            context |= {
                "delivery": delivery,
                "attempts": delivery.attempts.order_by("-number"),
                "body": body.decode(errors="replace"),
            }
        return super().render_change_form(request, context, *arguments, **options)
