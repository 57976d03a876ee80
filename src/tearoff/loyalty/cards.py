"""Making, copying, changing and removing cards and their rewards. Each writes one event; a removed card takes none any more."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.activity.models import Reader
from tearoff.activity.recording import record
from tearoff.campaigns.models import Campaign, Location
from tearoff.kit.fresh import save_under_fresh_code
from tearoff.loyalty.models import Card, CardLocation, Reward, Threshold

COPIED = [
    column.name
    for column in Card._meta.concrete_fields
    if column.name not in {"id", "account", "code", "status", "created_at", "deleted_at", "name"}
]
"""What a copy takes over: texts, look, rules; never holders or their balances."""

READER = "loyalty"
"""The name under which this room reads events: it must learn when a reward's coupon is used (`following`)."""


class CardGone(Exception):
    """The card was removed meanwhile, and nothing was written."""


@rights.needs("loyalty")
def create_card(*, account: Account, name: str, settings: dict[str, Any], actor: str, at: datetime) -> Card:
    """A new card with status draft unless `settings`, fields of Card, say another."""
    made = Card(account=account, name=name, created_at=at, **{"timezone": account.timezone, **settings})
    with transaction.atomic():
        save_under_fresh_code(made)
        _noted("card.created", made, actor, at)
    return made


@rights.needs("loyalty")
def copy_card(*, card: Card, name: str, actor: str, at: datetime) -> Card:
    """A card with the same settings, status, locations and rewards, and a code of its own; nobody holds it yet.

    Raises:
        CardGone
    """
    with transaction.atomic():
        card = _held(card)
        made = Card(account_id=card.account_id, name=name, status=card.status, created_at=at)
        for field in COPIED:
            setattr(made, field, getattr(card, field))
        save_under_fresh_code(made)
        ticked = card.locations.values_list("pk", flat=True)
        CardLocation.objects.bulk_create(CardLocation(card=made, location_id=place) for place in ticked)
        for reward in card.rewards.filter(retired_at=None).order_by("pk"):
            _make_reward(made, reward.campaign, reward.name, reward.points, reward.days_valid, reward.stock, at)
        _noted("card.created", made, actor, at, {"copied_from": card.pk})
    return made


@rights.needs("loyalty")
def update_card(*, card: Card, changes: dict[str, Any], actor: str, at: datetime) -> Card:
    """Lay `changes` over the card; an event only if something changed. A changed goal counts from the next round on.

    Raises:
        CardGone
    """
    with transaction.atomic():
        current = _held(card)
        changed = [key for key, value in changes.items() if getattr(current, key) != value]
        for key in changed:
            setattr(current, key, changes[key])
        if changed:
            current.save()
            _noted("card.updated", current, actor, at, {"changed": changed})
    return current


@rights.needs("loyalty")
def tick(*, card: Card, locations: Iterable[Location], actor: str, at: datetime) -> None:
    """These locations, and no others, give on the card; an event only if that changed something.

    Raises:
        CardGone
    """
    wanted = {place.pk for place in locations}
    with transaction.atomic():
        _held(card)
        ticked = set(CardLocation.objects.filter(card=card).values_list("location_id", flat=True))
        if wanted == ticked:
            return
        CardLocation.objects.filter(card=card, location_id__in=ticked - wanted).delete()
        CardLocation.objects.bulk_create(
            CardLocation(card=card, location_id=place) for place in sorted(wanted - ticked)
        )
        _noted("card.updated", card, actor, at, {"changed": ["locations"]})


@rights.needs("loyalty")
def delete_card(*, card: Card, actor: str, at: datetime) -> bool:
    """Hide the card everywhere; its rows stay and its code is never given out again. False: it was deleted already."""
    with transaction.atomic():
        gone = Card.objects.filter(pk=card.pk, deleted_at=None).update(deleted_at=at)
        if gone:
            _noted("card.removed", card, actor, at)
    return bool(gone)


@rights.needs("loyalty")
def add_reward(
    *,
    card: Card,
    campaign: Campaign,
    name: str,
    points: int,
    actor: str,
    at: datetime,
    days_valid: int | None = None,
    stock: int | None = None,
) -> Reward:
    """A reward at a number of stamps or points, or for that price on a reward card.

    Raises:
        CardGone
    """
    with transaction.atomic():
        _held(card)
        made = _make_reward(card, campaign, name, points, days_valid, stock, at)
        _noted("card.updated", card, actor, at, {"changed": ["rewards"]})
    return made


@rights.needs("loyalty")
def change_points(*, reward: Reward, points: int, actor: str, at: datetime) -> Reward:
    """Another threshold, from the next round of each holder on; another price, at once (product.md 4.12). One that was
    retired meanwhile stays as it is.

    Raises:
        CardGone
    """
    with transaction.atomic():
        _held(reward.card)
        current = Reward.objects.select_for_update().get(pk=reward.pk)
        if current.points != points and current.retired_at is None:
            current.points = points
            current.save(update_fields=["points"])
            Threshold.objects.update_or_create(reward=current, since=at, defaults={"points": points})
            _noted("card.updated", current.card, actor, at, {"changed": ["rewards"]})
    return current


@rights.needs("loyalty")
def retire_reward(*, reward: Reward, actor: str, at: datetime) -> None:
    """Nobody earns it any more; what was earned stays."""
    with transaction.atomic():
        if Reward.objects.filter(pk=reward.pk, retired_at=None).update(retired_at=at):
            _noted("card.updated", reward.card, actor, at, {"changed": ["rewards"]})


def _held(card: Card) -> Card:
    """The card as it is now, and nobody changes or removes it until the transaction ends."""
    current = Card.objects.select_for_update(no_key=True).filter(pk=card.pk, deleted_at=None).first()
    if current is None:
        raise CardGone
    return current


def _make_reward(
    card: Card, campaign: Campaign, name: str, points: int, days_valid: int | None, stock: int | None, at: datetime
) -> Reward:
    made = Reward.objects.create(
        card=card, campaign=campaign, name=name, points=points, days_valid=days_valid, stock=stock
    )
    Threshold.objects.create(reward=made, points=points, since=at)
    Reader.objects.get_or_create(account=card.account_id, name=READER)
    return made


def _noted(kind: str, card: Card, actor: str, at: datetime, data: dict[str, Any] | None = None) -> None:
    told = {"card": card.pk, "status": card.status} | (data or {})
    record(kind, account=card.account_id, actor=actor, at=at, subject=f"loy_{card.pk}", data=told)
