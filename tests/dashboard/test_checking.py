"""The judge of settings, asked directly: it never fails, and it passes what the other rooms can work with."""

import json
import secrets
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tearoff.campaigns import checking, hours
from tearoff.campaigns.checking import Problem
from tearoff.campaigns.models import Campaign, Location
from tearoff.kit import clock, sql
from tests.world import Shop

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TIMES = st.sampled_from(["00:00", "09:30", "9:30", "23:59", "24:00", "24:01", "", "noon"])
WINDOW = st.fixed_dictionaries(
    {"days": st.lists(st.integers(-1, 9), max_size=3), "from": TIMES, "to": TIMES},
    optional={"act": st.sampled_from(["claim", "validate", "open"])},
)


def campaign(**changes: Any) -> Campaign:
    return Campaign(account_id=1, name="Slice", code="x", created_at=clock.now(), **changes)


def about(name: str, **changes: Any) -> list[str]:
    return [problem.sentence for problem in checking.problems(campaign(**changes), []) if problem.field == name]


@given(JSON, JSON, JSON, JSON, JSON)
@settings(max_examples=300, deadline=None)
def test_whatever_is_stored_can_be_judged(form: Any, consents: Any, windows: Any, words: Any, redirects: Any):
    row = campaign(form=form, consents=consents, hours=windows, words=words, end_redirects=redirects)

    for problem in checking.problems(row, []):
        assert problem.sentence.strip() and (problem.field in {field.name for field in Campaign._meta.get_fields()})


@given(st.lists(WINDOW, max_size=3))
@settings(max_examples=60, deadline=None)
def test_hours_that_pass_are_understood_by_the_guard_and_by_the_words(windows: list[dict[str, Any]]):
    if checking.problems(campaign(hours=windows), []):
        return
    for act in ("claim", "validate"):
        hours.windows_of(windows, act)  # type: ignore[arg-type]
        row = sql.one("select within_hours(%s::jsonb, 'Europe/Brussels', %s, %s)", [json_of(windows), act, clock.now()])
        assert row and row[0] in (True, False)


def json_of(value: Any) -> str:
    return json.dumps(value)


@pytest.mark.parametrize("unit", list(checking.LONGEST_CLOCK))
def test_the_longest_clock_that_passes_can_be_added_by_the_database(unit: str):
    longest = checking.LONGEST_CLOCK[unit]

    assert about("after_open", after_open=longest, after_open_unit=unit) == []
    assert about("after_open", after_open=longest + 1, after_open_unit=unit) != []
    row = sql.one("select ends_after(%s, %s, %s, 'Europe/Brussels')", [clock.now(), longest, unit])
    assert row and row[0].year > 2100


def test_every_end_that_may_lead_on_is_one_the_pages_know(mario: Shop):
    """An ended, a not yet started, a sold out, a used and a voided coupon: each leads on where its word says."""
    on = {name: f"https://example.org/{name}" for name in checking.ENDS}
    ways = {
        "not_started": {"starts_local": datetime(2099, 1, 1)},
        "expired": {"ends_local": datetime(2020, 1, 1)},
        "sold_out": {"max_claims": 0},
    }
    for name, setting in ways.items():
        offer = mario.campaign(end_redirects=on, **setting)
        assert on[name] in mario.http.get(f"/p/{offer.code}").text, name
    offer = mario.campaign(end_redirects=on)
    used, voided = offer.claimed(), offer.claimed()
    offer.validate(used)
    offer.session(voided).__class__.objects.filter(code=voided).update(voided_at=clock.now())
    assert on["used"] in mario.http.get(f"/p/{offer.code}/{used}").text
    assert on["voided"] in mario.http.get(f"/p/{offer.code}/{voided}").text


def test_only_what_a_change_brings_in_is_held_against_it():
    old, new = Problem("link_url", "Write an address."), Problem("words", "A name is needed.")

    assert checking.introduced([old, new], [old]) == [new]
    assert checking.introduced([old], [old, new]) == []


def test_places_must_be_the_accounts_own_and_open_to_count():
    row = campaign(status="active")
    closed = Location(account_id=1, name="Closed", password_digest=secrets.token_bytes(32), is_disabled=True)
    foreign = Location(account_id=2, name="Foreign", password_digest=secrets.token_bytes(32))

    assert {problem.field for problem in checking.problems(row, [closed])} == {"by_password", "by_scan"}
    assert Problem("locations", "Foreign belongs to another account.") in checking.problems(row, [foreign])
