"""Push notifications to the users of a loyalty card (contract/loyalty.md, L8 and L9), in the shape of the coupon's."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from django.db import transaction

from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed, Shape
from tearoff.api.fields import Id, Parameters, Text
from tearoff.api.v3.blocks import Answer
from tearoff.loyalty import listing
from tearoff.loyalty.models import Card
from tearoff.messaging import pushing
from tearoff.wallet import pushing as wallets


class PushToUser(Parameters):
    loyaltycard: Annotated[int, Id("loy")]
    user: Annotated[int, Id("usr")]
    message: Annotated[str, Text(500)]


class PushToUsers(Parameters):
    loyaltycard: Annotated[int, Id("loy")]
    message: Annotated[str, Text(500)]


@call(
    "/v3/loyalty/pushnotification/single",
    params=PushToUser,
    answer=Answer,
    errors={200, 300, 301, 505},
    access=("loyalty", "distribution"),
    shape=Shape.PUSH,
    inferred=True,
    told=Told(reasons=("not_saved",)),
    example={"loyaltycard": "loy_5521", "user": "usr_88140", "message": "Double stamps today!"},
)
def push_to_user(request: Request, params: PushToUser) -> bytes:
    """Send a notification to one user who saved the card in the phone wallet, or allowed notifications."""
    card = _card(request, params.loyaltycard)
    held = listing.holder_of(card, params.user)
    if held is None:
        raise Failed(errors.not_found(505, "Loyalty user not found"))
    with transaction.atomic():
        reached = _push(request, card, [held.pk], params.message) + wallets.push_to_card(
            request.account, card.pk, params.message, holder=held.pk, at=request.at, actor=request.actor
        )
    if not reached:
        raise Failed(errors.not_allowed("Loyalty card is not saved to a wallet.", "not_saved"))
    return msgspec.json.encode(Answer())


@call(
    "/v3/loyalty/pushnotification/all",
    params=PushToUsers,
    answer=Answer,
    errors={200, 300, 301, 505},
    access=("loyalty", "distribution"),
    shape=Shape.PUSH,
    inferred=True,
    example={"loyaltycard": "loy_5521", "message": "Double stamps today!"},
)
def push_to_users(request: Request, params: PushToUsers) -> bytes:
    """Send a notification to all users who saved the card in the phone wallet, or allowed notifications."""
    card = _card(request, params.loyaltycard)
    with transaction.atomic():
        _push(request, card, pushing.subscribed_holders(request.account, card.pk), params.message)
        wallets.push_to_card(request.account, card.pk, params.message, at=request.at, actor=request.actor)
    return msgspec.json.encode(Answer())


def _push(request: Request, card: Card, holders: Sequence[int], text: str) -> int:
    """To those of these rows whose card is not voided; how many browsers are told."""
    addresses = listing.live_addresses(card, holders)
    return pushing.push_to_holders(
        request.account, card.pk, addresses, card.shown_title, text, at=request.at, actor=request.actor
    )


def _card(request: Request, card_id: int) -> Card:
    card = listing.card(request.account, card_id)
    if card is None:
        raise Failed(errors.not_found(505, "Loyalty card not found"))
    return card
