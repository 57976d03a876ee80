"""Voiding a holder's card, and lifting it. The statement is `holding.sql`."""

from datetime import datetime

from tearoff.accounts import rights
from tearoff.loyalty.outcomes import Outcome, act


@rights.needs("loyalty")
def hold(*, account: int, holder: int, void: bool, at: datetime, actor: str) -> Outcome:
    return act("loyalty_hold", account, holder, at, actor, void)
