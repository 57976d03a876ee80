"""Local dates and times, and the instants they mean (conventions.md 5.3, lesson 19).

A clock change can skip or repeat a local time: a skipped one means the instant after the gap; a repeated one the
first instant for starts and the second for ends.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST_SECOND = time(23, 59, 59)


def start_of_day(day: date, zone: str) -> datetime:
    """The first second of that day there, in UTC."""
    return instant(datetime.combine(day, time(0)), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of that day there, in UTC."""
    return instant(datetime.combine(day, LAST_SECOND), zone, ends=True)


def instant(local: datetime, zone: str, *, ends: bool = False) -> datetime:
    """The UTC instant of a naive local time."""
    there = ZoneInfo(zone)
    first = local.replace(tzinfo=there, fold=0)
    second = local.replace(tzinfo=there, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if _was_skipped(local, there):
        return _after_the_gap(local, there)
    return (second if ends else first).astimezone(UTC)


def local(at: datetime, zone: str) -> datetime:
    """The naive local time of an instant."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _was_skipped(local_time: datetime, zone: ZoneInfo) -> bool:
    there = local_time.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local_time


def _after_the_gap(local_time: datetime, zone: ZoneInfo) -> datetime:
    """The first instant with the new offset: every local time inside a gap means the moment the clocks jump."""
    early = local_time.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local_time.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before, after = early.astimezone(zone).utcoffset(), late.astimezone(zone).utcoffset()
    low, high = early - timedelta(hours=1), late
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0) if before != after else late
