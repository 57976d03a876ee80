"""Every status a call in REST style names can be provoked, and is told in the one shape of them (conventions.md 6)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tearoff.api import v4
from tearoff.api.fields import Choice, Email, Flag, Id, Text, Whole
from tearoff.api.moments import Moment
from tearoff.api.rest import RestCall
from tearoff.kit import clock
from tearoff.messaging import credits
from tearoff.messaging.models import Connection
from tests.contract.cases.everything import CASES
from tests.contract.conforming import NOON, Case, Values, asked, prepared
from tests.contract.recorded import filled, raw
from tests.world import Shop

PLAIN: dict[str, Case] = {case.call: case for case in CASES if case.is_plain and isinstance(case.row, RestCall)}
UNKNOWN = 999_999_999

Spoiled = tuple[Values, Any]
"""The values of the path and the body with which the call fails."""

MALFORMED: list[tuple[type | tuple[type, ...], Any]] = [
    ((Flag, Choice, Email, Whole, Id, Moment), "?"),
    (Text, "x" * 20_001),
]

OF_THE_REQUEST = {401, 403}
"""Provoked for every call at once, here and in test_rights."""

CASES_OF_STATUS = [
    (call, status) for call, case in PLAIN.items() for status in case.row.errors if status not in OF_THE_REQUEST
]


def malformed(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    """The first parameter that can be wrong by itself; where there is none, a body that is no object."""
    for kinds, wrong in MALFORMED:
        for member in row.read.members:
            if isinstance(member.kind, kinds) and f"{{{member.name}}}" not in row.path:
                return values, (body or {}) | {member.name: wrong}
    return values, "no object"


def wrong_user(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    return values, [{"first_name": "Lena"}, {"email": "?"}]


def too_large(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    return values, [{"first_name": "x" * (8 * 1024 * 1024)}]


def blocked(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    block = f"/v4/directory/{values['directory']}/users/{values['user']}"
    assert shop.http.post(block, json={"block": True}, headers=shop.headers).json()["block"] is True
    return values, body


def not_connected(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    Connection.objects.filter(account=shop.account).delete()
    return values, body


def no_credit(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    credits.assign(shop.account.pk, 1, at=clock.now())
    path = f"/v4/directory/{values['directory']}/send/sms"
    assert shop.http.post(path, json=body, headers=shop.headers).status_code == 200
    return values, body


def registered(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    path = f"/v4/directory/{values['directory']}/users"
    assert shop.http.post(path, json=body, headers=shop.headers).status_code == 200
    return values, body


def no_category(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    return values, body | {"category": "cat_999999999"}


def unknown(shop: Shop, row: RestCall, values: Values, body: Any) -> Spoiled:
    return values | dict.fromkeys(row.places, UNKNOWN), body


SPECIAL: dict[tuple[str, int], Callable[[Shop, RestCall, Values, Any], Spoiled]] = {
    ("POST /v4/loyalty/loyalty-cards/{card}/stats/bulk", 413): too_large,
    ("POST /v4/loyalty/loyalty-cards/{card}/stats/bulk", 422): wrong_user,
    ("POST /v4/directory/{directory}/users", 409): registered,
    ("POST /v4/directory/{directory}/users/{user}/sso", 422): blocked,
    ("POST /v4/directory/{directory}/send/email", 422): not_connected,
    ("POST /v4/directory/{directory}/send/sms", 422): not_connected,
    ("POST /v4/directory/{directory}/send/sms", 402): no_credit,
    ("POST /v4/directory/{directory}/campaigns/{campaign}", 422): no_category,
    ("POST /v4/directory/{directory}/loyalty-cards/{loyaltycard}", 422): no_category,
}


@pytest.mark.parametrize(("call", "status"), CASES_OF_STATUS)
def test_each_status_of_each_call(mario: Shop, call: str, status: int) -> None:
    case = PLAIN[call]
    row = case.row
    assert isinstance(row, RestCall)
    with clock.moved(NOON):
        values = prepared(case, mario)
        spoil = SPECIAL.get((call, status)) or {404: unknown, 400: malformed, 422: malformed}[status]
        values, body = spoil(mario, row, values, filled(raw(case.example)["request"], values))
        answer = asked(case, mario, "json", body, values)
    _is_told(answer, status)


@pytest.mark.parametrize("call", sorted(PLAIN))
def test_without_right_keys_or_a_living_account_it_is_401(mario: Shop, call: str) -> None:
    row = PLAIN[call].row
    assert isinstance(row, RestCall)
    path = row.path.format(**dict.fromkeys(row.places, UNKNOWN))
    for verb in row.verbs:
        _is_told(mario.http.request(verb, path), 401)
        _is_told(mario.http.request(verb, path, headers={"x-api-key": "1", "x-api-secret": "2"}), 401)
    mario.account.status = "expired"
    mario.account.save()
    for verb in row.verbs:
        _is_told(mario.http.request(verb, path, headers=mario.headers), 401)


def test_no_call_is_left_out() -> None:
    assert set(PLAIN) == {f"{verb} {path}" for verb, path in v4.TABLE}


def _is_told(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert list(told) == ["message", "errors"] and told["message"]
    assert all(isinstance(sentences, list) for sentences in told["errors"].values())
