"""Claiming: the consumer's act that turns an offer into a usable coupon. The statement is `claiming.sql`."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from tearoff.coupons.outcomes import Outcome, act


def claim(
    *,
    account: int,
    code: str,
    at: datetime,
    actor: str,
    entrance: str,
    claim_type: str,
    details: dict[str, Any] | None = None,
) -> Outcome:
    """Claim the session; `details` may bring `customer`, `email_key`, `phone_key` and `consents` (see `persons`)."""
    return act("coupon_claim", account, code, at, actor, entrance, claim_type, Jsonb(details or {}))
