"""The owner's preview: everything is shown, drafts included, and nothing is created or counted (product.md 6, row 1)."""

from datetime import timedelta

import httpx
import pytest

from tearoff.campaigns import previewing
from tearoff.kit import clock
from tearoff.pages.previewing import STATES
from tests.pages.phones import events, sessions, statements
from tests.world import Offer, Shop


def address(offer: Offer, **more: str) -> str:
    token = previewing.token(offer.campaign.pk, at=clock.now())
    return f"/p/{offer.code}?preview={token}" + "".join(f"&{name}={value}" for name, value in more.items())


@pytest.mark.parametrize("status", ["draft", "active", "inactive"])
def test_the_owner_sees_the_offer_and_nothing_happens(mario: Shop, ann: httpx.Client, status: str) -> None:
    offer = mario.campaign("Slice of the day", claim_method="form", form=[{"name": "firstname", "required": True}])
    offer.set(status=status)

    with statements() as ran:
        answer = ann.get(address(offer))

    assert answer.status_code == 200 and "Slice of the day" in answer.text and "Preview." in answer.text
    assert ("Consumers see “not available” until you activate it." in answer.text) is (status != "active")
    assert f"http://127.0.0.1:8000/p/{offer.code}</a>" in answer.text
    assert "In the preview this button does nothing." in answer.text and 'action="' not in answer.text
    assert len(ran) == 1 and sessions(offer) == 0 and events(offer) == 0
    assert not answer.headers.get_list("set-cookie")


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_looked_at(mario: Shop, ann: httpx.Client, state: str) -> None:
    offer = mario.campaign(max_claims=50, uses_per_session=2, after_claim=60)
    offer.at_location()
    offer.set(status="draft")

    answer = ann.get(address(offer, state=state))

    assert answer.status_code == 200 and "Preview." in answer.text
    assert "hx-get" not in answer.text and "/use" not in answer.text and sessions(offer) == 0


def test_a_token_is_for_one_campaign_two_hours_and_nobody_else(mario: Shop, lucia: Shop, ann: httpx.Client) -> None:
    offer, other = mario.campaign(), lucia.campaign("Lucia's secret")
    good = address(offer)
    token = good.partition("=")[2]
    until = token.partition(".")[0]

    for wrong in (
        "",
        "x",
        until,
        f"{until}.",
        f"{int(until) + 1}.{token.partition('.')[2]}",
        "9" * 30 + ".x",
        "%00",
        "é.é",
    ):
        assert ann.get(f"/p/{offer.code}?preview={wrong}").status_code == 404
    assert ann.get(f"/p/{other.code}?preview={token}").status_code == 404
    assert ann.get(address(offer, state="nonsense")).status_code == 404
    with clock.moved(clock.now() + timedelta(hours=1, minutes=59)):
        assert ann.get(good).status_code == 200
    with clock.moved(clock.now() + timedelta(hours=2, minutes=1)):
        assert ann.get(good).status_code == 404
    assert sessions(offer) == sessions(other) == 0
