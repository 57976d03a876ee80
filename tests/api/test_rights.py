"""Rights, generated from the table of calls: whoever lacks one is refused every call of it, by the table and by the verbs
behind it, and keeps all others (product.md 4.18)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.db import transaction

from tearoff.accounts import rights, subaccounts
from tearoff.accounts.rights import RIGHTS, Right
from tearoff.api import calls, v4
from tearoff.api.calls import Call
from tearoff.api.rest import RestCall
from tearoff.api.v3 import TABLE
from tearoff.kit import clock
from tests.api.test_isolation import Things, rows_of, things_of, valid
from tests.world import Shop, open_shop

ROWS: list[Call] = [*TABLE.values(), *v4.TABLE.values()]

CALLED_BY_NOBODY: set[Right] = {"integrations"}
"""Rights of things that have no call; their verbs are asked in tests/accounts/test_rights.py."""

FOR_EVERYBODY = {
    "/v3/coupon/list",  # what there is may be seen
    "/v3/coupon/info",
    "/v3/category/list",
    "/v3/category/main/list",
    "/v3/couponsession/data",  # the till: a coupon that is held out to it must be read and taken
    "/v3/couponsession/update",
    "/v3/multiplecouponsession/update",
    "/v3/webhook/verification",  # asks about what was received already
    "/v4/subaccount",  # an agency's own affair, and 102 for all others
    "/v4/subaccount/list",
    "/v4/subaccount/create",
    "/v4/subaccount/update",
    "/v3/subaccount/reset/url",
    "/v3/subaccount/sso",
}


def take(shop: Shop, *denied: str) -> None:
    """Take rights from the shop, as its parent's call would."""
    changes = subaccounts.Changes({"denied": list(denied)})
    subaccounts.update(shop.account, changes, actor="operator", at=clock.now())


def called(shop: Shop, row: Call, things: Things) -> httpx.Response:
    """The call with parameters with which it succeeds."""
    if not isinstance(row, RestCall):
        return shop.api(row.path, valid(row, things))
    user = things["member" if "{directory}" in row.path else "user"]
    numbers = things | {"card": things["loyaltycard"], "user": user}
    path = re.sub(r"\{(\w+)\}", lambda name: re.sub(r"\D", "", str(numbers[name[1]])), row.path)
    body = None if row.reads or row.verbs[0] == "DELETE" else row.example | {"location": ""}
    return shop.http.request(row.verbs[0], path, json=body, headers=shop.headers)


@contextmanager
def undone() -> Iterator[None]:
    """What is done within is taken back, so that every call finds the same shop."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_refused(answer: httpx.Response, row: Call) -> bool:
    if isinstance(row, RestCall):
        return answer.status_code == 403 and answer.json() == {"message": "This account may not do this.", "errors": {}}
    said: dict[str, Any] = answer.json()
    told = said.get("errors") or said["status"].get("errors", {})
    return answer.status_code == 422 and (told["error_code"], told["error_reason"]) == ([300], ["not_allowed"])


def test_every_call_has_a_right_or_is_for_everybody() -> None:
    assert {row.path for row in ROWS if not row.access} == FOR_EVERYBODY
    assert {right for row in ROWS for right in row.access} == set(RIGHTS) - CALLED_BY_NOBODY


@dataclass(frozen=True)
class Stocked:
    """A shop whose every call is taken back or refused, so that all tests find it alike; and how each call goes there."""

    shop: Shop
    things: Things
    usual: dict[tuple[str, tuple[str, ...]], int]


@pytest.fixture(scope="module")
def stocked() -> Stocked:
    shop = open_shop("Mario's Pizzeria")
    things, usual = things_of(shop), {}
    for row in ROWS:
        with undone():
            usual[row.path, row.methods] = called(shop, row, things).status_code
    return Stocked(shop, things, usual)


@pytest.mark.parametrize("right", RIGHTS)
def test_without_a_right_its_calls_are_refused_and_all_others_work(stocked: Stocked, right: Right) -> None:
    shop, things = stocked.shop, stocked.things
    take(shop, right)
    before = rows_of(shop)

    for row in ROWS:
        if right in row.access:
            assert is_refused(called(shop, row, things), row), row.path
            assert is_refused(called_without_parameters(shop, row, things), row), row.path
    assert rows_of(shop) == before

    for row in ROWS:
        if right not in row.access:
            with undone():
                assert called(shop, row, things).status_code == stocked.usual[row.path, row.methods], row.path


def called_without_parameters(shop: Shop, row: Call, things: Things) -> httpx.Response:
    """The right is asked before the parameters are looked at (conventions.md 2)."""
    return called(shop, row, things) if isinstance(row, RestCall) else shop.api(row.path, {})


@pytest.mark.parametrize("right", [right for right in RIGHTS if right not in CALLED_BY_NOBODY | {"statistics"}])
def test_the_verbs_refuse_even_if_the_table_forgets_to_ask(
    mario: Shop, right: Right, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = things_of(mario)
    take(mario, right)
    before = rows_of(mario)
    monkeypatch.setattr(calls, "raise_if_denied", lambda *_: None)

    writing = [row for row in ROWS if right in row.access and not row.reads]
    for row in writing:
        assert is_refused(called(mario, row, things), row), row.path
    assert writing
    assert rows_of(mario) == before


def test_a_refused_right_is_not_kept_for_the_idempotency_key(mario: Shop) -> None:
    things, key = things_of(mario), {"Idempotency-Key": f"once-{mario.account.pk}"}
    take(mario, "distribution")
    refused = mario.api("/v3/singleuse/create", {"campaign": things["campaign"]}, headers=key)
    take(mario)

    assert refused.status_code == 422
    assert mario.api("/v3/singleuse/create", {"campaign": things["campaign"]}, headers=key).status_code == 200


def test_an_agency_acts_with_its_own_rights_in_its_clients_account(mario: Shop) -> None:
    roma = open_shop("Pizza Roma", parent=mario.account)
    take(roma, "add_campaign", "update_campaign", "statistics")
    template = mario.account.campaigns.get(is_template=True)
    wanted = {"template": str(template.pk), "name": "City deal", "subaccount": f"sub_{roma.account.pk}"}

    made = mario.api("/v3/coupon/create", wanted).json()["coupon_info"]["ID"]

    assert mario.api("/v3/coupon/status", {"campaign": made, "status": "active"}).status_code == 200
    assert mario.api("/v3/campaign/data", {"campaign": made}).status_code == 200
    assert roma.api("/v3/coupon/status", {"campaign": made, "status": "inactive"}).status_code == 422
    take(mario, "add_campaign")
    assert mario.api("/v3/coupon/create", wanted).status_code == 422


def test_who_may_not_see_statistics_sees_no_totals_in_a_coupon(mario: Shop) -> None:
    offer = mario.campaign()
    offer.claimed()
    assert mario.api("/v3/coupon/info", {"campaign": offer.id}).json()["coupon_info"]["amount_of_claims"] == 1
    take(mario, "statistics")

    told = mario.api("/v3/coupon/info", {"campaign": offer.id}).json()["coupon_info"]
    asked = mario.api("/v3/coupon/info", {"campaign": offer.id, "show_usage_stats": True})

    assert {told[name] for name in told if name.startswith("amount_of_")} == {0}
    assert is_refused(asked, TABLE["/v3/coupon/info"])


def test_one_without_any_right_can_still_take_a_coupon_at_the_till(mario: Shop) -> None:
    code = mario.campaign().claimed()
    take(mario, *RIGHTS)

    answer = mario.api("/v3/couponsession/update", {"couponsession": code, "status": "validated"})

    assert answer.status_code == 200


def test_a_right_is_remembered_no_longer_than_keys(mario: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mario.api("/v3/webhook/list").status_code == 200
    type(mario.account).objects.filter(pk=mario.account.pk).update(denied=["webhooks"])  # by another process
    assert mario.api("/v3/webhook/list").status_code == 200

    now = rights.time.monotonic()
    monkeypatch.setattr(rights.time, "monotonic", lambda: now + rights.REMEMBERED_SECONDS + 1)
    assert mario.api("/v3/webhook/list").status_code == 422
