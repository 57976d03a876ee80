"""Changing sessions over the API: every act, every refusal with its number (coupons.md 10 and 11, conventions.md 7.1)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tearoff.activity.models import Event
from tearoff.api import errors
from tearoff.campaigns.models import Grant
from tearoff.campaigns.owncodes import import_codes
from tearoff.coupons.models import CouponSession
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import clock
from tests.api.reading import NOBODYS_CODE, good, sentences, told
from tests.street.rivals import locked
from tests.world import Offer, Shop

UPDATE = "/v3/couponsession/update"


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign()


def update(offer: Offer, code: str, **parameters: Any) -> httpx.Response:
    return offer.shop.api(UPDATE, {"couponsession": code} | parameters)


def state(offer: Offer, code: str, **parameters: Any) -> dict[str, str]:
    answer = good(update(offer, code, **parameters))
    assert (answer["action"], answer["campaign"], answer["session"]) == ("session_updated", offer.id, code)
    block: dict[str, str] = answer["data"]["status"]
    return block


def kinds(code: str) -> list[str]:
    return list(Event.objects.filter(subject=code).order_by("id").values_list("kind", flat=True))


# Acts


@pytest.mark.parametrize("word", ["claimed", "claim", "CLAIMED"])
@pytest.mark.parametrize("name", ["status", "action"])
def test_claiming(offer: Offer, word: str, name: str) -> None:
    block = state(offer, offer.link(), **{name: word})
    assert (block["claimed"], block["claimtype"], block["opened"], block["validated"]) == ("1", "api", "0", "0")


@pytest.mark.parametrize("word", ["validated", "validate"])
def test_validating_a_claimed_session(offer: Offer, word: str) -> None:
    code = offer.claimed()
    block = state(offer, code, status=word, validation_value="12.50")
    assert (block["validated"], block["validationtype"], block["validation_value"], block["uses"]) == (
        "1",
        "api",
        "12.50",
        "1",
    )
    assert kinds(code)[-1] == "coupon.validated"


def test_validating_an_unclaimed_session_claims_it_in_the_same_act(offer: Offer) -> None:
    code = offer.link()
    block = state(offer, code, status="validated")
    assert (block["claimed"], block["claimtype"], block["opened"]) == ("1", "staff", "0")
    assert block["claim_date_utc"] == block["validation_date_utc"] != ""
    assert kinds(code) == ["link.made", "coupon.claimed", "coupon.validated"]


@pytest.mark.parametrize(
    ("first", "second"),
    [({"status": "voided"}, {"status": "unvoided"}), ({"void": True}, {"void": False}), ({"status": "void"}, {"status": "normal"}),
     ({"void": "1"}, {"status": "activated"}), ({"status": "voided", "void": True}, {"status": "activate", "void": "false"})],
)  # fmt: skip
def test_voiding_and_back_keeps_every_flag(offer: Offer, first: dict[str, Any], second: dict[str, Any]) -> None:
    code = offer.claimed()
    before = state(offer, code, value="kept")
    voided = state(offer, code, **first)
    assert (voided["voided"], voided["voided_date_utc"] != "") == ("1", True)
    assert state(offer, code, **second) == before
    assert kinds(code)[-2:] == ["coupon.voided", "coupon.unvoided"]


def test_locking_and_back(offer: Offer) -> None:
    code = offer.claimed()
    assert state(offer, code, status="locked")["locked"] == "1"
    assert told(update(offer, code, status="validated")) == (422, [300], ["locked"])
    assert state(offer, code, status="unlock")["locked"] == "0"
    assert state(offer, code, status="validated")["validated"] == "1"


def test_opening(offer: Offer) -> None:
    code = offer.link()
    block = state(offer, code, status="opened")
    assert (block["opened"], block["open_date_utc"] != "") == ("1", True)
    assert told(update(offer, code, status="open")) == (422, [300], ["opened"])


@pytest.mark.parametrize(
    "spell", [lambda code: code[:6], lambda code: code[:6].upper(), lambda code: f" {code[:3]}-{code[3:6]} "]
)
def test_the_short_code_names_the_session_too(offer: Offer, spell: Callable[[str], str]) -> None:
    code = offer.claimed()
    assert state_of(update(offer, spell(code), status="validated"))["validated"] == "1"


def state_of(answer: httpx.Response) -> dict[str, str]:
    block: dict[str, str] = good(answer)["data"]["status"]
    return block


def test_full_codes_are_compared_exactly(offer: Offer) -> None:
    code = offer.claimed()
    assert told(update(offer, code.upper(), status="validated")) == (422, [505], ["not_found"])


# Data


def test_data_replace_what_was_stored_and_the_rest_stays(offer: Offer) -> None:
    code = offer.link(customid="old", firstname="Ann", lastname="Marti")
    data = {"firstname": "Bea", "email": " Bea@Example.org ", "phone": "0470 00 00 01", "customid": "new",
            "customvalcode": "AB-12", "customfield7": "seven", "expiry_date": "2031-07-01", "value": "10"}  # fmt: skip
    answer = good(update(offer, code, **data))
    customer, status = answer["data"]["customer"], answer["data"]["status"]
    assert (customer["firstname"], customer["lastname"], customer["email"]) == ("Bea", "Marti", "Bea@Example.org")
    assert (customer["phone"], customer["customid"], customer["customfield7"]) == ("32470000001", "new", "seven")
    assert (status["own_validation_code"], status["value"]) == ("AB-12", "10")
    assert status["expiry_date_utc"] == "2031-07-01 21:59:59", "a bare date ends with the day in Brussels"
    row = CouponSession.objects.get(code=code)
    assert (row.email_key, row.phone_key, row.own_code_key) == ("bea@example.org", "32470000001", "ab12")


def test_a_phone_that_is_no_number_is_kept_as_it_came(offer: Offer) -> None:
    assert good(update(offer, offer.link(), phone="ask at the bar"))["data"]["customer"]["phone"] == "ask at the bar"


def test_data_and_state_change_together_or_not_at_all(offer: Offer) -> None:
    code = offer.claimed()
    block = good(update(offer, code, status="validated", customid="till-7", validation_value="3"))
    assert (block["customid"], block["data"]["status"]["validated"]) == ("till-7", "1")
    assert told(update(offer, code, status="validated", customid="till-8")) == (422, [300], ["already_used"])
    assert good(offer.shop.api("/v3/couponsession/data", {"couponsession": code}))["customid"] == "till-7"


def test_a_value_alone_is_stored(offer: Offer) -> None:
    code = offer.claimed()
    assert state(offer, code, validation_value="9.99")["validation_value"] == "9.99"


@pytest.mark.parametrize("status", ["claimed", "opened", "voided", "locked"])
def test_a_value_beside_another_act_than_a_validation_is_stored_too(offer: Offer, status: str) -> None:
    code = offer.link()
    assert state(offer, code, status=status, validation_value="9.99")["validation_value"] == "9.99"


def test_the_own_code_names_the_session_for_tills_that_read_a_barcode(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=True)
    import_codes(offer.campaign, "5 400141-29\n")
    code = offer.claimed()
    for typed in ("5400141 29", "540014129"):
        found = good(mario.api("/v3/couponsession/search", {"customvalcode": typed}))
        assert [item["session"] for item in found["data"]] == [code]
    answer = good(mario.api(UPDATE, {"customvalcode": "5 400141-29", "status": "validated"}))
    assert (answer["session"], answer["data"]["status"]["own_validation_code"]) == (code, "5 400141-29")
    assert told(mario.api(UPDATE, {"customvalcode": "nobody", "status": "validated"})) == (422, [505], ["not_found"])


def test_an_own_code_of_several_sessions_is_ambiguous(offer: Offer) -> None:
    for _ in range(2):
        offer.link(customvalcode="TWIN")
    assert told(offer.shop.api(UPDATE, {"customvalcode": "twin", "status": "validated"})) == (422, [300], ["ambiguous"])


@pytest.mark.parametrize("typed", ["-", "- -", "\u2014"])
def test_blanks_and_dashes_name_nobody(offer: Offer, typed: str) -> None:
    """Neither the one session of the account that has no own code."""
    code = offer.claimed()
    assert told(offer.shop.api(UPDATE, {"customvalcode": typed, "status": "validated"})) == (422, [300], ["malformed"])
    assert offer.session(code).uses == 0


def test_a_short_code_that_several_accounts_have_is_ambiguous_for_their_parent(
    offer: Offer, mario: Shop, lucia: Shop
) -> None:
    """A till with the parent's keys must not use up the coupon of another client's guest."""
    codes = []
    for letter, shop in (("a", mario), ("b", lucia)):
        theirs = offer if shop is mario else lucia.campaign()
        code = theirs.claimed()
        CouponSession.objects.filter(code=code).update(code="twinxx" + letter * 15, short="twinxx")
        codes.append("twinxx" + letter * 15)
        if shop is lucia:
            Grant.objects.create(parent=mario.account, campaign=theirs.campaign)
    many = {"couponsessions": ["twinxx", codes[1]], "status": "locked"}
    for parameters in ({"status": "validated"}, {"status": "claimed", "phone": "0470000001"}, {"value": "1"}):
        answer = mario.api(UPDATE, {"couponsession": "TWIN xx"} | parameters)
        assert told(answer) == (422, [300], ["ambiguous"])
    assert told(mario.api("/v3/couponsession/data", {"couponsession": "twinxx"})) == (422, [300], ["ambiguous"])
    results = good(mario.api("/v3/multiplecouponsession/update", many))["data"]
    assert [(one["status"], one["error_reason"]) for one in results] == [("failed", "ambiguous"), ("OK", "")]
    assert told(mario.api("/v3/singleuse/remove", {"single_use_code": "twinxx"}))[1] == [505]
    assert not CouponSession.objects.filter(code__in=codes, uses__gt=0).exists()
    assert good(lucia.api(UPDATE, {"couponsession": "twinxx", "status": "unlocked"}))["session"] == codes[1]
    for code in codes:
        assert good(mario.api(UPDATE, {"couponsession": code, "status": "validated"}))["session"] == code


@pytest.mark.parametrize("spell", [lambda pk: f"loc_{pk}", str, lambda pk: "Shop North", lambda pk: "  shop NORTH "])
def test_a_location_is_named_by_id_or_name(offer: Offer, spell: Callable[[int], str]) -> None:
    place = offer.at_location("Shop North", city="Ghent", customid="n1")
    answer = good(update(offer, offer.claimed(), status="validated", location=spell(place.pk)))
    assert answer["data"]["location"] == {
        "ID": f"loc_{place.pk}", "name": "Shop North", "address": "", "city": "Ghent", "zip": "", "country": "",
        "customid": "n1", "staff": "",
    }  # fmt: skip


# Parameters


@pytest.mark.parametrize(
    ("parameters", "codes", "reasons"),
    [
        ({}, [200], ["missing"]),
        ({"firstname": ""}, [200], ["missing"]),
        ({"location": "Shop North"}, [200], ["missing"]),
        ({"status": "redeemed"}, [302], ["not_allowed"]),
        ({"status": ["validated"]}, [302], ["not_allowed"]),
        ({"void": "perhaps"}, [302], ["not_allowed"]),
        ({"status": "validated", "void": True}, [300], ["malformed"]),
        ({"status": "voided", "void": False}, [300], ["malformed"]),
        ({"status": "validated", "validation_value": "x" * 21}, [300], ["too_long"]),
        ({"email": "ann"}, [305], ["bad_email"]),
        ({"expiry_date": "soon"}, [303], ["bad_date"]),
        (
            {"customid": "x" * 51, "status": "nope", "email": "a"},
            [302, 305, 300],
            ["not_allowed", "bad_email", "too_long"],
        ),
    ],
)
def test_wrong_parameters_change_nothing(
    offer: Offer, parameters: dict[str, Any], codes: list[int], reasons: list[str]
) -> None:
    code = offer.claimed()
    before = kinds(code)
    assert told(update(offer, code, **parameters)) == (422, codes, reasons)
    assert kinds(code) == before


def test_without_any_session_it_is_missing(offer: Offer) -> None:
    assert told(offer.shop.api(UPDATE, {"status": "validated"})) == (422, [200], ["missing"])
    assert told(offer.shop.api(UPDATE, {})) == (422, [200, 200], ["missing", "missing"])
    assert told(offer.shop.api(UPDATE, {"customvalcode": "x"})) == (422, [200], ["missing"]), (
        "it names, so nothing changes"
    )


# Refusals: conventions.md 7.1, one row each


def refused(offer: Offer, code: str, status: str = "validated", **parameters: Any) -> tuple[int, list[int], list[str]]:
    answer = update(offer, code, status=status, **parameters)
    assert set(answer.json()) == {"status", "message"}, "envelope B"
    return told(answer)


@pytest.mark.parametrize(
    "code", ["abc", "abcdefg", "a" * 20, "a" * 22, "abc de!", "h4k9r2m7x1c8v5b3n6z0_", "日本語日本語"]
)
def test_row_malformed(offer: Offer, code: str) -> None:
    assert refused(offer, code) == (422, [301], ["malformed"])


def test_row_unknown_foreign_or_removed(offer: Offer, lucia: Shop) -> None:
    removed = offer.link()
    good(offer.shop.api("/v3/singleuse/remove", {"single_use_code": removed}))
    for code in (NOBODYS_CODE, "zzzzzz", removed, removed[:6], lucia.campaign().claimed()):
        answer = update(offer, code, status="validated")
        assert told(answer) == (422, [505], ["not_found"])
        assert sentences(answer) == ["Couponsession not found."]


def test_row_voided_and_locked(offer: Offer) -> None:
    for act, word in (("voided", "voided"), ("locked", "locked")):
        code = offer.claimed()
        good(update(offer, code, status=act))
        for status in ("validated", "claimed"):
            assert refused(offer, code, status) == (422, [300], [word])
    both = offer.claimed()
    good(update(offer, both, status="locked")), good(update(offer, both, status="voided"))
    assert refused(offer, both) == (422, [300], ["voided"]), "voided comes first"


@pytest.mark.parametrize(
    "settings", [{"status": "draft"}, {"status": "inactive"}, {"status": "archived"}, {"is_template": True}]
)
def test_row_inactive(offer: Offer, settings: dict[str, Any]) -> None:
    code = offer.claimed()
    offer.set(**settings)
    for status in ("validated", "claimed", "opened"):
        assert refused(offer, code, status) == (422, [300], ["inactive"])


def test_row_not_started(offer: Offer) -> None:
    code = offer.link()
    offer.set(starts_at=clock.now() + timedelta(days=1))
    assert refused(offer, code) == (422, [300], ["not_started"])


@pytest.mark.parametrize(
    ("settings", "ended"),
    [
        ({"ends_at": datetime(2025, 3, 2, tzinfo=UTC)}, "2025-03-02 00:00:00"),
        ({"after_open": 60, "after_open_unit": "minutes"}, "2025-03-01 13:00:00"),
        ({"after_claim": 30, "after_claim_unit": "minutes"}, "2025-03-01 12:30:00"),
        ({"after_claim": 30, "after_open": 1, "after_open_unit": "minutes"}, "2025-03-01 12:01:00"),
    ],
)
def test_row_expired_by_any_clock_the_earliest_named(offer: Offer, settings: dict[str, Any], ended: str) -> None:
    code = offer.claimed(datetime(2025, 3, 1, 12, tzinfo=UTC))
    offer.set(**settings)
    answer = update(offer, code, status="validated")
    assert told(answer) == (422, [300], ["expired"])
    assert sentences(answer) == [f"Couponsession has expired on {ended} UTC."]


def test_row_already_claimed_and_already_used_name_the_date(offer: Offer) -> None:
    at = datetime(2025, 3, 1, 12, tzinfo=UTC)
    code = offer.claimed(at)
    claimed = update(offer, code, status="claimed")
    assert (told(claimed), sentences(claimed)) == (
        (422, [300], ["already_claimed"]), ["Couponsession was claimed already on 2025-03-01 12:00:00 UTC."],
    )  # fmt: skip
    assert offer.validate(code, at + timedelta(hours=1)).ok
    used = update(offer, code, status="validated")
    assert (told(used), sentences(used)) == (
        (422, [300], ["already_used"]), ["Couponsession was validated already on 2025-03-01 13:00:00 UTC."],
    )  # fmt: skip
    assert offer.uses() == 1


def test_row_too_soon(mario: Shop) -> None:
    offer = mario.campaign(uses_per_session=2, minutes_between_uses=60)
    code = offer.claimed()
    good(update(offer, code, status="validated"))
    assert refused(offer, code) == (422, [300], ["too_soon"])


@pytest.mark.parametrize("caps", [{"max_claims": 1}, {"max_validations": 1}])
def test_row_sold_out_by_a_cap(mario: Shop, caps: dict[str, int]) -> None:
    offer = mario.campaign(**caps)
    code = offer.link()
    good(update(offer, offer.link(), status="validated"))
    assert refused(offer, code) == (422, [300], ["sold_out"])


def test_row_sold_out_of_own_codes(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=True)
    import_codes(offer.campaign, "ONLY-1\n")
    assert state_of(update(offer, offer.link(), status="validated"))["own_validation_code"] == "ONLY-1"
    assert refused(offer, offer.link()) == (422, [300], ["sold_out"])


def test_row_outside_hours(offer: Offer) -> None:
    code = offer.claimed()
    offer.set(hours=[{"act": "validate", "days": [], "from": "00:00", "to": "24:00"}])
    assert refused(offer, code) == (422, [300], ["outside_hours"])


def test_row_wrong_location(offer: Offer, lucia: Shop) -> None:
    """Unknown, several of the name, disabled, foreign, or one of the account but not of this coupon."""
    offer.at_location("Twin", "1111"), offer.at_location("Twin", "2222")
    closed = offer.at_location("Closed", "3333", is_disabled=True)
    unticked = offer.shop.location("Elsewhere")
    foreign = lucia.location("Hers")
    code = offer.claimed()
    for place in ("Nowhere", "Twin", "Closed", f"loc_{closed.pk}", f"loc_{unticked.pk}", "elsewhere", str(foreign.pk), "Hers",
                  "loc_999999999999999999", "%", "'"):  # fmt: skip
        assert refused(offer, code, location=place) == (422, [300], ["wrong_location"]), place
    good(update(offer, code, status="validated"))


def test_row_person_has_one(mario: Shop) -> None:
    offer = mario.campaign(unique_fields=["email"])
    first, second = (offer.link(email="ann@example.org") for _ in range(2))
    good(update(offer, first, status="claimed"))
    assert refused(offer, second) == (422, [300], ["person_has_one"])
    good(update(offer, offer.link(), status="validated")), "a field without a value is not asked"
    assert refused(offer, offer.link(), "claimed", email="ANN@example.org ") == (422, [300], ["person_has_one"])


def test_one_person_has_one_also_after_the_data_were_changed(mario: Shop) -> None:
    offer = mario.campaign(unique_fields=["email", "customid"])
    first = offer.link()
    good(update(offer, first, status="claimed", email="ann@example.org", customid="1"))
    good(update(offer, first, email="bob@example.org", status="validated"))
    assert refused(offer, offer.link(), "claimed", email="BOB@example.org") == (422, [300], ["person_has_one"])
    assert refused(offer, offer.link(), "claimed", customid="1") == (422, [300], ["person_has_one"]), "it is unchanged"
    anns = offer.link()
    good(update(offer, anns, status="claimed", email="ann@example.org"))
    good(update(offer, anns, email="bob@example.org"))
    good(update(offer, anns, email="eve@example.org"))
    assert refused(offer, offer.link(), "claimed", email="bob@example.org")[2] == ["person_has_one"], (
        "the first keeps it"
    )
    assert refused(offer, anns, "claimed", email="dan@example.org")[2] == ["already_claimed"]
    good(update(offer, offer.link(), status="claimed", email="dan@example.org")), "nothing of a refused act stays"


def test_row_day_limit(mario: Shop) -> None:
    offer = mario.campaign(max_claims_per_day=1)
    good(update(offer, offer.link(), status="claimed"))
    assert refused(offer, offer.link()) == (422, [300], ["day_limit"])


@pytest.mark.parametrize(
    ("before", "status", "word"),
    [
        (["voided"], "voided", "voided"),
        ([], "unvoided", "not_voided"),
        (["locked"], "locked", "locked"),
        ([], "unlocked", "not_locked"),
        (["opened"], "opened", "opened"),
    ],
)
def test_row_what_it_is_already(offer: Offer, before: list[str], status: str, word: str) -> None:
    code = offer.link()
    for act in before:
        good(update(offer, code, status=act))
    assert refused(offer, code, status) == (422, [300], [word])


def test_row_busy(offer: Offer) -> None:
    """A rival holds the row for longer than the lock time-out: 409, to be tried again in a second."""
    code = offer.claimed()
    with locked("select from coupon_session where code = %s for update", [code]):
        answer = update(offer, code, status="validated")
    assert told(answer) == (409, [300], ["busy"])
    assert answer.headers["Retry-After"] == "1"
    assert state(offer, code, status="validated")["validated"] == "1"


def test_every_refusal_has_its_answer() -> None:
    """A new word for a refusal must not end as a 5xx."""
    for refusal in Refusal:
        failure = errors.refused(refusal, {})
        assert failure.http in (401, 409, 422)
        assert failure.faults[0].code in (101, 300, 505, 1000)


def test_a_refused_try_is_noted_and_an_unknown_code_is_not(offer: Offer) -> None:
    code = offer.claimed()
    good(update(offer, code, status="validated"))
    for parameters in ({"status": "validated"}, {"status": "validated", "customid": "x"}):
        update(offer, code, **parameters)
    noted = Event.objects.filter(subject=code, kind="coupon.refused")
    assert [event.data["reason"] for event in noted] == ["already_used", "already_used"]


# Several sessions


MANY = "/v3/multiplecouponsession/update"


@pytest.mark.parametrize("path", [MANY, "/v3/couponsession/multipleupdate", "/v3/couponsession/update/multiple"])
@pytest.mark.parametrize("name", ["couponsessions", "couponsession"])
def test_each_of_several_sessions_is_changed_by_itself(offer: Offer, path: str, name: str) -> None:
    claimed, link, used = offer.claimed(), offer.link(), offer.claimed()
    assert offer.validate(used).ok
    codes = [claimed, used, link[:6], NOBODYS_CODE, "?", claimed]
    answer = good(offer.shop.api(path, {name: codes, "status": "validated", "validation_value": "1"}))
    assert (answer["action"], answer["amount_of_results"]) == ("multiple_sessions_updated", 2)
    assert [(item["session"], item["status"], item["error_code"], item["error_reason"]) for item in answer["data"]] == [
        (claimed, "OK", 0, ""),
        (used, "failed", 300, "already_used"),
        (link[:6], "OK", 0, ""),
        (NOBODYS_CODE, "failed", 505, "not_found"),
        ("?", "failed", 301, "malformed"),
        (claimed, "failed", 300, "already_used"),
    ]
    assert offer.uses() == 3


def test_several_sessions_as_text_with_commas_and_with_data(offer: Offer) -> None:
    codes = [offer.link() for _ in range(3)]
    answer = good(
        offer.shop.api(MANY, {"couponsessions": " , ".join(codes), "customid": "batch", "customvalcode": "SAME"})
    )
    assert answer["amount_of_results"] == 3
    rows = CouponSession.objects.filter(code__in=codes)
    assert {(row.customid, row.own_code) for row in rows} == {("batch", "SAME")}


def test_one_busy_session_does_not_spoil_the_others_also_under_a_request_key(offer: Offer) -> None:
    first, held, last = (offer.claimed() for _ in range(3))
    body = {"couponsessions": [first, held, last], "status": "voided"}
    with locked("select from coupon_session where code = %s for update", [held]):
        answer = offer.shop.api(MANY, body, headers={"Idempotency-Key": "many-1"})
    assert [item["error_reason"] for item in good(answer)["data"]] == ["", "busy", ""]


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        ({"status": "voided"}, [200]),
        ({"couponsessions": [], "void": True}, [200]),
        ({"couponsessions": ["x"] * 1001, "status": "voided"}, [300]),
        ({"couponsessions": "abc234"}, [200]),
        ({"couponsessions": "abc234", "status": "x"}, [302]),
        ({"couponsessions": [["a"]], "status": "voided"}, [300]),
    ],
)
def test_wrong_parameters_of_several(offer: Offer, parameters: dict[str, Any], codes: list[int]) -> None:
    assert told(offer.shop.api(MANY, parameters))[1] == codes
