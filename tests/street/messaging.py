"""Nouns of sending: a shop that is connected, and a worker that a test drives step by step."""

from datetime import datetime, timedelta
from typing import Any

from tearoff.kit import clock, sql
from tearoff.messaging import connecting, contacts, delivering, providers, sending
from tearoff.messaging.connecting import Connected
from tearoff.messaging.models import Group, Message
from tearoff.messaging.sending import Letter, Queued
from tests.world import Offer, Shop

PHONE = "+32470000001"


def connect(shop: Shop, channel: str = "sms", provider: str = "console", **settings: Any) -> Connected:
    return connecting.connect(shop.account.pk, channel, provider, settings, at=clock.now(), actor="test")


def send(offer: Offer, recipient: str = PHONE, channel: str = "sms", **letter: Any) -> Queued:
    """By the verb, for races and for what the API does not let as far as it."""
    return sending.send_coupon(
        account=offer.shop.account.pk,
        campaign=offer.campaign,
        letter=Letter(channel, recipient, **letter),
        at=clock.now(),
        actor="test",
    )


def queued(offer: Offer, recipient: str = PHONE, channel: str = "sms", **letter: Any) -> Message:
    """The message a program sends through the client."""
    program = offer.shop.client.send
    if channel == "sms":
        code = program.sms(offer.id, phone=recipient, **letter).single_use_code
    else:
        code = program.email(offer.id, email=recipient, **letter).single_use_code
    return Message.objects.filter(account=offer.shop.account, session=offer.session(code).pk).latest("pk")


def work(after: timedelta = timedelta()) -> None:
    """Send whatever is due at a moment, until nothing is."""
    at = clock.now() + after
    while jobs := delivering.claim(16, at=at):
        for job in jobs:
            delivering.record(job, providers.send(job), at=at)


def quiet() -> None:
    """Nothing of earlier tests, which share this database, is sent while this test looks."""
    sql.run(
        "update message set state = 'failed', outcome = 'test', leased_until = null where state in ('queued', 'sending')"
    )


def now(message: Message) -> Message:
    """The row as it is now."""
    message.refresh_from_db()
    return message


def later(hours: float = 24.0) -> datetime:
    return clock.now() + timedelta(hours=hours)


def group_with(shop: Shop, phone: str = PHONE, name: str = "Regulars") -> Group:
    """A group of phone numbers with one contact."""
    group = contacts.add_group(shop.account.pk, Group.Kind.SMS, name, at=clock.now(), actor="test")
    to = contacts.address(group.kind, phone, "")
    assert to is not None
    contacts.put(group, to, {}, at=clock.now(), actor="test")
    return group
