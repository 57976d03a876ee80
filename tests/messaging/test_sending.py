"""Queueing one coupon for one person: together with its session and its price, or not at all."""

import pytest
from django.db import IntegrityError, transaction

from tearoff.activity.models import Event
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tearoff.messaging import credits, optouts
from tearoff.messaging.models import Credit, CreditEntry, Message
from tearoff.messaging.sending import Refusal
from tests.street.messaging import PHONE, connect, queued, send
from tests.world import Shop, refused


def test_a_message_carries_a_session_of_its_own(mario: Shop) -> None:
    connect(mario)
    offer = mario.campaign()
    first = queued(offer, body="Your treat:")
    second = queued(offer, "0470 00 00 01", body="Look: {link} Bye")
    assert first.recipient == second.recipient == PHONE  # the account's country reads national numbers
    assert first.text == f"Your treat: {first.link}"
    assert second.text == f"Look: {second.link} Bye"
    assert first.session != second.session
    kept = CouponSession.objects.get(pk=first.session)
    assert kept.customer["phone"] == "32470000001"
    assert first.link.endswith(f"/p/{offer.code}/{kept.code}")
    assert Event.objects.filter(kind="message.queued", subject=f"msg_{first.pk}", session=kept.pk).count() == 1


def test_a_given_session_is_sent_and_learns_the_names(mario: Shop) -> None:
    connect(mario, "mail")
    offer = mario.campaign()
    code = offer.link(customid="member-1")
    email = mario.client.send.email
    answer = email(offer.id, email="Ann@Example.org", couponsession=code, firstname="Ann")
    assert (answer.single_use_code, answer.customid) == (code, "member-1")
    assert offer.session(code).customer["firstname"] == "Ann"
    assert refused(email, offer.id, email="a@example.org", couponsession="z" * 21).codes == (505,)
    other = mario.campaign("Other").link()
    assert refused(email, offer.id, email="a@example.org", couponsession=other).codes == (505,)


def test_a_sender_is_one_line(mario: Shop) -> None:
    connect(mario)
    assert queued(mario.campaign(), sender="Ma\r\nrio").sender == "Ma rio"


def test_without_a_connection_nothing_is_queued(mario: Shop) -> None:
    assert send(mario.campaign()).refusal is Refusal.NOT_CONNECTED


def test_what_is_no_number_is_refused(mario: Shop) -> None:
    connect(mario)
    assert send(mario.campaign(), "12").refusal is Refusal.BAD_RECIPIENT


def test_a_refusal_leaves_nothing_behind(mario: Shop) -> None:
    connect(mario)
    offer = mario.campaign()
    credits.assign(mario.account.pk, 1, at=clock.now())
    assert refused(queued, offer, body="x" * 200).reasons == (Refusal.NO_CREDIT,)
    assert not Message.objects.filter(account=mario.account).exists()
    assert not CouponSession.objects.filter(account=mario.account).exists()
    assert credits.balance(mario.account.pk) == 1
    queued(offer, check_unique=True)  # the refused one has not used up "once"


def test_who_opted_out_gets_nothing(mario: Shop, lucia: Shop) -> None:
    connect(mario), connect(lucia)
    optouts.opt_out(mario.account.pk, "sms", "32470000001", reason="stop", at=clock.now())
    assert refused(queued, mario.campaign()).reasons == (Refusal.OPTED_OUT,)
    queued(lucia.campaign())  # STOP is between two
    optouts.opt_in(mario.account.pk, "sms", "32470000001", at=clock.now())
    queued(mario.campaign())


def test_once_per_recipient_where_it_is_asked(mario: Shop) -> None:
    connect(mario)
    offer = mario.campaign()
    first = mario.client.send.sms(offer.id, phone=PHONE)
    again = mario.client.send.sms(offer.id, phone=PHONE, check_unique=True)
    assert (again.action, again.single_use_code) == ("sms_not_unique", first.single_use_code)
    queued(offer)  # who does not ask may repeat
    queued(mario.campaign("Other"), check_unique=True)


def test_credits_are_the_sum_of_their_ledger(mario: Shop) -> None:
    connect(mario)
    account = mario.account.pk
    assert credits.balance(account) is None  # nobody counts yet
    queued(mario.campaign())
    assert credits.assign(account, 5, at=clock.now()) == 5
    message = queued(mario.campaign(), body="x" * 170)
    assert message.segments == 2
    assert credits.balance(account) == 3
    assert credits.assign(account, -4, at=clock.now()) is None
    entries = CreditEntry.objects.filter(account=account).order_by("pk")
    assert list(entries.values_list("delta", "balance_after", "reason")) == [(5, 5, "assigned"), (-2, 3, "sent")]
    with pytest.raises(IntegrityError, match="credits_are_never_negative"), transaction.atomic():
        Credit.objects.filter(account=account).update(balance=-1)


def test_a_subaccount_sends_with_its_parents_credits_only(mario: Shop, lucia: Shop) -> None:
    connect(lucia)
    lucia.account.parent = mario.account
    lucia.account.ancestors = [lucia.account.pk, mario.account.pk]
    lucia.account.save()
    assert refused(queued, lucia.campaign()).reasons == (Refusal.NO_CREDIT,)
    credits.assign(lucia.account.pk, 1, at=clock.now())
    queued(lucia.campaign())


def test_mails_cost_nothing(mario: Shop) -> None:
    connect(mario, "mail")
    credits.assign(mario.account.pk, 1, at=clock.now())
    assert queued(mario.campaign(), "ann@example.org", "mail").segments == 0
    assert credits.balance(mario.account.pk) == 1


def test_ten_segments_are_the_most(mario: Shop) -> None:
    connect(mario)
    assert refused(queued, mario.campaign(), body="x" * 1530).reasons == (Refusal.TOO_LONG,)
    queued(mario.campaign(), body="x" * 1400)
