"""Many at once: threads that each have a database connection of their own and start at the same moment."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from django.db import connection, connections

from tearoff.kit import sql

T = TypeVar("T")
PATIENCE = 30.0


def race(rivals: list[Callable[[], T]]) -> list[T | Exception]:
    """What each rival got, in order; an exception is a result like any other."""
    barrier = threading.Barrier(len(rivals))

    def run(rival: Callable[[], T]) -> T | Exception:
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            return rival()
        except Exception as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(rivals)) as pool:
        return list(pool.map(run, rivals))


@contextmanager
def locked(statement: str, parameters: list[object]) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else holds rows: the statement (select ... for update) stays open until the block ends."""
    with psycopg.connect(_address()) as other:
        other.execute(statement, parameters)
        yield other
        other.commit()


def while_waiting(blocker: str, parameters: list[object], act: Callable[[], T], meanwhile: Callable[[], None]) -> T:
    """Run `act` against a locked row; when it waits, do `meanwhile` (committed), let the row go, return what act got."""
    with ThreadPoolExecutor(1) as pool:
        with locked(blocker, parameters) as other:
            running = pool.submit(_closing, act)
            until_somebody_waits_for(other.info.backend_pid)
            meanwhile()
        return running.result(PATIENCE)


def _closing(act: Callable[[], T]) -> T:
    try:
        return act()
    finally:
        connections.close_all()


def until_somebody_waits_for(holder: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        row = sql.one("select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid))", [holder])
        if row and row[0]:
            return
    raise AssertionError("Nobody ever waited for the locked row.")


def _address() -> str:
    settings = connection.get_connection_params()
    return psycopg.conninfo.make_conninfo(
        **{key: settings[key] for key in ("host", "port", "user", "password", "dbname") if settings.get(key)}
    )
