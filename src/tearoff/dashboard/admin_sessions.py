"""Coupon sessions: looked up, read with all that happened, and held, released or given a use back by the verbs."""

import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from tearoff.accounts.models import Account
from tearoff.activity.models import Event
from tearoff.campaigns.models import Location
from tearoff.coupons import holding, redemption
from tearoff.coupons.addresses import session_url
from tearoff.coupons.models import CouponSession, Validation
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.coupons.persons import email_key, phone_key
from tearoff.dashboard.base_admin import ReadOnlyAdmin, actor, moment
from tearoff.kit import clock, codes

ACTS = {
    "void": "It is voided and cannot be used.",
    "unvoid": "It is valid again, as it was before.",
    "lock": "It is on hold.",
    "unlock": "It is no longer on hold.",
    "undo": "The latest use is taken back.",
}
REFUSALS = {
    Refusal.UNKNOWN: "This session is gone.",
    Refusal.VOIDED: "It is voided already.",
    Refusal.NOT_VOIDED: "It is not voided.",
    Refusal.LOCKED: "It is on hold already.",
    Refusal.NOT_LOCKED: "It is not on hold.",
    Refusal.NOT_USED: "There is no use to take back.",
    Refusal.ACCOUNT_EXPIRED: "Its account is expired or frozen, so nothing changes there.",
    Refusal.ACCOUNT_BLOCKED: "Its account is blocked, so nothing changes there.",
    Refusal.BUSY: "Somebody else is at work on it. Try again.",
}
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,}")
MOST_TOLD = 500
"""Events of one session on its page; a coupon of a thousand uses has more."""


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    STATES = {
        "opened": Q(opened_at__isnull=False),
        "claimed": Q(claimed_at__isnull=False),
        "used": Q(uses__gt=0),
        "voided": Q(voided_at__isnull=False),
        "on hold": Q(locked_at__isnull=False),
        "link": Q(is_link=True),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in self.STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CouponSession]) -> QuerySet[CouponSession]:
        chosen = self.STATES.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


MADE, OPENED, CLAIMED, USED, VOIDED, HELD, ENDS = MOMENTS = (
    moment("created_at", "made"),
    moment("opened_at"),
    moment("claimed_at"),
    moment("validated_at", "used"),
    moment("voided_at"),
    moment("locked_at", "on hold since"),
    moment("expires_at", "ends by itself"),
)


@admin.register(CouponSession)
class SessionAdmin(ReadOnlyAdmin):
    change_form_template = "dashboard/session/change_form.html"
    list_display = ("short", "campaign", "account", "state", MADE, CLAIMED, USED, "uses")
    list_filter = (StateFilter,)
    list_select_related = ("campaign", "account")
    search_fields = ("code",)
    search_help_text = "A link, code, widget code, own code, e-mail, phone or custom id: whole, not a part of it"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("campaign", "account", "code", "short", "is_link", MADE, "source")}),
        ("State", {"fields": (
            OPENED, CLAIMED, "claim_type", "uses", USED, "validation_type", "validation_value", VOIDED, HELD, ENDS, "doubtful_visits",
        )}),
        ("Person", {"fields": ("customer_data", "consent_data", "customid", "email_key", "phone_key", "own_code", "value")}),
    )  # fmt: skip

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in ("campaign__id__exact", "batch", "batch__exact") or super().lookup_allowed(
            lookup, value, request
        )

    def called(self, row: CouponSession) -> str:
        return row.short

    @admin.display(ordering="id")
    def state(self, session: CouponSession) -> str:
        return state_of(session)

    @admin.display(description="customer")
    def customer_data(self, session: CouponSession) -> str:
        return _in_lines(session.customer)

    @admin.display(description="consents")
    def consent_data(self, session: CouponSession) -> str:
        return "\n".join(_in_lines(box) for box in session.consents or [])

    def get_readonly_fields(self, request: HttpRequest, obj: CouponSession | None = None) -> Any:
        return ("customer_data", "consent_data", *MOMENTS)

    # Finding

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CouponSession], search_term: str
    ) -> tuple[QuerySet[CouponSession], bool]:
        """Whole values only, each by its index: parts of them would mean reading every session there is."""
        term = search_term.strip().rstrip("/").rsplit("/", 1)[-1]
        if not term or "\x00" in term:
            return queryset, False
        found = Q(code=term) | Q(short=term.lower()) | Q(customid=search_term.strip())
        if own_code := codes.folded(term):
            found |= Q(own_code_key=own_code)
        if "@" in term:
            found |= Q(email_key=email_key(term))
        if PHONE.fullmatch(term):
            found |= Q(phone_key=phone_key(term))
        return queryset.filter(found, account__in=Account.objects.values("pk")), False

    # One session

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        session: CouponSession | None = options.get("obj")
        if session is not None:
            context |= _about(session)
        return super().render_change_form(request, context, *arguments, **options)

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("<int:pk>/act/", act, name="coupons_couponsession_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Carry out one of ACTS by its verb, and say how it went."""
        session = CouponSession.objects.filter(pk=pk).first()
        what = request.POST.get("act", "")
        if session is None or what not in ACTS:
            raise Http404
        outcome = _carried_out(session, what, actor(request))
        if outcome.refusal is None:
            messages.success(request, ACTS[what])
        else:
            messages.error(request, REFUSALS.get(outcome.refusal, f"This cannot be done now: {outcome.refusal}."))
        return HttpResponseRedirect(reverse("admin:coupons_couponsession_change", args=[pk]))


def state_of(session: CouponSession) -> str:
    """The furthest thing that happened, with what stands beside it."""
    words = [
        word
        for word, is_so in (
            ("voided", session.voided_at),
            ("on hold", session.locked_at),
            ("used", session.uses),
            ("claimed", session.claimed_at and not session.uses),
            ("opened", session.opened_at and not session.claimed_at),
            ("created", not session.opened_at and not session.claimed_at),
        )
        if is_so
    ]
    return ", ".join(words)


def _carried_out(session: CouponSession, what: str, by: str) -> Outcome:
    at = clock.now()
    if what == "undo":
        return redemption.undo(account=session.account_id, code=session.code, at=at, actor=by)
    return holding.hold(account=session.account_id, code=session.code, at=at, actor=by, what=what)  # type: ignore[arg-type]


def _about(session: CouponSession) -> dict[str, Any]:
    events = list(Event.objects.filter(session=session.pk).order_by("-id")[:MOST_TOLD])
    validations = list(
        Validation.objects.filter(session=session.pk).select_related("location").order_by("-number")[:MOST_TOLD]
    )
    names = dict(
        Location.objects.filter(pk__in={event.location for event in events if event.location}).values_list("pk", "name")
    )
    possible = ["unvoid" if session.voided_at else "void", "unlock" if session.locked_at else "lock"]
    return {
        "session": session,
        "state": state_of(session),
        "session_url": session_url(session.campaign.code, session.code),
        "timeline": [_told(event, names) for event in events],
        "validations": validations,
        "possible": [*possible, *(["undo"] if session.uses else [])],
    }


def _told(event: Event, names: dict[int, str]) -> dict[str, Any]:
    """An event as a line of the timeline."""
    data = event.data
    detail = [
        data.get("reason", "").replace("_", " "),
        names.get(event.location or 0, ""),
        f"worth {data['validation_value']}"
        if event.kind == "coupon.validated" and data.get("validation_value")
        else "",
        f"use {data['uses']} of {data['max_uses']}"
        if event.kind == "coupon.validated" and data.get("max_uses", 1) > 1
        else "",
    ]
    return {"at": event.at, "kind": event.kind, "detail": ", ".join(filter(None, detail)), "actor": event.actor}


def _in_lines(values: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in values.items() if value not in ("", None))
