"""Opening windows as people read them, and the next one, held against the guard that decides (lesson 21)."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tearoff.campaigns import hours
from tearoff.kit import sql
from tearoff.kit.spoken import Speaker

SUNDAY = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
WORKDAYS = {"act": "validate", "days": [1, 2, 3, 4, 5], "from": "14:00", "to": "17:00"}
EVENING = {"days": [5, 6], "from": "22:00", "to": "02:00"}
CLAIMS = {"act": "claim", "days": [1], "from": "00:00", "to": "24:00"}


def said(raw: list[dict[str, object]], act: hours.Act = "validate") -> str:
    return hours.said(hours.windows_of(json.dumps(raw), act), Speaker("Europe/Brussels", SUNDAY))


def test_windows_are_said_by_their_act() -> None:
    assert said([WORKDAYS, CLAIMS]) == "Monday to Friday, 14:00 to 17:00"
    assert said([WORKDAYS, EVENING]) == "Monday to Friday, 14:00 to 17:00; Friday and Saturday, 22:00 to 2:00"
    assert said([WORKDAYS, CLAIMS], "claim") == "Monday, 0:00 to 24:00"
    assert said([{**WORKDAYS, "from": "09:30"}]) == "Monday to Friday, 9:30 to 17:00"
    assert said([]) == ""


def guard_says_open(raw: list[dict[str, object]], zone: str, at: datetime) -> bool:
    row = sql.one("select within_hours(%s, %s, 'validate', %s)", [json.dumps(raw), zone, at])
    assert row
    return bool(row[0])


@pytest.mark.parametrize("zone", ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "start", [datetime(2026, 3, 27), datetime(2026, 10, 23), datetime(2026, 4, 3), datetime(2026, 11, 22)]
)
@pytest.mark.parametrize(
    "raw", [[WORKDAYS], [EVENING], [WORKDAYS, EVENING], [{**WORKDAYS, "days": [7], "from": "02:30"}]]
)
def test_lesson_21_the_next_opening_is_when_the_guard_opens(
    zone: str, start: datetime, raw: list[dict[str, object]]
) -> None:
    windows = hours.windows_of(json.dumps(raw), "validate")
    at = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for _ in range(12):
        coming = hours.next_opening(windows, zone, at)
        assert coming and at < coming <= at + timedelta(days=8)
        assert guard_says_open(raw, zone, coming)
        if not guard_says_open(raw, zone, at):
            assert not guard_says_open(raw, zone, coming - timedelta(minutes=1))
        at = coming


def test_no_opening_is_promised_after_the_end() -> None:
    windows = hours.windows_of([dict(WORKDAYS)], "validate")

    assert hours.next_opening(windows, "UTC", SUNDAY, before=SUNDAY + timedelta(hours=1)) is None
    assert hours.next_opening(windows, "UTC", SUNDAY, before=SUNDAY + timedelta(days=2)) == SUNDAY + timedelta(
        days=1, hours=1
    )
    assert hours.next_opening([], "UTC", SUNDAY) is None
