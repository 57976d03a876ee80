"""Failed answers compared whole with recorded ones in tests/contract, members and their order included.

Good answers are in test_conformance. Recording anew, after a wanted change:
`RECORD_EXAMPLES=1 .venv/bin/pytest tests/api/test_examples.py`, and read the difference.
"""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tearoff.kit import clock
from tests.contract.cases.spring import after, spring
from tests.contract.conforming import NOON, Values, named, same
from tests.contract.recorded import HERE, filled, raw
from tests.world import Shop, open_shop

Asking = Callable[[Shop, Values], httpx.Response]


def ask(path: str, **parameters: Any) -> Asking:
    return lambda shop, values: shop.api(path, filled(parameters, values))


def as_a_client(shop: Shop, values: Values) -> httpx.Response:
    return open_shop("Bakery Marti", parent=shop.account).api("/v4/subaccount/list")


def expired(shop: Shop, values: Values) -> httpx.Response:
    shop.account.status = "expired"
    shop.account.save()
    return shop.api("/v3/coupon/pushnotification/all")


def in_rest_style(verb: str, path: str, body: Any, **keys: str) -> Asking:
    return lambda shop, values: shop.http.request(verb, path, json=body, headers=keys or shop.headers)


CARDS = "/v4/loyalty/loyalty-cards"

FAILURES: dict[str, Asking] = {
    "couponsession_update_refused": ask("/v3/couponsession/update", couponsession="$session", status="validated"),
    "couponsession_update_wrong": ask("/v3/couponsession/update", couponsession="?", status="x", email="y"),
    "send_email_without_the_right": ask("/v3/send/email", campaign="$campaign", email="ann@example.org"),
    "send_sms_without_the_right": ask("/v3/send/sms", campaign="$campaign", phone="+32470000001"),
    "pushnotification_single": ask(
        "/v3/coupon/pushnotification/single", campaign="$campaign", couponsession="$session", message="Hungry?"
    ),
    "webhook_verification_unknown": ask("/v3/webhook/verification", webhook="evt_Qm3ZtL8vKpYw2RbXc7Ha"),
    "subaccount_wrong": ask("/v3/subaccount/sso", subaccount="sub_x", page="elsewhere"),
    "subaccount_list_as_a_client": as_a_client,
    "expired": expired,
    "wrong_keys": lambda shop, values: shop.http.post("/v3/coupon/list"),
    "unknown_path": ask("/v3/coupon/eat"),
    "broken_json": lambda shop, values: shop.http.post("/v3/coupon/list", content=b"{", headers=shop.headers),
    "rest_wrong_keys": in_rest_style("GET", CARDS, None, **{"x-api-key": "1", "x-api-secret": "2"}),
    "rest_unknown": in_rest_style("POST", f"{CARDS}/999999999/stats", {}),
    "rest_wrong": in_rest_style("POST", f"{CARDS}/999999999/stats", {"email": "lena", "first_name": "x" * 101}),
}


@pytest.mark.parametrize("name", FAILURES)
def test_the_answer_is_the_recorded_one(mario: Shop, name: str) -> None:
    with clock.moved(NOON):
        values = after("validated")(mario) if name.endswith("refused") else spring(mario)
    with clock.moved(NOON + timedelta(hours=8)):
        answer = FAILURES[name](mario, values)
    found = {"http": answer.status_code, "answer": answer.json()}
    if os.environ.get("RECORD_EXAMPLES"):
        text = json.dumps(named(found, values), indent=2, ensure_ascii=False) + "\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")
    same(found, filled(raw(name), values))


def test_no_recorded_answer_is_left_over() -> None:
    assert {file.stem for file in HERE.glob("*.json")} == set(FAILURES)
