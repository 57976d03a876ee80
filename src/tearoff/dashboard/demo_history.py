"""Eight weeks of customers: each act is planned with its moment, and all are carried out in order on a moved clock.

What is drawn comes from a seeded source, so two fresh installations of one day tell the same story; codes, passwords and
keys do not, as they are worth something. An act that ends other than planned is a bug and stops the filling.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from tearoff.campaigns import passwords
from tearoff.campaigns.models import Campaign, Location
from tearoff.coupons import claiming, holding, links, opening, persons, redemption
from tearoff.coupons.models import CouponSession
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.dashboard.demo_shops import ACTOR, WEEKS, ZONE, Shop, Street
from tearoff.kit import clock, dates

SEED = 1889
NAMES = (
    "Ann", "Bob", "Chloé", "Dirk", "Elif", "Femke", "Gus", "Hana", "Ines", "Jonas", "Kofi", "Lotte", "Milan", "Nora", "Omar",
    "Pia", "Quinten", "Rosa", "Sam", "Tess", "Umut", "Vera", "Wout", "Xenia", "Yara", "Zeno",
)  # fmt: skip
SOURCES = ("", "", "", "window", "flyer", "newsletter")


def live(plan: "Plan", street: Street) -> None:
    """Plan everybody's visits."""
    _pizzeria(plan, street.pizzeria)
    Crowd(street.bakery, "coffee", visitors=60).visits(plan)
    Crowd(street.bakery, "rye", visitors=28, last_day=26).visits(plan)
    Crowd(street.cafe, "flat", visitors=34, method="button").visits(plan)
    Crowd(street.bookshop, "gift", visitors=22).visits(plan)


def _pizzeria(plan: "Plan", shop: Shop) -> None:
    Crowd(shop, "slice", visitors=150, odd=True).visits(plan)
    Crowd(shop, "news", visitors=44, claims=0.75).visits(plan)
    Crowd(shop, "lunch", visitors=22, uses=5).visits(plan)
    Crowd(shop, "happy", visitors=30, hour=(16, 18), weekdays_only=True).visits(plan)
    Crowd(shop, "first50", visitors=47, first_day=12, claims=1).visits(plan)
    Crowd(shop, "summer", visitors=58, last_day=19, odd=True).visits(plan)
    Crowd(shop, "webshop", visitors=16, method="api", spends=True).visits(plan)
    _today(plan, shop)
    _second_claims(plan, shop)
    _early_guests(plan, shop)
    _too_late(plan, shop)
    _mailing(plan, shop)


class Plan:
    """Acts with their moments. Days are counted back from today, which has not happened yet."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today: date = dates.local(now, ZONE).date()
        self.midnight = dates.start_of_day(self.today, ZONE)
        self._acts: list[tuple[datetime, int, Callable[[], None]]] = []

    def moment(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        return dates.instant(datetime.combine(self.today - timedelta(days=days_ago), time(hour, minute)), ZONE)

    def add(self, at: datetime, act: Callable[[], None], *, today: bool = False) -> bool:
        """False, and nothing planned, for what would lie after yesterday (or now): it has not happened."""
        if at >= (self.now if today else self.midnight):
            return False
        self._acts.append((at, len(self._acts), act))
        return True

    def carry_out(self) -> None:
        for at, _, act in sorted(self._acts, key=lambda planned: planned[:2]):
            with clock.moved(at):
                act()


@dataclass
class Guest:
    """One person with one coupon, and what they and the staff do with it."""

    shop: Shop
    campaign: Campaign
    name: str
    email: str = ""
    source: str = ""
    code: str = ""

    def arrives(self) -> None:
        visit = opening.visit(
            campaign_code=self.campaign.code,
            cookie=None,
            person=True,
            customid=None,
            details={},
            source=self.source,
            at=clock.now(),
        )
        if visit.session_code is None:
            raise RuntimeError(f"{self.name} could not open {self.campaign.name}: {visit.refusal}")
        self.code = visit.session_code

    def claims(self, expected: Refusal | None = None) -> None:
        by_form = self.campaign.claim_method == Campaign.ClaimMethod.FORM
        outcome = claiming.claim(
            account=self.shop.account.pk,
            code=self.code,
            at=clock.now(),
            actor="holder",
            entrance="holder",
            claim_type="form" if by_form else "button",
            details=self._typed() if by_form else {},
        )
        self._went(outcome, expected)

    def _typed(self) -> dict[str, Any]:
        """What the form brings along, as the consumer's page hands it on."""
        customer = {"firstname": self.name, "email": self.email}
        details: dict[str, Any] = {"customer": customer, "email_key": persons.email_key(self.email)}
        for box in self.campaign.consents:
            customer[box["name"]] = "1"
            agreed = {name: box[name] for name in ("name", "text", "link", "version")}
            details.setdefault("consents", []).append(agreed | {"at": clock.now().isoformat(), "address": "192.0.2.17"})
        return details

    def uses(
        self, place: Location, method: str, *, expected: Refusal | None = None, wrong: bool = False, value: str = ""
    ) -> None:
        digest = (
            passwords.digest_of(self.shop.account.pk, "no-such-password") if wrong else self.shop.password_digest(place)
        )
        entrance = {"scan": "staff", "api": "api"}.get(method, "holder")
        outcome = redemption.validate(
            account=self.shop.account.pk,
            code=self.code,
            at=clock.now(),
            actor={"staff": "staff", "api": f"api:{self.shop.account.pk}"}.get(entrance, "holder"),
            entrance=entrance,
            method=method,
            password_digest=digest if method in ("password", "scan") else None,
            value=value or None,
        )
        self._went(outcome, expected)

    def is_held(self, what: holding.Hold) -> None:
        self._went(holding.hold(account=self.shop.account.pk, code=self.code, at=clock.now(), actor=ACTOR, what=what))

    def is_undone(self) -> None:
        self._went(redemption.undo(account=self.shop.account.pk, code=self.code, at=clock.now(), actor=ACTOR))

    def _went(self, outcome: Outcome, expected: Refusal | None = None) -> None:
        if outcome.refusal != expected:
            raise RuntimeError(f"{self.campaign.name}: {outcome.refusal} instead of {expected} at {clock.now()}")


@dataclass
class Crowd:
    """The visitors of one campaign. Shares are of those who came one step before; days are days ago."""

    shop: Shop
    name: str
    visitors: int
    first_day: int = WEEKS * 7
    last_day: int = 1
    claims: float = 0.72
    used: float = 0.68
    uses: int = 1
    method: str = ""
    """Empty: by password on the phone or by the staff's scan."""
    hour: tuple[int, int] = (11, 20)
    weekdays_only: bool = False
    spends: bool = False
    odd: bool = False
    """Now and then something goes wrong, as it does."""
    _draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(f"{SEED}/{self.name}")

    def visits(self, plan: Plan) -> None:
        for number in range(self.visitors):
            guest = Guest(
                self.shop, self.shop.campaigns[self.name], self._draw.choice(NAMES), source=self._draw.choice(SOURCES)
            )
            guest.email = f"{guest.name.lower().replace('é', 'e')}.{self.name}{number}@mail.example"
            self._one(plan, guest, number)

    def _one(self, plan: Plan, guest: Guest, number: int) -> None:
        at = self._moment(plan, self._draw.randint(self.last_day, self.first_day))
        claims, uses = self._draw.random() < self.claims, self._draw.random() < self.used
        plan.add(at, guest.arrives)
        claimed_at = at + timedelta(seconds=self._draw.randint(12, 240))
        if not claims or not plan.add(claimed_at, guest.claims):
            return
        if self.odd and number % 31 == 7:
            plan.add(claimed_at + timedelta(hours=1), lambda: guest.is_held("void"))
        elif self.odd and number % 47 == 9:
            plan.add(claimed_at + timedelta(hours=1), lambda: guest.is_held("lock"))
        elif uses:
            self._is_used(plan, guest, claimed_at, number)

    def _is_used(self, plan: Plan, guest: Guest, after: datetime, number: int) -> None:
        place = self._draw.choice(self.shop.places + self.shop.places[:1])  # the first shop is the busier one
        method = self.method or self._draw.choice(("password", "scan"))
        value = f"{self._draw.randint(2000, 8900) / 100:.2f}" if self.spends else ""
        at = after
        for _ in range(self._draw.randint(1, self.uses)):
            at = self._later(plan, at)
            if self.odd and number % 12 == 5 and method == "password":
                plan.add(
                    at - timedelta(seconds=20),
                    lambda: guest.uses(place, method, wrong=True, expected=Refusal.WRONG_PASSWORD),
                )
            if not plan.add(at, lambda: guest.uses(place, method, value=value)):
                return
        if self.odd and number % 17 == 3:
            plan.add(at + timedelta(minutes=9), lambda: guest.uses(place, method, expected=Refusal.ALREADY_USED))
        elif self.odd and number % 37 == 4:
            plan.add(at + timedelta(minutes=3), guest.is_undone)

    def _later(self, plan: Plan, at: datetime) -> datetime:
        """Ten minutes later, or on one of the next days: at a time of day the offer can be used at."""
        soon = at + timedelta(minutes=10)
        if self.uses == 1 and not self.weekdays_only and self._draw.random() < 0.5:
            return soon
        days_ago = (plan.today - dates.local(at, ZONE).date()).days - self._draw.randint(1, 4)
        return self._moment(plan, days_ago, later=True)

    def _moment(self, plan: Plan, days_ago: int, *, later: bool = False) -> datetime:
        """Some minute of that day; of a working day near it, before or after, where only those will do."""
        step = -1 if later or days_ago > self.first_day - 2 else 1
        while self.weekdays_only and (plan.today - timedelta(days=days_ago)).isoweekday() > 5:
            days_ago += step
        return plan.moment(days_ago, self._draw.randint(*self.hour), self._draw.randint(0, 58))


# Single stories


def _today(plan: Plan, shop: Shop) -> None:
    """Somebody came in just now, whenever now is."""
    place = shop.places[0]
    for number, minutes in enumerate((9, 26, 41, 75, 118, 190)):
        guest = Guest(shop, shop.campaigns["slice"], NAMES[number], f"{NAMES[number].lower()}.today@mail.example")
        at = plan.now - timedelta(minutes=minutes)
        plan.add(at, guest.arrives, today=True)
        plan.add(at + timedelta(minutes=1), guest.claims, today=True)
        if number % 2:
            plan.add(at + timedelta(minutes=7), _using(guest, place), today=True)


def _using(guest: Guest, place: Location) -> Callable[[], None]:
    return lambda: guest.uses(place, "scan")


def _second_claims(plan: Plan, shop: Shop) -> None:
    """Three who try for a second tiramisu under the e-mail address of their first, spelled another way."""
    for days_ago, name in ((20, "Rosa"), (13, "Sam"), (6, "Tess")):
        first = Guest(shop, shop.campaigns["news"], name, f"{name.lower()}@mail.example")
        second = Guest(shop, shop.campaigns["news"], name, f" {name.upper()}@mail.example")
        plan.add(plan.moment(days_ago, 12, 1), first.arrives)
        plan.add(plan.moment(days_ago, 12, 2), first.claims)
        plan.add(plan.moment(days_ago - 2, 12, 1), second.arrives)
        plan.add(plan.moment(days_ago - 2, 12, 2), _refused_claim(second))


def _refused_claim(guest: Guest) -> Callable[[], None]:
    return lambda: guest.claims(expected=Refusal.PERSON_HAS_ONE)


def _early_guests(plan: Plan, shop: Shop) -> None:
    """Two who want their spritz before the happy hour."""
    for days_ago in (11, 4):
        guest = Guest(shop, shop.campaigns["happy"], "Gus")
        plan.add(plan.moment(days_ago, 13, 5), guest.arrives)
        plan.add(plan.moment(days_ago, 13, 6), guest.claims)
        plan.add(plan.moment(days_ago, 13, 20), _refused_use(guest, shop.places[1], Refusal.OUTSIDE_HOURS))


def _too_late(plan: Plan, shop: Shop) -> None:
    """Two who kept their lemonade for too long."""
    for minute in (10, 40):
        guest = Guest(shop, shop.campaigns["summer"], "Vera")
        plan.add(plan.moment(16, 15, minute), guest.arrives)
        plan.add(plan.moment(16, 15, minute + 1), guest.claims)
        plan.add(plan.moment(11, 18, minute), _refused_use(guest, shop.places[0], Refusal.EXPIRED))


def _refused_use(guest: Guest, place: Location, expected: Refusal) -> Callable[[], None]:
    return lambda: guest.uses(place, "scan", expected=expected)


def _mailing(plan: Plan, shop: Shop) -> None:
    """Sixty personal links were made a month ago; most were opened since, some used, one taken back."""
    campaign, draw = shop.campaigns["links"], random.Random(f"{SEED}/mailing")
    guests = [Guest(shop, campaign, draw.choice(NAMES)) for _ in range(60)]
    pattern = links.CodePattern("FRN", 10, links.DIGITS)

    def make() -> None:
        batch = links.make_links(
            campaign=campaign,
            amount=len(guests),
            at=clock.now(),
            actor=ACTOR,
            pattern=pattern,
            note="Mailing to regulars",
        )
        codes = CouponSession.objects.filter(batch=batch).order_by("pk").values_list("code", flat=True)
        for guest, code in zip(guests, codes, strict=True):
            guest.code = code

    plan.add(plan.moment(30, 9), make)
    for number, guest in enumerate(guests[:41]):
        at = plan.moment(draw.randint(8, 29), draw.randint(10, 21), draw.randint(0, 50))
        plan.add(at, _opening(guest))
        if number < 26:
            plan.add(at + timedelta(minutes=2), guest.claims)
        if number < 17:
            plan.add(at + timedelta(days=draw.randint(1, 6)), _using(guest, draw.choice(shop.places)))
    for guest in guests[55:57]:
        plan.add(plan.moment(7, 10), _voiding(guest))
    plan.add(plan.moment(6, 10), _removing(guests[58]))


def _opening(guest: Guest) -> Callable[[], None]:
    return lambda: guest._went(opening.open_session(account=guest.shop.account.pk, code=guest.code, at=clock.now()))


def _voiding(guest: Guest) -> Callable[[], None]:
    return lambda: guest.is_held("void")


def _removing(guest: Guest) -> Callable[[], None]:
    return lambda: guest._went(
        links.remove_link(account=guest.shop.account.pk, code=guest.code, at=clock.now(), actor=ACTOR)
    )
