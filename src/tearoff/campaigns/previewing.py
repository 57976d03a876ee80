"""The right to look at a campaign that is not public: a signature over the campaign and an end, carried in the address.

It stands here because two faces need it: the dashboard hands it out, the consumer's pages honour it.
"""

import hmac
from datetime import datetime, timedelta

from tearoff.kit import sealing

LASTS = timedelta(hours=2)


def token(campaign: int, *, at: datetime) -> str:
    """Lets whoever has it look at the campaign for two hours."""
    return _signed(campaign, int((at + LASTS).timestamp()))


def is_good(token: str, campaign: int, *, at: datetime) -> bool:
    until = token.partition(".")[0]
    if not (until.isascii() and until.isdigit() and len(until) <= 12):
        return False
    ours = _signed(campaign, int(until))
    return hmac.compare_digest(token.encode("utf-8", "replace"), ours.encode()) and at.timestamp() < int(until)


def _signed(campaign: int, until: int) -> str:
    return f"{until}.{sealing.digest('preview', f'{campaign}/{until}').hex()[:32]}"
