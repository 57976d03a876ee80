"""How much the makers of wallets take (lesson 45). Who asks for more is put off, and nothing is dropped.

Google: 20 requests a second for an issuer, and three messages with a notification for a pass in 24 hours; what is more
is shown without one (developers.google.com/wallet: Rate limits; Trigger push notifications). Apple names no number; ours
keeps one merchant's campaign from filling the line.
"""

from datetime import datetime, timedelta

from tearoff.activity import throttling
from tearoff.kit import sql
from tearoff.wallet.models import Maker

SECOND = timedelta(seconds=1)
PER_SECOND = {Maker.APPLE: 100, Maker.GOOGLE: 20}
HEARD_PER_DAY = 3
DAY = timedelta(hours=24)


def has_room(maker: str, issuer: str, cost: int, at: datetime) -> bool:
    """Whether an issuer may make `cost` requests more in this second; if so they are counted."""
    return throttling.take(f"wallet {maker} {issuer}"[:100], cost, most=PER_SECOND[Maker(maker)], at=at, window=SECOND)


def may_be_heard(wallet_pass: int, at: datetime) -> bool:
    """Whether a message on this pass may notify. Call it with the pass's row locked, and note the message then."""
    row = sql.one(
        "select count(*) from wallet_update where wallet_pass_id = %s and notified_at > %s", [wallet_pass, at - DAY]
    )
    return row is not None and row[0] < HEARD_PER_DAY
