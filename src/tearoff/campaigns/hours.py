"""Opening windows: how people read them, and when the next one opens. Whether one is open is decided in `schedule.sql`."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal

import msgspec

from tearoff.kit import dates
from tearoff.kit.spoken import Speaker

Act = Literal["claim", "validate"]
_LAST = "24:00"


class Window(msgspec.Struct, frozen=True):
    """On these days (Monday is 1), from a clock time to the first minute that is closed; it may pass midnight."""

    days: list[int]
    opens: str = msgspec.field(name="from")
    closes: str = msgspec.field(name="to")
    act: str = "validate"


def windows_of(raw: str | list[object], act: Act) -> list[Window]:
    """The windows of one act; none means always."""
    every = msgspec.json.decode(raw, type=list[Window]) if isinstance(raw, str) else msgspec.convert(raw, list[Window])
    return [window for window in every if window.act == act]


def said(windows: Sequence[Window], speaker: Speaker) -> str:
    """ "Monday to Friday, 14:00 to 17:00"; "" for always."""
    text = ""
    for window in windows:
        one = speaker.words.say(
            "hours", days=speaker.days(window.days), **{"from": _shown(window.opens), "to": _shown(window.closes)}
        )
        text = speaker.words.say("hours_and", hours=text, more=one) if text else one
    return text


def next_opening(
    windows: Sequence[Window], zone: str, at: datetime, *, before: datetime | None = None
) -> datetime | None:
    """The first instant after `at` at which a window opens, None when there is none before the end."""
    today = dates.local(at, zone).date()
    starts = (
        dates.instant(datetime.combine(day, time.fromisoformat(window.opens)), zone)
        for day in (today + timedelta(days=ahead) for ahead in range(9))
        for window in windows
        if day.isoweekday() in window.days and window.opens != _LAST
    )
    coming = [start for start in starts if start > at and (before is None or start <= before)]
    return min(coming, default=None)


def _shown(clock_time: str) -> str:
    """ "9:30" and "0:15", as times are said everywhere else."""
    return f"{int(clock_time[:2])}{clock_time[2:]}"
