"""The worker: one thread per loop, each with its own database connection, until it is told to stop.

A loop does one batch at a time and answers whether there was anything to do. A database that goes away is waited for, and
that is said once for all loops; a bug is written to the log in full and tried again later, and never stops the others.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol, cast

import psycopg
from django.db import InterfaceError, OperationalError, connection

from tearoff.worker.loops import LOOPS

logger = logging.getLogger("tearoff.worker")

LONGEST_PAUSE = 60.0  # seconds between tries of a loop that keeps failing
LAST_WORDS = 8.0  # seconds a batch may take to end when we stop; a cut one is taken up again when its lease is over


class Loop(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def idle(self) -> float:
        """Seconds to wait when there was nothing to do."""

    def run_once(self) -> bool:
        """Do one batch; whether there was one."""


def run(stop: threading.Event) -> None:
    """Runs all loops until `stop` is set."""
    loops = cast("Sequence[Loop]", LOOPS)  # of several classes, which have nothing but these three in common
    outage = Outage()
    threads = [
        threading.Thread(target=_repeat, args=(loop, outage, stop), name=loop.name, daemon=True) for loop in loops
    ]
    for thread in threads:
        thread.start()
    logger.info("The worker runs: %s.", ", ".join(loop.name for loop in loops))
    stop.wait()
    deadline = time.monotonic() + LAST_WORDS
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
        if thread.is_alive():
            logger.warning("%s was cut in the middle of a batch; its lease will bring it back.", thread.name)


class Outage:
    """A database that is away meets all loops at once, again and again: the log needs its beginning and its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False

    def goes_on(self, problem: Exception) -> None:
        with self._lock:
            if not self._is_on:
                logger.warning("The worker waits for the database: %s", " ".join(str(problem).split()))
            self._is_on = True

    def is_over(self) -> None:
        with self._lock:
            if self._is_on:
                logger.warning("The database answers again.")
            self._is_on = False


def _repeat(loop: Loop, outage: Outage, stop: threading.Event) -> None:
    failures = 0
    while not stop.is_set():
        try:
            pause = 0.0 if loop.run_once() else loop.idle
            failures = 0
            outage.is_over()
        except (OperationalError, InterfaceError) as problem:
            failures += 1
            if _is_away(problem):
                outage.goes_on(problem)
            else:
                logger.warning("%s is tried again: %s", loop.name, " ".join(str(problem).split()))
            pause = _pause_after(failures)
        except Exception:
            failures += 1
            logger.exception("%s failed", loop.name)
            pause = _pause_after(failures)
        if failures:
            connection.close()  # whatever state it is in, the next try begins with a new one
        stop.wait(pause)
    _finish(loop)
    connection.close()


def _finish(loop: Loop) -> None:
    """What is on its way when we stop is waited for a moment, so that it need not be done again."""
    finish = getattr(loop, "finish", None)
    if finish is None:
        return
    try:
        finish(LAST_WORDS / 4)
    except Exception:
        logger.exception("%s did not end in order", loop.name)


def _is_away(problem: Exception) -> bool:
    """The whole database, not only a lock or the time for one statement: no connection, a broken one, a server that ends."""
    state = getattr(problem.__cause__, "sqlstate", None)
    return state is None or (state[:2] in ("08", "57") and state != psycopg.errors.QueryCanceled.sqlstate)


def _pause_after(failures: int) -> float:
    """Half a second, then twice as long each time."""
    return float(min(0.5 * 2 ** min(failures - 1, 10), LONGEST_PAUSE))
