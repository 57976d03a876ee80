"""Sending a coupon by e-mail, SMS or push (coupons.md 14 to 17).

No account can connect an e-mail platform or an SMS gateway yet, so the answers 104 and 103 come where the order of checks
has them: after the keys, before the parameters.
"""

from typing import Annotated

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Request, call
from tearoff.api.errors import Failed, Failure, Fault, Shape
from tearoff.api.fields import Email, Flag, Id, Parameters, SessionCode, Text
from tearoff.api.v3.blocks import Answer
from tearoff.campaigns import reach
from tearoff.kit import sql


class SendEmail(Parameters):
    campaign: Annotated[int, Id("cam", ("dir",))]
    email: Annotated[str, Email()]
    subject: Annotated[str | None, Text(200)] = None
    firstname: Annotated[str | None, Text(100)] = None
    lastname: Annotated[str | None, Text(100)] = None
    check_unique: Annotated[bool, Flag()] = False
    couponsession: Annotated[str | None, SessionCode()] = None


class SendSms(Parameters):
    campaign: Annotated[int, Id("cam", ("dir", "loy"))]
    phone: Annotated[str, Text(32)]
    body: Annotated[str | None, Text(1_530)] = None
    sender: Annotated[str | None, Text(11)] = None
    firstname: Annotated[str | None, Text(100, inferred=True)] = None
    lastname: Annotated[str | None, Text(100, inferred=True)] = None
    check_unique: Annotated[bool, Flag(inferred=True)] = False
    couponsession: Annotated[str | None, SessionCode(inferred=True)] = None


class PushToOne(Parameters):
    campaign: Annotated[int, Id("cam")]
    couponsession: Annotated[str, SessionCode()]
    message: Annotated[str, Text(500)]


class PushToAll(Parameters):
    campaign: Annotated[int, Id("cam")]
    message: Annotated[str, Text(500)]


class EmailSent(Answer, kw_only=True):
    campaign: str
    action: str
    email: str
    subject: str
    single_use_code: str
    single_use_url: str
    customid: str


class SmsSent(Answer, kw_only=True):
    campaign: str
    message: str
    phone: str
    single_use_code: str
    single_use_url: str
    action: str


NO_EMAIL = Failure(422, (Fault(104, "No e-mail integration found on this account.", "no_email"),))
NO_SMS = Failure(422, (Fault(103, "No SMS integration found on this account.", "no_sms"),))


def needs_email(request: Request) -> None:
    """104: there is no platform an account could connect yet."""
    raise Failed(NO_EMAIL)


def needs_sms(request: Request) -> None:
    """103: there is no gateway an account could connect yet."""
    raise Failed(NO_SMS)


@call(
    "/v3/send/email",
    params=SendEmail,
    answer=EmailSent,
    errors={104, 200, 301, 302, 305, 502, 505, 604},
    right=needs_email,
    example={"campaign": "cam_204417", "email": "ann@example.org"},
)
def send_email(request: Request, params: SendEmail) -> bytes:
    """Send a coupon by e-mail. The account needs a connected e-mail platform."""
    raise Failed(NO_EMAIL)  # nobody comes here as long as nobody has the right


@call(
    "/v3/send/sms",
    params=SendSms,
    answer=SmsSent,
    errors={103, 200, 300, 301, 302, 502, 505},
    right=needs_sms,
    example={"campaign": "cam_204417", "phone": "+32470000001"},
)
def send_sms(request: Request, params: SendSms) -> bytes:
    """Send a coupon by SMS. The account needs an SMS integration."""
    raise Failed(NO_SMS)  # nobody comes here as long as nobody has the right


@call(
    "/v3/coupon/pushnotification/single",
    params=PushToOne,
    answer=Answer,
    errors={200, 300, 301, 502, 505},
    shape=Shape.PUSH,
    example={"campaign": "cam_204417", "couponsession": "h4k9r2m7x1c8v5b3n6z0q", "message": "Still hungry?"},
)
def push_to_one(request: Request, params: PushToOne) -> bytes:
    """Send a notification to one consumer who saved the coupon in the phone wallet."""
    _refuse_unknown(request, params.campaign)
    row = sql.one("select campaign_id from session_seen(%s, %s)", [request.account, params.couponsession])
    if row is None or row[0] != params.campaign:
        raise Failed(errors.no_session())
    raise Failed(errors.not_allowed("Couponsession is not saved to a wallet.", "not_saved"))


@call(
    "/v3/coupon/pushnotification/all",
    params=PushToAll,
    answer=Answer,
    errors={200, 300, 301, 502},
    shape=Shape.PUSH,
    inferred=True,
    example={"campaign": "cam_204417", "message": "Last day today!"},
)
def push_to_all(request: Request, params: PushToAll) -> bytes:
    """Send a notification to all who saved the coupon in the phone wallet. Nobody could save one yet: none is sent."""
    _refuse_unknown(request, params.campaign)
    return msgspec.json.encode(Answer())


def _refuse_unknown(request: Request, campaign: int) -> None:
    if reach.campaign(request.account, campaign) is None:
        raise Failed(errors.no_campaign())
