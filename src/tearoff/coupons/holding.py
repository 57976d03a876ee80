"""Voiding and locking a session, and back. The statement is `holding.sql`."""

from datetime import datetime
from typing import Literal

from tearoff.coupons.outcomes import Outcome, act

Hold = Literal["void", "unvoid", "lock", "unlock"]


def hold(*, account: int, code: str, at: datetime, actor: str, what: Hold) -> Outcome:
    return act("coupon_hold", account, code, at, actor, what)
