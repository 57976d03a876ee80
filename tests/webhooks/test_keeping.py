"""What the worker does beside delivering: throw away what had its time, and write to owners."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings

from tearoff.accounts import ownermail
from tearoff.accounts.models import OwnerMail, User
from tearoff.activity import throttling
from tearoff.activity.models import RequestKey, Throttle
from tearoff.kit import clock
from tearoff.webhooks import endpoints, forgetting, notifications
from tearoff.webhooks.models import Attempt, Delivery, Endpoint, Notification
from tearoff.worker import loops
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import only_delivery, work
from tests.world import Shop

Listen = Callable[..., Endpoint]
BEGIN = datetime(2031, 5, 1, 9, 0, tzinfo=UTC)


def keep_house_at(moment: datetime) -> None:
    with clock.moved(moment):
        while loops.keep_house():
            pass


# How long things are kept


def test_the_log_stays_30_days_and_ids_can_be_verified_for_90(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(500)
    with clock.moved(BEGIN):
        mario.campaign().claimed(BEGIN)
        work()
    code = only_delivery(endpoint).notification.code
    account = mario.account.pk

    keep_house_at(BEGIN + timedelta(days=29, hours=23))
    assert only_delivery(endpoint).attempts.count() == 1
    assert bytes(only_delivery(endpoint).notification.body) == receiver.received[0].body

    keep_house_at(BEGIN + timedelta(days=30, seconds=1))
    assert not Delivery.objects.filter(account=account).exists()
    assert bytes(Notification.objects.get(code=code).body) == b"", "It held consumer data."

    keep_house_at(BEGIN + timedelta(days=90))
    found = notifications.find(account, code)
    assert found
    assert found.kind == "coupon_claimed"
    keep_house_at(BEGIN + timedelta(days=101))
    assert not Notification.objects.filter(code=code).exists()


def test_held_deliveries_are_kept_for_30_days(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    with clock.moved(BEGIN):
        endpoints.update(mario.account.pk, endpoint.pk, active=False, at=BEGIN)
        mario.campaign().claimed(BEGIN)
        work()
    keep_house_at(BEGIN + timedelta(days=29))
    assert only_delivery(endpoint).state == "held"
    keep_house_at(BEGIN + timedelta(days=31))
    assert not Delivery.objects.filter(endpoint=endpoint).exists()


def test_what_a_removed_endpoint_leaves_is_cleared_away_and_nothing_else(
    mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen
) -> None:
    gone, stays = listen(mario, ["coupon_claimed"]), listen(lucia, ["coupon_claimed"])
    mario.campaign().claimed()
    lucia.campaign().claimed()
    work()
    code = only_delivery(gone).notification.code
    endpoints.remove(mario.account.pk, gone.pk, at=clock.now())
    while forgetting.forget(clock.now()):
        pass
    assert not Delivery.objects.filter(account=mario.account.pk).exists()
    assert not Attempt.objects.filter(delivery__account=mario.account.pk).exists()
    assert notifications.find(mario.account.pk, code), "It was sent, and its receiver may still ask."
    assert only_delivery(stays).attempts.count() == 1


def test_an_old_secret_is_forgotten_when_its_time_is_over(mario: Shop, listen: Listen) -> None:
    endpoint = listen(mario)
    endpoints.rotate_secret(mario.account.pk, endpoint.pk, at=BEGIN)
    keep_house_at(BEGIN + timedelta(hours=23))
    assert Endpoint.objects.get(pk=endpoint.pk).previous_sealed is not None
    keep_house_at(BEGIN + timedelta(hours=25))
    assert Endpoint.objects.get(pk=endpoint.pk).previous_sealed is None


def test_request_keys_stay_two_days_and_throttles_one() -> None:
    key = RequestKey.objects.create(client=1, path="/v3/x", key=f"{BEGIN}", fingerprint=b"", created_at=BEGIN)
    throttling.count_up("kept", at=BEGIN, window=timedelta(hours=1))

    keep_house_at(BEGIN + timedelta(hours=23))
    assert Throttle.objects.filter(key="kept").exists()
    keep_house_at(BEGIN + timedelta(hours=47))
    assert RequestKey.objects.filter(pk=key.pk).exists()
    assert not Throttle.objects.filter(key="kept").exists()
    keep_house_at(BEGIN + timedelta(hours=49))
    assert not RequestKey.objects.filter(pk=key.pk).exists()


# Mails to owners


class OutOfOrder(EmailBackend):
    """A mail server that nobody answers for, until `works`."""

    works = False

    def send_messages(self, messages: object) -> int:
        if not OutOfOrder.works:
            raise ConnectionRefusedError(111, "Connection refused")
        return super().send_messages(messages)  # type: ignore[arg-type]


@pytest.fixture
def letters() -> Iterator[list[mail.EmailMessage]]:
    """The mails sent; those of earlier tests are out of the way."""
    OwnerMail.objects.filter(sent_at=None).update(sent_at=BEGIN)
    mail.outbox = []
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        yield mail.outbox


def test_the_owner_reads_what_failed_and_since_when(
    mario: Shop, receiver: Receiver, listen: Listen, letters: list[mail.EmailMessage]
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(410)
    with clock.moved(BEGIN):
        mario.campaign().claimed(BEGIN)
        work()
        assert ownermail.send_due(20, at=BEGIN) == 1
        assert ownermail.send_due(20, at=BEGIN) == 0
    [letter] = letters
    assert letter.to == [mario.email]
    assert "switched off" in letter.subject
    assert receiver.url in letter.body
    assert endpoints.name_of(endpoint.pk) in letter.body


@pytest.mark.parametrize("kind", sorted(ownermail.WORDS))
def test_each_mail_can_be_written(mario: Shop, letters: list[mail.EmailMessage], kind: str) -> None:
    data = {
        "campaign": 7,
        "name": "Free\r\nBcc: all@example.org",
        "tries": 100,
        "endpoint": "whk_1",
        "company": "Forno",
    }
    data |= {"url": "https://shop.example/", "since": "2031-05-01 09:00 UTC", "answer": "HTTP 500"}
    data |= {"used": 80, "most": 100, "month": "2031-05", "next": "2031-06-01"}
    OwnerMail.objects.create(account=mario.account, kind=kind, data=data, created_at=BEGIN)
    ownermail.send_due(20, at=BEGIN)
    [letter] = letters
    assert "{" not in letter.subject + letter.body
    assert "\n" not in letter.subject
    assert letter.message()["Bcc"] is None


def test_wrong_passwords_reach_the_owner(mario: Shop, letters: list[mail.EmailMessage]) -> None:
    """The row is written by the validating statement itself."""
    offer = mario.campaign("Free slice")
    offer.at_location(password="4711")
    for _ in range(25):
        code = offer.claimed(BEGIN)
        for _ in range(4):
            offer.validate(code, BEGIN, entrance="holder", method="password", password_digest=b"wrong")
    ownermail.send_due(20, at=BEGIN)
    [letter] = letters
    assert "Free slice" in letter.subject
    assert "100 wrong passwords" in letter.body


def test_a_mail_that_cannot_be_sent_is_tried_again_for_two_days_and_then_given_up(
    mario: Shop, letters: list[mail.EmailMessage]
) -> None:
    row = OwnerMail.objects.create(account=mario.account, kind="webhook_gone", data=_words(), created_at=BEGIN)
    OutOfOrder.works = False
    tries = 0
    with override_settings(EMAIL_BACKEND=f"{__name__}.OutOfOrder"):
        for minute in range(0, 4 * 24 * 60, 15):
            tries += ownermail.send_due(20, at=BEGIN + timedelta(minutes=minute))
    row.refresh_from_db()
    assert tries == row.tries == len(ownermail.WAITS) + 1
    assert row.sent_at is None
    assert letters == []


def test_a_mail_server_that_comes_back_gets_the_mail_once(mario: Shop, letters: list[mail.EmailMessage]) -> None:
    OwnerMail.objects.create(account=mario.account, kind="webhook_gone", data=_words(), created_at=BEGIN)
    OutOfOrder.works = False
    with override_settings(EMAIL_BACKEND=f"{__name__}.OutOfOrder"):
        ownermail.send_due(20, at=BEGIN)
        assert ownermail.send_due(20, at=BEGIN + timedelta(seconds=30)) == 0
        OutOfOrder.works = True
        ownermail.send_due(20, at=BEGIN + timedelta(minutes=2))
        ownermail.send_due(20, at=BEGIN + timedelta(days=1))
    assert len(letters) == 1


def test_an_account_whose_owner_is_gone_gets_its_mail_at_its_own_address(
    mario: Shop, letters: list[mail.EmailMessage]
) -> None:
    User.objects.filter(account=mario.account).update(is_active=False)
    mario.account.email = "office@example.org"
    mario.account.save()
    OwnerMail.objects.create(account=mario.account, kind="webhook_gone", data=_words(), created_at=BEGIN)
    ownermail.send_due(20, at=BEGIN)
    assert [letter.to for letter in letters] == [["office@example.org"]]


def _words() -> dict[str, object]:
    return {"endpoint": "whk_1", "url": "https://shop.example/", "since": "now", "tries": 1, "answer": "HTTP 410"}


# The list of loops


def test_every_loop_has_a_name_of_its_own_and_comes_to_rest() -> None:
    names = [loop.name for loop in loops.LOOPS]
    assert len(set(names)) == len(names)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        for loop in loops.LOOPS:
            rounds = 0
            while loop.run_once():
                rounds += 1
                assert rounds < 10_000, f"{loop.name} never rests."
