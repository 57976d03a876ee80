"""Cards of the street: Mario's lunch club, and who collects on it."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tearoff.kit import clock, sql
from tearoff.loyalty import cards, granting, holding, listing, rewarding
from tearoff.loyalty.models import Card, CardLocation, Earned, Entry, Holder, Reward
from tearoff.loyalty.outcomes import Outcome
from tests.world import Offer, Shop


@dataclass
class Club:
    """A card and short ways to the acts of its holders: a program's through the client, staff's and holders' by the verbs
    behind the pages."""

    shop: Shop
    card: Card

    @property
    def id(self) -> str:
        return f"loy_{self.card.pk}"

    def set(self, **settings: Any) -> None:
        """Flip settings behind everybody's back."""
        Card.objects.filter(pk=self.card.pk).update(**settings)
        self.card.refresh_from_db()

    def reward(self, points: int, name: str = "Free drink", offer: Offer | None = None, **settings: Any) -> Reward:
        coupon = offer or self.shop.campaign(name)
        at = settings.pop("at", None) or clock.now()
        return cards.add_reward(
            card=self.card, campaign=coupon.campaign, name=name, points=points, actor="test", at=at, **settings
        )

    def at_location(self, name: str = "Shop North", **settings: Any) -> int:
        location = self.shop.location(name, **settings)
        CardLocation.objects.create(card=self.card, location=location)
        return int(location.pk)

    def joined(self, at: datetime | None = None, **profile: Any) -> int:
        """The id of a new holder's row."""
        with clock.moved(at) if at else nullcontext():
            user = self.shop.client.v4.loyalty.users.create(self.card.pk, **profile)
        return int(Holder.objects.get(card=self.card, person=user.id).pk)

    def void(self, holder: int, at: datetime | None = None) -> None:
        with clock.moved(at) if at else nullcontext():
            self.shop.client.v4.loyalty.users.void(self.card.pk, self.holder(holder).person)

    def grant(self, holder: int, delta: int, at: datetime | None = None, **options: Any) -> Outcome:
        return granting.grant(
            account=self.shop.account.pk,
            holder=holder,
            delta=delta,
            at=at or clock.now(),
            actor="test",
            method=options.pop("method", "scan"),
            **options,
        )

    def choose(self, holder: int, reward: Reward, at: datetime | None = None, **options: Any) -> Outcome:
        return rewarding.choose(
            account=self.shop.account.pk,
            holder=holder,
            reward=reward.pk,
            at=at or clock.now(),
            actor="holder",
            **options,
        )

    def hold(self, holder: int, void: bool, at: datetime | None = None) -> Outcome:
        return holding.hold(account=self.shop.account.pk, holder=holder, void=void, at=at or clock.now(), actor="test")

    def holder(self, holder: int) -> Holder:
        return Holder.objects.get(pk=holder)

    def balance(self, holder: int) -> int:
        """What the row says, once it is known to be what the ledger says."""
        held = self.holder(holder)
        row = sql.one("select coalesce(sum(delta), 0) from loyalty_entry where holder_id = %s", [holder])
        assert row is not None and row[0] == held.balance
        return int(held.balance)

    def ledger(self, holder: int) -> list[tuple[int, int, str]]:
        """Change, balance after it, and how."""
        return list(Entry.objects.filter(holder=holder).order_by("number").values_list("delta", "balance", "method"))

    def earned(self, holder: int) -> list[Earned]:
        return list(Earned.objects.filter(holder=holder).order_by("pk"))

    def listed(self) -> list[listing.Listed]:
        return [row for piece in listing.pieces(self.card, listing.Wanted()) for row in piece]


def club(shop: Shop, name: str = "Lunch club", **settings: Any) -> Club:
    """A live card; `settings` are fields of Card. A stamp card has ten stamps unless told otherwise."""
    kind = settings.get("kind", "stamp")
    given = {"status": "active", "timezone": "Europe/Brussels"} | ({"goal": 10} if kind == "stamp" else {}) | settings
    return Club(shop, cards.create_card(account=shop.account, name=name, settings=given, actor="test", at=clock.now()))
