"""What can be sent to one person: coupons, and whatever else a module enters here under the prefix of its ids.

A room's own module writes `SENDABLES["dir"] = send_directory`; the calls `send/email` and `send/sms` find it there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tearoff.api import errors
from tearoff.api.calls import Request
from tearoff.api.errors import Failed, Failure, Fault
from tearoff.api.fields import Id, Wrong, text_of
from tearoff.campaigns.reach import campaigns_of
from tearoff.messaging import sending
from tearoff.messaging.sending import Letter, Queued, Refusal

Send = Callable[[Request, int, Letter], Queued]
"""Queues the thing with this id for the letter's recipient; raises `Failed` with 502 when the account has none."""

SENDABLES: dict[str, Send] = {}

_ID = re.compile(r"(?:(cam|dir|loy)_)?([0-9]{1,18})(?:\.0+)?")


@dataclass(frozen=True)
class SendableId(Id):
    """`cam_204417`, `dir_77` or `loy_5521`; a bare number is a coupon's. Read as (prefix, number)."""

    prefix: str = "cam"
    others: tuple[str, ...] = ("dir", "loy")

    def read(self, name: str, value: Any) -> Any:
        text = value if isinstance(value, str) else text_of(name, value, 301)
        found = _ID.fullmatch(text.strip())
        if not found:
            raise Wrong(errors.bad_character(name, 301))
        return found[1] or "cam", int(found[2])


def send(request: Request, what: tuple[str, int], letter: Letter) -> Queued:
    """Queue it.

    Raises:
        Failed: every refusal but "this recipient has it already", which is a good answer.
    """
    prefix, number = what
    sender = SENDABLES.get(prefix)
    if sender is None:
        raise Failed(errors.no_campaign())
    queued = sender(request, number, letter)
    if queued.refusal not in (None, Refusal.NOT_UNIQUE):
        raise Failed(failure(queued.refusal, letter))
    return queued


def _send_coupon(request: Request, number: int, letter: Letter) -> Queued:
    """Like a link, a coupon is sent whatever its state, unless it is deleted or a template."""
    campaign = campaigns_of(request.account).select_related("account").filter(pk=number, is_template=False).first()
    if campaign is None:
        raise Failed(errors.no_campaign())
    return sending.send_coupon(
        account=request.account, campaign=campaign, letter=letter, at=request.at, actor=request.actor
    )


SENDABLES["cam"] = _send_coupon

NO_EMAIL = Failure(422, (Fault(104, "No e-mail integration found on this account.", "no_email"),))
NO_SMS = Failure(422, (Fault(103, "No SMS integration found on this account.", "no_sms"),))
NOT_E164 = Failure(422, (errors.bad_format("phone", "+32470000001"),))


def failure(refusal: Refusal | None, letter: Letter) -> Failure:
    """How a refused message is answered."""
    is_sms = letter.channel == "sms"
    match refusal:
        case Refusal.NOT_CONNECTED:
            return NO_SMS if is_sms else NO_EMAIL
        case Refusal.UNKNOWN_CAMPAIGN:
            return errors.no_campaign()
        case Refusal.UNKNOWN_SESSION:
            return errors.no_session()
        case Refusal.BAD_RECIPIENT:
            return NOT_E164
        case Refusal.OPTED_OUT:
            if is_sms:
                return errors.not_allowed("This number has opted out of messages.", "opted_out")
            sentence = "E-mail could not be sent: this address has opted out."
            return Failure(422, (Fault(604, sentence, "opted_out"),), is_final=True)
        case Refusal.NO_CREDIT:
            return errors.not_allowed("No SMS credits are left.", "no_credit")
        case Refusal.TOO_LONG:
            return errors.not_allowed(f"The message is longer than {sending.LONGEST_SMS} SMS.", "too_long")
    return errors.BUSY
