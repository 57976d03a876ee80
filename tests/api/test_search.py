"""Finding sessions by what a till or a person knows of them (coupons.md 12 and 13)."""

from typing import Any

import pytest

from tests.api.reading import good, told
from tests.world import Offer, Shop

ACCOUNT, CAMPAIGN = "/v3/couponsession/search", "/v3/campaign/search"


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign()


@pytest.fixture
def anns(offer: Offer) -> str:
    body = {"campaign": offer.id, "email": "Ann@Example.org", "phone": "0470 00 00 01", "customid": "m-881",
            "customvalcode": "AB 12-x"}  # fmt: skip
    code: str = good(offer.shop.api("/v3/singleuse/create", body))["single_use_code"]
    offer.link()
    return code


def found(offer: Offer, path: str = ACCOUNT, **parameters: Any) -> list[str]:
    answer = good(offer.shop.api(path, parameters))
    assert answer["action"] == "search_session"
    assert answer["amount_of_results"] == len(answer["data"])
    return [item["session"] for item in answer["data"]]


@pytest.mark.parametrize("text", ["AB 12-x", "ab12x", "ann@example.org", "ANN@EXAMPLE.ORG ", "+32470000001", "0470000001",
                                  "32470000001", "0470/00.00.01", "m-881"])  # fmt: skip
def test_search_matches_whatever_a_person_is_known_by(offer: Offer, anns: str, text: str) -> None:
    assert found(offer, search=text) == [anns]


def test_search_matches_codes(offer: Offer, anns: str) -> None:
    for text in (anns, anns[:6], anns[:6].upper(), f"{anns[:3]}-{anns[3:6]}"):
        assert found(offer, search=text) == [anns], text


@pytest.mark.parametrize(
    "text", ["M-881", "m-88", "---", "- - -", "ann@", "%", "___", "' or 1=1 --", "12345678901234567890123"]
)
def test_matches_are_exact(offer: Offer, anns: str, text: str) -> None:
    if len(text) >= 3:
        assert found(offer, search=text) == []


@pytest.mark.parametrize(
    "parameters",
    [{"customvalcode": "ab12x"}, {"own_validation_code": "AB12X"}, {"phone": "0470000001"}, {"email": "ann@example.org"},
     {"email": "ann@example.org", "phone": "0470000001", "search": "ab12x"}],
)  # fmt: skip
def test_by_one_thing_or_by_several_together(offer: Offer, anns: str, parameters: dict[str, str]) -> None:
    assert found(offer, **parameters) == [anns]


def test_several_must_all_match(offer: Offer, anns: str) -> None:
    assert found(offer, email="ann@example.org", phone="0470000002") == []
    assert found(offer, phone="no digits") == []


def test_newest_first_and_at_most_a_hundred(offer: Offer) -> None:
    made = [offer.link(customid="same") for _ in range(103)]
    assert found(offer, search="same") == made[:-101:-1]


def test_within_one_coupon(offer: Offer, anns: str) -> None:
    other = offer.shop.campaign()
    twin = other.link(email="ann@example.org")
    assert found(offer, search="ann@example.org") == [twin, anns]
    for path in (ACCOUNT, CAMPAIGN, "/v3/couponsession/search/campaign"):
        assert found(offer, path, search="ann@example.org", campaign=offer.id) == [anns]
    (item,) = good(offer.shop.api(CAMPAIGN, {"campaign": other.id, "email": "ann@example.org"}))["data"]
    assert item["campaign"] == other.id


def test_of_this_account_only(offer: Offer, anns: str, lucia: Shop) -> None:
    hers = lucia.campaign()
    for text in (anns, anns[:6], "ann@example.org", "ab12x"):
        assert good(lucia.api(ACCOUNT, {"search": text}))["data"] == []
    assert told(lucia.api(CAMPAIGN, {"campaign": offer.id, "search": "ann"})) == (422, [502], ["not_found"])
    assert hers.campaign.pk


@pytest.mark.parametrize(
    ("path", "parameters", "codes"),
    [(ACCOUNT, {}, [200]), (ACCOUNT, {"search": ""}, [200]), (ACCOUNT, {"search": "ab"}, [300]), (CAMPAIGN, {"search": "abc"}, [200]),
     (CAMPAIGN, {}, [200]), (ACCOUNT, {"search": "abc", "campaign": "x"}, [301]), (ACCOUNT, {"search": "x" * 101}, [300]),
     (ACCOUNT, {"search": "abc", "campaign": "999999999"}, [502]), (ACCOUNT, {"customvalcode": "--"}, [300])],
)  # fmt: skip
def test_wrong_parameters(offer: Offer, path: str, parameters: dict[str, Any], codes: list[int]) -> None:
    assert told(offer.shop.api(path, parameters))[1] == codes
