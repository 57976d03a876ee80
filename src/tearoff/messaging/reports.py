"""What providers tell us afterwards: what became of a message, and what its recipient wrote back."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tearoff.coupons import persons
from tearoff.messaging import optouts
from tearoff.messaging.connecting import Connected
from tearoff.messaging.delivering import settle
from tearoff.messaging.models import Channel, Message
from tearoff.messaging.optouts import meaning

OPEN = (Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN)
"""What a report may still change; delivered and failed are ends."""


@dataclass(frozen=True, slots=True)
class Report:
    """`state` is sent, delivered or failed. A report names the message by our id, or by the provider's."""

    message: int | None
    provider_id: str
    state: str
    word: str = ""
    opt_out: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """What somebody wrote to the account's number."""

    sender: str
    text: str
    confirmed: bool = False
    """The provider has answered by itself."""


@transaction.atomic
def take_report(connection: Connected, report: Report, *, at: datetime) -> bool:
    """Whether the message is one of this account. A report that comes twice, or late, changes nothing more."""
    found = Message.objects.select_for_update(no_key=True).filter(
        account_id=connection.account, channel=connection.channel
    )
    if report.message is not None:
        message = found.filter(pk=report.message).first()
    else:
        message = found.filter(provider_id=report.provider_id).first() if report.provider_id else None
    if message is None:
        return False
    if report.opt_out:
        optouts.opt_out(message.account_id, message.channel, message.key, reason=report.word[:40], at=at)
    if report.provider_id and not message.provider_id:
        message.provider_id = report.provider_id[:100]
        message.save(update_fields=["provider_id"])
    if message.state in OPEN and message.state != report.state:
        settle(message, report.state, report.word, at)
    return True


@transaction.atomic
def take_inbound(connection: Connected, inbound: Inbound, *, country: str, company: str, at: datetime) -> str | None:
    """Do what the words mean and queue the answer; `out`, `in`, `help`, or None for anything else.

    STOP is confirmed once: a second one changes nothing and is not answered.
    """
    word = meaning(inbound.text)
    phone = persons.e164_of_a_network(inbound.sender, country)
    if word is None or phone is None:
        return None
    key = phone.removeprefix("+")
    match word:
        case "out":
            changed = optouts.opt_out(connection.account, Channel.SMS, key, reason="stop", at=at)
            text = f"{company}: you will get no more messages from us. Reply START to get them again."
        case "in":
            changed = optouts.opt_in(connection.account, Channel.SMS, key, at=at)
            text = f"{company}: you will get our messages again. Reply STOP to end them."
        case _:
            changed = True
            text = f"{company}: coupons by SMS. Reply STOP to get no more of them."
    if changed and not inbound.confirmed:
        _reply(connection, phone, text, at)
    return word


def _reply(connection: Connected, phone: str, text: str, at: datetime) -> None:
    """Not charged, and allowed although the recipient has opted out: it is the one confirmation."""
    Message.objects.create(
        account_id=connection.account,
        channel=Channel.SMS,
        purpose="reply",
        recipient=phone,
        key=phone.removeprefix("+"),
        text=text,
        segments=1,
        next_try_at=at,
        created_at=at,
    )
