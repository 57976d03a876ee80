"""Dates and times as clients write them (conventions.md 5.3)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tearoff.api import errors
from tearoff.api.fields import Kind, Wrong, text_of
from tearoff.kit import dates

_WRITTEN = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[ T:](?P<hour>[0-9]{2})[:\-](?P<minute>[0-9]{2})(?:[:\-](?P<second>[0-9]{2}))?(?:\.0+)?)?"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 9990
"""Beyond these a change of zone could leave what Python can count."""


class Local(NamedTuple):
    """A local date and time, and how exactly it was written."""

    at: datetime
    to_the: timedelta
    """One day, one minute or one second."""


@dataclass(frozen=True)
class Moment(Kind):
    """A date, perhaps with a time, without a zone: `2025-03-01`, `2025-03-01 09:30`, `2025-03-01 09-30`,
    `2025-03-01T09:30:00`, `2025-03-01:09:30:00`. `in_utc` says where it is meant; else it is on the coupon's own clock."""

    in_utc: bool = False
    required_format = "yyyy-MM-dd HH:mm:ss"

    def read(self, name: str, value: Any) -> Any:
        written = _WRITTEN.fullmatch(text_of(name, value).strip())
        if not written:
            raise self._wrong(name)
        try:
            at = datetime.fromisoformat(written["day"])
            if written["hour"]:
                at = at.replace(
                    hour=int(written["hour"]), minute=int(written["minute"]), second=int(written["second"] or 0)
                )
        except ValueError:
            raise self._wrong(name) from None
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise self._wrong(name)
        return self.meant(Local(at, _exactness(written)))

    def meant(self, local: Local) -> Any:
        """What the parameter is given as."""
        return local

    def _wrong(self, name: str) -> Wrong:
        return Wrong(errors.bad_format(name, self.required_format, 303, "bad_date"))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "examples": ["2025-12-31 23:59:00"]}


def _exactness(written: re.Match[str]) -> timedelta:
    if not written["hour"]:
        return timedelta(days=1)
    return timedelta(seconds=1) if written["second"] else timedelta(minutes=1)


@dataclass(frozen=True)
class Day(Moment):
    """A bare date: a birthday, the last day of an account."""

    required_format = "yyyy-MM-dd"

    def read(self, name: str, value: Any) -> date:
        text = text_of(name, value).strip()
        if len(text) != 10:
            raise self._wrong(name)
        day: date = super().read(name, text).at.date()
        return day

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "examples": ["2027-06-30"]}


@dataclass(frozen=True)
class From(Moment):
    """The inclusive start of a range, UTC, as an instant."""

    in_utc: bool = True
    required_format = "yyyy-MM-dd hh-mm or yyyy-MM-dd"

    def meant(self, local: Local) -> datetime:
        return local.at.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Until(Moment):
    """The inclusive end of a range, UTC, as the instant that is no longer in it: a bare date covers its whole day, a time
    without seconds its whole minute."""

    in_utc: bool = True
    required_format = "yyyy-MM-dd hh-mm or yyyy-MM-dd"

    def meant(self, local: Local) -> datetime:
        return local.at.replace(tzinfo=UTC) + local.to_the


def start_of(local: Local) -> datetime:
    """When something starts, as local time: a bare date at 00:00:00, which it is already."""
    return local.at


def end_of(local: Local) -> datetime:
    """When something ends, as local time: a bare date at 23:59:59."""
    return datetime.combine(local.at, dates.LAST_SECOND) if local.to_the == timedelta(days=1) else local.at


def instant_of_end(local: Local, zone: str) -> datetime:
    """When something ends, as an instant."""
    return dates.instant(end_of(local), zone, ends=True)


def written(at: datetime | None) -> str:
    """`YYYY-MM-DD HH:MM:SS` of a naive local time, or of an instant in UTC; "" when it has not happened."""
    if at is None:
        return ""
    plain = at.astimezone(UTC) if at.tzinfo else at
    return plain.strftime("%Y-%m-%d %H:%M:%S")
