"""The address at the end of every e-mail under which its recipient ends it, or wants it back (product.md 4.15).

It names account and recipient, sealed, so it works for as long as the server's secret key stays, whatever becomes of the
message. Nobody can guess one, and nobody can read the recipient in a log of addresses.
"""

import json
from datetime import datetime
from typing import NamedTuple

from cryptography.fernet import InvalidToken

from tearoff.kit import sealing
from tearoff.kit.public import public_url
from tearoff.messaging import optouts
from tearoff.messaging.models import Channel

PURPOSE = "unsubscribe"


class Recipient(NamedTuple):
    """Whom an address names: `key` is the folded e-mail address."""

    account: int
    key: str


def path(account: int, key: str) -> str:
    return f"/u/{sealing.seal(json.dumps([PURPOSE, account, key])).decode()}"


def url(account: int, key: str) -> str:
    return public_url(path(account, key))


def named(token: str) -> Recipient | None:
    """None: no token of ours."""
    try:
        purpose, account, key = json.loads(sealing.unseal(token.encode()))
    except (InvalidToken, ValueError):
        return None
    return Recipient(account, key) if purpose == PURPOSE else None


def is_out(who: Recipient) -> bool:
    return optouts.is_out(who.account, Channel.MAIL, who.key)


def unsubscribe(who: Recipient, *, at: datetime) -> None:
    """No more e-mail from this account; nothing new when that is so already."""
    optouts.opt_out(who.account, Channel.MAIL, who.key, reason="unsubscribed", at=at)


def subscribe(who: Recipient, *, at: datetime) -> None:
    optouts.opt_in(who.account, Channel.MAIL, who.key, at=at)
