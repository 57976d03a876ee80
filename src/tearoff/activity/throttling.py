"""Counting what must not happen too often (wrong keys, wrong codes), exactly, over all processes.

Only failures and rare acts come here: a row written for each would be too dear on the way of every request.
"""

from datetime import datetime, timedelta

from tearoff.kit import sql


def count_up(key: str, *, at: datetime, window: timedelta) -> int:
    """One more of `key` in the window that holds `at`; how many that makes."""
    row = sql.one(
        'insert into throttle (key, "window", amount) values (%s, %s, 1) '
        'on conflict (key, "window") do update set amount = throttle.amount + 1 returning amount',
        [key, _window_start(at, window)],
    )
    assert row is not None
    return int(row[0])


def take_back(key: str, *, at: datetime, window: timedelta) -> None:
    """One less of `key` in that window."""
    sql.run(
        'update throttle set amount = amount - 1 where key = %s and "window" = %s and amount > 0',
        [key, _window_start(at, window)],
    )


def counted(key: str, *, at: datetime, window: timedelta) -> int:
    """How many there were so far in the window that holds `at`."""
    row = sql.one('select amount from throttle where key = %s and "window" = %s', [key, _window_start(at, window)])
    return int(row[0]) if row else 0


def take(key: str, amount: int, *, most: int, at: datetime, window: timedelta) -> bool:
    """Take `amount` from what may happen of `key` in the window that holds `at`; False, and nothing taken, if it is not
    left."""
    row = sql.one(
        'insert into throttle (key, "window", amount) values (%(key)s, %(window)s, %(amount)s) '
        'on conflict (key, "window") do update set amount = throttle.amount + excluded.amount '
        "where throttle.amount + excluded.amount <= %(most)s returning amount",
        {"key": key, "window": _window_start(at, window), "amount": amount, "most": most},
    )
    return row is not None


def forget_before(at: datetime) -> int:
    """Drop windows that have passed; how many rows that were."""
    return sql.run('delete from throttle where "window" < %s', [at])


def _window_start(at: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    stamp = int(at.timestamp())
    return at - timedelta(seconds=stamp % seconds, microseconds=at.microsecond)
