"""The worker: one thread per loop, each with its own database connection, until it is told to stop.

A loop does one batch at a time and answers whether there was anything to do. A database that goes away is waited for; a
bug is written to the log in full and tried again later, and never stops the other loops.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol, cast

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
    threads = [threading.Thread(target=_repeat, args=(loop, stop), name=loop.name, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    logger.info("The worker runs: %s.", ", ".join(loop.name for loop in loops))
    stop.wait()
    deadline = time.monotonic() + LAST_WORDS
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
        if thread.is_alive():
            logger.warning("%s was cut in the middle of a batch; its lease will bring it back.", thread.name)


def _repeat(loop: Loop, stop: threading.Event) -> None:
    failures = 0
    while not stop.is_set():
        try:
            pause = 0.0 if loop.run_once() else loop.idle
            failures = 0
        except (OperationalError, InterfaceError) as problem:
            failures += 1
            logger.warning("%s waits for the database: %s", loop.name, str(problem).strip())
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


def _pause_after(failures: int) -> float:
    """Half a second, then twice as long each time."""
    return float(min(0.5 * 2 ** min(failures - 1, 10), LONGEST_PAUSE))
