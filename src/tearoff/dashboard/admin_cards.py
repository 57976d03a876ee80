"""Loyalty cards and their rewards, written by their verbs."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tearoff.accounts import rights
from tearoff.dashboard.base_admin import ByVerb, actor, moment
from tearoff.dashboard.card_form import NO_RIGHT, CardForm, NewCardForm, NewRewardForm, RewardForm
from tearoff.kit import clock
from tearoff.loyalty import addresses, cards, listing
from tearoff.loyalty.models import Card, Reward

GONE = "This card was removed meanwhile, and nothing was saved."
LONGEST_NAME = 50


class OnCards(ByVerb):
    """A card that is removed while somebody types is named as the reason, and nothing is written."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except cards.CardGone:
            messages.error(request, GONE)
            return HttpResponseRedirect(reverse(f"admin:{self.opts.label_lower.replace('.', '_')}_changelist"))


@admin.register(Card)
class CardAdmin(OnCards):
    form = CardForm
    change_form_template = "dashboard/card/change_form.html"
    list_display = ("name", "account", "kind", "status", "code", "link", moment("created_at", "made"))
    list_filter = ("status", "kind")
    list_select_related = ("account",)
    search_fields = ("name", "title", "code__exact", "account__company")
    ordering = ("-id",)
    autocomplete_fields = ("account",)
    readonly_fields = ("account", "kind", "code")
    actions = ("duplicate",)
    fieldsets = (
        (None, {"fields": ("name", "account", "kind", "code", "status", "title", "subtitle", "description", "terms")}),
        ("Collecting", {"fields": ("goal", "new_round", "max_per_grant", "max_per_day", "minutes_between", "places")}),
        ("Joining", {"fields": ("form", "consents")}),
        ("Look and words", {"fields": ("brand_colour", "logo", "art", "timezone", "language", "words")}),
    )
    add_fieldsets = ((None, {"fields": ("account", "name", "kind", "goal")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Card]:
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.display(description="public link")
    def link(self, row: Card) -> SafeString:
        return format_html('<a href="{}">{}</a>', addresses.card_url(row.code), addresses.card_path(row.code))

    def get_fieldsets(self, request: HttpRequest, obj: Card | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Card | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Card | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewCardForm}) | options)

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        row: Card | None = options.get("obj")
        if row is not None:
            everybody = listing.Wanted()
            context |= {
                "card": row,
                "public_url": addresses.card_url(row.code),
                "holders": listing.count(row, everybody),
                "rewards": row.rewards.filter(retired_at=None).count(),
            }
        return super().render_change_form(request, context, *arguments, **options)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if change:
            return form.instance
        typed = form.cleaned_data
        settings = {"kind": typed["kind"], "goal": typed["goal"], "language": typed["account"].language}
        return cards.create_card(
            account=typed["account"], name=typed["name"], settings=settings, actor=actor(request), at=clock.now()
        )

    def save_model(self, request: HttpRequest, obj: Card, form: Any, change: bool) -> None:
        if change:
            by, at = actor(request), clock.now()
            with transaction.atomic():
                cards.update_card(card=form.stored, changes=form.changes(), actor=by, at=at)
                cards.tick(card=form.stored, locations=form.cleaned_data["places"], actor=by, at=at)

    def response_add(self, request: HttpRequest, obj: Card, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"“{obj.name}” is made, as a draft. These are its settings.")
        return HttpResponseRedirect(reverse("admin:loyalty_card_change", args=[obj.pk]))

    def delete_model(self, request: HttpRequest, obj: Card) -> None:
        """Hidden everywhere: its rows stay, and its code is never given out again."""
        cards.delete_card(card=obj, actor=actor(request), at=clock.now())

    @admin.action(description="Copy")
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Card]) -> None:
        """With settings, status, locations and rewards; nobody holds the copy yet."""
        made = [copy for card in queryset.select_related("account") if (copy := self._copied(request, card))]
        if made:
            told = ", ".join(f"“{card.name}” ({card.get_status_display().lower()})" for card in made)
            messages.success(request, f"{len(made)} made: {told}.")

    def _copied(self, request: HttpRequest, card: Card) -> Card | None:
        if not rights.may(card.account_id, "loyalty"):
            messages.error(request, f"“{card.name}” was not copied. {NO_RIGHT}")
            return None
        name = f"{card.name[: LONGEST_NAME - len(COPY)]}{COPY}"
        try:
            return cards.copy_card(card=card, name=name, actor=actor(request), at=clock.now())
        except cards.CardGone:
            messages.error(request, f"“{card.name}” was removed meanwhile.")
            return None


COPY = " copy"


@admin.register(Reward)
class RewardAdmin(OnCards):
    """What a card gives. Deleting retires it: nobody earns it any more, and what was earned stays."""

    form = RewardForm
    list_display = ("name", "card", "campaign", "points", "days_valid", "stock", "taken")
    list_select_related = ("card__account", "campaign")
    search_fields = ("name", "card__name", "card__account__company")
    ordering = ("-card", "points", "id")
    autocomplete_fields = ("card", "campaign")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "card__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        return super().get_queryset(request).filter(retired_at=None, card__deleted_at=None)

    def get_fields(self, request: HttpRequest, obj: Reward | None = None) -> Any:
        return ("card", "campaign", "name", "points", "days_valid", "stock")

    def get_readonly_fields(self, request: HttpRequest, obj: Reward | None = None) -> Any:
        return ("card", "campaign", "name", "days_valid", "stock") if obj else ()

    def get_form(self, request: HttpRequest, obj: Reward | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewRewardForm}) | options)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        typed, by, at = form.cleaned_data, actor(request), clock.now()
        if change:
            return cards.change_points(reward=form.instance, points=typed["points"], actor=by, at=at)
        return cards.add_reward(**typed, actor=by, at=at)

    def save_model(self, request: HttpRequest, obj: Reward, form: Any, change: bool) -> None:
        """Saved by the verb in save_form."""

    def delete_model(self, request: HttpRequest, obj: Reward) -> None:
        cards.retire_reward(reward=obj, actor=actor(request), at=clock.now())
