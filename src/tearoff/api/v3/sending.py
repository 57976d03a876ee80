"""Sending a coupon, a card or a directory to one person, and push notifications (coupons.md 14 to 17, smstool.md D1, D2).

The call writes the message; a worker sends it afterwards.
"""

from typing import Annotated

import msgspec
from django.db import transaction

from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed, Shape
from tearoff.api.fields import Email, Flag, Id, Parameters, SessionCode, Text
from tearoff.api.v3 import sendables
from tearoff.api.v3.blocks import Answer, Inferred
from tearoff.api.v3.sendables import SendableId
from tearoff.campaigns import reach
from tearoff.campaigns.models import Campaign
from tearoff.messaging import connecting, pushing, sending
from tearoff.messaging.models import Channel
from tearoff.messaging.sending import Letter
from tearoff.wallet import pushing as wallets


class SendEmail(Parameters):
    campaign: Annotated[tuple[str, int], SendableId()]
    email: Annotated[str, Email()]
    subject: Annotated[str, Text(200)] = ""
    firstname: Annotated[str, Text(100)] = ""
    lastname: Annotated[str, Text(100)] = ""
    check_unique: Annotated[bool, Flag()] = False
    couponsession: Annotated[str, SessionCode()] = ""


class SendSms(Parameters):
    campaign: Annotated[tuple[str, int], SendableId()]
    phone: Annotated[str, Text(32)]
    body: Annotated[str, Text(1_530, note="The recipient's own address is put for {link}, or at the end.")] = ""
    sender: Annotated[str, Text(11)] = ""
    firstname: Annotated[str, Text(100, inferred=True)] = ""
    lastname: Annotated[str, Text(100, inferred=True)] = ""
    check_unique: Annotated[bool, Flag(inferred=True)] = False
    couponsession: Annotated[str, SessionCode(inferred=True)] = ""


class PushToOne(Parameters):
    campaign: Annotated[int, Id("cam")]
    couponsession: Annotated[str, SessionCode()]
    message: Annotated[str, Text(500)]


class PushToAll(Parameters):
    campaign: Annotated[int, Id("cam")]
    message: Annotated[str, Text(500)]


class EmailSent(Answer, kw_only=True):
    campaign: Inferred
    action: str
    email: Inferred
    subject: Inferred
    single_use_code: Inferred
    single_use_url: Inferred
    customid: Inferred


class SmsSent(Answer, kw_only=True):
    campaign: str
    message: str
    phone: str
    single_use_code: str
    single_use_url: Inferred
    action: Inferred


def needs_email(request: Request) -> None:
    """104: the account has connected nobody who sends its e-mail."""
    if not connecting.is_connected(request.account, Channel.MAIL):
        raise Failed(sendables.NO_EMAIL)


def needs_sms(request: Request) -> None:
    """103: the account has connected nobody who sends its SMS."""
    if not connecting.is_connected(request.account, Channel.SMS):
        raise Failed(sendables.NO_SMS)


@call(
    "/v3/send/email",
    params=SendEmail,
    answer=EmailSent,
    errors={104, 200, 300, 301, 302, 305, 502, 505, 604},
    access="distribution",
    right=needs_email,
    example={"campaign": "cam_204417", "email": "ann@example.org"},
)
def send_email(request: Request, params: SendEmail) -> bytes:
    """Send a coupon, a loyalty card or a directory by e-mail, with the recipient's own link.

    The account needs a connected e-mail platform.
    """
    letter = Letter(
        Channel.MAIL,
        params.email,
        subject=params.subject,
        firstname=params.firstname,
        lastname=params.lastname,
        check_unique=params.check_unique,
        couponsession=params.couponsession,
    )
    queued = sendables.send(request, params.campaign, letter)
    return msgspec.json.encode(
        EmailSent(
            campaign=_id(params.campaign),
            action="email_sent" if queued.message else "email_not_unique",
            email=params.email,
            subject=queued.message.subject if queued.message else params.subject,
            single_use_code=queued.session,
            single_use_url=queued.link,
            customid=queued.customid,
        )
    )


@call(
    "/v3/send/sms",
    params=SendSms,
    answer=SmsSent,
    errors={103, 200, 300, 301, 302, 502, 505},
    access="distribution",
    right=needs_sms,
    example={"campaign": "cam_204417", "phone": "+32470000001"},
    told=Told(reasons=("opted_out", "no_credit", "too_long")),
)
def send_sms(request: Request, params: SendSms) -> bytes:
    """Send a coupon, a loyalty card or a directory by SMS, with the recipient's own link. The account needs an SMS integration."""
    letter = Letter(
        Channel.SMS,
        params.phone,
        body=params.body,
        sender=params.sender,
        firstname=params.firstname,
        lastname=params.lastname,
        check_unique=params.check_unique,
        couponsession=params.couponsession,
    )
    queued = sendables.send(request, params.campaign, letter)
    return msgspec.json.encode(
        SmsSent(
            campaign=_id(params.campaign),
            message=queued.message.text if queued.message else "",
            phone=queued.key,
            single_use_code=queued.session,
            single_use_url=queued.link,
            action="sms_sent" if queued.message else "sms_not_unique",
        )
    )


def _id(what: tuple[str, int]) -> str:
    prefix, number = what
    return f"{prefix}_{number}"


@call(
    "/v3/coupon/pushnotification/single",
    params=PushToOne,
    answer=Answer,
    errors={200, 300, 301, 502, 505},
    access="distribution",
    shape=Shape.PUSH,
    example={"campaign": "cam_204417", "couponsession": "h4k9r2m7x1c8v5b3n6z0q", "message": "Still hungry?"},
    told=Told(reasons=("not_saved",)),
)
def push_to_one(request: Request, params: PushToOne) -> bytes:
    """Send a notification to one consumer who saved the coupon in the phone wallet, or allowed notifications."""
    campaign = _campaign(request, params.campaign)
    session = sending.session_of(campaign, params.couponsession)
    if session is None:
        raise Failed(errors.no_session())
    with transaction.atomic():
        reached = pushing.push_to_one(
            request.account, campaign, session, params.message, at=request.at, actor=request.actor
        ) + wallets.push_to_coupon(
            campaign.account_id, campaign.pk, params.message, session=session.pk, at=request.at, actor=request.actor
        )
    if not reached:
        raise Failed(errors.not_allowed("Couponsession is not saved to a wallet.", "not_saved"))
    return msgspec.json.encode(Answer())


@call(
    "/v3/coupon/pushnotification/all",
    params=PushToAll,
    answer=Answer,
    errors={200, 300, 301, 502},
    access="distribution",
    shape=Shape.PUSH,
    inferred=True,
    example={"campaign": "cam_204417", "message": "Last day today!"},
)
def push_to_all(request: Request, params: PushToAll) -> bytes:
    """Send a notification to all who saved the coupon in the phone wallet, or allowed notifications."""
    campaign = _campaign(request, params.campaign)
    with transaction.atomic():
        pushing.push_to_all(request.account, campaign, params.message, at=request.at, actor=request.actor)
        wallets.push_to_coupon(campaign.account_id, campaign.pk, params.message, at=request.at, actor=request.actor)
    return msgspec.json.encode(Answer())


def _campaign(request: Request, campaign_id: int) -> Campaign:
    found = reach.campaign(request.account, campaign_id)
    if found is None:
        raise Failed(errors.no_campaign())
    return found
