"""Sending a coupon to one person: the session, the message that will carry it and its price, in one transaction.

Nothing goes out here: the worker takes the queued message (`delivering`). A refusal leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.campaigns.models import Campaign
from tearoff.coupons import editing, links, persons
from tearoff.coupons.addresses import session_url
from tearoff.coupons.models import CouponSession
from tearoff.kit import sql
from tearoff.messaging import connecting, credits, optouts, segments
from tearoff.messaging.models import Channel, Message

PLACEHOLDER = "{link}"


class Refusal(StrEnum):
    """Why nothing was queued."""

    NOT_CONNECTED = "not_connected"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    UNKNOWN_SESSION = "unknown_session"
    BAD_RECIPIENT = "bad_recipient"
    OPTED_OUT = "opted_out"
    NOT_UNIQUE = "not_unique"
    NO_CREDIT = "no_credit"
    TOO_LONG = "too_long"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to whom. `check_unique`: nothing, if this recipient got this campaign on this channel before."""

    channel: str
    recipient: str
    subject: str = ""
    body: str = ""
    sender: str = ""
    firstname: str = ""
    lastname: str = ""
    check_unique: bool = False
    couponsession: str = ""
    """An existing session to send; empty makes a new one."""


@dataclass(frozen=True, slots=True)
class Queued:
    """The message as queued; with a refusal only what is known: for `not_unique` the session sent before, and to whom."""

    refusal: Refusal | None
    message: Message | None = None
    session: str = ""
    link: str = ""
    customid: str = ""
    key: str = ""


class _Refused(Exception):
    def __init__(self, refusal: Refusal, session: str = "", link: str = "", customid: str = "", key: str = "") -> None:
        self.answer = Queued(refusal, None, session, link, customid, key)


@rights.needs("distribution")
def send_coupon(*, account: int, campaign: Campaign, letter: Letter, at: datetime, actor: str) -> Queued:
    """Queue one message with the recipient's own link.

    The key row of (campaign, recipient) is written before anything else, so that of many at the same moment one is first.
    """
    try:
        with transaction.atomic():
            return _queued(account, campaign, letter, at, actor)
    except _Refused as refused:
        return refused.answer
    except sql.Busy:
        return Queued(Refusal.BUSY)


def _queued(account: int, campaign: Campaign, letter: Letter, at: datetime, actor: str) -> Queued:
    recipient, key = _allowed(account, letter, campaign.account.country)
    is_first = _claim_once(campaign.pk, letter.channel, key)
    if letter.check_unique and not is_first:
        raise _sent_before(campaign, letter.channel, key)
    session = _session(account, campaign, letter, recipient, key, at, actor)
    link = session_url(campaign.code, session.code)
    title = campaign.title or campaign.name
    message = _written(account, letter, (recipient, key), title, link, at, campaign=campaign, session=session.id)
    if is_first:
        sql.run(
            "update sent_once set message = %s, session = %s where campaign_id = %s and channel = %s and key = %s",
            [message.pk, session.id, campaign.pk, letter.channel, key],
        )
    _note(message, at, actor)
    return Queued(None, message, session.code, link, session.customid, key)


@rights.needs("distribution")
def send_link(*, account: int, country: str, letter: Letter, title: str, link: str, at: datetime, actor: str) -> Queued:
    """Queue one message with an address that some other room has made: a card, a directory. No coupon is involved."""
    try:
        with transaction.atomic():
            to = _allowed(account, letter, country)
            message = _written(account, letter, to, title, link, at)
            _note(message, at, actor)
            return Queued(None, message, "", link, key=to[1])
    except _Refused as refused:
        return refused.answer


def name_of(message: int) -> str:
    """How the event ledger names a message."""
    return f"msg_{message}"


def _allowed(account: int, letter: Letter, country: str) -> tuple[str, str]:
    """Recipient and key, once connection and opt-out have been asked."""
    if not connecting.is_connected(account, letter.channel):
        raise _Refused(Refusal.NOT_CONNECTED)
    to = _addressed(letter, country)
    if optouts.is_out(account, letter.channel, to[1]):
        raise _Refused(Refusal.OPTED_OUT)
    return to


def _addressed(letter: Letter, country: str) -> tuple[str, str]:
    """Recipient and key. The verb trusts no face with this (lesson 42)."""
    if letter.channel == Channel.MAIL:
        return letter.recipient.strip(), persons.email_key(letter.recipient)
    phone = persons.e164(letter.recipient, country)
    if phone is None:
        raise _Refused(Refusal.BAD_RECIPIENT)
    return phone, phone.removeprefix("+")


def _claim_once(campaign: int, channel: str, key: str) -> bool:
    """Write the key row; whether it was not there. A rival's uncommitted one is waited for."""
    return bool(
        sql.rows(
            "insert into sent_once (campaign_id, channel, key) values (%s, %s, %s) on conflict do nothing returning id",
            [campaign, channel, key],
        )
    )


def _sent_before(campaign: Campaign, channel: str, key: str) -> _Refused:
    row = sql.one(
        "select s.code, s.customid from sent_once o join coupon_session s on s.id = o.session "
        "where o.campaign_id = %s and o.channel = %s and o.key = %s",
        [campaign.pk, channel, key],
    )
    if row is None:  # the session was removed since; that the recipient got it stays true
        return _Refused(Refusal.NOT_UNIQUE, key=key)
    return _Refused(Refusal.NOT_UNIQUE, row[0], session_url(campaign.code, row[0]), row[1], key)


class _Bound(NamedTuple):
    """The session a message carries."""

    id: int
    code: str
    customid: str


def _session(
    account: int, campaign: Campaign, letter: Letter, recipient: str, key: str, at: datetime, actor: str
) -> _Bound:
    """The session given, with the names laid over it, or a new one that knows its recipient."""
    names = {name: value for name, value in (("firstname", letter.firstname), ("lastname", letter.lastname)) if value}
    if letter.couponsession:
        return _given(account, campaign, letter.couponsession, names, at, actor)
    fields: dict[str, Any] = {}
    if letter.channel == Channel.MAIL:
        fields = {"customer": names | {"email": recipient}, "email_key": key}
    else:
        fields = {"customer": names | {"phone": key}, "phone_key": key}
    outcome = links.make_link(account=account, campaign=campaign.pk, at=at, actor=actor, fields=fields)
    if outcome.session is None or outcome.refusal:
        raise _Refused(Refusal.UNKNOWN_CAMPAIGN if outcome.refusal == "unknown" else Refusal.BUSY)
    return _Bound(outcome.session.id, outcome.session.code, outcome.session.customid)


def _given(account: int, campaign: Campaign, code: str, names: dict[str, str], at: datetime, actor: str) -> _Bound:
    found = session_of(campaign, code)
    if found is None:
        raise _Refused(Refusal.UNKNOWN_SESSION)
    if names:
        outcome = editing.edit(account=account, code=found.code, at=at, actor=actor, changes={"customer": names})
        if outcome.refusal:
            raise _Refused(Refusal.BUSY if outcome.refusal == "busy" else Refusal.UNKNOWN_SESSION)
    return _Bound(found.pk, found.code, found.customid)


def session_of(campaign: Campaign, code: str) -> CouponSession | None:
    """A session of a coupon that was reached already, by its full or short code."""
    name = {"short": code.lower()} if len(code) == 6 else {"code": code}
    return CouponSession.objects.filter(account_id=campaign.account_id, campaign=campaign, **name).first()


LONGEST_SMS = 10
"""Segments; a text with its link that takes more is refused (conventions.md 3)."""


def _written(
    account: int, letter: Letter, to: tuple[str, str], title: str, link: str, at: datetime, **about: Any
) -> Message:
    """The message, and its price paid. `about`: campaign and session, where there are such."""
    recipient, key = to
    title = " ".join(title.split())
    text = with_link(letter.body or f"{title}:", link)
    parts = segments.count(text).segments if letter.channel == Channel.SMS else 0
    if parts > LONGEST_SMS:
        raise _Refused(Refusal.TOO_LONG)
    subject = " ".join(letter.subject.split()) or title if letter.channel == Channel.MAIL else ""
    message = Message.objects.create(
        account_id=account,
        channel=letter.channel,
        recipient=recipient,
        key=key,
        subject=subject[:200],
        text=text,
        sender=" ".join(letter.sender.split()),
        link=link,
        segments=parts,
        next_try_at=at,
        created_at=at,
        **about,
    )
    if parts and not credits.spend(account, parts, message.pk, at=at):
        raise _Refused(Refusal.NO_CREDIT)
    return message


def _note(message: Message, at: datetime, actor: str) -> None:
    record(
        "message.queued",
        account=message.account_id,
        actor=actor,
        at=at,
        subject=name_of(message.pk),
        campaign=message.campaign_id,
        session=message.session,
        data={"channel": message.channel, "segments": message.segments},
    )


def with_link(body: str, link: str) -> str:
    """The link where the text holds {link}, else at its end."""
    return body.replace(PLACEHOLDER, link) if PLACEHOLDER in body else f"{body} {link}"
