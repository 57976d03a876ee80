"""Changing the data of a session and, with it, its state: together or not at all. The statement is `editing.sql`."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from tearoff.coupons.outcomes import Outcome, act


def edit(
    *,
    account: int,
    code: str,
    at: datetime,
    actor: str,
    changes: dict[str, Any],
    what: str | None = None,
    location: str | None = None,
) -> Outcome:
    """Lay `changes` over the session and carry out `what` (claim, validate, void, unvoid, lock, unlock, open), if given.

    Members of `changes`: customer, customid, email_key, phone_key, own_code, own_code_key, expires_at (ISO text),
    value, validation_value. An absent member is not touched.
    """
    return act("coupon_edit", account, code, at, actor, Jsonb(changes), what, location)
