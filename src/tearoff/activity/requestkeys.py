"""Keeping the first outcome of a write that may be repeated (conventions.md 3, lesson 27).

The key's row is written first, in the transaction of the effect: whoever comes second waits there for the first to
commit, and then reads what the first was answered. A rolled-back first leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tearoff.kit import sql

KEPT = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Kept:
    """A first outcome. `answer` is None where `batch` names the rows it is made of again."""

    fingerprint: bytes
    http_status: int
    answer: bytes | None
    batch: int | None


def taken(*, client: int, path: str, key: str, fingerprint: bytes, at: datetime) -> int | None:
    """The id of the key's row, if this request is the first with it in 48 hours; None if another one was.

    Call it inside the transaction of the effect.

    Raises:
        tearoff.kit.sql.Busy: the first one still runs after the lock time-out.
    """
    row = sql.one(
        "insert into request_key as r (client, path, key, fingerprint, created_at) values (%s, %s, %s, %s, %s) "
        "on conflict (client, path, key) do update set fingerprint = excluded.fingerprint, "
        "created_at = excluded.created_at, http_status = null, answer = null, batch = null "
        "where r.created_at <= excluded.created_at - %s returning id",
        [client, path, key, fingerprint, at, KEPT],
    )
    return int(row[0]) if row else None


def keep(row: int, *, http_status: int, answer: bytes | None = None, batch: int | None = None) -> None:
    """Store the outcome, in the same transaction."""
    sql.run(
        "update request_key set http_status = %s, answer = %s, batch = %s where id = %s",
        [http_status, answer, batch, row],
    )


def kept(*, client: int, path: str, key: str) -> Kept:
    """The first outcome of a key that was not `taken`."""
    row = sql.one(
        "select fingerprint, http_status, answer, batch from request_key where client = %s and path = %s and key = %s",
        [client, path, key],
    )
    assert row is not None and row[1] is not None, "a key that is not free has an outcome: both commit together"
    fingerprint, http_status, answer, batch = row
    return Kept(bytes(fingerprint), http_status, None if answer is None else bytes(answer), batch)


def forget_before(at: datetime) -> int:
    """Drop keys whose 48 hours have passed at that moment; how many those were."""
    return sql.run("delete from request_key where created_at <= %s", [at - KEPT])
