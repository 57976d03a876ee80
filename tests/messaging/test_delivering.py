"""The worker: lease, send, record, release."""

from datetime import timedelta

import pytest

from tearoff.activity.models import Event
from tearoff.kit import clock
from tearoff.messaging import credits, delivering, optouts
from tearoff.messaging.models import Connection, Message, SentOnce
from tearoff.messaging.providers import Result
from tearoff.messaging.providers.jobs import seconds
from tearoff.worker.loops import LOOPS
from tests.street.messaging import connect, later, now, queued, work
from tests.world import Offer, Shop


@pytest.fixture
def offer(mario: Shop) -> Offer:
    connect(mario)
    return mario.campaign()


def test_the_workers_loop_sends(offer: Offer) -> None:
    messages = [queued(offer) for _ in range(20)]
    loop = next(loop for loop in LOOPS if loop.name == "messages")
    while loop.run_once():
        pass
    assert {now(message).state for message in messages} == {"sent"}
    assert {message.tries for message in messages} == {1}
    assert Event.objects.filter(kind="message.sent", account=offer.shop.account.pk).count() == 20


def test_a_leased_message_is_taken_by_nobody_else(offer: Offer) -> None:
    queued(offer)
    assert len(delivering.claim(16, at=clock.now())) == 1
    assert delivering.claim(16, at=later()) == []


def test_an_account_with_a_long_queue_leaves_room(offer: Offer, lucia: Shop) -> None:
    for _ in range(30):
        queued(offer)
    connect(lucia)
    other = queued(lucia.campaign())
    assert other.pk in [job.message.pk for job in delivering.claim(16, at=clock.now())]


def test_a_worker_that_died_leaves_unknown_and_nobody_sends_again(offer: Offer) -> None:
    message = queued(offer)
    (job,) = delivering.claim(16, at=clock.now())
    delivering.settle_dead(at=clock.now())
    assert now(message).state == "sending"  # its lease still runs
    after = clock.now() + delivering.LEASE + timedelta(seconds=1)
    delivering.settle_dead(at=after)
    assert (now(message).state, message.outcome) == ("unknown", "worker_died")
    assert delivering.claim(16, at=later()) == []
    delivering.record(job, Result("sent", provider_id="late"), at=after)  # it was only slow
    assert (now(message).state, message.provider_id) == ("sent", "late")


def test_an_opt_out_between_queueing_and_sending_counts(offer: Offer) -> None:
    account = offer.shop.account.pk
    credits.assign(account, 3, at=clock.now())
    message = queued(offer)
    optouts.opt_out(account, "sms", message.key, reason="stop", at=clock.now())
    work()
    assert (now(message).state, message.outcome) == ("failed", "opted_out")
    assert credits.balance(account) == 3  # what was not sent is not paid
    optouts.opt_in(account, "sms", message.key, at=clock.now())
    queued(offer, check_unique=True)  # nor has the recipient got it


def test_what_certainly_did_not_leave_is_tried_again_a_few_times(offer: Offer) -> None:
    message = queued(offer)
    at = clock.now()
    for number in range(len(delivering.WAITS)):
        (job,) = delivering.claim(16, at=at)
        delivering.record(job, Result("again", "refused"), at=at)
        assert (now(message).state, message.outcome, message.tries) == ("queued", "refused", number + 1)
        assert message.next_try_at == at + delivering.WAITS[number]
        assert delivering.claim(16, at=message.next_try_at - timedelta(seconds=1)) == []
        at = message.next_try_at
    (job,) = delivering.claim(16, at=at)
    delivering.record(job, Result("again", "refused"), at=at)
    assert (now(message).state, message.outcome) == ("failed", "refused")
    assert not SentOnce.objects.filter(message=message.pk).exists()


def test_a_provider_that_names_a_time_gets_it_within_reason(offer: Offer) -> None:
    for asked, given in ((300, timedelta(seconds=300)), (10**7, delivering.LONGEST_WAIT)):
        message, at = queued(offer), clock.now()
        (job,) = delivering.claim(16, at=at)
        delivering.record(job, Result("again", "rate_limited", wait=asked), at=at)
        assert now(message).next_try_at == at + given


def test_silence_is_unknown_and_keeps_its_price(offer: Offer) -> None:
    account = offer.shop.account.pk
    credits.assign(account, 3, at=clock.now())
    message = queued(offer)
    (job,) = delivering.claim(16, at=clock.now())
    delivering.record(job, Result("unknown", "timed_out"), at=clock.now())
    assert (now(message).state, message.outcome) == ("unknown", "timed_out")
    assert credits.balance(account) == 2
    assert delivering.claim(16, at=later()) == []


def test_a_message_is_never_left_in_between(offer: Offer) -> None:
    for _ in range(5):
        queued(offer)
    work()
    assert not Message.objects.filter(account=offer.shop.account, state__in=["queued", "sending"]).exists()


def test_settings_sealed_under_another_key_are_no_connection(offer: Offer) -> None:
    message = queued(offer)
    Connection.objects.filter(account=offer.shop.account).update(settings_sealed=b"of another key")
    work()
    assert (now(message).state, message.outcome) == ("failed", "not_connected")


def test_a_wait_beyond_all_numbers_is_none() -> None:
    assert seconds("Mon, 01 Jan 99999999999999999999 00:00:00 GMT") == 0
