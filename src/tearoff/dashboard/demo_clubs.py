"""The pizzeria's loyalty cards: one of each kind, their holders, and eight weeks of stamps, points and rewards."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tearoff.campaigns.models import Campaign
from tearoff.coupons import redemption
from tearoff.dashboard.demo_history import NAMES, SEED, Plan
from tearoff.dashboard.demo_shops import ACTOR, WEEKS, Shop, make_campaign
from tearoff.kit import clock
from tearoff.loyalty import cards, granting, holding, joining, rewarding
from tearoff.loyalty.models import Card, CardLocation, Earned, Reward
from tearoff.loyalty.outcomes import Refusal

COUPONS: dict[str, dict[str, Any]] = {
    "drink": {"title": "A drink on us", "coupon_value": "€ 3.20", "terms": "Any soft drink, with your lunch."},
    "free_lunch": {"title": "Your eleventh lunch", "coupon_value": "€ 12.00", "terms": "Any pizza of the day."},
    "mug": {"title": "The Forno mug", "coupon_value": "A mug", "terms": "While there are mugs.", "art": "gift"},
    "bag": {"title": "The Forno bag", "coupon_value": "A cotton bag", "terms": "While there are bags.", "art": "gift"},
    "supper": {"title": "Supper for two", "coupon_value": "€ 40.00", "terms": "Not on Saturdays.", "art": "gift"},
}
"""What the cards give. Nobody gets these but by a card: their public links lead nowhere."""

FORM = [
    {"name": "firstname", "label": "First name", "required": True},
    {"name": "email", "kind": "email", "required": True},
]


@dataclass
class Club:
    """A card with its holders, and how often they come."""

    shop: Shop
    card: Card
    most: int
    """Stamps or points of one visit."""
    holders: int
    visits: int
    wishes: list[Reward] = field(default_factory=list)
    """Rewards a holder chooses as soon as they can be paid."""

    def lives(self, plan: Plan) -> None:
        """Plan everybody's joining and visits."""
        draw = random.Random(f"{SEED}/{self.card.name}")
        for number in range(self.holders):
            holder = Collector(
                self, f"{draw.choice(NAMES)}", number, random.Random(f"{SEED}/{self.card.name}/{number}")
            )
            day, hour = draw.randint(20, WEEKS * 7), draw.randint(11, 20)
            plan.add(plan.moment(day, hour, draw.randint(0, 59)), holder.joins)
            for _ in range(draw.randint(1, self.visits) if self.most else 0):
                day -= draw.randint(1, 5)
                if day < 1:
                    break
                plan.add(plan.moment(day, draw.randint(11, 20), draw.randint(0, 59)), holder.visits)


@dataclass
class Collector:
    """One person with one card."""

    club: Club
    name: str
    number: int
    draw: random.Random
    holder: int = 0

    def joins(self) -> None:
        email = f"{self.name.lower().replace('é', 'e')}.club{self.number}@mail.example"
        profile: dict[str, Any] = {"first_name": self.name} | joining.reachable(email, None, "BE")
        if self.number % 6 == 5:
            profile = {}  # an anonymous card
        card = self.club.card.pk
        self.holder = joining.join(card=card, profiles=[profile], at=clock.now(), actor="holder")[0]
        if self.number == 3:
            self._went(holding.hold(**self._act(), void=True).refusal)

    def visits(self) -> None:
        """Collects; a voided holder is refused, as staff would see."""
        place = self.draw.choice(self.club.shop.places)
        amount = self.draw.randint(1, self.club.most)
        method = self.draw.choice(("password", "scan"))
        refusal = granting.grant(**self._act(), delta=amount, method=method, location=place.pk).refusal
        self._went(refusal, Refusal.VOIDED if self.number == 3 else None)
        if refusal is None:
            self._chooses()
            self._uses(place.pk)

    def _chooses(self) -> None:
        for wish in self.club.wishes:
            if self.draw.random() < 0.4:
                outcome = rewarding.choose(**self._act(), reward=wish.pk, price=wish.points)
                if outcome.refusal not in (None, Refusal.TOO_LITTLE):
                    self._went(outcome.refusal)

    def _uses(self, place: int) -> None:
        """Spends the reward that was earned before, more often than not."""
        earned = Earned.objects.filter(holder=self.holder).exclude(session_code="").order_by("-pk").first()
        if earned is None or self.draw.random() < 0.4:
            return
        shop = self.club.shop
        password = shop.password_digest(next(one for one in shop.places if one.pk == place))
        redemption.validate(
            account=shop.account.pk, code=earned.session_code, at=clock.now(), actor="staff", entrance="staff",
            method="scan", password_digest=password,
        )  # fmt: skip

    def _act(self) -> dict[str, Any]:
        return {"account": self.club.shop.account.pk, "holder": self.holder, "at": clock.now(), "actor": "staff"}

    def _went(self, refusal: Refusal | None, expected: Refusal | None = None) -> None:
        if refusal != expected:
            raise RuntimeError(f"{self.club.card.name}: {refusal} instead of {expected} at {clock.now()}")


def open_all(shop: Shop, now: datetime) -> list[Club]:
    """Make the four cards and the coupons they give, eight weeks ago."""
    with clock.moved(now - timedelta(weeks=WEEKS, days=1)):
        for name, settings in COUPONS.items():
            own = {"name": settings["title"], "single_use_only": True, "claim_method": "button"}
            shop.campaigns[name] = make_campaign(shop, own | settings)
        return [_stamps(shop), _points(shop), _wishes(shop), _members(shop)]


def _stamps(shop: Shop) -> Club:
    card = _card(
        shop, "Lunch club", "stamp", goal=10, title="Lunch club", subtitle="Ten lunches, two treats", max_per_day=3, art="coffee",
        description="A stamp for each lunch. The fifth brings a drink, the tenth a lunch.",
    )  # fmt: skip
    _reward(card, shop.campaigns["drink"], "Free drink", 5)
    _reward(card, shop.campaigns["free_lunch"], "Free lunch", 10)
    return Club(shop, card, most=1, holders=24, visits=9)


def _points(shop: Shop) -> Club:
    card = _card(
        shop, "Evening points", "points", goal=100, title="Evenings at Forno", subtitle="A point for each euro",
        description="A hundred points are a supper for two.", brand_colour="#7a1f12",
    )  # fmt: skip
    _reward(card, shop.campaigns["drink"], "A drink", 50)
    _reward(card, shop.campaigns["supper"], "Supper for two", 100)
    return Club(shop, card, most=40, holders=14, visits=7)


def _wishes(shop: Shop) -> Club:
    card = _card(
        shop, "Collect and choose", "reward", title="Collect and choose", subtitle="Points you spend as you like",
        description="Collect points and choose what you take for them.", brand_colour="#2f49c9", art="gift",
    )  # fmt: skip
    mug = _reward(card, shop.campaigns["mug"], "Mug", 100, stock=40)
    bag = _reward(card, shop.campaigns["bag"], "Bag", 250)
    return Club(shop, card, most=80, holders=12, visits=8, wishes=[bag, mug])


def _members(shop: Shop) -> Club:
    card = _card(
        shop, "Friends of Forno", "membership", title="Friends of Forno", subtitle="Show it when you book",
        description="Friends book a week before everybody else.", brand_colour="#0b0b0c", form=FORM,
    )  # fmt: skip
    return Club(shop, card, most=0, holders=9, visits=0)


def _card(shop: Shop, name: str, kind: str, **settings: Any) -> Card:
    settings = {"status": "active", "art": "pizza"} | settings
    card = cards.create_card(
        account=shop.account, name=name, settings={"kind": kind} | settings, actor=ACTOR, at=clock.now()
    )
    CardLocation.objects.bulk_create(CardLocation(card=card, location=place) for place in shop.places)
    return card


def _reward(card: Card, campaign: Campaign, name: str, points: int, stock: int | None = None) -> Reward:
    return cards.add_reward(
        card=card, campaign=campaign, name=name, points=points, actor=ACTOR, at=clock.now(), stock=stock
    )
