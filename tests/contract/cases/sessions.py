"""Rows 5 to 13 and 18 to 20 of coupons.md: sessions and single-use links."""

from datetime import timedelta

from tests.contract.cases.spring import after, spring
from tests.contract.conforming import Case, Told, Values
from tests.world import Shop

HOURS = timedelta(hours=8)
LISTS, UPDATES, LINKS = "tests/api/test_lists.py", "tests/api/test_updates.py", "tests/api/test_links.py"


def _items_are_the_sessions(told: Told) -> None:
    """Every item of a list or of a search says what the session itself says."""
    assert told.answer["data"]
    for item in told.answer["data"]:
        whole = told.ask("/v3/couponsession/data", couponsession=item["session"])
        for name in ("session_url", "sequenceid", "customid"):
            assert item[name] == whole[name]
        for block in ("status", "customer", "location"):
            assert item.get(block, whole["data"][block]) == whole["data"][block]


def _is_in_the_list(told: Told) -> None:
    items = told.ask("/v3/campaign/data", campaign="$campaign")["data"]
    (item,) = (item for item in items if item["session"] == told.values["session"])
    assert item["status"] == told.answer["data"]["status"]


def _is_read_back(told: Told) -> None:
    whole = told.ask("/v3/couponsession/data", couponsession="$session")
    assert whole | {"action": "session_updated"} == told.answer


def _both_are_voided(told: Told) -> None:
    for name in ("$session", "$link"):
        assert told.ask("/v3/couponsession/data", couponsession=name)["data"]["status"]["voided"] == "1"


def _has_a_page_and_data(told: Told) -> None:
    whole = told.ask("/v3/couponsession/data", couponsession="$new_link")
    assert (whole["customid"], whole["session_url"]) == ("member-882", told.answer["single_use_url"])
    assert whole["sequenceid"] == str(told.answer["sequence_id"])
    customer = whole["data"]["customer"]
    assert (customer["firstname"], customer["customfield7"], customer["utm_source"]) == ("Bob", "g", "newsletter")
    assert "Free coffee with lunch" in told.get(told.answer["single_use_url"].removeprefix(told.values["base"])).text


def _both_are_voided_links(told: Told) -> None:
    for item in told.answer["data"]:
        whole = told.ask("/v3/couponsession/data", couponsession=item["single_use_code"])
        assert (whole["sequenceid"], whole["data"]["status"]["voided"]) == (str(item["sequence_id"]), "1")
        assert whole["data"]["status"]["own_validation_code"] == item["custom_validation_code"]
        assert len(item["custom_validation_code"]) == len("SPR") + 12


def _is_no_more(told: Told) -> None:
    assert told.refused("/v3/couponsession/data", couponsession="$link") == [505]
    assert told.ask("/v3/campaign/data", campaign="$campaign")["amount_of_results"] == 1


def _nothing_is_there(told: Told) -> None:
    assert told.ask("/v3/campaign/data", campaign="$campaign")["amount_of_results"] == 2


def _is_still_one(told: Told) -> None:
    assert told.ask("/v3/couponsession/search", email="ann@example.org")["amount_of_results"] == 1


def _two_coupons(shop: Shop) -> Values:
    """Ann was sent another coupon, too, which a search in one coupon does not find."""
    values = spring(shop)
    shop.campaign().link(email="ann@example.org")
    return values


CASES = [
    Case("/v3/campaign/data", "coupons.md 5", "sessions/data", spring, _items_are_the_sessions,
         deeper=f"{LISTS}::test_each_list_has_its_own_sessions_and_flags_are_cumulative"),
    Case("/v3/campaign/data", "coupons.md 5", "sessions/data_past_the_end", spring, _nothing_is_there, is_plain=False),
    Case("/v3/campaign/opens", "coupons.md 6", "sessions/opens", spring, _items_are_the_sessions,
         deeper=f"{LISTS}::test_each_list_filters_by_the_date_of_its_own_event"),
    Case("/v3/campaign/claims", "coupons.md 7", "sessions/claims", after("claimed"), _items_are_the_sessions,
         deeper=f"{LISTS}::test_both_ends_are_inclusive_and_utc"),
    Case("/v3/campaign/validations", "coupons.md 8", "sessions/validations", after("claimed", "validated"),
         _items_are_the_sessions,
         deeper=f"{LISTS}::test_a_session_is_listed_once_by_its_latest_validation_that_was_not_undone"),
    Case("/v3/couponsession/data", "coupons.md 9", "sessions/one", after("claimed", "validated"), _is_in_the_list,
         deeper=f"{LISTS}::test_the_same_block_in_lists_search_and_single_answers"),
    Case("/v3/couponsession/update", "coupons.md 10", "sessions/claimed", spring, _is_read_back, after=HOURS,
         deeper=f"{UPDATES}::test_claiming"),
    Case("/v3/couponsession/update", "coupons.md 10", "sessions/validated", after("claimed"), _is_read_back, after=HOURS,
         deeper=f"{UPDATES}::test_validating_a_claimed_session"),
    Case("/v3/couponsession/update", "coupons.md 10", "sessions/validated_at_once", spring, _is_read_back, after=HOURS,
         deeper=f"{UPDATES}::test_validating_an_unclaimed_session_claims_it_in_the_same_act"),
    Case("/v3/multiplecouponsession/update", "coupons.md 11", "sessions/several", spring, _both_are_voided, after=HOURS,
         deeper=f"{UPDATES}::test_each_of_several_sessions_is_changed_by_itself"),
    Case("/v3/couponsession/search", "coupons.md 12", "sessions/search", after("claimed"), _items_are_the_sessions,
         deeper="tests/api/test_search.py::test_search_matches_whatever_a_person_is_known_by"),
    Case("/v3/campaign/search", "coupons.md 13", "sessions/search_in_one", _two_coupons, _items_are_the_sessions,
         deeper="tests/api/test_search.py::test_within_one_coupon"),
    Case("/v3/singleuse/create", "coupons.md 18", "links/create", spring, _has_a_page_and_data,
         learns={"new_link": "single_use_code", "new_sequence": "sequence_id"},
         deeper=f"{LINKS}::test_a_link_keeps_what_it_was_made_with"),
    Case("/v3/singleuse/create", "coupons.md 18", "links/create_twice", spring, _is_still_one,
         learns={"sequence_id": "sequence_id"}, is_plain=False,
         deeper=f"{LINKS}::test_lesson_26_fifty_parallel_creates_make_one_session"),
    Case("/v3/multiplesingleuse/create", "coupons.md 19", "links/create_several", spring, _both_are_voided_links,
         learns={"one": "data.0.single_use_code", "one_sequence": "data.0.sequence_id", "one_own": "data.0.custom_validation_code",
                 "two": "data.1.single_use_code", "two_sequence": "data.1.sequence_id", "two_own": "data.1.custom_validation_code"},
         deeper=f"{LINKS}::test_automated_codes"),
    Case("/v3/singleuse/remove", "coupons.md 20", "links/remove", spring, _is_no_more,
         deeper=f"{LINKS}::test_an_unclaimed_link_is_removed_with_its_data"),
]  # fmt: skip
