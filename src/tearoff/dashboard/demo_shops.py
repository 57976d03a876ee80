"""Who lives in the demo's street: a pizzeria (the demo's own account), a bakery, and an agency with two clients."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from tearoff.accounts.models import Account, User
from tearoff.campaigns import owncodes, passwords
from tearoff.campaigns.editing import create_campaign
from tearoff.campaigns.founding import found_account
from tearoff.campaigns.models import Campaign, CampaignLocation, Category, Folder, Grant, Location
from tearoff.kit import clock, dates

ZONE = "Europe/Brussels"
WEEKS = 8
"""How far back the street's history goes."""

ACTOR = "owner"
CODES = [f"FORNO-{number:04d}" for number in range(2101, 2141)]


@dataclass
class Shop:
    """An account as its owner knows it, with what is only known now: its secrets, and its locations' passwords."""

    account: Account
    email: str
    owner_password: str
    client_id: str
    client_secret: str
    places: list[Location] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)

    def password_digest(self, place: Location) -> bytes:
        return passwords.digest_of(self.account.pk, self.passwords[place.name])


@dataclass
class Street:
    pizzeria: Shop
    bakery: Shop
    agency: Shop
    cafe: Shop
    bookshop: Shop


def open_all(now: datetime) -> Street:
    """Open the accounts eight weeks ago, with locations and campaigns, but no customers yet."""
    with clock.moved(now - timedelta(weeks=WEEKS, days=1)):
        pizzeria = _opened("Pizzeria Forno", "owner@forno.example", "#0e3b2c")
        bakery = _opened("Lucia's Bakery", "lucia@bakery.example", "#ffd45c")
        agency = _opened("North Street Studio", "hello@studio.example", "#2b3fae")
        cafe = _opened("Café Meridian", "cafe@meridian.example", "#6b3e26", parent=agency.account)
        bookshop = _opened("Harbour Books", "books@harbour.example", "#8c1d40", parent=agency.account)
        street = Street(pizzeria, bakery, agency, cafe, bookshop)
        User.objects.filter(email=street.pizzeria.email).update(is_staff=True, is_superuser=True)
        _furnish_pizzeria(street.pizzeria, now)
        _furnish_bakery(street.bakery, now)
        _furnish_clients(street)
    return street


def _opened(company: str, email: str, colour: str, parent: Account | None = None) -> Shop:
    email = free_email(email)
    opened = found_account(
        email=email, company=company, parent=parent, timezone=ZONE, country="BE", currency="EUR", brand_colour=colour
    )
    return Shop(opened.account, email, opened.owner_password, opened.client_id, opened.client_secret)


def free_email(email: str) -> str:
    """The address, or one beside it: in a database of your own the street may be there already, in another folder's name."""
    name, _, domain = email.partition("@")
    number = 1
    while User.objects.filter(email=email).exists():
        number += 1
        email = f"{name}{number}@{domain}"
    return email


# The pizzeria


def _furnish_pizzeria(shop: Shop, now: datetime) -> None:
    _locate(shop, "Shop North", "12 Mill Lane", "Mon to Sat, 11:00 to 22:00")
    _locate(shop, "Shop Harbour", "3 Quay Street", "Daily, 12:00 to 23:00")
    folder = Folder.objects.create(account=shop.account, name="Every week")
    food = Category.objects.create(account=shop.account, name="Food")
    pizza = Category.objects.create(account=shop.account, name="Pizza", parent=food)
    for key, settings in _pizzeria(now).items():
        sorting = (
            {"folder": folder, "category": pizza, "tags": ["walk-in"]} if key in ("slice", "lunch", "happy") else {}
        )
        shop.campaigns[key] = make_campaign(shop, settings | sorting)
    owncodes.import_codes(shop.campaigns["webshop"], "\n".join(CODES))


def _pizzeria(now: datetime) -> dict[str, dict[str, Any]]:
    """The pizzeria's campaigns in the order they are made: the first is the one visitors of the demo meet."""
    return {
        "slice": {
            "name": "Slice of the day",
            "title": "Slice of the day, on us",
            "subtitle": "With any drink, at both shops",
            "coupon_value": "€ 4.50",
            "description": "A slice of whatever comes out of the oven at that hour. Ask at the counter what it is today.",
            "terms": "One slice for each coupon, with any drink. Eat in or take away. Not together with other offers.",
            "ends_local": datetime.combine(now.date().replace(year=now.year + 1, month=12, day=31), time(23, 59, 59)),
            "claim_method": "form",
            "form": [
                {"name": "firstname", "label": "First name"},
                {
                    "name": "email",
                    "kind": "email",
                    "help": "Only if you like. We use it for nothing else.",
                },
            ],
            "after_claim_message": "Show it at the counter before you order.",
        },
        "links": {
            "name": "Two for one, for regulars",
            "title": "Two pizzas, one price",
            "subtitle": "A thank-you to our regulars",
            "coupon_value": "Second pizza free",
            "description": "Order two pizzas and pay the dearer one. Your link is personal and works once.",
            "terms": "For two or more people. Not on holidays.",
            "single_use_only": True,
            "brand_colour": "#7a1f12",
        },
        "news": {
            "name": "Newsletter tiramisu",
            "title": "Tiramisu for readers",
            "subtitle": "Tell us where to send the news",
            "coupon_value": "€ 5.80",
            "description": "One tiramisu with your meal, for everybody who reads our monthly letter.",
            "terms": "One for each person.",
            "claim_method": "form",
            "form": [
                {"name": "firstname", "label": "First name", "required": True},
                {"name": "email", "kind": "email", "required": True},
            ],
            "consents": [
                {
                    "name": "optin",
                    "text": "Send me your monthly letter. I can stop it at any time.",
                    "version": "2026-01",
                    "link": "https://forno.example/privacy",
                    "required": True,
                }
            ],
            "unique_fields": ["email"],
            "art": "gift",
        },
        "lunch": {
            "name": "Lunch card",
            "title": "Five lunches, one euro off each",
            "subtitle": "One card, five visits",
            "coupon_value": "€ 1 off, five times",
            "description": "Show the card each time you lunch with us on a weekday.",
            "terms": "Once a day.",
            "uses_per_session": 5,
            "minutes_between_uses": 60,
            "art": "bread",
            "brand_colour": "#8a5a12",
        },
        "happy": {
            "name": "Happy hour",
            "title": "Spritz and a slice",
            "subtitle": "Weekdays from four to seven",
            "coupon_value": "€ 7.00",
            "description": "A spritz with a slice of the day, while the sun is on the terrace.",
            "terms": "For guests of 18 and older.",
            "hours": [{"act": "validate", "days": [1, 2, 3, 4, 5], "from": "16:00", "to": "19:00"}],
            "brand_colour": "#d9541e",
        },
        "first50": {
            "name": "First fifty",
            "title": "Margherita for € 5",
            "subtitle": "For the first fifty",
            "coupon_value": "€ 5.00",
            "description": "Fifty coupons, then the oven rests.",
            "terms": "One for each table.",
            "max_claims": 50,
        },
        "summer": {
            "name": "Terrace season",
            "title": "Lemonade with every pizza",
            "subtitle": "While the terrace is open",
            "coupon_value": "€ 3.20",
            "description": "Home-made lemonade with every pizza you eat on the terrace.",
            "terms": "On the terrace only.",
            "ends_local": _local(now, days=-14, at=time(23, 59, 59)),
        },
        "next": {
            "name": "Truffle week",
            "title": "Truffle pizza, half price",
            "subtitle": "For one week only",
            "coupon_value": "€ 9.00",
            "description": "Once a year, for one week.",
            "terms": "While the truffles last.",
            "starts_local": _local(now, days=21, at=time(0)),
            "ends_local": _local(now, days=28, at=time(23, 59, 59)),
        },
        "webshop": {
            "name": "Web shop",
            "title": "Ten per cent off online",
            "subtitle": "In our web shop",
            "coupon_value": "10 % off",
            "description": "Order at forno.example and type the code at the till.",
            "terms": "Orders from € 20.",
            "uses_own_codes": True,
            "own_code_format": "code128",
            "art": "ticket",
            "brand_colour": "#2f49c9",
            "by_password": False,
            "by_scan": False,
            "link_text": "To the web shop",
            "link_url": "https://forno.example/order",
        },
        "draft": {
            "name": "Birthday pizza",
            "title": "A pizza on your birthday",
            "coupon_value": "€ 12.00",
            "status": "draft",
            "art": "gift",
        },
        "template": {
            "name": "House style",
            "title": "Your title here",
            "subtitle": "At both shops",
            "terms": "Eat in or take away. Not together with other offers.",
            "is_template": True,
            "status": "draft",
        },
    }


# The bakery, and the agency's clients


def _furnish_bakery(shop: Shop, now: datetime) -> None:
    _locate(shop, "Bakery", "8 Church Square", "Tue to Sun, 7:00 to 18:00")
    shop.campaigns["coffee"] = make_campaign(
        shop,
        {
            "name": "Morning coffee",
            "title": "Coffee with any pastry",
            "subtitle": "Before ten",
            "coupon_value": "€ 2.80",
            "description": "Choose a pastry, the coffee is ours.",
            "terms": "Filter coffee, one cup.",
            "art": "coffee",
            "after_claim": 30,
            "after_claim_unit": "days",
        },
    )
    shop.campaigns["rye"] = make_campaign(
        shop,
        {
            "name": "Rye week",
            "title": "A rye loaf for the price of white",
            "coupon_value": "€ 1.40",
            "description": "Baked overnight, sold warm.",
            "terms": "While there is bread.",
            "art": "bread",
            "ends_local": _local(now, days=-21, at=time(18)),
        },
    )


def _furnish_clients(street: Street) -> None:
    """The agency made its clients' campaigns and keeps the right to reach them with its own keys."""
    _locate(street.cafe, "Meridian", "1 Observatory Hill", "Daily, 8:00 to 20:00")
    street.cafe.campaigns["flat"] = make_campaign(
        street.cafe,
        {
            "name": "Second cup",
            "title": "The second cup is free",
            "coupon_value": "€ 3.40",
            "description": "Stay a little longer.",
            "terms": "On the same visit.",
            "art": "coffee",
            "by_button": True,
        },
    )
    _locate(street.bookshop, "Harbour", "27 Dock Road", "Mon to Sat, 10:00 to 18:30")
    street.bookshop.campaigns["gift"] = make_campaign(
        street.bookshop,
        {
            "name": "Book bag",
            "title": "A cotton bag with two books",
            "coupon_value": "€ 6.00",
            "description": "Two books of any kind, and the bag to carry them.",
            "terms": "While there are bags.",
            "art": "gift",
        },
    )
    for client, name in ((street.cafe, "flat"), (street.bookshop, "gift")):
        Grant.objects.create(parent=street.agency.account, campaign=client.campaigns[name])


# What they share


def _locate(shop: Shop, name: str, address: str, opening: str) -> None:
    password = _fresh_password(shop)
    shop.passwords[name] = password
    shop.places.append(
        Location.objects.create(
            account=shop.account,
            name=name,
            email=f"{name.lower().replace(' ', '-')}@{shop.email.partition('@')[2]}",
            password_digest=passwords.digest_of(shop.account.pk, password),
            address=address,
            zip="9000",
            city="Ghent",
            country="BE",
            opening_text=opening,
        )
    )


def _fresh_password(shop: Shop) -> str:
    """Six digits, drawn for this installation."""
    while (password := f"{secrets.randbelow(1_000_000):06d}") in shop.passwords.values():
        pass
    return password


def make_campaign(shop: Shop, settings: dict[str, Any]) -> Campaign:
    made = create_campaign(
        account=shop.account,
        template=shop.account.campaigns.filter(name="Blank").get(),
        name=settings["name"],
        changes={"status": "active", "art": "pizza", **settings},
        actor=ACTOR,
        at=clock.now(),
    )
    CampaignLocation.objects.bulk_create(CampaignLocation(campaign=made, location=place) for place in shop.places)
    return made


def _local(now: datetime, *, days: int, at: time) -> datetime:
    """That time of day, some days from now, on the street's clocks."""
    return datetime.combine(dates.local(now, ZONE).date() + timedelta(days=days), at)
