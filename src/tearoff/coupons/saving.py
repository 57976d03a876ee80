"""That a session was saved to a phone's wallet. The statement is `saving.sql`."""

from datetime import datetime

from tearoff.coupons.outcomes import Outcome, act


def save(*, account: int, code: str, at: datetime, actor: str) -> Outcome:
    """Set the flag, once: a repeat is answered like the first and changes nothing. `detail["first"]` tells which it was."""
    return act("coupon_save", account, code, at, actor)
