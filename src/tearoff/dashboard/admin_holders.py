"""Who holds a loyalty card: looked up, read with the whole ledger, given stamps or points, mended and voided by the verbs."""

import re
import secrets
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from tearoff.accounts.models import Account
from tearoff.campaigns.models import Location
from tearoff.coupons.persons import email_key, phone_key
from tearoff.dashboard.base_admin import ReadOnlyAdmin, actor, is_id, moment
from tearoff.dashboard.holder_said import DONE, refused
from tearoff.kit import clock
from tearoff.loyalty import addresses, granting, holding, rewarding
from tearoff.loyalty.models import Card, Earned, Entry, Holder
from tearoff.loyalty.outcomes import Outcome

PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,}")
MOST_FOUND = 500
MOST_TOLD = 500
"""Lines of the ledger on one page."""

METHOD = "correction"
"""How whatever an operator gives or takes back stands in the ledger."""


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    STATES = {"active": Q(voided_at=None), "voided": Q(voided_at__isnull=False)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in self.STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Holder]) -> QuerySet[Holder]:
        chosen = self.STATES.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


class GiveForm(forms.Form):
    """`nonce` makes a double press one giving; `reverses` names the entry that is taken back."""

    delta = forms.IntegerField(min_value=-granting.MOST, max_value=granting.MOST, label="Give")
    location = forms.ModelChoiceField(Location.objects.none(), required=False, empty_label="No location")
    note = forms.CharField(required=False, max_length=200)
    nonce = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reverses = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, holder: Holder, **options: Any) -> None:
        super().__init__(*arguments, **options)
        places: Any = self.fields["location"]
        places.queryset = holder.card.locations.order_by("name")


JOINED, GRANTED, VOIDED, CHANGED, SINCE = MOMENTS = (
    moment("created_at", "joined"),
    moment("granted_at", "last given"),
    moment("voided_at"),
    moment("updated_at", "changed"),
    moment("round_started_at", "round began"),
)


@admin.register(Holder)
class HolderAdmin(ReadOnlyAdmin):
    change_form_template = "dashboard/card/holder.html"
    list_display = ("code", "name", "balance", "state", "card", "account", GRANTED, JOINED)
    list_filter = (StateFilter,)
    list_select_related = ("card", "account")
    search_fields = ("code",)
    search_help_text = (
        "A link, code, number (usr_90417), e-mail or phone: whole. On the list of one card also a part of a name"
    )
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("card", "account", "number", "code", "link", JOINED, CHANGED)}),
        ("Person", {"fields": (
            "first_name", "last_name", "email", "phone", "gender", "birthday", "address", "zip", "city", "answers", "consent_data",
        )}),
        ("Collected", {"fields": (SINCE, GRANTED, VOIDED)}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Holder]:
        return super().get_queryset(request).filter(card__deleted_at=None)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "card__id__exact" or super().lookup_allowed(lookup, value, request)

    def called(self, row: Holder) -> str:
        return f"{row.code} {self.name(row)}".strip()

    @admin.display
    def name(self, row: Holder) -> str:
        return f"{row.first_name} {row.last_name}".strip() or row.email or row.phone

    @admin.display
    def state(self, row: Holder) -> str:
        return _state(row)

    @admin.display(description="number")
    def number(self, row: Holder) -> str:
        return f"usr_{row.person}"

    @admin.display(description="own page")
    def link(self, row: Holder) -> SafeString:
        url = addresses.holder_url(row.card.code, row.key)
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, url)

    @admin.display(description="further fields")
    def answers(self, row: Holder) -> str:
        return "\n".join(f"{name}: {value}" for name, value in (row.custom | row.extra).items() if value)

    @admin.display(description="consents")
    def consent_data(self, row: Holder) -> str:
        return "\n".join(", ".join(f"{name}: {value}" for name, value in box.items()) for box in row.consents or [])

    def get_readonly_fields(self, request: HttpRequest, obj: Holder | None = None) -> Any:
        return ("number", "link", "answers", "consent_data", *MOMENTS)

    # Finding

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Holder], search_term: str
    ) -> tuple[QuerySet[Holder], bool]:
        """Whole values, each by its index; parts of names only among the holders of one card."""
        term = search_term.strip().rstrip("/").rsplit("/", 1)[-1]
        if not term or "\x00" in term:
            return queryset, False
        found = Q(pk__in=_found(term))
        if "card__id__exact" in request.GET:
            for part in ("first_name", "last_name", "email", "phone"):
                found |= Q(**{f"{part}__icontains": term})
        return queryset.filter(found), False

    # One holder

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        holder: Holder | None = options.get("obj")
        if holder is not None:
            context |= _about(holder)
        return super().render_change_form(request, context, *arguments, **options)

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("<int:pk>/act/", act, name="loyalty_holder_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give or take back, void, make valid again, or issue what waits, by its verb; and say how it went."""
        holder = self.get_queryset(request).filter(pk=pk).select_related("card").first()
        what = request.POST.get("act", "")
        if holder is None or what not in DONE:
            raise Http404
        outcome = _given(request, holder) if what == "give" else _carried_out(holder, what, actor(request))
        if outcome is not None and outcome.ok:
            messages.success(request, DONE[what])
        elif outcome is not None:
            messages.error(request, refused(outcome, holder.card.timezone))
        return HttpResponseRedirect(reverse("admin:loyalty_holder_change", args=[pk]))


def _found(term: str) -> set[int]:
    """Rows of holders that are called exactly so. One question for each kind of name, so that each has its index."""
    everywhere = Account.objects.values("pk")
    asked = [Q(account__in=everywhere, code=term.lower())]
    if len(term) == 21:
        asked.append(Q(account__in=everywhere, code=term[:6], key=term))
    if is_id(number := term.removeprefix("usr_")):
        asked.append(Q(account__in=everywhere, person=number))
    if "@" in term:
        asked.append(Q(card__in=Card.objects.values("pk"), email_key=email_key(term)) & ~Q(email_key=""))
    if PHONE.fullmatch(term):
        asked.append(Q(card__in=Card.objects.values("pk"), phone_key=phone_key(term)) & ~Q(phone_key=""))
    return {pk for one in asked for pk in Holder.objects.filter(one).values_list("pk", flat=True)[:MOST_FOUND]}


def _given(request: HttpRequest, holder: Holder) -> Outcome | None:
    """None: what was typed is no amount; the page says so."""
    form = GiveForm(request.POST, holder=holder)
    if not form.is_valid():
        said = [f"{form.fields[name].label or name}: {' '.join(map(str, told))}" for name, told in form.errors.items()]
        messages.error(request, " ".join(said))
        return None
    typed = form.cleaned_data
    return granting.grant(
        account=holder.account_id,
        holder=holder.pk,
        delta=typed["delta"],
        at=clock.now(),
        actor=actor(request),
        method=METHOD,
        nonce=typed["nonce"],
        location=typed["location"].pk if typed["location"] else None,
        note=typed["note"],
        reverses=typed["reverses"],
    )


def _carried_out(holder: Holder, what: str, by: str) -> Outcome:
    whom: dict[str, Any] = {"account": holder.account_id, "holder": holder.pk, "at": clock.now(), "actor": by}
    return rewarding.collect(**whom) if what == "collect" else holding.hold(void=what == "void", **whom)


def _state(holder: Holder) -> str:
    return "voided" if holder.voided_at else "active"


def _about(holder: Holder) -> dict[str, Any]:
    lines = list(Entry.objects.filter(holder=holder.pk).select_related("location").order_by("-number")[:MOST_TOLD])
    earned = list(Earned.objects.filter(holder=holder.pk).select_related("reward").order_by("-pk")[:MOST_TOLD])
    back: dict[int, int] = {}
    for line in lines:
        if line.reverses is not None:
            back[line.reverses] = back.get(line.reverses, 0) + line.delta
    return {
        "holder": holder,
        "state": _state(holder),
        "give": GiveForm(holder=holder, initial={"delta": 1}),
        "collects": holder.card.kind != Card.Kind.MEMBERSHIP,
        "ledger": [_line(line, back.get(line.number, 0)) for line in lines],
        "earned": earned,
        "waits": any(one.session is None for one in earned),
        "nonce": secrets.token_urlsafe(16),
    }


def _line(entry: Entry, back: int) -> dict[str, Any]:
    """An entry, and what is left of it to be taken back; lines that mend others, and full rounds, stay as they are."""
    mends = entry.reverses is not None or entry.method == "round"
    return {"entry": entry, "left": 0 if mends else -(entry.delta + back)}
