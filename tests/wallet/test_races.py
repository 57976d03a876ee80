"""Workers at the same moment, each with a twin that shows the test can fail (lesson 45)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from tearoff.activity import throttling
from tearoff.kit import clock, sql
from tearoff.wallet import delivering, governing, pushing, reading, saving, serials
from tearoff.wallet.models import Pass, Update
from tests.street.rivals import race
from tests.street.wallet import with_google
from tests.world import Shop

AT = datetime.fromisoformat("2031-05-05T12:00:00+00:00")


@pytest.fixture
def one(mario: Shop) -> Iterator[Pass]:
    """A pass that Google has, with six messages waiting."""
    with_google(mario)
    offer = mario.campaign()
    session = offer.session(offer.claimed())
    face = reading.face(mario.account.pk, serials.session(session.pk), clock.now())
    assert face is not None
    saving.go_to_google(face, at=clock.now())
    Update.objects.filter(account=mario.account).delete()
    for number in range(6):
        pushing.push_to_coupon(mario.account.pk, offer.campaign.pk, f"{number}", at=clock.now(), actor="test")
    yield Pass.objects.get(account=mario.account.pk)


def heard(one: Pass) -> int:
    return Update.objects.filter(wallet_pass=one, notified_at__isnull=False).count()


def test_six_workers_make_three_notifications(one: Pass) -> None:
    for second in range(6):
        got = race([lambda: delivering.claim(1, at=AT + timedelta(seconds=second))] * 6)  # noqa: B023  run at once
        assert all(isinstance(part, list) for part in got), got
    assert Update.objects.filter(wallet_pass=one, state="sending").count() == 6
    assert heard(one) == 3


def test_control_counting_without_the_lock_makes_more(one: Pass) -> None:
    Update.objects.filter(pk__in=Update.objects.filter(wallet_pass=one)[:2].values("pk")).update(notified_at=AT)
    rest = Update.objects.filter(wallet_pass=one, notified_at=None).values_list("pk", flat=True)
    counted = threading.Barrier(2)

    def unguarded(update: int) -> bool:
        with transaction.atomic():
            may = governing.may_be_heard(one.pk, AT)
            counted.wait(30)
            sql.run("update wallet_update set notified_at = %s where id = %s", [AT, update])
            return may

    assert race([lambda: unguarded(rest[0]), lambda: unguarded(rest[1])]) == [True, True]
    assert heard(one) == 4


def test_thirty_rivals_share_the_twenty_of_a_second() -> None:
    got = race([lambda: governing.has_room("google", "race", 1, AT)] * 30)
    assert got.count(True) == 20 and got.count(False) == 10


def test_control_looking_before_counting_takes_more() -> None:
    for _ in range(19):
        throttling.count_up("wallet control", at=AT, window=governing.SECOND)
    looked = threading.Barrier(2)

    def unguarded() -> bool:
        is_free = throttling.counted("wallet control", at=AT, window=governing.SECOND) < 20
        looked.wait(30)
        throttling.count_up("wallet control", at=AT, window=governing.SECOND)
        return is_free

    assert race([unguarded, unguarded]) == [True, True]
    assert throttling.counted("wallet control", at=AT, window=governing.SECOND) == 21
