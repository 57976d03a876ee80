"""Rewards: choosing one for its price, and issuing those that had to wait. The statements are `rewarding.sql`."""

from datetime import datetime

from tearoff.accounts import rights
from tearoff.loyalty.outcomes import Outcome, act


@rights.needs("loyalty")
def choose(
    *,
    account: int,
    holder: int,
    reward: int,
    at: datetime,
    actor: str,
    nonce: str | None = None,
    price: int | None = None,
) -> Outcome:
    """Take a reward of a reward card for its points. `price` is what the holder was shown; another one is refused."""
    return act("loyalty_choose", account, holder, reward, at, actor, nonce, price)


@rights.needs("loyalty")
def collect(*, account: int, holder: int, at: datetime, actor: str) -> Outcome:
    """Try again to issue the coupons of rewards that were earned when their coupon could not be given."""
    return act("loyalty_collect", account, holder, at, actor)
