"""Lessons 1, 2, 3, 4, 5 and 27 once more through the real doors: processes that race over HTTP, by different entrances.

Exactly the limit wins, the rest gets the documented answer, and nobody sees a 5xx.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tearoff.client import Busy, Refused
from tearoff.coupons.models import CouponSession
from tests.street.rivals import race
from tests.street.server import Server
from tests.world import Offer, Shop, phone

RIVALS = 24
OK = "ok"


@pytest.fixture
def pizzeria(mario: Shop, server: Server) -> Iterator[Shop]:
    mario.door = server.url
    yield mario


def by_api(shop: Shop, code: str, status: str = "validated", **more: str) -> Callable[[], str]:
    """A till that asks once: OK, or the reason it was told. Any other failure is none of the documented answers."""

    def act() -> str:
        parameters: Any = {"couponsession": code, "status": status} | more
        with shop.program(timeout=60, retries=0) as till:
            try:
                till.sessions.update(**parameters)
            except (Refused, Busy) as failed:
                return failed.reasons[0]
            return OK

    return act


def by_page(shop: Shop, path: str, **form: str) -> Callable[[], str]:
    """A phone that sends a form: OK for the redirect of a success, else the HTTP status of the page it was shown."""

    def act() -> str:
        with phone(shop.door) as client:
            answer = client.post(path, data=form, follow_redirects=False)
            assert answer.status_code < 500, answer.text
            return OK if answer.status_code in (200, 303) else str(answer.status_code)

    return act


def entrances(offer: Offer, code: str) -> list[Callable[[], str]]:
    """The till's API, the consumer's own phone with the staff's password, and the staff's scan page."""
    shop = offer.shop
    return [
        by_api(shop, code),
        by_page(shop, f"/p/{offer.code}/{code}/use", password="4711"),
        by_page(shop, f"/s/{offer.code}/{code}", password="4711"),
    ]


def test_a_session_is_used_once(pizzeria: Shop) -> None:
    offer = pizzeria.campaign()
    offer.at_location(password="4711")
    code = offer.claimed()

    results = words(race(entrances(offer, code) * (RIVALS // 3)))

    assert results[OK] == 1, results
    assert set(results) <= {OK, "already_used", "409"}
    assert offer.uses() == 1


def test_the_last_uses_of_a_campaign(pizzeria: Shop) -> None:
    offer = pizzeria.campaign(max_validations=7)
    offer.at_location(password="4711")
    acts = [entrances(offer, offer.claimed())[place % 3] for place in range(RIVALS)]

    results = words(race(acts))

    assert results[OK] == 7, results
    assert set(results) <= {OK, "sold_out", "409"}
    assert offer.uses() == 7


def test_the_last_claims(pizzeria: Shop) -> None:
    offer = pizzeria.campaign(max_claims=7)
    acts = []
    for place in range(RIVALS):
        code = offer.opened()
        doors = [
            by_api(pizzeria, code, "claimed"),
            by_page(pizzeria, f"/p/{offer.code}/{code}"),
            by_api(pizzeria, code),
        ]
        acts.append(doors[place % 3])

    results = words(race(acts))

    assert results[OK] == 7, results
    assert set(results) <= {OK, "sold_out", "409"}
    assert CouponSession.objects.filter(campaign=offer.campaign, claimed_at__isnull=False).count() == 7


def test_one_mail_address_gets_one_whatever_its_spelling_and_door(pizzeria: Shop) -> None:
    offer = pizzeria.campaign(
        claim_method="form", form=[{"name": "email", "kind": "email", "required": True}], unique_fields=["email"]
    )
    spellings = ["ann@example.org", " ANN@example.org ", "Ann@Example.ORG"]
    acts = []
    for place in range(RIVALS):
        code, spelling = offer.opened(), spellings[place % 3]
        doors = [
            by_page(pizzeria, f"/p/{offer.code}/{code}", email=spelling),
            by_api(pizzeria, code, "claimed", email=spelling.strip()),
        ]
        acts.append(doors[place % 2])

    results = words(race(acts))

    assert results[OK] == 1, results
    assert set(results) <= {OK, "person_has_one", "409"}
    assert CouponSession.objects.filter(campaign=offer.campaign, claimed_at__isnull=False).count() == 1


def test_the_same_request_key_is_one_act_and_one_answer(pizzeria: Shop) -> None:
    offer = pizzeria.campaign(uses_per_session=9)
    code = offer.claimed()

    def act() -> tuple[int, bytes]:
        with httpx.Client(base_url=pizzeria.door or "", timeout=60) as till:
            answer = till.post(
                "/v3/couponsession/update",
                json={"couponsession": code, "status": "validated"},
                headers=pizzeria.headers | {"Idempotency-Key": "till-7-receipt-12"},
            )
            return answer.status_code, answer.content

    answers = race([act] * 12)

    assert len(set(answers)) == 1, answers
    assert offer.uses() == 1


def test_fifty_link_creates_with_one_custom_id(pizzeria: Shop) -> None:
    offer = pizzeria.campaign()

    def act() -> str:
        with pizzeria.program(timeout=60) as crm:
            return crm.links.create(offer.id, customid="crm-9", duplicate_check="customid").single_use_code

    assert len(set(race([act] * 50))) == 1
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 1


def test_health_answers_while_a_hot_campaign_is_fought_over(pizzeria: Shop) -> None:
    """Architecture.md 3, liveness: nothing waits for a second connection while it holds a row."""
    offer = pizzeria.campaign(max_validations=5)
    acts = [by_api(pizzeria, offer.claimed()) for _ in range(RIVALS)]

    def health() -> str:
        return str(httpx.get(f"{pizzeria.door}/healthz", timeout=60).status_code)

    results = words(race([*acts, *[health] * 6]))

    assert results["200"] == 6 and results[OK] == 5, results
    assert httpx.get(f"{pizzeria.door}/readyz", timeout=60).status_code == 200


def words(results: list[str | Exception]) -> Tally[str]:
    return Tally(repr(result) if isinstance(result, Exception) else result for result in results)
