"""Sends at the same moment, each with a twin that shows the test can fail."""

import threading
from collections.abc import Iterator

import pytest
from django.db import transaction

from tearoff.kit import clock, sql
from tearoff.messaging import credits, sending
from tearoff.messaging.models import CreditEntry, Message
from tearoff.messaging.sending import Queued, Refusal
from tests.street.messaging import connect, send
from tests.street.rivals import race, while_waiting
from tests.world import Offer, Shop


@pytest.fixture
def offer(mario: Shop) -> Iterator[Offer]:
    connect(mario)
    yield mario.campaign()


def refusals(answers: list[Queued | Exception]) -> list[Refusal | None]:
    assert all(isinstance(answer, Queued) for answer in answers), answers
    return [answer.refusal for answer in answers if isinstance(answer, Queued)]


def test_the_last_credit_is_spent_once(offer: Offer) -> None:
    account = offer.shop.account.pk
    credits.assign(account, 1, at=clock.now())
    got = refusals(race([lambda n=n: send(offer, f"+3247000000{n}") for n in range(8)]))  # type: ignore[misc]
    assert sorted(got, key=str) == sorted([None, *[Refusal.NO_CREDIT] * 7], key=str)
    assert Message.objects.filter(account=account).count() == 1
    assert credits.balance(account) == 0
    assert list(CreditEntry.objects.filter(account=account).values_list("delta", flat=True).order_by("pk")) == [1, -1]


def test_control_looking_before_spending_spends_twice(offer: Offer) -> None:
    """Without the guard in the statement, a balance read before the lock is believed after it."""
    account = offer.shop.account.pk
    credits.assign(account, 1, at=clock.now())
    sql.run("alter table message_credit drop constraint credits_are_never_negative")
    try:

        def unguarded() -> bool:
            with transaction.atomic():
                seen = credits.balance(account)
                if not seen:
                    return False
                race_point.wait(30)
                sql.run("update message_credit set balance = balance - 1 where account_id = %s", [account])
                return True

        race_point = threading.Barrier(2)
        assert race([unguarded, unguarded]) == [True, True]
        assert credits.balance(account) == -1
    finally:
        sql.run("update message_credit set balance = 0 where balance < 0")
        sql.run("alter table message_credit add constraint credits_are_never_negative check (balance >= 0)")


def test_a_send_that_waited_for_the_row_sees_what_is_left(offer: Offer) -> None:
    """The exact interleaving: the send waits for the balance; meanwhile the last credit is committed away."""
    account = offer.shop.account.pk
    credits.assign(account, 1, at=clock.now())
    lock = "update message_credit set balance = balance - 1 where account_id = %s"
    answer = while_waiting(lock, [account], lambda: send(offer), lambda: None)
    assert answer.refusal is Refusal.NO_CREDIT
    assert not Message.objects.filter(account=account).exists()


def test_one_of_many_equal_sends_is_the_first(offer: Offer) -> None:
    answers = race([lambda: send(offer, check_unique=True) for _ in range(8)])
    assert sorted(refusals(answers), key=str) == sorted([None, *[Refusal.NOT_UNIQUE] * 7], key=str)
    assert Message.objects.filter(account=offer.shop.account).count() == 1
    assert len({answer.session for answer in answers if isinstance(answer, Queued)}) == 1


def test_control_looking_before_inserting_sends_twice(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key row replaced by a look at the messages: two that look at the same moment both send."""
    both = threading.Barrier(2)

    def looked(campaign: int, channel: str, key: str) -> bool:
        there = Message.objects.filter(campaign=campaign, channel=channel, key=key).exists()
        both.wait(30)
        return not there

    monkeypatch.setattr(sending, "_claim_once", looked)
    assert refusals(race([lambda: send(offer, check_unique=True) for _ in range(2)])) == [None, None]
    assert Message.objects.filter(account=offer.shop.account).count() == 2
