"""Retries over days on the virtual clock, against a real receiver (webhooks.md 7, lessons 33 to 37)."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction

from tearoff.accounts.models import OwnerMail
from tearoff.campaigns.models import Campaign
from tearoff.kit import clock
from tearoff.kit.outbound import Outcome
from tearoff.webhooks import claiming, delivery, endpoints, payloads, schedule, taking
from tearoff.webhooks.models import Delivery, Endpoint
from tests.webhooks.receiver import Answer, Receiver
from tests.webhooks.yard import deliver, kinds, next_try, only_delivery, take, work
from tests.world import Shop, refused

Listen = Callable[..., Endpoint]
BEGIN = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
WAITS = [5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24))]


def row(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)


def mails(shop: Shop) -> list[str]:
    return list(OwnerMail.objects.filter(account=shop.account).order_by("pk").values_list("kind", flat=True))


def run_until_quiet(endpoint: Endpoint, begin: datetime) -> list[datetime]:
    """Move the clock from try to try until none is left; the moments of the tries."""
    moments = [begin]
    with clock.moved(begin):
        work()
    while Delivery.objects.filter(endpoint=endpoint, state="due").exists():
        moments.append(next_try(endpoint))
        with clock.moved(moments[-1] - timedelta(seconds=1)):
            before = Delivery.objects.get(endpoint=endpoint).tries
            work()
            assert Delivery.objects.get(endpoint=endpoint).tries == before, "It came before its time."
        with clock.moved(moments[-1]):
            work()
    return moments


# The schedule


def test_ten_tries_over_three_days_with_one_id_and_one_body(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(then=500)
    with clock.moved(BEGIN):
        mario.campaign().claimed(BEGIN)

    moments = run_until_quiet(endpoint, BEGIN)

    requests = receiver.received
    assert len(requests) == len(moments) == 10
    assert len({request.id for request in requests}) == 1
    assert len({hashlib.sha256(request.body).digest() for request in requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in requests}) == 10
    assert len({request.headers["x-webhook-sequence"] for request in requests}) == 1
    assert [request.headers["x-webhook-attempt"] for request in requests] == [str(n) for n in range(1, 11)]
    assert [int(request.headers["webhook-timestamp"]) for request in requests] == [int(m.timestamp()) for m in moments]
    for waited, planned in zip(_gaps(moments), WAITS, strict=True):
        assert planned * 0.9 <= waited <= planned * 1.1
    attempts = only_delivery(endpoint).attempts.order_by("number")
    assert [(attempt.number, attempt.code, attempt.excerpt) for attempt in attempts] == [
        (number, 500, "ok") for number in range(1, 11)
    ]


def _gaps(moments: list[datetime]) -> list[float]:
    return [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]


def test_waits_differ_by_chance() -> None:
    failed = Outcome(500)
    waits = {schedule.wait_after(3, failed, BEGIN) for _ in range(50)}
    assert len(waits) > 40
    assert schedule.wait_after(10, failed, BEGIN) is None


def test_after_four_failures_the_fifth_request_succeeds_and_nothing_follows(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(500, 404, 302, 429)
    with clock.moved(BEGIN):
        mario.campaign().claimed(BEGIN)
    run_until_quiet(endpoint, BEGIN)

    assert len(receiver.received) == 5
    assert len({request.body for request in receiver.received}) == 1
    assert only_delivery(endpoint).state == "delivered"
    assert (row(endpoint).failures, row(endpoint).failing_since, row(endpoint).last_response_code) == (0, None, 200)
    with clock.moved(BEGIN + timedelta(days=9)):
        work()
    assert len(receiver.received) == 5


CLASSES = {
    "delivered": [200, 201, 202, 204, 299],
    "due": [300, 301, 302, 307, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 599],
    "held": [410],
}


def test_each_class_of_answer(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    wanted = {status: state for state, statuses in CLASSES.items() for status in statuses}
    receiver.answering = lambda request: Answer(int(request.path.rpartition("/")[2]))
    asked = {status: listen(mario, ["coupon_claimed"], url=f"{receiver.url}/{status}") for status in wanted}
    mario.campaign().claimed()
    work()
    assert {status: only_delivery(endpoint).state for status, endpoint in asked.items()} == wanted
    for status, endpoint in asked.items():
        assert only_delivery(endpoint).attempts.get().code == row(endpoint).last_response_code == status


def test_no_answer_is_a_failure_with_a_word(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.stop()
    mario.campaign().claimed()
    work()
    attempt = only_delivery(endpoint).attempts.get()
    assert (attempt.code, attempt.problem) == (None, "refused")
    assert only_delivery(endpoint).state == "due"
    assert row(endpoint).last_response_code is None


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(mario: Shop, receiver: Receiver, listen: Listen, status: int) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.answering = lambda request: Answer(status, {"Retry-After": "3600"})
    with clock.moved(BEGIN):
        mario.campaign().claimed(BEGIN)
    assert first_moments(endpoint, tries=2)[1] - BEGIN == timedelta(hours=1)


def first_moments(endpoint: Endpoint, tries: int) -> list[datetime]:
    """The moments of the first tries."""
    moments = [BEGIN]
    for _ in range(tries):
        with clock.moved(moments[-1]):
            work()
        moments.append(next_try(endpoint))
    return moments


PLANNED = (timedelta(seconds=4.5), timedelta(seconds=5.5))
A_DAY = (timedelta(hours=24), timedelta(hours=24))


@pytest.mark.parametrize(
    ("status", "asked", "between"),
    [
        (503, "3600", (timedelta(hours=1), timedelta(hours=1))),
        (503, " 60 ", (timedelta(minutes=1), timedelta(minutes=1))),
        (503, "1", PLANNED),
        (503, "", PLANNED),
        (503, str(7 * 86_400), A_DAY),
        (429, "9" * 40, A_DAY),
        (503, format_datetime(BEGIN + timedelta(hours=2), usegmt=True), (timedelta(hours=2), timedelta(hours=2))),
        (503, format_datetime(BEGIN - timedelta(hours=2), usegmt=True), PLANNED),
        (503, "Fri, 31 Dec 9999 23:59:59 -9999", PLANNED),
        (503, "Fri, 31 Dec 99999 23:59:59 GMT", PLANNED),
        (503, "soon", PLANNED),
        (503, "-5", PLANNED),
        (503, "٣٦٠٠", PLANNED),
        (500, "3600", PLANNED),
        (302, "3600", PLANNED),
        (None, "3600", PLANNED),
    ],
)
def test_how_long_a_receiver_may_ask_us_to_wait(
    status: int | None, asked: str, between: tuple[timedelta, timedelta]
) -> None:
    wait = schedule.wait_after(1, Outcome(status, retry_after=asked), BEGIN)
    assert wait is not None
    assert between[0] <= wait <= between[1]


# Switching off, politely


def test_after_a_day_the_owner_is_warned_and_after_three_the_endpoint_is_off(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(then=500)
    offer = mario.campaign()
    told: list[tuple[float, list[str], bool]] = []
    for hour in range(0, 84, 6):
        now = BEGIN + timedelta(hours=hour)
        with clock.moved(now):
            offer.claimed(now)
            work()
        told.append((hour, mails(mario), row(endpoint).is_active))

    warned = [hour for hour, kinds_, _ in told if kinds_ == ["webhook_failing"]]
    off = [hour for hour, kinds_, active in told if kinds_ == ["webhook_failing", "webhook_off"] and not active]
    assert warned == list(range(24, 72, 6))
    assert off == [72, 78]
    assert row(endpoint).switched_off_because == "failing"
    assert row(endpoint).switched_off_at == BEGIN + timedelta(hours=72)

    seen = len(receiver.received)
    with clock.moved(BEGIN + timedelta(days=8)):
        offer.claimed(BEGIN + timedelta(days=8))
        work()
    assert len(receiver.received) == seen
    states = set(Delivery.objects.filter(endpoint=endpoint).values_list("state", flat=True))
    assert states <= {"held", "failed"}


def test_another_address_begins_without_the_failures_of_the_old_one(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(then=500)
    offer = mario.campaign()
    for hour in range(0, 84, 6):
        now = BEGIN + timedelta(hours=hour)
        with clock.moved(now):
            if hour == 66:
                endpoints.update(mario.account.pk, endpoint.pk, url=f"{receiver.url}/moved", at=now)
            offer.claimed(now)
            work()
    assert (row(endpoint).is_active, row(endpoint).failing_since) == (True, BEGIN + timedelta(hours=66))
    assert mails(mario) == ["webhook_failing"]


def test_an_old_address_that_is_gone_does_not_switch_off_the_new_one(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    take()
    [job] = [one for one in claiming.claim(50, at=clock.now()) if one.endpoint == endpoint.pk]
    endpoints.update(mario.account.pk, endpoint.pk, url=f"{receiver.url}/moved", at=clock.now())

    delivery.record(job, Outcome(410, ""), at=clock.now())

    assert (row(endpoint).is_active, row(endpoint).failing_since, mails(mario)) == (True, None, [])
    assert only_delivery(endpoint).state == "due", "and goes to the new address"


def test_one_good_answer_in_three_days_keeps_it_on(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    offer = mario.campaign()
    for hour in range(0, 120, 12):
        receiver.say(then=200 if hour == 48 else 500)
        now = BEGIN + timedelta(hours=hour)
        with clock.moved(now):
            offer.claimed(now)
            work()
    assert row(endpoint).is_active
    assert mails(mario) == ["webhook_failing", "webhook_failing"]


def test_few_failures_over_a_long_time_do_not_switch_off(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(then=500)
    offer = mario.campaign()
    for day in range(9):
        now = BEGIN + timedelta(days=day)
        with clock.moved(now):
            Delivery.objects.filter(endpoint=endpoint, state="due").update(state="failed")
            offer.claimed(now)
            work()
    assert row(endpoint).failures == 9
    assert row(endpoint).is_active


def test_gone_means_gone_at_once(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    offer = mario.campaign()
    receiver.say(410)
    for _ in range(3):
        offer.claimed()
    take()
    deliver(1, at=clock.now())
    work()
    assert len(receiver.received) == 1
    assert (row(endpoint).is_active, row(endpoint).switched_off_because) == (False, "gone")
    assert mails(mario) == ["webhook_gone"]
    assert set(Delivery.objects.filter(endpoint=endpoint).values_list("state", flat=True)) == {"held"}


def test_what_was_held_is_replayed_on_request_in_order(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario)
    endpoints.update(mario.account.pk, endpoint.pk, active=False, at=BEGIN)
    with clock.moved(BEGIN):
        offer = mario.campaign()
        offer.use(offer.claimed(BEGIN), BEGIN)
        work()
        assert receiver.received == []
        everything = {"since": BEGIN - timedelta(days=1), "until": BEGIN + timedelta(days=1), "at": BEGIN}
        assert delivery.replay(endpoint, **everything) == 0, "It is off."
        endpoints.update(mario.account.pk, endpoint.pk, active=True, at=BEGIN)
        work()
        assert receiver.received == []
        assert (
            delivery.replay(endpoint, since=BEGIN - timedelta(days=2), until=BEGIN - timedelta(days=1), at=BEGIN) == 0
        )
        assert delivery.replay(endpoint, **everything) == 4
        work()
    session_kinds = [kind for kind in kinds(receiver) if kind != "coupon_created"]
    assert session_kinds == ["coupon_opened", "coupon_claimed", "coupon_validated"]
    assert delivery.replay(endpoint, **everything) == 0
    assert delivery.replay(endpoint, **everything, also_delivered=True) == 4


def test_one_delivery_can_be_retried_by_hand(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(*[500] * 11)
    with clock.moved(BEGIN):
        mario.campaign().claimed(BEGIN)
    run_until_quiet(endpoint, BEGIN)
    given_up = only_delivery(endpoint)
    endpoints.update(mario.account.pk, endpoint.pk, active=False, at=BEGIN)
    later = BEGIN + timedelta(days=5)
    assert not delivery.retry(given_up, at=later)
    endpoints.update(mario.account.pk, endpoint.pk, active=True, at=BEGIN)
    with clock.moved(later):
        assert delivery.retry(given_up, at=later)
        work()
        assert only_delivery(endpoint).state == "failed", "The eleventh try failed too."
        assert delivery.retry(given_up, at=later)
        work()
    assert only_delivery(endpoint).state == "delivered"
    assert len({request.body for request in receiver.received}) == 1
    assert receiver.received[-1].headers["x-webhook-attempt"] == "12"


# Order


def test_first_tries_of_a_session_leave_in_order_though_many_are_sent_at_once(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_opened", "coupon_claimed", "coupon_validated"])
    offer = mario.campaign()
    codes = [offer.claimed() for _ in range(3)]
    for code in codes:
        offer.use(code)
    take()
    at = clock.now()
    batch = claiming.claim(50, at=at)
    assert len(batch) == 3, "One of each session; the next ones wait for it."
    assert claiming.claim(50, at=at) == []
    delivery.record(batch[1], delivery.send(batch[1]), at=at)
    [following] = claiming.claim(50, at=at)
    assert b"coupon_claimed" in following.body
    for job in (batch[0], batch[2], following):
        delivery.record(job, delivery.send(job), at=at)
    work()
    for code in codes:
        mine = [request for request in receiver.received if code.encode() in request.body]
        assert [request.body.split(b'"type":"')[1].split(b'"')[0] for request in mine] == [
            b"coupon_opened",
            b"coupon_claimed",
            b"coupon_validated",
        ]
    assert not Delivery.objects.filter(endpoint=endpoint).exclude(state="delivered").exists()


def test_while_one_worker_takes_events_no_other_takes_later_ones(
    mario: Shop, receiver: Receiver, listen: Listen, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the second could finish a session's later event first, and it would leave first."""
    listen(mario, ["coupon_opened", "coupon_claimed"])
    offer = mario.campaign()
    code = offer.opened()
    inside = threading.Event()
    real = payloads.body

    def body(*arguments: Any) -> bytes:
        if threading.current_thread() is first:
            inside.set()
            gate.wait()
        return real(*arguments)

    def slow() -> None:
        try:
            taking.take()
        finally:
            connection.close()

    monkeypatch.setattr(payloads, "body", body)
    first = threading.Thread(target=slow)
    first.start()
    inside.wait()
    offer.claim(code)
    assert taking.take() == 0
    gate.set()
    first.join()
    work()
    assert [b"coupon_opened" in request.body for request in receiver.received] == [True, False]


def test_a_failed_first_try_does_not_hold_back_what_follows(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed", "coupon_validated"])
    receiver.say(500)
    offer = mario.campaign()
    offer.use(offer.claimed())
    work()
    with clock.moved(next_try(endpoint)):
        work()
    sent = [request.headers["x-webhook-sequence"] for request in receiver.received]
    assert len(sent) == 3
    assert sent[0] == sent[2] < sent[1], "A receiver puts them in order by the sequence."


# What is never sent


def test_a_change_that_is_rolled_back_sends_nothing(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    listen(mario)
    offer = mario.campaign()
    take()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        offer.claimed()
        raise ZeroDivisionError
    assert taking.take() == 0
    refused(offer.use, "nosuchsessionatall222")
    work()
    assert kinds(receiver) == ["coupon_created"]


def test_making_many_links_sends_nothing(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    offer = mario.campaign()
    listen(mario)
    for status in ("normal", "voided", "activated"):
        mario.client.links.create_many(offer.id, amount=50, status=status)
    work()
    assert receiver.received == []


def test_a_bot_sends_nothing(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    from tearoff.coupons import opening

    offer = mario.campaign()
    listen(mario)
    visit = opening.visit(
        campaign_code=offer.code, cookie=None, person=False, customid=None, details={}, source="", at=clock.now()
    )
    assert visit.made
    work()
    assert receiver.received == []


def test_one_event_that_cannot_be_told_holds_up_nobody(
    mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one merchant's data is loud and stays his own."""
    bad = mario.campaign("Bad")
    listen(mario, ["coupon_claimed"])
    listen(lucia, ["coupon_claimed"])
    bad.claimed()
    good = lucia.campaign("Good").claimed()
    real = payloads.body

    def body(code: str, happened: payloads.Happened, now: datetime) -> bytes:
        assert happened.campaign_id != bad.campaign.pk, "a bug"
        return real(code, happened, now)

    monkeypatch.setattr(payloads, "body", body)
    taking.take()
    monkeypatch.undo()
    work()
    assert [good.encode() in request.body for request in receiver.received] == [True, False]


def test_an_end_beyond_the_calendar_stops_nobody(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    offer = mario.campaign(after_claim=99_999, after_claim_unit=Campaign.Unit.MONTHS)
    listen(mario, ["coupon_claimed"])
    offer.claimed()
    work()
    assert b'"expiry_date_utc":""' in receiver.received[0].body
