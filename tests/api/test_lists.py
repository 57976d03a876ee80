"""Lists of sessions: pages, dates, order (coupons.md 5 to 8, conventions.md 5.3 and 5.4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tearoff.api.v3 import sessions
from tearoff.coupons import links, redemption
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tests.api.reading import good, told
from tests.world import Offer, Shop

NOON = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)
LISTS = ("data", "opens", "claims", "validations")


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign(uses_per_session=3)


def listed(offer: Offer, name: str, **parameters: Any) -> list[str]:
    return [item["session"] for item in page(offer, name, **parameters)["data"]]


def page(offer: Offer, name: str, **parameters: Any) -> dict[str, Any]:
    return good(offer.shop.api(f"/v3/campaign/{name}", {"campaign": offer.id} | parameters))


def test_each_list_has_its_own_sessions_and_flags_are_cumulative(offer: Offer) -> None:
    made, opened, claimed = offer.link(), offer.opened(), offer.claimed()
    used = offer.claimed()
    assert offer.validate(used).ok
    assert listed(offer, "data") == [made, opened, claimed, used]
    assert listed(offer, "opens") == [opened, claimed, used]
    assert listed(offer, "claims") == [claimed, used]
    assert listed(offer, "validations") == [used]
    assert [page(offer, name)["action"] for name in LISTS] == [
        "retrieve_all_campaign_data",
        "retrieve_all_campaign_opens",
        "retrieve_all_campaign_claims",
        "retrieve_all_campaign_validations",
    ]


def test_voided_sessions_stay_and_removed_ones_do_not(offer: Offer) -> None:
    voided, removed = offer.claimed(), offer.link()
    good(offer.shop.api("/v3/couponsession/update", {"couponsession": voided, "void": True}))
    good(offer.shop.api("/v3/singleuse/remove", {"single_use_code": removed}))
    assert listed(offer, "data") == listed(offer, "claims") == [voided]


def test_a_session_is_listed_once_by_its_latest_validation_that_was_not_undone(offer: Offer) -> None:
    code = offer.claimed(NOON)
    for hours in (1, 2, 3):
        assert offer.validate(code, NOON + timedelta(hours=hours), value=str(hours)).ok
    redemption.undo(account=offer.shop.account.pk, code=code, at=NOON + timedelta(hours=4), actor="test")
    (item,) = page(offer, "validations")["data"]
    status = item["status"]
    assert (status["validation_date_utc"], status["validation_value"]) == ("2025-03-01 14:00:00", "2")
    assert (status["uses"], status["max_uses"], status["validated"]) == ("2", "3", "1")
    assert listed(offer, "validations", start_date="2025-03-01 14:00", end_date="2025-03-01 14:00") == [code]
    assert listed(offer, "validations", start_date="2025-03-01 15:00") == []
    assert listed(offer, "validations", end_date="2025-03-01 13:59") == []


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2025-03-01", "2025-03-01", True),
        ("2025-03-01 12:00", None, True),
        ("2025-03-01 12-00", "2025-03-01 12-00", True),
        ("2025-03-01T12:00:30", "2025-03-01T12:00:30", True),
        ("2025-03-01 12:00:31", None, False),
        (None, "2025-03-01 12:00:29", False),
        (None, "2025-03-01 12:00", True),
        (None, "2025-03-01 11:59", False),
        ("2025-03-01 12:01", None, False),
        ("2025-03-02", None, False),
        (None, "2025-02-28", False),
        ("2025-03-02", "2025-03-01", False),
        ("1900-01-01", "9990-12-31", True),
        ("2025-03-01:12:00:30", None, True),
    ],
)
def test_both_ends_are_inclusive_and_utc(offer: Offer, start: str | None, end: str | None, inside: bool) -> None:
    """Half a second into 12:00:30. A bare date covers its day, a time without seconds its minute, a second itself."""
    code = offer.claimed(NOON + timedelta(seconds=30.5))
    assert listed(offer, "claims", start_date=start, end_date=end) == ([code] if inside else [])


@pytest.mark.parametrize("second", [59, 0])
def test_the_last_second_of_the_day_is_in_and_the_next_is_not(offer: Offer, second: int) -> None:
    at = datetime(2025, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC) if second else datetime(2025, 3, 2, tzinfo=UTC)
    code = offer.claimed(at)
    assert listed(offer, "claims", end_date="2025-03-01") == ([code] if second else [])


def test_each_list_filters_by_the_date_of_its_own_event(offer: Offer) -> None:
    at = [NOON + timedelta(days=day) for day in range(4)]
    code = offer.link()

    CouponSession.objects.filter(code=code).update(
        created_at=at[0], opened_at=at[1], claimed_at=at[2], validated_at=at[3], uses=1
    )
    for name, day in zip(LISTS, at, strict=True):
        for other in at:
            expected = [code] if other == day else []
            assert listed(offer, name, start_date=f"{other:%Y-%m-%d}", end_date=f"{other:%Y-%m-%d}") == expected


@pytest.mark.parametrize(
    "date",
    ["yesterday", "2025-13-01", "2025-02-30", "01-03-2025", "2025-03-01 25:00", "2025-03-01 12", "2025-03-01 12:60", "0001-01-01",
     "9999-12-31", "1741000000", "2025-03-01Z", "2025-03-01 12:00+01:00", "\u0662025-03-01"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["start_date", "end_date"])
def test_unreadable_dates_are_303(offer: Offer, name: str, date: str) -> None:
    answer = offer.shop.api("/v3/campaign/data", {"campaign": offer.id, name: date})
    assert told(answer) == (422, [303], ["bad_date"])
    assert answer.json()["message"] == (
        f"Invalid format in parameter: {name}. Required format: yyyy-MM-dd hh-mm or yyyy-MM-dd"
    )


def test_pages_of_five_thousand_hold_every_session_once_in_order(mario: Shop) -> None:
    """Lesson 29: lists are complete."""
    offer = mario.campaign()
    links.make_links(campaign=offer.campaign, amount=10_001, at=clock.now(), actor="test")
    pages = [page(offer, "data", page=number) for number in (1, 2, 3, 4)]
    assert [answer["amount_of_results"] for answer in pages] == [5_000, 5_000, 1, 0]
    assert [answer["amount_of_pages"] for answer in pages] == [3, 3, 3, 3]
    found = [int(item["sequenceid"]) for answer in pages for item in answer["data"]]
    assert len(set(found)) == 10_001
    assert found == sorted(found)


def test_the_number_of_pages_is_right_where_a_page_is_just_full(mario: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "PAGE_SIZE", 2)
    offer = mario.campaign()
    assert page(offer, "data")["amount_of_pages"] == 0
    for made, pages in ((1, 1), (2, 1), (3, 2), (4, 2)):
        offer.link()
        answers = [page(offer, "data", page=number) for number in range(1, pages + 2)]
        assert {answer["amount_of_pages"] for answer in answers} == {pages}
        assert sum(answer["amount_of_results"] for answer in answers) == made


def test_what_people_typed_is_escaped(offer: Offer) -> None:
    nasty = '"</script>\\ \t \n é 🍕 {} %s'
    code = offer.stored_link(
        customid=nasty[:50], own_code=nasty, own_code_key="x", customer={"firstname": nasty, "phone": "+1 2"}
    )
    (item,) = page(offer, "data")["data"]
    assert item["session"] == code
    assert item["customid"] == item["customer"]["customid"] == nasty[:50]
    assert item["customer"]["firstname"] == nasty
    assert item["customer"]["phone"] == "+1 2"
    assert item["status"]["own_validation_code"] == nasty


def test_the_same_block_in_lists_search_and_single_answers(offer: Offer) -> None:
    """Lesson 25: a number shown twice is computed once."""
    offer.at_location("Shop North")
    code = offer.claimed(customer={"firstname": "Ann"}, email_key="ann@example.org")
    api = offer.shop.api
    updated = good(
        api("/v3/couponsession/update", {"couponsession": code, "status": "validated", "location": "SHOP NORTH"})
    )
    single = good(api("/v3/couponsession/data", {"couponsession": code}))
    assert updated | {"action": ""} == single | {"action": ""}
    found = good(api("/v3/couponsession/search", {"search": code}))["data"][0]
    for name in LISTS:
        item = page(offer, name)["data"][0]
        assert item["status"] == single["data"]["status"] == found["status"]
        assert item["customer"] == single["data"]["customer"] == found["customer"]
        assert item == {key: value for key, value in found.items() if key != "campaign"}


def test_the_end_of_a_session_is_the_earliest_of_its_clocks(mario: Shop) -> None:
    offer = mario.campaign(ends_local=datetime(2025, 4, 1, 23, 59, 59), after_open=10, after_claim=90)
    code = offer.opened(NOON)

    def ends() -> str:
        return str(
            good(mario.api("/v3/couponsession/data", {"couponsession": code}))["data"]["status"]["expiry_date_utc"]
        )

    assert ends() == "2025-03-11 12:00:00", "ten days from the opening"
    offer.claim(code, NOON)
    assert ends() == "2025-03-01 13:30:00", "ninety minutes from the claim"
    offer.set(after_open=None, after_claim=None)
    assert ends() == "2025-04-01 21:59:59", "the campaign's own end, in Brussels' summer time"
