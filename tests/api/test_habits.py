"""More habits of clients in the field; a compatible server bears all of them (conventions.md 10)."""

from typing import Any

import pytest

from tearoff.api.v3 import PATHS, TABLE
from tests.api.reading import good, told
from tests.street.loyalty import club
from tests.street.messaging import connect
from tests.world import Offer, Shop

SHOWN = ("ID", "code", "name", "title", "status", "url", "expirydate", "coupon_category_name", "coupon_tags",
         "coupon_image", "banner1", "banner3", "description", "subtitle", "type", "subaccount")  # fmt: skip


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign()


def test_every_read_answers_get_and_post_alike(mario: Shop, offer: Offer) -> None:
    """Row 1."""
    code = offer.claimed()
    parameters = {"campaign": offer.id, "couponsession": code, "search": code, "webhook": "evt_" + "a" * 20}
    for row in TABLE.values():
        if row.reads:
            by_get = mario.http.get(
                row.path, params=parameters, headers=mario.headers | {"Content-Type": "application/json"}
            )
            by_post = mario.api(row.path, parameters)
            assert (by_get.status_code, by_get.json()) == (by_post.status_code, by_post.json()), row.path


def test_what_writes_answers_no_get(mario: Shop) -> None:
    for path, row in PATHS.items():
        if not row.reads:
            answer = mario.http.get(path, headers=mario.headers)
            assert (answer.status_code, answer.headers["Allow"]) == (405, "POST"), path


def test_an_empty_php_array_is_no_parameters(mario: Shop) -> None:
    """Row 2."""
    headers = mario.headers | {"Content-Type": "application/json"}
    good(mario.http.post("/v3/coupon/list", content=b"[]", headers=headers))
    good(mario.http.post("/v3/coupon/list", content=b"", headers=headers | {"Content-Length": "0"}))


def test_unknown_headers_cookies_and_parameters_are_ignored(mario: Shop, offer: Offer) -> None:
    """Row 3."""
    answer = mario.api(
        "/v3/coupon/info",
        {"campaign": offer.id, "no_such": {"deep": [1, None]}, "": "x"},
        headers={"X-Whatever": "1", "Cookie": "stale=1", "X-Client-id": mario.client_id},
    )
    assert good(answer)["coupon_info"]["ID"] == offer.id


@pytest.mark.parametrize(
    ("phone", "stored"), [(32470000001, "32470000001"), (None, ""), ("+32470000001", "32470000001")]
)
def test_phones_come_as_numbers_or_null_from_spreadsheets(mario: Shop, offer: Offer, phone: Any, stored: str) -> None:
    """Row 4."""
    code = good(mario.api("/v3/singleuse/create", {"campaign": offer.id, "phone": phone}))["single_use_code"]
    assert good(mario.api("/v3/couponsession/data", {"couponsession": code}))["data"]["customer"]["phone"] == stored


def test_letters_that_folding_makes_two_fit_wherever_they_are_allowed(mario: Shop, offer: Offer) -> None:
    """Lesson 32: an address of 196 letters, allowed, is compared as one of 382; the longest own code doubles as well."""
    email, code = "a@" + ".".join(["ß" * 31] * 6) + ".de", "ß" * 100
    connect(mario, "mail")
    lunch = club(mario)
    group = good(mario.api("/v3/emailtool/addgroup", {"group_name": "Mail"}))["group_id"]
    for path, more in (
        ("/v3/singleuse/create", {"campaign": offer.id, "customvalcode": code}), ("/v3/send/email", {"campaign": offer.id}),
        ("/v3/send/email", {"campaign": lunch.id}), ("/v3/emailtool/addcontact", {"emailgroup": group}),
        ("/v3/loyaltyusers/create", {"password": "correct horse"}),
    ):  # fmt: skip
        good(mario.api(path, {"email": email} | more))
    assert mario.api(f"/v4/loyalty/loyalty-cards/{lunch.card.pk}/stats", {"email": email}).json()["email"] == email
    assert told(mario.api("/v3/loyaltyusers/create", {"email": email, "password": "correct horse"}))[1] == [304]


def test_custom_ids_repeat_unless_a_check_is_asked_for(mario: Shop, offer: Offer) -> None:
    """Row 5."""
    body = {"campaign": offer.id, "customid": 0}
    codes = [good(mario.api("/v3/singleuse/create", body | extra))["single_use_code"]
             for extra in ({}, {}, {"duplicate_check": False}, {"duplicate_check": "false"})]  # fmt: skip
    assert len(set(codes)) == 4
    checked = good(mario.api("/v3/singleuse/create", body | {"duplicate_check": "customid"}))
    assert (checked["action"], checked["single_use_code"]) == ("single_use_code_duplicate", codes[0])


def test_list_items_carry_what_clients_look_for(mario: Shop, offer: Offer) -> None:
    """Row 6."""
    for item in good(mario.api("/v3/coupon/list"))["coupon_info"]:
        for name in SHOWN:
            assert isinstance(item[name], str), name


def test_success_is_exactly_200_also_for_creating(mario: Shop, offer: Offer) -> None:
    """Row 7."""
    for path, body in (
        ("/v3/singleuse/create", {"campaign": offer.id}),
        ("/v3/multiplesingleuse/create", {"campaign": offer.id, "amount": 1}),
        ("/v3/webhook/create", {"url": "http://127.0.0.1:9/hook"}),
    ):
        answer = mario.api(path, body)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json"), path


def test_lists_are_arrays_also_when_empty_and_info_is_an_object(mario: Shop, offer: Offer) -> None:
    """Row 10."""
    assert good(mario.api("/v3/coupon/list", {"tags": "none"}))["coupon_info"] == []
    assert isinstance(good(mario.api("/v3/coupon/info", {"campaign": offer.id}))["coupon_info"], dict)
    past = good(mario.api("/v3/campaign/data", {"campaign": offer.id, "page": 9}))
    assert (past["data"], past["amount_of_results"], past["page"]) == ([], 0, 9)


@pytest.mark.parametrize("path", ["/v4/subaccount/create", "/v3/subaccount/create", "/v3/subaccount/list"])
def test_subaccounts_are_made_and_listed_under_both_versions(mario: Shop, path: str) -> None:
    """Row 11."""
    assert mario.api(path, {"email": f"client-{mario.email}"}).status_code == 200


@pytest.mark.parametrize("path", ["/v3/coupon/status", "/v3/campaign/status"])
@pytest.mark.parametrize("name", ["campaign", "coupon_id", "campaign_id", "id"])
def test_coupons_are_switched_at_two_addresses_and_by_four_names(
    mario: Shop, offer: Offer, path: str, name: str
) -> None:
    """Row 12."""
    answer = good(mario.api(path, {name: offer.id, "status": "inactive"}))
    assert (answer["action"], answer["coupon_info"]["status"]) == ("coupon_updated", "inactive")
