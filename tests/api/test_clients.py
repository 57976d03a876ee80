"""The recorded habits of real clients, one test each (conventions.md 8). They must work unchanged."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tearoff.campaigns.models import Campaign
from tearoff.campaigns.owncodes import import_codes
from tearoff.coupons.links import LETTERS_AND_DIGITS
from tearoff.kit import clock
from tests.api.reading import good, told
from tests.street import messaging
from tests.street.directories import directory
from tests.world import Offer, Shop, open_shop

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STATUS_OF_C2 = (
    "open_date_utc",
    "played_date_utc",
    "claim_date_utc",
    "validation_date_utc",
    "voided_date_utc",
    "locked",
    "claimtype",
    "validation_value",
    "value",
)


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign("Free slice")


def form(shop: Shop, path: str, body: str) -> dict[str, Any]:
    return good(shop.http.post(path, content=body.encode(), headers=shop.headers | FORM))


def java_script_date(text: str) -> datetime:
    """What `Date.parse` reads besides ISO: date and time parted by a blank."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")


# C1: JavaScript, polls and acts


def test_c1_lists_coupons_by_get_with_a_content_type_and_no_body(mario: Shop, offer: Offer) -> None:
    answer = mario.http.get("/v3/coupon/list", headers=mario.headers | {"Content-Type": "application/json"})
    items = good(answer)["coupon_info"]
    assert isinstance(items, list)
    assert [(item["ID"], item["name"]) for item in items if item["status"] == "active"] == [(offer.id, "Free slice")]


def test_c1_polls_claims_and_from_the_second_run_on_with_dates(mario: Shop, offer: Offer) -> None:
    at = clock.now().replace(microsecond=0)
    first, second = offer.claimed(at - timedelta(hours=2)), offer.claimed(at)
    found = good(mario.api("/v3/campaign/claims", {"campaign": offer.id, "page": 1}))["data"]
    assert [item["session"] for item in found] == [first, second]
    assert len({item["session"] for item in found}) == len(found)
    assert java_script_date(found[-1]["status"]["claim_date_utc"]) == at.replace(tzinfo=None)

    dates = {"start_date": f"{at:%Y-%m-%d %H:%M}", "end_date": f"{at + timedelta(hours=1):%Y-%m-%d %H:%M}"}
    found = good(mario.api("/v3/campaign/claims", {"campaign": offer.id, "page": 1} | dates))["data"]
    assert [item["session"] for item in found] == [second]


def test_c1_polls_validations(mario: Shop, offer: Offer) -> None:
    at = clock.now().replace(microsecond=0)
    code = offer.claimed(at)
    offer.validate(code, at)
    (item,) = good(mario.api("/v3/campaign/validations", {"campaign": offer.id, "page": 1}))["data"]
    assert item["session"] == code
    assert java_script_date(item["status"]["validation_date_utc"]) == at.replace(tzinfo=None)


@pytest.mark.parametrize("check", [True, False])
def test_c1_makes_a_link_with_a_boolean_duplicate_check(mario: Shop, offer: Offer, check: bool) -> None:
    person = {
        "firstname": "Ann",
        "lastname": "Peeters",
        "email": "ann@example.org",
        "phone": "+32470000001",
        "customid": "881",
        "customvalcode": "7731902284",
        "duplicate_check": check,
        "expiry_date": "2031-12-31:23:59:59",
    }
    first = good(mario.api("/v3/singleuse/create", {"campaign": offer.id} | person))
    again = good(mario.api("/v3/singleuse/create", {"campaign": offer.id} | person))
    assert first["single_use_url"].endswith(f"/p/{offer.code}/{first['single_use_code']}")
    assert (first["single_use_url"] == again["single_use_url"]) is check


def test_c1_sends_an_email(mario: Shop, offer: Offer) -> None:
    messaging.connect(mario, "mail")
    body = {"campaign": offer.id, "email": "ann@example.org", "subject": "Hi", "firstname": "Ann", "lastname": "P"}
    answer = mario.api("/v3/send/email", body | {"check_unique": True, "couponsession": offer.link()})
    assert answer.json()["action"] == "email_sent"


def test_c1_is_told_that_no_email_platform_is_connected(mario: Shop, offer: Offer) -> None:
    answer = mario.api("/v3/send/email", {"campaign": offer.id, "email": "ann@example.org", "check_unique": False})
    assert told(answer) == (422, [104], ["no_email"])


def test_c1_lists_directories_with_the_v3_headers(mario: Shop) -> None:
    page = directory(mario, "City deals")
    answer = mario.http.get("/v4/directory", headers=mario.headers)
    assert [(one["id"], one["name"]) for one in answer.json()] == [(page.directory.pk, "City deals")]


def test_c1_polls_for_new_registrations(mario: Shop) -> None:
    page = directory(mario)
    page.member("ann@example.org"), page.member("bob@example.org")
    users = mario.http.get(f"/v4/directory/{page.directory.pk}/users", headers=mario.headers).json()
    assert len({user["id"] for user in users}) == 2
    assert [datetime.fromisoformat(user["created_at"]) for user in users]


# C2: C#, forms, crashes on a missing or null member


def test_c2_makes_a_link_by_form(mario: Shop, offer: Offer) -> None:
    body = f"campaign={offer.id}&firstname=Ann&email=ann@example.org&customid=881&customvalcode=7731902284"
    answer = form(mario, "/v3/singleuse/create", body)
    assert answer["status"]["status"] == "OK"
    code = answer["single_use_code"]
    assert len(code) == 21
    assert answer["single_use_url"] == f"http://127.0.0.1:8000/p/{offer.code}/{code}"
    assert answer["widget_validation_code"] == code[:6]
    assert answer["campaign"] == offer.id
    assert answer["action"] == "single_use_code_created"
    assert answer["custom_validation_code"] == "7731902284"
    assert answer["customid"] == "881"
    assert None not in answer.values()


def test_c2_makes_a_link_by_form_without_anything(mario: Shop, offer: Offer) -> None:
    answer = form(mario, "/v3/singleuse/create", f"campaign={offer.id}&firstname=&email=&customid=&customvalcode=")
    assert (answer["custom_validation_code"], answer["customid"]) == ("", "")


def test_c2_lists_coupons_with_a_json_type_and_an_empty_body(mario: Shop, offer: Offer) -> None:
    answer = mario.http.post(
        "/v3/coupon/list", content=b"", headers=mario.headers | {"Content-Type": "application/json"}
    )
    for item in good(answer)["coupon_info"]:
        for name in ("ID", "code", "name", "title", "status", "url"):
            assert isinstance(item[name], str), name


def test_c2_reads_a_session_by_form(mario: Shop, offer: Offer) -> None:
    code = offer.claimed()
    answer = form(mario, "/v3/couponsession/data", f"couponsession={code}")
    assert int(answer["sequenceid"]) < 2**63
    assert isinstance(answer["sequenceid"], str)
    for name in STATUS_OF_C2:
        assert isinstance(answer["data"]["status"][name], str), name
    assert answer["data"]["status"]["locked"] == "0"
    good(mario.api("/v3/couponsession/update", {"couponsession": code, "status": "locked"}))
    answer = form(mario, "/v3/couponsession/data", f"couponsession={code}")
    assert answer["data"]["status"]["locked"] == "1"


def test_c2_reads_all_sessions_by_form_and_skips_those_without_an_own_code(mario: Shop, offer: Offer) -> None:
    empty = form(mario, "/v3/campaign/data", f"campaign={offer.id}")
    assert (str(empty["amount_of_results"]), empty["data"]) == ("0", [])
    import_codes(offer.campaign, "A-100\n")
    offer.set(uses_own_codes=True)
    claimed, opened = offer.claimed(), offer.link()
    answer = form(mario, "/v3/campaign/data", f"campaign={offer.id}")
    assert str(answer["amount_of_results"]) == "2"
    for item in answer["data"]:
        assert int(item["sequenceid"])
        for name in STATUS_OF_C2:
            assert isinstance(item["status"][name], str), name
    codes = {item["session"]: item["status"]["own_validation_code"] for item in answer["data"]}
    assert codes == {claimed: "A-100", opened: ""}


# C3: TypeScript


def test_c3_lists_all_coupons(mario: Shop, offer: Offer) -> None:
    answer = mario.api("/v3/coupon/list", {"only_active": False, "limit": 50, "page": 1})
    assert offer.id in [item["ID"] for item in good(answer)["coupon_info"]]


def test_c3_makes_a_coupon_from_a_template(mario: Shop) -> None:
    template = mario.account.campaigns.get(is_template=True)
    body = {
        "template": str(template.pk),
        "name": "Spring coffee",
        "title": "Free coffee with lunch",
        "subtitle": "Weekdays",
        "expiry_date": "2031-12-31 23:59",
    }
    made = good(mario.api("/v3/coupon/create", body))["coupon_info"]
    assert made["ID"].startswith("cam_")
    assert len(made["code"]) == 6
    assert set(made["code"]) <= set(LETTERS_AND_DIGITS.lower())
    assert (made["title"], made["expirydate"], made["status"]) == (
        "Free coffee with lunch",
        "2031-12-31 23:59:00",
        "draft",
    )
    assert Campaign.objects.get(pk=int(made["ID"][4:])).account == mario.account


def test_c3_makes_a_coupon_in_a_subaccount_and_finds_it_in_the_list(mario: Shop) -> None:
    client = open_shop("Mario's second shop", parent=mario.account)
    template = mario.account.campaigns.get(is_template=True)
    body = {
        "template": str(template.pk),
        "name": "For two",
        "subaccount": f"sub_{client.account.pk}",
        "status": "active",
    }
    made = good(mario.api("/v3/coupon/create", body))["coupon_info"]
    assert made["subaccount"] == f"sub_{client.account.pk}"
    mine = good(mario.api("/v3/coupon/list", {}))["coupon_info"]
    theirs = good(client.api("/v3/coupon/list", {}))["coupon_info"]
    assert mine[-1]["ID"] == made["ID"]
    assert [item["subaccount"] for item in theirs if item["ID"] == made["ID"]] == [""]


# C4: TypeScript, typed from the documents


def test_c4_reads_one_coupon_as_an_object(mario: Shop, offer: Offer) -> None:
    for stats in (True, False):
        answer = mario.api("/v3/coupon/info", {"campaign": offer.id, "show_usage_stats": stats})
        assert isinstance(good(answer)["coupon_info"], dict)


def test_c4_checks_its_keys_by_listing_active_coupons(mario: Shop, lucia: Shop) -> None:
    assert good(mario.api("/v3/coupon/list", {"only_active": True}))["coupon_info"] == []
    mario.client_secret = "wrong"
    assert mario.api("/v3/coupon/list", {"only_active": True}).status_code == 401


def test_c4_reads_the_text_of_an_error_from_the_top_level(mario: Shop) -> None:
    assert mario.api("/v3/coupon/info", {"campaign": "cam_0"}).json()["message"] == "Campaign ID not found"


# C5: Django shop front


@pytest.mark.parametrize("tags", [None, "pizza"])
def test_c5_lists_coupons_with_keys_in_the_body_and_a_stray_cookie(mario: Shop, tags: str | None) -> None:
    offer = mario.campaign(tags=["pizza"])
    body = {"client_id": mario.client_id, "client_secret": mario.client_secret, "tags": tags}
    answer = mario.http.post("/v3/coupon/list", json=body, headers={"Cookie": "PHPSESSID=abc; x"})
    assert offer.id in [item["ID"] for item in good(answer)["coupon_info"]]


@pytest.mark.parametrize(("path", "to"), [("/v3/send/sms", {"phone": "+32470000001", "sender": "Mario"}),
                                          ("/v3/send/email", {"email": "ann@example.org"})])  # fmt: skip
def test_c5_sends_with_keys_in_the_body(mario: Shop, offer: Offer, path: str, to: dict[str, str]) -> None:
    messaging.connect(mario, "sms"), messaging.connect(mario, "mail")
    body = {"client_id": mario.client_id, "client_secret": mario.client_secret, "campaign": offer.id}
    assert mario.http.post(path, json=body | to).json()["status"]["status"] == "OK"


def test_c5_is_told_that_no_sms_gateway_is_connected(mario: Shop, offer: Offer) -> None:
    body = {"client_id": mario.client_id, "client_secret": mario.client_secret, "campaign": offer.id}
    answer = mario.http.post("/v3/send/sms", json=body | {"phone": "+32470000001", "sender": "Mario"})
    assert told(answer) == (422, [103], ["no_sms"])


# C6: a harness for the newer header pair


def test_c6_calls_the_rest_paths_with_the_other_header_pair(mario: Shop) -> None:
    page = directory(mario)
    headers = {"X-API-Key": mario.client_id, "X-API-Secret": mario.client_secret}
    assert mario.http.get("/v4/directory", headers=headers).status_code == 200
    body = {"email": "ann@example.org"}
    answer = mario.http.post(f"/v4/directory/{page.directory.pk}/users", json=body, headers=headers)
    assert (answer.status_code, answer.json()["email"]) == (200, "ann@example.org")
