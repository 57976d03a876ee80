"""The pizzeria's two directories: one for everybody with something for who has paid, one for members."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tearoff.accounts.models import Account
from tearoff.campaigns.models import Category
from tearoff.dashboard.demo_clubs import Club
from tearoff.dashboard.demo_history import NAMES, SEED, Plan
from tearoff.dashboard.demo_shops import ACTOR, WEEKS, Shop
from tearoff.directories import editing, members
from tearoff.directories.models import Directory
from tearoff.kit import clock

LISTED = ("slice", "lunch", "happy", "first50", "links", "webshop", "news", "summer")
IN_THE_CLUB = ("links", "happy", "first50")
PASSWORD_OF_NOBODY = None
"""Members of the demo come in by single sign-on; a password of everybody's would be in every installation."""


@dataclass
class Joiner:
    """One member, and what the shop does with them."""

    directory: Directory
    name: str
    number: int

    def joins(self) -> None:
        email = f"{self.name.lower().replace('é', 'e')}.member{self.number}@mail.example"
        profile: dict[str, Any] = {
            "first_name": self.name,
            "city": "Ghent",
            "custom_1": ("walk-in", "phone")[self.number % 2],
        }
        act: dict[str, Any] = {"at": clock.now(), "actor": "member"}
        made = members.register(
            directory=self.directory, email=email, password=PASSWORD_OF_NOBODY, profile=profile, **act
        )
        act["actor"] = ACTOR
        if self.number % 3 == 0:
            members.give_access(made, clock.now() + timedelta(days=30 * (self.number % 5 + 1)), **act)
        elif self.number % 7 == 1:
            members.give_access(made, None, **act)
        elif self.number == 5:
            members.block(made, True, **act)


def open_all(shop: Shop, clubs: list[Club], now: datetime) -> list[Directory]:
    """Make both, with coupons and cards on them, eight weeks ago."""
    with clock.moved(now - timedelta(weeks=WEEKS, days=1)):
        drinks = Category.objects.create(account=shop.account, name="Drinks")
        treats = Category.objects.create(account=shop.account, name="For the house")
        deals = _directory(
            shop.account, "City deals", access="open", title="Deals at Forno",
            intro="Everything we give away this season, at both shops.",
            payment_text="€ 12 a year, at the counter", brand_colour="#0e3b2c",
        )  # fmt: skip
        for name in LISTED:
            category = {"happy": drinks, "webshop": treats}.get(name)
            _put(
                deals,
                campaign=shop.campaigns[name],
                is_featured=name == "slice",
                is_paid_only=name == "links",
                category=category,
            )
        for club in clubs:
            _put(deals, card=club.card.pk, category=treats if club.most == 0 else None)
        table = _directory(
            shop.account, "The long table", access="paid", title="The long table", sign_up=False,
            intro="For the people who eat with us every week.", payment_text="€ 30 a year, at the counter",
            brand_colour="#7a1f12", order="newest",
        )  # fmt: skip
        for name in IN_THE_CLUB:
            _put(table, campaign=shop.campaigns[name])
        return [deals, table]


def fill(plan: Plan, directories: list[Directory]) -> None:
    """Plan who registers when."""
    for directory, amount in zip(directories, (22, 11), strict=True):
        draw = random.Random(f"{SEED}/{directory.name}")
        for number in range(amount):
            joiner = Joiner(directory, draw.choice(NAMES), number)
            plan.add(plan.moment(draw.randint(1, WEEKS * 7), draw.randint(8, 22), draw.randint(0, 59)), joiner.joins)


def _directory(account: Account, name: str, **settings: Any) -> Directory:
    given = {"status": "active"} | settings
    return editing.create_directory(account=account, name=name, settings=given, actor=ACTOR, at=clock.now())


def _put(directory: Directory, *, campaign: Any = None, card: int | None = None, **changes: Any) -> None:
    editing.put(directory=directory, campaign=campaign, card=card, changes=changes, actor=ACTOR, at=clock.now())
