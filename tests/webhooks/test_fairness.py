"""A slow receiver hurts only itself (lesson 38)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime

import pytest
from django.db import OperationalError, connection

from tearoff.kit import clock
from tearoff.webhooks import claiming, delivery
from tearoff.webhooks.claiming import Job
from tearoff.webhooks.models import Attempt, Delivery, Endpoint
from tearoff.worker.delivering import Delivering
from tests.webhooks.receiver import Answer, Received, Receiver, open_receiver, until
from tests.webhooks.yard import take
from tests.world import Shop

Listen = Callable[..., Endpoint]


@pytest.fixture
def neighbours() -> Iterator[list[Receiver]]:
    with ExitStack() as doors:
        yield [doors.enter_context(open_receiver()) for _ in range(6)]


def hanging(gate: threading.Event) -> Callable[[Received], Answer]:
    def answering(request: Received) -> Answer:
        gate.wait()
        return Answer()

    return answering


def test_an_endpoint_that_hangs_takes_four_places_and_no_more(
    mario: Shop, lucia: Shop, receiver: Receiver, neighbours: list[Receiver], listen: Listen, gate: threading.Event
) -> None:
    receiver.answering = hanging(gate)
    stuck = listen(mario, ["coupon_claimed"])
    offer, other = mario.campaign(), lucia.campaign()
    healthy = [listen(lucia, ["coupon_claimed"], url=neighbour.url) for neighbour in neighbours]
    for _ in range(12):
        offer.claimed()
        other.claimed()
    take()

    loop = Delivering()
    until(lambda: not loop.run_once() and all(len(neighbour.received) == 12 for neighbour in neighbours))
    assert receiver.inside == receiver.most_inside == claiming.AT_A_TIME
    assert not Delivery.objects.filter(endpoint__in=healthy).exclude(state="delivered").exists()
    assert Delivery.objects.filter(endpoint=stuck, state="due").count() == 12

    gate.set()
    until(lambda: not loop.run_once() and not Delivery.objects.filter(endpoint=stuck, state="due").exists())
    assert receiver.most_inside == claiming.AT_A_TIME


def test_several_workers_together_keep_to_four(mario: Shop, listen: Listen) -> None:
    assert {claimed_by_eight(mario, listen) for _ in range(5)} == {claiming.AT_A_TIME}


def test_without_the_lock_they_do_not(mario: Shop, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same race with the endpoint's lock taken away."""

    def unlocked(limit: int, limit_failing: int, at: datetime) -> list[int]:
        return list(Endpoint.objects.filter(is_active=True).values_list("pk", flat=True))

    monkeypatch.setattr(claiming, "_with_something_due", unlocked)
    until(lambda: claimed_by_eight(mario, listen) > claiming.AT_A_TIME)


def claimed_by_eight(shop: Shop, listen: Listen) -> int:
    """How many deliveries to one fresh endpoint eight workers lease at the same moment."""
    Endpoint.objects.update(is_active=False)
    listen(shop, ["coupon_claimed"])
    offer = shop.campaign()
    for _ in range(40):
        offer.claimed()
    take()
    at = clock.now()
    ready = threading.Barrier(8)

    def claim(_: int) -> int:
        try:
            connection.ensure_connection()
            ready.wait()
            return len(claiming.claim(50, at=at))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        return sum(workers.map(claim, range(8)))


def test_an_endpoint_that_fails_is_asked_one_at_a_time_until_it_answers(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    offer = mario.campaign()
    for _ in range(10):
        offer.claimed()
    take()
    at = clock.now()
    Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=at, failures=1)
    [probe] = claiming.claim(50, at=at)
    delivery.record(probe, delivery.send(probe), at=at)
    assert len(claiming.claim(50, at=at)) == claiming.AT_A_TIME


def test_many_failing_endpoints_leave_places_for_the_healthy(
    mario: Shop, receiver: Receiver, listen: Listen, gate: threading.Event
) -> None:
    offer = mario.campaign()
    failing = [listen(mario, ["coupon_claimed"]) for _ in range(9)]
    Endpoint.objects.filter(pk__in=[row.pk for row in failing]).update(failing_since=clock.now(), failures=1)
    healthy = listen(mario, ["coupon_claimed"])
    offer.claimed()
    take()
    jobs = claiming.claim(6, limit_failing=3, at=clock.now())
    assert [job.endpoint for job in jobs].count(healthy.pk) == 1
    assert [job.is_failing for job in jobs].count(True) == 3


def test_the_loop_keeps_places_free_while_the_failing_hang(
    mario: Shop, receiver: Receiver, neighbours: list[Receiver], listen: Listen, gate: threading.Event
) -> None:
    receiver.answering = hanging(gate)
    failing = [listen(mario, ["coupon_claimed"]) for _ in range(9)]
    Endpoint.objects.filter(pk__in=[row.pk for row in failing]).update(failing_since=clock.now(), failures=1)
    offer = mario.campaign()
    offer.claimed()
    take()
    loop = Delivering(places=6, places_for_failing=3)
    until(lambda: not loop.run_once() and receiver.inside == 3)
    listen(mario, ["coupon_claimed"], url=neighbours[0].url)
    offer.claimed()
    take()
    until(lambda: not loop.run_once() and neighbours[0].received)
    assert receiver.most_inside == 3
    gate.set()
    until(lambda: not loop.run_once() and len(receiver.received) == 18)


def test_what_waits_for_one_endpoint_does_not_hide_the_others(
    mario: Shop, lucia: Shop, receiver: Receiver, neighbours: list[Receiver], listen: Listen
) -> None:
    listen(mario, ["coupon_claimed"])
    offer = mario.campaign()
    for _ in range(30):
        offer.claimed()
    endpoint = listen(lucia, ["coupon_claimed"], url=neighbours[0].url)
    lucia.campaign().claimed()
    take()
    jobs = claiming.claim(5, at=clock.now())
    assert [job.endpoint for job in jobs].count(endpoint.pk) == 1


# The loop itself


def test_the_loop_has_no_more_on_the_way_than_places(
    mario: Shop, neighbours: list[Receiver], listen: Listen, gate: threading.Event
) -> None:
    offer = mario.campaign()
    for neighbour in neighbours:
        neighbour.answering = hanging(gate)
        listen(mario, ["coupon_claimed"], url=neighbour.url)
    for _ in range(3):
        offer.claimed()
    take()
    loop = Delivering(places=7)
    until(lambda: not loop.run_once() and sum(neighbour.inside for neighbour in neighbours) == 7)
    assert sum(len(neighbour.received) for neighbour in neighbours) == 7
    gate.set()
    until(lambda: not loop.run_once() and sum(len(neighbour.received) for neighbour in neighbours) == 18)


def test_a_worker_that_stops_waits_for_answers_that_are_on_their_way(
    mario: Shop, receiver: Receiver, listen: Listen, gate: threading.Event
) -> None:
    receiver.answering = hanging(gate)
    endpoint = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    take()
    loop = Delivering()
    loop.run_once()
    until(lambda: receiver.inside == 1)
    threading.Timer(0.1, gate.set).start()
    loop.finish(30)
    assert Delivery.objects.get(endpoint=endpoint).state == "delivered"


@pytest.mark.parametrize(("status", "how", "state"), [(200, "record_arrived", "delivered"), (500, "record", "due")])
def test_an_answer_is_kept_while_the_database_is_away(
    mario: Shop,
    receiver: Receiver,
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    how: str,
    state: str,
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(status)
    mario.campaign().claimed()
    take()
    loop = Delivering()

    def away(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(delivery, how, away)
    with pytest.raises(OperationalError):
        until(lambda: not loop.run_once() and False)
    monkeypatch.undo()
    until(lambda: not loop.run_once() and Attempt.objects.filter(delivery__endpoint=endpoint).exists())
    assert Delivery.objects.get(endpoint=endpoint).state == state
    assert Attempt.objects.get(delivery__endpoint=endpoint).code == status
    assert len(receiver.received) == 1


def test_a_bug_in_sending_is_loud_and_takes_no_place_for_ever(
    mario: Shop, receiver: Receiver, listen: Listen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    take()
    loop = Delivering(places=1)

    def broken(job: Job) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(delivery, "send", broken)
    until(lambda: not loop.run_once() and "ZeroDivisionError" in caplog.text)
    monkeypatch.undo()
    assert Delivery.objects.get(endpoint=endpoint).state == "due"
    mario.campaign().claimed()
    take()
    until(lambda: not loop.run_once() and len(receiver.received) == 1)
    with clock.moved(clock.now() + claiming.LEASE):
        until(lambda: not loop.run_once() and len(receiver.received) == 2)
