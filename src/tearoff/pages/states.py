"""Which page a coupon session has at a moment. The order in which states are told is that of the guards (`reading`)."""

import hashlib
from datetime import datetime, timedelta

from tearoff.coupons.outcomes import Refusal
from tearoff.pages.reading import Seen

JUST_USED = timedelta(seconds=60)
"""How long a coupon with more uses shows that one was taken, before it is a ticket again."""

NEUTRAL = {Refusal.UNKNOWN, Refusal.INACTIVE, Refusal.ACCOUNT_BLOCKED, Refusal.ACCOUNT_EXPIRED}
"""What consumers must not tell apart (product.md 4.2)."""

NOT_NOW = {Refusal.TOO_SOON, Refusal.OUTSIDE_HOURS}
"""A claimed coupon stays a ticket meanwhile: it only says when it works."""


def state_of(seen: Seen, at: datetime, *, wants_ticket: bool = False) -> str:
    """Which page a session has now: `offer`, `ticket`, `used`, `used_partly`, or the word of the refusal."""
    refusal, session = seen.refusal, seen.session
    if refusal is Refusal.ALREADY_USED:
        return "used"
    if not seen.is_ticket:
        return str(refusal or "offer")
    if refusal and refusal not in NOT_NOW:
        return str(refusal)
    has_just_used = session.validated_at is not None and session.uses > 0 and at - session.validated_at < JUST_USED
    return "used_partly" if has_just_used and not wants_ticket else "ticket"


def seen_tag(seen: Seen, at: datetime, *, wants_ticket: bool = False) -> str:
    """A short name for all that a page of this state shows; it changes exactly when the page should."""
    session = seen.session
    told = (
        state_of(seen, at, wants_ticket=wants_ticket),
        session.verdict,
        session.uses,
        session.ends_at,
        session.own_code,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:10]
