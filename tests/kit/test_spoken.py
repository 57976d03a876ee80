"""Dates and times as people say them, in the zone of the coupon (look.md 6)."""

from datetime import UTC, datetime, timedelta

import pytest

from tearoff.kit.spoken import Speaker

NOON = datetime(2026, 11, 22, 13, 6, tzinfo=UTC)  # Sunday, 14:06 in Brussels


@pytest.mark.parametrize(
    ("at", "moment", "happened", "deadline"),
    [
        (NOON, "today at 14:06", "today at 14:06", "14:06 today"),
        (NOON + timedelta(hours=9, minutes=53), "today at 23:59", "today at 23:59", "23:59 today"),
        (NOON + timedelta(hours=9, minutes=54), "tomorrow at 0:00", "tomorrow at 0:00", "0:00 tomorrow"),
        (NOON - timedelta(hours=14, minutes=7), "yesterday at 23:59", "yesterday at 23:59", "23:59 yesterday"),
        (
            NOON + timedelta(days=14),
            "Sunday 6 December, 14:06",
            "on Sunday 6 December at 14:06",
            "Sunday 6 December, 14:06",
        ),
        (
            NOON + timedelta(days=60),
            "Thursday 21 January 2027, 14:06",
            "on Thursday 21 January 2027 at 14:06",
            "Thursday 21 January 2027, 14:06",
        ),
    ],
)
def test_moments_are_said_as_seen_from_now(at: datetime, moment: str, happened: str, deadline: str) -> None:
    speaker = Speaker("Europe/Brussels", NOON)

    assert (speaker.moment(at), speaker.happened(at), speaker.deadline(at)) == (moment, happened, deadline)


def test_today_is_the_day_of_the_zone_not_of_the_server() -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert Speaker("Pacific/Auckland", at).moment(at) == "today at 12:30"
    assert Speaker("Pacific/Auckland", at).moment(at - timedelta(hours=13)) == "yesterday at 23:30"
    assert Speaker("America/Los_Angeles", at).iso(at) == "2026-11-22T15:30:00-08:00"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([1, 2, 3, 4, 5, 6, 7], "every day"),
        ([1, 2, 3, 4, 5], "Monday to Friday"),
        ([5, 3, 4], "Wednesday to Friday"),
        ([6, 7], "Saturday and Sunday"),
        ([1, 3, 5], "Monday, Wednesday and Friday"),
        ([7, 1], "Monday and Sunday"),
        ([2], "Tuesday"),
        ([], ""),
    ],
)
def test_days_of_the_week_are_said_in_one_breath(days: list[int], said: str) -> None:
    assert Speaker("UTC", NOON).days(days) == said
