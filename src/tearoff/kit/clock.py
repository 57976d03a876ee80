"""What time it is. One reading per request, taken at the door and handed down; tests move it.

The tests' server processes read their offset from the file named by TEAROFF_TEST_CLOCK: a number of
seconds, or an ISO instant at which the clock stands still. Without that setting there is only the real time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    file = os.environ.get("TEAROFF_TEST_CLOCK")
    return _from_file(file) if file else datetime.now(UTC)


@contextmanager
def moved(to: datetime) -> Iterator[None]:
    """The clock stands at `to` within the block (this thread or task only)."""
    token = _fixed.set(to.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def _from_file(path: str) -> datetime:
    try:
        with open(path, encoding="ascii") as file:
            text = file.read().strip()
    except FileNotFoundError:
        return datetime.now(UTC)
    if text.lstrip("-").replace(".", "", 1).isdigit():
        return datetime.now(UTC) + timedelta(seconds=float(text))
    return datetime.fromisoformat(text).astimezone(UTC)
