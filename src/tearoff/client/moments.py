"""Dates and times as parameters. The API writes them without a zone, so each parameter has one it is meant in."""

from datetime import UTC, date, datetime

Moment = date | str
"""A `datetime`, a bare `date`, which stands for its whole day, or the text of one: `2025-03-01 09:30`."""


def in_utc(moment: Moment | None) -> str | None:
    """For a parameter in UTC; a time without a zone is meant so."""
    if isinstance(moment, datetime):
        return _written(moment.astimezone(UTC) if moment.tzinfo else moment)
    return moment.isoformat() if isinstance(moment, date) else moment


def on_the_spot(moment: Moment | None) -> str | None:
    """For a parameter on the clock of the coupon's own zone, which only the server knows.

    Raises:
        ValueError: the time carries a zone.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo:
            raise ValueError(f"{moment} is meant on the coupon's own clock: give it without a zone")
        return _written(moment)
    return moment.isoformat() if isinstance(moment, date) else moment


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
