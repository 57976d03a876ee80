"""Validating a coupon session, and taking a validation back. The statement is `redemption.sql`, beside this file."""

import hashlib
from datetime import datetime

from tearoff.coupons.outcomes import Outcome, act
from tearoff.kit.addresses import network_of


def validate(
    *,
    account: int,
    code: str,
    at: datetime,
    actor: str,
    entrance: str,
    method: str,
    act_key: str | None = None,
    password_digest: bytes | None = None,
    location: str | None = None,
    value: str | None = None,
    staff: str | None = None,
    place: str | None = None,
) -> Outcome:
    """Take one use of the session the account reaches by this code.

    `entrance` is `api`, `holder` or `staff`; `method` is `api`, `button`, `password`, `scan` or `widget`. A repeat with
    the same `act_key` is answered like the first and takes nothing (lesson 5). `place` is the address from which a person
    typed the password: wrong ones are counted by it, too (lesson 13).
    """
    given = (account, code, at, actor, entrance, method, act_key, password_digest, location, value, staff)
    return act("coupon_validate", *given, _digest_of_place(place))


def _digest_of_place(place: str | None) -> str | None:
    return hashlib.sha256(network_of(place).encode(errors="replace")).hexdigest()[:32] if place else None


def undo(*, account: int, code: str, at: datetime, actor: str) -> Outcome:
    """Take back the latest use that still stands; its place in every limit is free again."""
    return act("coupon_undo", account, code, at, actor)
