"""A worker that dies at any moment loses no notification and invents none (lessons 33 and 34).

First between each pair of steps, by an exception where the next step would begin; then whole processes with kill -9.
"""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tearoff.kit import clock
from tearoff.webhooks import claiming, delivery, payloads, taking
from tearoff.webhooks.models import Delivery, Endpoint, Notification
from tests.street.server import start_worker
from tests.webhooks.receiver import Answer, Received, Receiver, until
from tests.webhooks.yard import deliver, only_delivery, take, work
from tests.world import Shop

Listen = Callable[..., Endpoint]


class Killed(BaseException):
    """Not an Exception: nothing in the product may catch it, as nothing catches a kill."""


def killed(*_: Any, **__: Any) -> Any:
    raise Killed


STEPS_OF_TAKING = [
    pytest.param((taking, "_events"), id="after the slips were taken"),
    pytest.param((payloads, "body"), id="before a body is made"),
    pytest.param((Notification.objects, "bulk_create"), id="before notifications are written"),
    pytest.param((Delivery.objects, "bulk_create"), id="before deliveries are written"),
]


@pytest.mark.parametrize("step", STEPS_OF_TAKING)
def test_killed_while_taking(
    step: tuple[Any, str], mario: Shop, receiver: Receiver, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    monkeypatch.setattr(*step, killed)
    with pytest.raises(Killed):
        taking.take()
    monkeypatch.undo()
    assert not Notification.objects.filter(account=mario.account.pk).exists()
    work()
    assert len(receiver.received) == 1


def test_killed_after_claiming_and_before_sending(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    take()
    at = clock.now()
    assert len(claiming.claim(10, at=at)) == 1  # and then silence
    assert claiming.claim(10, at=at + timedelta(seconds=50)) == [], "Its lease still holds."
    with clock.moved(at + timedelta(seconds=61)):
        work()
    assert [request.headers["x-webhook-attempt"] for request in receiver.received] == ["2"]


def test_killed_after_sending_and_before_recording(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    take()
    at = clock.now()
    [job] = claiming.claim(10, at=at)
    assert delivery.send(job).arrived
    with clock.moved(at + timedelta(seconds=61)):
        work()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body), "At least once, and the receiver can tell."
    assert only_delivery(endpoint).state == "delivered"


@pytest.mark.parametrize("step", ["schedule.note_failure", "_put_off"])
def test_killed_while_recording(
    step: str, mario: Shop, receiver: Receiver, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(500)
    mario.campaign().claimed()
    take()
    at = clock.now()
    monkeypatch.setattr(f"tearoff.webhooks.delivery.{step}", killed)
    with pytest.raises(Killed):
        deliver(10, at=at)
    monkeypatch.undo()
    assert not only_delivery(endpoint).attempts.exists(), "An attempt is recorded as a whole or not at all."
    with clock.moved(at + timedelta(seconds=61)):
        work()
    assert only_delivery(endpoint).state == "delivered"
    assert len(receiver.received) == 2


def test_a_later_event_of_the_session_waits_for_the_one_whose_worker_died(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    listen(mario, ["coupon_claimed", "coupon_validated"])
    offer = mario.campaign()
    offer.validate(offer.claimed())
    take()
    at = clock.now()
    assert len(claiming.claim(10, at=at)) == 1
    with clock.moved(at + timedelta(seconds=61)):
        work()
    assert [b"coupon_claimed" in request.body for request in receiver.received] == [True, False]


def test_the_late_word_of_a_worker_that_lost_its_lease(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    """Its failure changes nothing about the newer try; its success is a success."""
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(500)
    mario.campaign().claimed()
    take()
    at = clock.now()
    [slow] = claiming.claim(10, at=at)
    late = delivery.send(slow)
    [newer] = claiming.claim(10, at=at + timedelta(seconds=61))
    delivery.record(slow, late, at=at + timedelta(seconds=62))
    assert only_delivery(endpoint).state == "due"
    assert only_delivery(endpoint).leased_until == at + timedelta(seconds=61) + claiming.LEASE
    delivery.record(newer, delivery.send(newer), at=at + timedelta(seconds=63))
    assert only_delivery(endpoint).state == "delivered"
    delivery.record(slow, late, at=at + timedelta(seconds=64))
    assert only_delivery(endpoint).state == "delivered"


# Whole processes


def test_a_worker_killed_in_the_middle_of_a_request_is_followed_by_another(
    mario: Shop, receiver: Receiver, listen: Listen, gate: threading.Event, tmp_path: Path
) -> None:
    def hang_once(request: Received) -> Answer:
        if len(receiver.received) == 1:
            gate.wait()
        return Answer()

    hands = tmp_path / "clock"
    hands.write_text("0")
    receiver.answering = hang_once
    endpoint = listen(mario, ["coupon_validated"])
    offer = mario.campaign()
    offer.validate(offer.claimed())

    first = start_worker(TEAROFF_TEST_CLOCK=str(hands))
    until(lambda: receiver.received)
    first.kill9()
    assert only_delivery(endpoint).state == "due"

    hands.write_text("61")
    second = start_worker(TEAROFF_TEST_CLOCK=str(hands))
    until(lambda: only_delivery(endpoint).state == "delivered")
    assert second.stop() == 0, second.said()
    one, two = receiver.received
    assert (one.id, one.body) == (two.id, two.body)


def test_workers_killed_at_random_lose_nothing_and_invent_nothing(
    mario: Shop, receiver: Receiver, listen: Listen, tmp_path: Path
) -> None:
    """Validations go on while worker after worker is killed: what was committed arrives, what was refused does not."""
    hands = tmp_path / "clock"
    hands.write_text("0")
    endpoint = listen(mario, ["coupon_validated"])
    offer = mario.campaign()
    dice = random.Random(37)
    committed: set[str] = set()
    refused: set[str] = set()

    def validations(amount: int) -> None:
        for _ in range(amount):
            code = offer.claimed()
            (committed if offer.validate(code).ok else refused).add(code)
            if dice.random() < 0.2:
                bad = offer.claimed()
                (committed if offer.validate(bad, value="1", location="nowhere").ok else refused).add(bad)

    for round_ in range(1, 6):
        worker = start_worker(TEAROFF_TEST_CLOCK=str(hands))
        seen, wanted = len(receiver.received), dice.randint(1, 25)
        validations(40)
        until(lambda seen=seen, wanted=wanted: len(receiver.received) >= seen + wanted)
        worker.kill9()
        hands.write_text(str(61 * round_))

    last = start_worker(TEAROFF_TEST_CLOCK=str(hands))
    until(lambda: not Delivery.objects.filter(endpoint=endpoint).exclude(state="delivered").exists() and not _waiting())
    assert last.stop() == 0, last.said()

    by_id = {request.id: request.body for request in receiver.received}
    assert all(by_id[request.id] == request.body for request in receiver.received), "One id, one body."
    arrived = [code for code in committed | refused if any(code.encode() in body for body in by_id.values())]
    assert set(arrived) == committed
    assert len(by_id) == len(committed), "Each was one notification, however often it was sent."
    assert refused


def _waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from outbox where reader = 'webhooks')")
        return bool(cursor.fetchone()[0])
