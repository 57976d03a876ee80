"""A first cap on a coupon that is in use: what was given out before counts, whoever comes while it is being counted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connections, transaction

from tearoff.campaigns import limits
from tearoff.campaigns.models import Counter
from tearoff.coupons import redemption
from tearoff.kit import clock, sql
from tests.street.rivals import PATIENCE, locked, until_somebody_waits_for
from tests.world import Offer, Shop

SLOW_DISK = 815
"""The number of the lock at which the commit of a counter row stops."""


def test_a_cap_that_could_not_be_counted_at_once_is_counted_by_the_next_try(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long transaction of somebody else is in the way; the program is told to come again, and does."""
    offer = mario.campaign()
    for _ in range(3):
        offer.claimed()
    others = [offer.opened() for _ in range(3)]
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", 0.1)
    with locked("select pg_current_xact_id()", []):
        refused = mario.api("/v3/coupon/update", {"campaign": offer.id, "max_claims": 4})
    monkeypatch.undo()
    told = mario.api("/v3/coupon/update", {"campaign": offer.id, "max_claims": 4})

    assert (refused.status_code, told.status_code) == (409, 200)
    assert [offer.claim(code).ok for code in others] == [True, False, False]


def test_a_use_can_be_taken_back_while_a_first_cap_is_being_counted(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()
    assert offer.validate(code).ok
    Counter.objects.create(campaign=offer.campaign, is_counted=False)

    undone = redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test")

    assert undone.ok, undone
    limits.start_counting(offer.campaign)
    assert _counted(offer) == (1, 0)


def test_a_claim_that_ran_beside_the_commit_of_the_counter_row_is_counted(mario: Shop) -> None:
    assert _claimed_beside_the_commit(mario.campaign()) == (1, 0)


def test_negative_control_waiting_for_those_before_the_row_was_made_loses_such_a_claim(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who began between the making of the row and the end of its commit have later numbers, and do not see it."""
    offer = mario.campaign()

    def made_in() -> int:
        row = sql.one("select xmin::text::bigint from campaign_counter where campaign = %s", [offer.campaign.pk])
        assert row is not None
        return int(row[0])

    monkeypatch.setattr(limits, "_fence", made_in)

    counted = _claimed_beside_the_commit(offer, patience=PATIENCE)
    Counter.objects.filter(campaign=offer.campaign).delete()  # what is wrong on purpose would trouble others' proofs
    assert counted == (0, 0)


def _claimed_beside_the_commit(offer: Offer, patience: float = 1) -> tuple[int, int]:
    """The counter after a claim that saw no row because that was not committed yet, and that ended after it was; at the
    latest `patience` seconds later."""
    code = offer.opened()
    with ThreadPoolExecutor(1) as pool, _commits_stop_at_a_lock() as lock:
        counting = pool.submit(_closing, offer)
        until_somebody_waits_for(lock.info.backend_pid)
        with transaction.atomic():
            assert offer.claim(code).ok
            lock.execute("select pg_advisory_unlock(%s)", [SLOW_DISK])
            while not Counter.objects.filter(campaign=offer.campaign).exists():
                pass
            wait([counting], timeout=patience)  # who does not wait for this claim counts without it
        counting.result(PATIENCE)
    return _counted(offer)


@contextmanager
def _commits_stop_at_a_lock() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A disk that is slow to take the commit of a counter row, until whoever is given unlocks it."""
    with locked("select pg_advisory_lock(%s)", [SLOW_DISK]) as lock:
        lock.commit()
        sql.run(
            "create function slow_disk() returns trigger language plpgsql as "
            f"'begin perform pg_advisory_xact_lock_shared({SLOW_DISK}); return null; end'"
        )
        sql.run(
            "create constraint trigger slow_disk after insert on campaign_counter deferrable initially deferred "
            "for each row execute function slow_disk()"
        )
        try:
            yield lock
        finally:
            sql.run("drop function slow_disk() cascade")


def _closing(offer: Offer) -> None:
    try:
        limits.start_counting(offer.campaign)
    finally:
        connections.close_all()


def _counted(offer: Offer) -> tuple[int, int]:
    row = sql.one("select claims, validations from campaign_counter where campaign = %s", [offer.campaign.pk])
    assert row is not None
    return row[0], row[1]
