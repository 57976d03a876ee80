"""No id of one account answers to another (lesson 28): generated from the table of calls.

Each call is made with every one of its id parameters set to Lucia's thing and to an unknown one. The two answers must be
the same to the byte, and nothing of Lucia's may have changed.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps

from tearoff.accounts.models import ApiClient, Package, User
from tearoff.api.calls import Call
from tearoff.api.fields import EventId, Id, SessionCode
from tearoff.api.v3 import TABLE
from tearoff.campaigns.models import Category, Folder
from tearoff.kit import clock
from tearoff.messaging import contacts
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Notification
from tests.api.reading import NOBODYS_CODE
from tests.street import messaging
from tests.street.directories import directory
from tests.street.loyalty import club
from tests.world import Shop, open_shop

BY_NAME = {"couponsessions", "customvalcode", "location"}
"""Parameters that name a thing without being of an id's kind."""

STORED = {("/v3/singleuse/create", "customvalcode"), ("/v3/multiplecouponsession/update", "customvalcode")}

Things = dict[str, Any]


def things_of(shop: Shop) -> Things:
    """One of everything an id can name, by the name of the parameter."""
    offer = shop.campaign()
    place = offer.at_location()
    code = offer.link(customvalcode=f"own-{shop.account.pk}")
    template = shop.account.campaigns.get(is_template=True)
    child = open_shop("Child", parent=shop.account)
    endpoint = endpoints.create(
        shop.account.pk, url="http://127.0.0.1:9/hook", kinds=None, campaign=None, at=clock.now()
    )
    event = f"evt_{offer.campaign.pk:020d}"
    Notification.objects.create(
        account=shop.account.pk, event=offer.campaign.pk, code=event, kind="coupon_claimed", campaign_id=offer.campaign.pk,
        session_code=code, at=clock.now(), body=b"{}", created_at=clock.now(), sent_at=clock.now(),
    )  # fmt: skip
    stamps = club(shop)
    mate = User.objects.create_user(f"mate-{shop.email}", None, account=shop.account)
    package = Package.objects.create(account=shop.account, name="Start")
    deals = directory(shop)
    deals.lists(offer)
    deals.lists(stamps)
    return group_things(shop) | {
        "directory": deals.id,
        "member": f"reg_{deals.member().pk}",
        "loyaltycard": stamps.id,
        "user": f"usr_{stamps.holder(stamps.joined()).person}",
        "teammate": str(mate.pk),
        "package": f"pac_{package.pk}",
        "campaign": offer.id,
        "template": template.pk,
        "folder": f"fol_{Folder.objects.create(account=shop.account, name='F').pk}",
        "category": f"cat_{Category.objects.create(account=shop.account, name='C').pk}",
        "subaccount": f"sub_{child.account.pk}",
        "couponsession": code,
        "couponsessions": [code],
        "single_use_code": code,
        "session": code,
        "customvalcode": f"own-{shop.account.pk}",
        "location": f"loc_{place.pk}",
        "webhook": event,
        "endpoint": f"whk_{endpoint.pk}",
    }


def group_things(shop: Shop) -> Things:
    """Connected on both channels, with a group of each kind in which the recipient of OTHERS stands."""
    found: Things = {}
    for channel, kind, name, typed in (("sms", "sms", "smsgroup", "phone"), ("mail", "email", "emailgroup", "email")):
        messaging.connect(shop, channel)
        group = contacts.add_group(shop.account.pk, kind, "G", at=clock.now(), actor="test")
        address = contacts.address(kind, OTHERS[typed], "")
        assert address is not None
        contact, _ = contacts.put(group, address, {}, at=clock.now(), actor="test")
        found |= {name: f"gro_{group.pk}", "contact": f"con_{contact.pk}"}
    return found


UNKNOWN: Things = {
    "smsgroup": "gro_999999999",
    "emailgroup": "gro_999999999",
    "contact": "con_999999999",
    "directory": "dir_999999999",
    "member": "reg_999999999",
    "loyaltycard": "loy_999999999",
    "user": "usr_999999999",
    "teammate": "999999999",
    "package": "pac_999999999",
    "campaign": "cam_999999999",
    "template": 999_999_999,
    "folder": "fol_999999999",
    "category": "cat_999999999",
    "subaccount": "sub_999999999",
    "couponsession": NOBODYS_CODE,
    "couponsessions": [NOBODYS_CODE],
    "single_use_code": NOBODYS_CODE,
    "session": NOBODYS_CODE,
    "customvalcode": "nobodys",
    "location": "loc_999999999",
    "webhook": "evt_" + "Z" * 20,
    "endpoint": "whk_999999999",
}

OTHERS: Things = {
    "payment_status": "paid",
    "featured": True,
    "points": 2,
    "password": "correct horse battery",
    "name": "x",
    "group_name": "x",
    "status": "voided",
    "email": "ann@example.org",
    "phone": "+32470000001",
    "message": "x",
    "search": "xyz",
    "url": "http://127.0.0.1:9/other",
    "active": True,
}
"""What the calls need besides ids."""

STATUS = {
    "/v3/directory/campaign/create": "active",
    "/v3/directory/campaign/update": "active",
    "/v3/coupon/status": "inactive",
    "/v3/coupon/create": "draft",
    "/v3/coupon/update": "inactive",
    "/v3/couponsession/update": "validated",
    "/v3/multiplecouponsession/update": "validated",
    "/v4/subaccount/create": "trial",
    "/v4/subaccount/update": "customer",
}


WITH_AN_ADDRESS_OF_THEIR_OWN = {"/v4/subaccount/create", "/v4/subaccount/update", "/v3/loyaltyusers/create"}


def id_parameters(row: Call) -> Iterator[str]:
    """Those that name a thing. Where an own code is stored, it names nothing."""
    for member in row.read.members:
        names_a_thing = isinstance(member.kind, Id | SessionCode | EventId) or member.name in BY_NAME
        if names_a_thing and (row.path, member.name) not in STORED:
            yield member.name


CASES = [(row.path, name) for row in TABLE.values() for name in id_parameters(row)]


def valid(row: Call, things: Things) -> Things:
    """Parameters with which the call would succeed, optional ids left out."""
    found: Things = {}
    for member in row.read.members:
        key = key_of(row, member.name)
        if member.required and key in things:
            found[member.name] = things[key]
        elif member.name in OTHERS:
            found[member.name] = (
                STATUS.get(row.path, OTHERS["status"]) if member.name == "status" else OTHERS[member.name]
            )
    if row.path == "/v3/couponsession/update":
        found["couponsession"] = things["couponsession"]
    if row.path in WITH_AN_ADDRESS_OF_THEIR_OWN:
        found["email"] = fresh_email()
    return found


def fresh_email() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def key_of(row: Call, name: str) -> str:
    """`webhook` is a notification in one call and an endpoint in the others; `user` a directory's or a loyalty card's."""
    if name == "user" and row.path.startswith("/v3/directory"):
        return "member"
    return "endpoint" if name == "webhook" and row.path != "/v3/webhook/verification" else name


def test_the_table_has_every_call_of_the_contract() -> None:
    assert len(TABLE) == 67
    assert len(CASES) > 40


@pytest.fixture(scope="module")
def mario() -> Shop:
    return open_shop("Mario's Pizzeria")


@pytest.fixture(scope="module")
def lucia() -> Shop:
    return open_shop("Lucia Bakery")


@pytest.fixture(scope="module")
def mine(mario: Shop) -> Things:
    """For all tests of this file: what they ask is refused, or asked for nobody's thing, and changes nothing of these."""
    return things_of(mario)


@pytest.fixture(scope="module")
def hers(lucia: Shop) -> Things:
    return things_of(lucia)


@pytest.mark.parametrize(("path", "name"), CASES)
def test_a_foreign_id_answers_like_an_unknown_one(
    mario: Shop, lucia: Shop, mine: Things, hers: Things, path: str, name: str
) -> None:
    row = TABLE[path]
    key = key_of(row, name)
    before = rows_of(lucia)

    answers = []
    for value in (hers[key], UNKNOWN[key]):
        parameters = valid(row, mine) | {name: value}
        if name == "customvalcode":
            parameters.pop("couponsession", None)
        answers.append(mario.api(path, parameters))
        if row.reads:
            answers.append(mario.http.get(path, params=parameters, headers=mario.headers))
    said = {(answer.status_code, _without(answer.text, hers[key], UNKNOWN[key])) for answer in answers}
    assert len(said) == 1, said
    assert rows_of(lucia) == before


def _without(text: str, hers: Any, unknown: Any) -> str:
    for value in (hers, unknown):
        for part in value if isinstance(value, list) else [str(value)]:
            text = text.replace(part, "ID")
    return text


def rows_of(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that carries Lucia's account, in every table of ours."""
    found = {}
    for model in apps.get_models():
        if model is ApiClient or not model.__module__.startswith("tearoff."):
            continue
        columns = {column.name: column.attname for column in model._meta.concrete_fields}
        account = columns.get("account")
        if account:
            rows = model._default_manager.filter(**{account: shop.account.pk}).order_by("pk").values_list()
            found[model.__name__] = list(rows)
    assert found["CouponSession"] and found["Campaign"] and found["Endpoint"]
    return found


@pytest.mark.parametrize("path", sorted(TABLE))
def test_keys_of_one_account_with_all_ids_of_another_change_nothing(
    mario: Shop, lucia: Shop, mine: Things, hers: Things, path: str
) -> None:
    before = rows_of(lucia)
    row = TABLE[path]
    mario.api(path, valid(row, hers))
    assert rows_of(lucia) == before
