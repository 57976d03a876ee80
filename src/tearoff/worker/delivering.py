"""The loop that sends webhooks, many at a time."""

import logging
import queue
import threading
from collections import deque
from contextlib import suppress

from django.db import InterfaceError, OperationalError

from tearoff.kit import clock
from tearoff.kit.outbound import Outcome
from tearoff.webhooks import claiming, delivery
from tearoff.webhooks.claiming import Job

logger = logging.getLogger("tearoff.worker")

Done = tuple[Job, Outcome | None]
"""A request that has ended; without an outcome it met a bug of ours, and its lease will bring the delivery back."""


class Delivering:
    """Only the loop's own thread speaks to the database; the others carry one request each.

    A request to a hanging server keeps its place for ten seconds, so there are many places, and endpoints that fail at
    present may take only some of them (lesson 38).
    """

    name = "deliver webhooks"
    idle = 0.25

    def __init__(self, places: int = 64, places_for_failing: int = 24) -> None:
        self._places, self._places_for_failing = places, places_for_failing
        self._on_the_way = self._failing_on_the_way = 0
        self._ended: queue.SimpleQueue[Done] = queue.SimpleQueue()

    def run_once(self) -> bool:
        """Record what has ended, send what is due; with nothing else to do, wait a moment for a request to end."""
        recorded = self._record(self._have_ended())
        jobs = self._claimed()
        for job in jobs:
            self._count(job, 1)
            threading.Thread(target=self._carry, args=(job,), name="delivery", daemon=True).start()
        if recorded or jobs or not self._on_the_way:
            return recorded or bool(jobs)
        return self._record(self._have_ended(self.idle))

    def finish(self, seconds: float) -> None:
        """When the worker stops: wait up to `seconds` for the next answer, and the next, so that none is sent again."""
        while self._on_the_way and self._record(self._have_ended(seconds)):
            pass

    def _claimed(self) -> list[Job]:
        free = self._places - self._on_the_way
        free_for_failing = min(free, self._places_for_failing - self._failing_on_the_way)
        return claiming.claim(free, limit_failing=max(free_for_failing, 0), at=clock.now()) if free else []

    def _count(self, job: Job, change: int) -> None:
        self._on_the_way += change
        self._failing_on_the_way += change if job.is_failing else 0

    def _carry(self, job: Job) -> None:
        outcome = None
        try:
            outcome = delivery.send(job)
        except Exception:
            logger.exception("Delivery %s met a bug and is sent again later.", job.delivery)
        finally:
            self._ended.put((job, outcome))

    def _have_ended(self, seconds: float = 0.0) -> list[Done]:
        """All that have ended by now; if none has, those that end within `seconds`."""
        done: list[Done] = []
        with suppress(queue.Empty):
            done.append(self._ended.get(timeout=seconds) if seconds else self._ended.get_nowait())
            while True:
                done.append(self._ended.get_nowait())
        return done

    def _record(self, done: list[Done]) -> bool:
        """Those that arrived together, each of the others in a transaction of its own; whether there were any.

        While the database is away they are kept: what we know of them is still true afterwards.
        """
        left = deque(_parts(done))
        try:
            while left:
                _record_part(left[0])
                for job, _ in left.popleft():
                    self._count(job, -1)
        except (OperationalError, InterfaceError):
            for part in left:
                for one in part:
                    self._ended.put(one)
            raise
        return bool(done)


def _parts(done: list[Done]) -> list[list[Done]]:
    arrived = [one for one in done if one[1] and one[1].arrived]
    others = [[one] for one in done if not (one[1] and one[1].arrived)]
    return ([arrived] if arrived else []) + others


def _record_part(part: list[Done]) -> None:
    known = [(job, outcome) for job, outcome in part if outcome]
    if known and known[0][1].arrived:
        delivery.record_arrived(known, at=clock.now())
    else:
        for job, outcome in known:
            delivery.record(job, outcome, at=clock.now())
