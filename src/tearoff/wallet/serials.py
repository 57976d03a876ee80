"""What a pass is called, and the secret by which a phone shows that it has it.

A serial tells what it is about, so that a download writes nothing; it is no secret. The token is derived from it under the
server's key and is in the pass file only: whoever has it has the pass. It is never stored.
"""

import hmac
import re
from typing import NamedTuple

from tearoff.kit import sealing
from tearoff.wallet.models import Pass

_SERIAL = re.compile(r"(?P<letter>[ch])(?P<number>[1-9][0-9]{0,17})")
_KINDS = {"c": Pass.Kind.COUPON, "h": Pass.Kind.CARD}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}


class Subject(NamedTuple):
    """What a pass is about: a coupon session or a holder, by the id of its row."""

    kind: str
    id: int

    @property
    def serial(self) -> str:
        return f"{_LETTERS[Pass.Kind(self.kind)]}{self.id}"


def session(session_id: int) -> Subject:
    return Subject(Pass.Kind.COUPON, session_id)


def holder(holder_id: int) -> Subject:
    return Subject(Pass.Kind.CARD, holder_id)


def subject_of(serial: str) -> Subject | None:
    """None: no serial of ours."""
    found = _SERIAL.fullmatch(serial)
    return Subject(_KINDS[found["letter"]], int(found["number"])) if found else None


def token(account: int, serial: str) -> str:
    """64 hex digits; another account's serial of the same name has another one."""
    return sealing.digest("wallet pass", f"{account} {serial}").hex()


def is_token(account: int, serial: str, given: str) -> bool:
    return hmac.compare_digest(token(account, serial).encode(), given.encode())
