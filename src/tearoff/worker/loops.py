"""What the worker does, loop by loop. Each call of `run_once` does one batch and tells whether there was anything to do.

The clock is read here and handed down, so that tests move it.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError

from tearoff.accounts import ownermail
from tearoff.activity import throttling
from tearoff.coupons.orphans import orphans
from tearoff.kit import clock, sql
from tearoff.kit.outbound import Outcome
from tearoff.statistics import rollup
from tearoff.webhooks import delivery, forgetting, taking

REQUEST_KEYS_STAY = timedelta(hours=48)
THROTTLES_STAY = timedelta(days=1)
SENT_MAILS_STAY = timedelta(days=90)
CHUNK = 2_000

logger = logging.getLogger("tearoff.worker")


@dataclass(frozen=True)
class Loop:
    name: str
    idle: float
    """Seconds to wait when there was nothing to do."""
    act: Callable[[], int]
    """One batch; how much it did."""

    def run_once(self) -> bool:
        return self.act() > 0


class Delivering:
    """Sends webhooks, many at a time. Only this thread speaks to the database: the others carry one request each.

    A request to a hanging server keeps its thread for ten seconds, so there are many of them, and endpoints that fail at
    present may use only some (lesson 38).
    """

    name = "deliver webhooks"
    idle = 0.25
    places = 64
    places_for_failing = 24

    def __init__(self, places: int = places, places_for_failing: int = places_for_failing) -> None:
        self.places, self.places_for_failing = places, places_for_failing
        self._on_the_way = self._failing_on_the_way = 0
        self._back: queue.SimpleQueue[tuple[delivery.Job, Outcome | BaseException]] = queue.SimpleQueue()

    def run_once(self) -> bool:
        """Record what has come back, send what is due; with nothing else to do, wait a moment for an answer."""
        recorded = self._record_all_back()
        jobs = self._claimed()
        for job in jobs:
            self._count(job, 1)
            threading.Thread(target=self._carry, args=(job,), name="delivery", daemon=True).start()
        if recorded or jobs:
            return True
        return self._record_next() if self._on_the_way else False

    def finish(self, seconds: float) -> None:
        """When the worker stops: wait up to `seconds` for each answer still out, so that it need not be sent again."""
        while self._on_the_way and self._record_next(seconds):
            pass

    def _claimed(self) -> list[delivery.Job]:
        free = self.places - self._on_the_way
        free_for_failing = min(free, self.places_for_failing - self._failing_on_the_way)
        return delivery.claim(free, limit_failing=max(free_for_failing, 0), at=clock.now()) if free else []

    def _count(self, job: delivery.Job, change: int) -> None:
        self._on_the_way += change
        self._failing_on_the_way += change if job.is_failing else 0

    def _carry(self, job: delivery.Job) -> None:
        try:
            self._back.put((job, delivery.send(job)))
        except BaseException as bug:  # handed over to the thread that can be loud about it
            self._back.put((job, bug))

    def _record_all_back(self) -> bool:
        recorded = False
        while self._record_next(0):
            recorded = True
        return recorded

    def _record_next(self, seconds: float = idle) -> bool:
        try:
            job, outcome = self._back.get(timeout=seconds) if seconds else self._back.get_nowait()
        except queue.Empty:
            return False
        self._count(job, -1)
        if isinstance(outcome, BaseException):
            raise outcome  # its lease brings the delivery back
        try:
            delivery.record(job, outcome, at=clock.now())
        except (OperationalError, InterfaceError):
            self._count(job, 1)
            self._back.put((job, outcome))  # the database is away for a moment; what we know is still true then
            raise
        return True


def keep_house() -> int:
    """Throw away what has had its time, a chunk of each kind."""
    at = clock.now()
    gone = [
        sql.run(
            "delete from request_key where id in (select id from request_key where created_at < %s limit %s)",
            [at - REQUEST_KEYS_STAY, CHUNK],
        ),
        throttling.forget_before(at - THROTTLES_STAY),
        sql.run("delete from campaign_try where hour < %s", [at - THROTTLES_STAY]),
        sql.run("delete from owner_mail where created_at < %s", [at - SENT_MAILS_STAY]),
        forgetting.forget(at),
    ]
    return sum(gone)


def prove_owners() -> int:
    """Once a day, whichever worker comes first: hot rows have their owners and counters agree with the ledger."""
    if throttling.count_up("prove-owners", at=clock.now(), window=timedelta(days=1)) == 1:
        for sentence in orphans():
            logger.error("The database contradicts itself: %s", sentence)
    return 0


LOOPS = [
    Loop("take events for webhooks", 0.25, taking.take),
    Delivering(),
    Loop("hold webhooks of endpoints that are off", 5.0, lambda: delivery.hold(CHUNK, at=clock.now())),
    Loop("roll up statistics", 1.0, rollup.roll_up),
    Loop("send mails to owners", 5.0, lambda: ownermail.send_due(20, at=clock.now())),
    Loop("keep house", 300.0, keep_house),
    Loop("prove owners", 3600.0, prove_owners),
]
