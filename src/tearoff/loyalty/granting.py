"""Giving stamps and points, and taking them back. The statement is `granting.sql`."""

from datetime import datetime

from tearoff.accounts import rights
from tearoff.loyalty.outcomes import Outcome, act

MOST = 1_000_000
"""Points in one act, either way."""


@rights.needs("loyalty")
def grant(
    *,
    account: int,
    holder: int,
    delta: int,
    at: datetime,
    actor: str,
    method: str,
    nonce: str | None = None,
    location: int | None = None,
    note: str = "",
    reverses: int | None = None,
) -> Outcome:
    """Give `delta` stamps or points; a negative number takes them back.

    `nonce` is the caller's own name for this act: repeated, it is answered as it was the first time. `reverses` is the
    number of the entry a correction takes back, in whole or in part.
    """
    return act("loyalty_grant", account, holder, delta, at, actor, method, nonce, location, note[:200], reverses)
