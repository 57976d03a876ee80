"""Guessing passwords is slow: wrong tries are counted over all processes, and pause who makes them (lessons 13 and 31)."""

import hashlib
import math
from datetime import datetime, timedelta

from tearoff.activity import throttling
from tearoff.kit.addresses import network_of

WINDOW = timedelta(minutes=15)

OF_ONE_PERSON = 5
"""Wrong tries of one log-in from one place."""
FROM_ONE_PLACE = 30
FOR_ONE_LOGIN = 100
"""From everywhere together. So many that a stranger who wants to shut a person out must work for it."""


def may_try(door: str, login: str, place: str, *, at: datetime) -> bool:
    """Charge one try before the password is looked at, so that of many at the same moment no more are looked at than are
    allowed, and a paused guesser neither learns nor costs anything. False: wait; nothing was charged. `door` keeps the
    log-ins of different doors apart."""
    limits = _limits(door, login, place)
    counts = {key: throttling.count_up(key, at=at, window=WINDOW) for key in sorted(limits)}
    if all(counts[key] <= limit for key, limit in limits.items()):
        return True
    _uncharge(limits, at)
    return False


def was_right(door: str, login: str, place: str, *, at: datetime) -> None:
    """The password was right: only wrong tries count."""
    _uncharge(_limits(door, login, place), at)


def _uncharge(limits: dict[str, int], at: datetime) -> None:
    for key in sorted(limits):
        throttling.take_back(key, at=at, window=WINDOW)


def minutes_left(at: datetime) -> int:
    """How long a pause that counts now still lasts, rounded up."""
    passed = at.timestamp() % WINDOW.total_seconds()
    return math.ceil((WINDOW.total_seconds() - passed) / 60)


def _limits(door: str, login: str, place: str) -> dict[str, int]:
    folded, place = login.strip().casefold(), network_of(place)
    return {
        _key(door, "person", f"{folded} {place}"): OF_ONE_PERSON,
        _key(door, "place", place): FROM_ONE_PLACE,
        _key(door, "email", folded): FOR_ONE_LOGIN,
    }


def _key(door: str, kind: str, who: str) -> str:
    """The table of throttles needs no list of who tried to log in."""
    return f"{door}/{kind}/{hashlib.sha256(who.encode(errors='replace')).hexdigest()[:32]}"
