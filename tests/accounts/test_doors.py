"""What a state of an account means at every door, for the account and for those below it (product.md 4.1)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.test import override_settings

from tearoff.accounts import subaccounts, tokens
from tearoff.activity.models import Event
from tearoff.client import Unauthorized
from tearoff.kit import clock
from tearoff.webhooks import claiming
from tearoff.webhooks.models import Delivery, Endpoint
from tests.pages.phones import path, send
from tests.street import messaging
from tests.street.apple import Device, PassFile
from tests.street.apple import opened as pass_file
from tests.street.directories import PASSWORD, Page, directory
from tests.street.loyalty import Club, club
from tests.street.wallet import BASE, downloaded, with_apple, with_google
from tests.webhooks.yard import take
from tests.world import Offer, Shop, door, open_shop, phone

PASS = "application/vnd.apple.pkpass"


@dataclass
class Street:
    """A client of an agency, with a thing behind every door and everybody who came in before."""

    shop: Shop
    offer: Offer
    claimed: str
    opened: str
    lunch: Club
    holder: str
    deals: Page
    ann: httpx.Client = field(default_factory=phone)
    staff: httpx.Client = field(default_factory=phone)
    owner: httpx.Client = field(default_factory=lambda: door(follow_redirects=True))
    member: httpx.Client = field(default_factory=phone)
    forms: dict[str, httpx.Response] = field(default_factory=dict)

    @property
    def scan(self) -> str:
        return f"/s/{self.offer.code}/{self.claimed}"

    def link(self, purpose: tokens.Purpose) -> str:
        token = tokens.issue(purpose, subaccounts.owner(self.shop.account), at=clock.now())
        return f"/{purpose}/{token}"


@pytest.fixture
def street(mario: Shop) -> Street:
    shop = open_shop("Pizza Roma", parent=mario.account)
    offer = shop.campaign()
    offer.at_location("Shop North", "4711")
    lunch = club(shop)
    holder = f"/l/{lunch.card.code}/{lunch.holder(lunch.joined()).key}"
    deals = directory(shop)
    deals.lists(offer)
    deals.member()
    made = Street(shop, offer, offer.claimed(), offer.opened(), lunch, holder, deals)
    sign_on = made.link("sso")
    pressed(made.owner, sign_on)
    made.forms["claim"] = made.ann.get(path(offer, made.opened))
    made.forms["scan"] = made.staff.get(made.scan)
    made.forms["join"] = made.ann.get(f"/l/{lunch.card.code}")
    made.forms["log in"] = made.ann.get(f"{deals.path}/login")
    entry = made.member.get(f"{deals.path}/login")
    send(made.member, entry, email="pau@mail.example", password=PASSWORD)
    return made


def pressed(browser: httpx.Client, address: str, **form: str) -> httpx.Response:
    """Open a link and press its one button; the page itself where there is none."""
    page = browser.get(address)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    return browser.post(address, data=form | {"csrfmiddlewaretoken": token[1]}) if token else page


def said(call: Callable[..., object], *given: Any, **named: Any) -> int:
    """200, or the one number of an answer that says who may not come in; REST style has only the sentence."""
    try:
        call(*given, **named)
    except Unauthorized as told:
        return told.codes[0] if told.codes else 1000 if "not correct" in str(told) else 101
    return 200


def is_shown(street: Street, address: str, browser: httpx.Client | None = None) -> bool:
    """Whether the page shows what it is about; where it does not, nobody learns whose it is."""
    page = (browser or street.ann).get(address)
    if page.status_code != 200:
        assert "Pizza Roma" not in page.text and street.offer.campaign.title not in page.text
    return page.status_code == 200


API: dict[str, Callable[[Street], int]] = {
    "a list": lambda street: said(street.shop.client.coupons.list),
    "a list of v4": lambda street: said(street.shop.client.v4.loyalty.cards.list),
    "the till's call": lambda street: said(
        street.shop.client.sessions.update, couponsession=street.claimed, status="validated"
    ),
    "a call that makes": lambda street: said(street.shop.client.links.create, street.offer.id),
}


PUBLIC: dict[str, Callable[[Street], bool]] = {
    "the public link": lambda street: is_shown(street, f"/p/{street.offer.code}", phone()),
    "a coupon": lambda street: is_shown(street, path(street.offer, street.claimed)),
    "its question": lambda street: is_shown(street, path(street.offer, street.claimed, "/use")),
    "the card's page": lambda street: is_shown(street, f"/l/{street.lunch.card.code}", phone()),
    "a holder's card": lambda street: is_shown(street, street.holder),
    "the directory": lambda street: is_shown(street, street.deals.path, phone()),
    "a member's page": lambda street: is_shown(street, f"{street.deals.path}/me", street.member),
    "staff's scan": lambda street: is_shown(street, street.scan, phone()),
    "joining a card": lambda street: (
        send(street.ann, street.forms["join"]) is not None and len(street.lunch.listed()) == 2
    ),
    "a member's log-in": lambda street: (
        send(street.ann, street.forms["log in"], email="pau@mail.example", password=PASSWORD).status_code == 303
    ),
    "a claim": lambda street: (
        send(street.ann, street.forms["claim"]) is not None
        and street.offer.session(street.opened).claimed_at is not None
    ),
    "a use by staff": lambda street: (
        send(street.staff, street.forms["scan"], password="4711") is not None
        and street.offer.session(street.claimed).uses == 1
    ),
}

LOG_IN: dict[str, Callable[[Street], bool]] = {
    "the page of who is logged in": lambda street: street.owner.get("/account").status_code == 200,
    "a link that signs on": lambda street: (
        pressed(door(follow_redirects=True), street.forms["sso"].text).status_code == 200
    ),
    "a link that resets": lambda street: (
        pressed(door(), street.forms["reset"].text, password="correct horse battery").status_code == 200
    ),
}

STATES: dict[str, tuple[dict[str, Any], int, bool]] = {
    "trial": ({"status": "trial"}, 200, True),
    "customer": ({"status": "customer"}, 200, True),
    "frozen": ({"status": "frozen"}, 101, True),
    "expired": ({"status": "expired"}, 101, False),
    "past its last day": ({"expires_on": datetime(2020, 1, 1).date()}, 101, False),
    "blocked": ({"status": "blocked"}, 1000, False),
}
"""What is set; what the API says; whether people of the account may log in. The public doors are open where the API is."""


@pytest.mark.parametrize("whose", ["its own", "of the one above"])
@pytest.mark.parametrize("state", STATES)
def test_a_state_is_the_same_at_every_door(mario: Shop, street: Street, state: str, whose: str) -> None:
    values, number, may_log_in = STATES[state]
    for purpose in ("sso", "reset"):
        street.forms[purpose] = httpx.Response(200, text=street.link(purpose))  # issued while all was well
    account = street.shop.account if whose == "its own" else mario.account
    subaccounts.update(account, subaccounts.Changes(values), actor="test", at=clock.now())
    before = Event.objects.filter(account=street.shop.account.pk, kind__startswith="coupon.").count()

    for name, is_open in PUBLIC.items():
        assert is_open(street) is (number == 200), name
    if number != 200:
        assert Event.objects.filter(
            account=street.shop.account.pk, kind__startswith="coupon."
        ).exclude(kind="coupon.refused").count() == before  # fmt: skip
        for name, says in API.items():
            assert says(street) == number, name
    for name, is_open in LOG_IN.items():
        assert is_open(street) is may_log_in, name


@dataclass
class Wallets:
    """A coupon and a card of the street's shop, each kept by one phone of Apple's."""

    street: Street
    coupon: str
    card: str
    mine: Device = field(default_factory=lambda: Device("device1", "ab" * 32))
    files: dict[str, PassFile] = field(default_factory=dict)

    def saves(self, address: str) -> bool:
        """Whether the button leads on to Google."""
        answer = door().post(f"{address}/save")
        assert answer.status_code in (303, 404), answer.status_code
        return answer.headers.get("location", "").startswith("https://pay.google.com/")

    def is_good(self, name: str) -> bool:
        """What the kept pass says once its phone has asked again: it never disappears."""
        self.mine.stamps.clear()
        answer = self.mine.fetch(self.files[name])
        assert answer.status_code == 200
        return not pass_file(answer.content).content.get("voided", False)


@pytest.fixture
def wallets(street: Street) -> Iterator[Wallets]:
    with override_settings(TEAROFF_BASE_URL=BASE):
        with_apple(street.shop)
        with_google(street.shop)
        made = Wallets(street, path(street.offer, street.claimed), street.holder)
        for name in ("coupon", "card"):
            made.files[name] = downloaded(getattr(made, name))
            assert made.mine.keep(made.files[name]) == 201
        yield made


WALLET: dict[str, Callable[[Wallets], bool]] = {
    "a coupon's pass file": lambda wallets: phone().get(f"{wallets.coupon}/pass").headers["content-type"] == PASS,
    "a card's pass file": lambda wallets: phone().get(f"{wallets.card}/pass").headers["content-type"] == PASS,
    "a coupon's way to Google": lambda wallets: wallets.saves(wallets.coupon),
    "a card's way to Google": lambda wallets: wallets.saves(wallets.card),
    "a coupon's button": lambda wallets: "Apple Wallet" in phone().get(wallets.coupon).text,
    "a card's button": lambda wallets: "Apple Wallet" in phone().get(wallets.card).text,
    "a coupon that a phone keeps": lambda wallets: wallets.is_good("coupon"),
    "a card that a phone keeps": lambda wallets: wallets.is_good("card"),
}


@pytest.mark.parametrize("whose", ["its own", "of the one above"])
@pytest.mark.parametrize("state", STATES)
def test_a_state_is_the_same_at_the_doors_of_wallets(mario: Shop, wallets: Wallets, state: str, whose: str) -> None:
    values, number, _ = STATES[state]
    account = wallets.street.shop.account if whose == "its own" else mario.account
    subaccounts.update(account, subaccounts.Changes(values), actor="test", at=clock.now())

    assert {name: is_open(wallets) for name, is_open in WALLET.items()} == dict.fromkeys(WALLET, number == 200)
    assert wallets.mine.drop(wallets.files["coupon"]) == 200, "a pass may always be thrown away"


def test_a_live_account_is_answered_by_the_api(street: Street) -> None:
    assert {name: says(street) for name, says in API.items()} == dict.fromkeys(API, 200)


@pytest.mark.parametrize("state", ["frozen", "expired", "blocked"])
def test_a_message_that_waits_is_not_sent_and_costs_nothing_and_a_webhook_that_is_due_leaves(
    mario: Shop, street: Street, state: str
) -> None:
    messaging.quiet()
    messaging.connect(street.shop, "mail")
    message = messaging.queued(street.offer, "ann@example.org", "mail")
    street.shop.client.webhooks.create(url="http://127.0.0.1:9/hook", types=["coupon_validated"])
    endpoint = Endpoint.objects.get(account=street.shop.account)
    street.shop.client.sessions.update(couponsession=street.claimed, status="validated")
    take()
    subaccounts.update(mario.account, subaccounts.Changes({"status": state}), actor="test", at=clock.now())

    messaging.work()

    now = messaging.now(message)
    assert (now.state, now.outcome) == ("failed", "account_blocked" if state == "blocked" else "account_expired")
    Endpoint.objects.exclude(pk=endpoint.pk).update(is_active=False)
    jobs = claiming.claim(100, at=clock.now() + timedelta(seconds=1))
    assert [job.endpoint for job in jobs] == [endpoint.pk]
    assert Delivery.objects.get(endpoint=endpoint).leased_until > datetime.now(UTC)
