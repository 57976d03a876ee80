"""Sending a loyalty card to one person (contract/loyalty.md, L10 and L11): the card enters `sendables` here.

The address in the message is the recipient's own, as with a coupon: who holds the card already gets theirs again, anybody
else becomes a user of it (docs/decisions/0002).
"""

from typing import Any

from django.db import transaction

from tearoff.accounts.models import Account
from tearoff.api import errors, loyalty_refusals
from tearoff.api.calls import Request
from tearoff.api.errors import Failed
from tearoff.api.v3.sendables import SENDABLES, failure
from tearoff.coupons import persons
from tearoff.loyalty import addresses, joining, listing
from tearoff.loyalty.models import Card, Holder
from tearoff.loyalty.outcomes import Refusal as Held
from tearoff.messaging import sending
from tearoff.messaging.models import Channel
from tearoff.messaging.sending import Letter, Queued, Refusal


def _send_card(request: Request, number: int, letter: Letter) -> Queued:
    """Whatever its state, unless it is deleted. With `check_unique` nothing goes to who holds the card already."""
    card = listing.card(request.account, number)
    if card is None:
        raise Failed(errors.no_campaign())
    country = Account.objects.values_list("country", flat=True).get(pk=request.account)
    if letter.channel == Channel.SMS and persons.e164(letter.recipient, country) is None:
        return Queued(Refusal.BAD_RECIPIENT)
    with transaction.atomic():
        held, is_new = _holder(request, card, letter)
        link = addresses.holder_url(card.code, held.key)
        if letter.check_unique and not is_new:
            return Queued(Refusal.NOT_UNIQUE, link=link, key=held.phone_key)
        queued = sending.send_link(
            account=request.account,
            country=country,
            letter=letter,
            title=card.shown_title,
            link=link,
            at=request.at,
            actor=request.actor,
        )
        if queued.refusal:
            raise Failed(failure(queued.refusal, letter))  # nobody becomes a user by a message that is not sent
    return queued


def _holder(request: Request, card: Card, letter: Letter) -> tuple[Holder, bool]:
    names = {"first_name": letter.firstname, "last_name": letter.lastname}
    person = {"email" if letter.channel == Channel.MAIL else "phone": letter.recipient}
    profile: dict[str, Any] = {name: value for name, value in names.items() if value}
    with loyalty_refusals.gone_is(errors.no_campaign()):
        held, is_new = joining.invited(card=card, profile=profile, at=request.at, actor=request.actor, **person)
    if held.voided_at is not None:
        raise Failed(errors.not_allowed(loyalty_refusals.SENTENCES[Held.VOIDED], Held.VOIDED.value))
    return held, is_new


SENDABLES["loy"] = _send_card
