"""Whole answers compared with recorded ones in tests/contract, members and their order included.

Only what differs from run to run is masked: ids, codes and the secret. Recording anew, after a wanted change:
`RECORD_EXAMPLES=1 .venv/bin/pytest tests/api/test_examples.py`, and read the difference.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tearoff.campaigns.models import Category, Folder
from tearoff.kit import clock
from tests.world import Offer, Shop

RECORDED = Path(__file__).parent.parent / "contract"
MORNING = datetime(2025, 4, 2, 8, 11, 40, tzinfo=UTC)

PERSON = {"firstname": "Ann", "lastname": "Peeters", "email": "ann@example.org", "phone": "+32470000001",
          "customid": "member-881", "customvalcode": "7731902284", "customfield1": "window seat"}  # fmt: skip


class Spring:
    """A coupon in spring with one claimed, one validated and one unopened session."""

    def __init__(self, shop: Shop) -> None:
        folder = Folder.objects.create(account=shop.account, name="Spring")
        food = Category.objects.create(account=shop.account, name="Food & drinks")
        self.shop = shop
        self.offer: Offer = shop.campaign(
            "Spring coffee",
            title="Free coffee with lunch",
            subtitle="Weekdays 12 to 14",
            tags=["coffee", "lunch"],
            coupon_value="3.50",
            folder=folder,
            category=food,
            starts_local=datetime(2025, 3, 1),
            ends_local=datetime(2025, 12, 31, 23, 59, 0),
        )
        self.offer.at_location(
            "Shop North", address="Main street 1", city="Ghent", zip="9000", country="BE", customid="n1"
        )
        link = shop.api("/v3/singleuse/create", {"campaign": self.offer.id} | PERSON).json()
        self.code: str = link["single_use_code"]
        with clock.moved(MORNING + timedelta(seconds=25)):
            shop.api("/v3/couponsession/update", {"couponsession": self.code, "status": "opened"})
        self.link: str = self.offer.link()
        self.masks = {self.code: "SESSION", self.link: "LINK", self.offer.code: "COUPON"}

    def ask(self, path: str, **parameters: Any) -> httpx.Response:
        return self.shop.api(path, parameters)


def claimed(spring: Spring) -> httpx.Response:
    with clock.moved(MORNING + timedelta(seconds=51)):
        return spring.ask("/v3/couponsession/update", couponsession=spring.code, status="claimed")


def validated(spring: Spring) -> httpx.Response:
    claimed(spring)
    with clock.moved(MORNING + timedelta(hours=8)):
        return spring.ask(
            "/v3/couponsession/update",
            couponsession=spring.code,
            status="validated",
            location="Shop North",
            validation_value="12.50",
        )


def after(first: Callable[[Spring], Any], path: str, **parameters: str) -> Callable[[Spring], httpx.Response]:
    """Ask `path` after something happened; a value in capitals names a thing of the spring."""

    def asked(spring: Spring) -> httpx.Response:
        first(spring)
        known = {"CAMPAIGN": spring.offer.id, "SESSION": spring.code, "LINK": spring.link}
        return spring.ask(path, **{name: known.get(value, value) for name, value in parameters.items()})

    return asked


def nothing(spring: Spring) -> None:
    """The spring as it begins."""


EXAMPLES: dict[str, Callable[[Spring], httpx.Response]] = {
    "coupon_list": after(nothing, "/v3/coupon/list", only_active="true"),
    "coupon_info": after(validated, "/v3/coupon/info", campaign="CAMPAIGN", show_usage_stats="1"),
    "coupon_update": after(nothing, "/v3/coupon/update", campaign="CAMPAIGN", title="Free coffee all day"),
    "coupon_status": after(nothing, "/v3/coupon/status", campaign="CAMPAIGN", status="inactive"),
    "coupon_delete": after(nothing, "/v3/coupon/delete", campaign="CAMPAIGN"),
    "campaign_data": after(nothing, "/v3/campaign/data", campaign="CAMPAIGN"),
    "campaign_opens": after(nothing, "/v3/campaign/opens", campaign="CAMPAIGN"),
    "campaign_claims": after(claimed, "/v3/campaign/claims", campaign="CAMPAIGN"),
    "campaign_validations": after(validated, "/v3/campaign/validations", campaign="CAMPAIGN"),
    "campaign_data_past_the_end": after(nothing, "/v3/campaign/data", campaign="CAMPAIGN", page="9"),
    "couponsession_data": after(claimed, "/v3/couponsession/data", couponsession="SESSION"),
    "couponsession_update_claimed": claimed,
    "couponsession_update_validated": validated,
    "couponsession_update_refused": after(validated, "/v3/couponsession/update", couponsession="SESSION", status="validated"),
    "couponsession_update_wrong": after(nothing, "/v3/couponsession/update", couponsession="?", status="x", email="y"),
    "multiplecouponsession_update": lambda spring: spring.ask(
        "/v3/multiplecouponsession/update", couponsessions=[spring.code, spring.link, "?"], status="voided"
    ),
    "couponsession_search": after(claimed, "/v3/couponsession/search", search="7731902284"),
    "singleuse_create": after(nothing, "/v3/singleuse/create", campaign="CAMPAIGN", duplicate_check="email", email="ann@example.org"),
    "singleuse_remove": after(nothing, "/v3/singleuse/remove", single_use_code="LINK"),
    "send_email_without_the_right": after(nothing, "/v3/send/email", campaign="CAMPAIGN", email="ann@example.org"),
    "send_sms_without_the_right": after(nothing, "/v3/send/sms", campaign="CAMPAIGN", phone="+32470000001"),
    "pushnotification_single": after(
        nothing, "/v3/coupon/pushnotification/single", campaign="CAMPAIGN", couponsession="SESSION", message="Hungry?"
    ),
    "pushnotification_all": after(nothing, "/v3/coupon/pushnotification/all", campaign="CAMPAIGN", message="Last day!"),
    "webhook_create": after(nothing, "/v3/webhook/create", url="http://127.0.0.1:9/hook", types="coupon_claimed"),
    "webhook_list": after(
        lambda spring: spring.ask("/v3/webhook/create", url="http://127.0.0.1:9/hook", types="coupon_claimed"),
        "/v3/webhook/list",
    ),
    "webhook_verification_unknown": after(nothing, "/v3/webhook/verification", webhook="evt_Qm3ZtL8vKpYw2RbXc7Ha"),
    "wrong_keys": lambda spring: spring.shop.http.post("/v3/coupon/list"),
    "unknown_path": after(nothing, "/v3/coupon/eat"),
    "broken_json": lambda spring: spring.shop.http.post("/v3/coupon/list", content=b"{", headers=spring.shop.headers),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_answer_is_the_recorded_one(mario: Shop, name: str) -> None:
    with clock.moved(MORNING):
        spring = Spring(mario)
        answer = EXAMPLES[name](spring)
    found = {"http": answer.status_code, "answer": json.loads(masked(answer.text, spring))}
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    file = RECORDED / f"{name}.json"
    if os.environ.get("RECORD_EXAMPLES"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_no_recorded_answer_is_left_over() -> None:
    assert {file.stem for file in RECORDED.glob("*.json")} == set(EXAMPLES)


def masked(text: str, spring: Spring) -> str:
    for value, name in spring.masks.items():
        text = text.replace(value, name).replace(f'"{value[:6]}"', f'"{name}, first six"')
    text = re.sub(r'"(cam|fol|cat|loc|whk)_\d+"', r'"\1_N"', text)
    text = re.sub(r'("sequenceid": ?)"\d+"', r'\1"N"', text)
    text = re.sub(r'("sequence_id": ?)\d+', r"\g<1>0", text)
    return re.sub(r"whsec_[A-Za-z0-9+/=]+", "whsec_SECRET", text)
