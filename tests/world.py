"""The street every test lives in: Mario has a pizzeria, Lucia a bakery next door, Ann collects coupons on her phone.

Mario and Lucia are tenants and must never see each other's things. Each test gets its own Mario and Lucia in the one
shared database, so nothing is ever cleaned up and nothing is mocked. Programs and phones come in through the public
doors: `shop.client` (the typed client) and `shop.api(...)` (bare requests, where their form is the point) speak to the real
WSGI application, or over HTTP to a real server when given its address. CONTRIBUTING.md says which door a test takes.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest

from tearoff.accounts.models import Account
from tearoff.campaigns import passwords
from tearoff.campaigns.editing import create_campaign
from tearoff.campaigns.founding import found_account
from tearoff.campaigns.models import Campaign, CampaignLocation, Location
from tearoff.client import Client, Refused
from tearoff.client.calls.sessions import OneSession
from tearoff.coupons import claiming, links, opening, redemption
from tearoff.coupons.models import CouponSession, Validation
from tearoff.coupons.outcomes import Outcome
from tearoff.kit import clock

PERSON = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en",
}


@dataclass
class Shop:
    """A tenant with its keys."""

    account: Account
    client_id: str
    client_secret: str
    email: str
    password: str
    door: str | None = None
    _http: dict[str, httpx.Client] = field(default_factory=dict)
    _client: dict[str, Client] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Client-Id": self.client_id, "X-Client-Secret": self.client_secret}

    def campaign(self, name: str = "Free slice", **settings: Any) -> "Offer":
        """A live coupon made from the Blank template; `settings` are fields of Campaign."""
        template = self.account.campaigns.filter(is_template=True).first()
        assert template is not None
        changes = {"status": "active", "title": name, "timezone": "Europe/Brussels", **settings}
        made = create_campaign(
            account=self.account, template=template, name=name, changes=changes, actor="test", at=clock.now()
        )
        return Offer(self, made)

    def location(self, name: str = "Shop North", password: str | None = None, **settings: Any) -> Location:
        digest = passwords.digest_of(self.account.pk, password) if password else None
        return Location.objects.create(account=self.account, name=name, password_digest=digest, **settings)

    def api(self, path: str, parameters: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        """POST JSON to an API path (`/v3/coupon/list`), with this shop's keys."""
        headers = self.headers | options.pop("headers", {})
        return self.http.post(path, json=parameters if parameters is not None else {}, headers=headers, **options)

    @property
    def client(self) -> Client:
        """The typed client with this shop's keys at this shop's door."""
        key = self.door or ""
        if key not in self._client:
            self._client[key] = self.program()
        return self._client[key]

    def program(self, **options: Any) -> Client:
        """A client of its own; `options` are the client's, a `transport` among them."""
        if not self.door:
            options.setdefault("transport", inside())
        return Client(self.door or "http://testserver", self.client_id, self.client_secret, **options)

    @property
    def http(self) -> httpx.Client:
        """A client without cookies or keys at this shop's door."""
        key = self.door or ""
        if key not in self._http:
            self._http[key] = door(self.door)
        return self._http[key]


@dataclass
class Offer:
    """A campaign and short ways to the acts of its sessions: a program's through the client, a person's by the verbs behind
    the pages, which `validate` calls for any entrance as well."""

    shop: Shop
    campaign: Campaign

    @property
    def id(self) -> str:
        return f"cam_{self.campaign.pk}"

    @property
    def code(self) -> str:
        return self.campaign.code

    def set(self, **settings: Any) -> None:
        """Flip settings behind everybody's back."""
        Campaign.objects.filter(pk=self.campaign.pk).update(**settings)
        self.campaign.refresh_from_db()

    def at_location(self, name: str = "Shop North", password: str | None = "4711", **settings: Any) -> Location:
        location = self.shop.location(name, password, **settings)
        CampaignLocation.objects.create(campaign=self.campaign, location=location)
        return location

    def link(self, **details: Any) -> str:
        """The code of a new single-use link."""
        return self.shop.client.links.create(self.id, **details).single_use_code

    def stored_link(self, **fields: Any) -> str:
        """One with whatever its row can hold, past what the API lets in."""
        outcome = links.make_link(
            account=self.shop.account.pk, campaign=self.campaign.pk, at=clock.now(), actor="test", fields=fields
        )
        assert outcome.ok and outcome.session
        return outcome.session.code

    def update(self, code: str, at: datetime | None = None, **changes: Any) -> OneSession:
        """A program changes a session, `status="void"` and the like among the changes."""
        with clock.moved(at) if at else nullcontext():
            return self.shop.client.sessions.update(couponsession=code, **changes)

    def use(self, code: str, at: datetime | None = None, **details: Any) -> OneSession:
        """A till's program validates it."""
        return self.update(code, at, status="validated", **details)

    def opened(self, at: datetime | None = None) -> str:
        """The code of a session a person just opened."""
        visit = opening.visit(
            campaign_code=self.code,
            cookie=None,
            person=True,
            customid=None,
            details={},
            source="",
            at=at or clock.now(),
        )
        assert visit.session_code, visit
        return visit.session_code

    def claimed(self, at: datetime | None = None, **details: Any) -> str:
        code = self.opened(at)
        outcome = self.claim(code, at, **details)
        assert outcome.ok, outcome
        return code

    def claim(self, code: str, at: datetime | None = None, **details: Any) -> Outcome:
        return claiming.claim(
            account=self.shop.account.pk,
            code=code,
            at=at or clock.now(),
            actor="holder",
            entrance="holder",
            claim_type="button",
            details=details,
        )

    def validate(self, code: str, at: datetime | None = None, **options: Any) -> Outcome:
        return redemption.validate(
            account=self.shop.account.pk,
            code=code,
            at=at or clock.now(),
            actor="test",
            entrance=options.pop("entrance", "api"),
            method=options.pop("method", "api"),
            **options,
        )

    def session(self, code: str) -> CouponSession:
        return CouponSession.objects.get(account=self.shop.account, code=code)

    def uses(self) -> int:
        """Uses by the ledger, undone ones not."""
        return Validation.objects.filter(campaign=self.campaign.pk, undone_at=None).count()


def open_shop(company: str, **settings: Any) -> Shop:
    email = f"{company.lower().split()[0]}-{secrets.token_hex(6)}@example.org"
    opened = found_account(email=email, company=company, timezone="Europe/Brussels", country="BE", **settings)
    return Shop(opened.account, opened.client_id, opened.client_secret, email, opened.owner_password)


def refused(call: Callable[..., object], *given: Any, **named: Any) -> Refused:
    """What the client is told of a call that must be refused."""
    with pytest.raises(Refused) as told:
        call(*given, **named)
    return told.value


def door(address: str | None = None, **options: Any) -> httpx.Client:
    """A program's way in: the application itself, or a real server at `address`."""
    if address:
        return httpx.Client(base_url=address, timeout=30, **options)
    return httpx.Client(base_url="http://testserver", transport=inside(), **options)


def inside(place: str = "127.0.0.1") -> httpx.WSGITransport:
    """The way to the real application in this process, for somebody with this network address."""
    from tearoff.config.wsgi import application

    return httpx.WSGITransport(app=application, remote_addr=place)


def phone(address: str | None = None) -> httpx.Client:
    """A person's phone: cookies of its own, follows redirects, says what a browser says."""
    return door(address, headers=PERSON, follow_redirects=True)


def phone_at(place: str) -> httpx.Client:
    """A phone with this network address."""
    return httpx.Client(base_url="http://testserver", transport=inside(place), headers=PERSON, follow_redirects=True)


@pytest.fixture
def mario() -> Iterator[Shop]:
    yield open_shop("Mario's Pizzeria")


@pytest.fixture
def lucia() -> Iterator[Shop]:
    yield open_shop("Lucia Bakery")


@pytest.fixture
def ann() -> Iterator[httpx.Client]:
    with phone() as client:
        yield client


@pytest.fixture
def bob() -> Iterator[httpx.Client]:
    with phone() as client:
        yield client
