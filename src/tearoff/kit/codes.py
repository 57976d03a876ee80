"""Random codes people and programs carry around (architecture.md 3, lessons 11, 12 and 14).

Codes are text, always: nothing here or elsewhere reads one as a number.
"""

import secrets
import string

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""31 small letters and digits that nobody mixes up: no 0, 1, i, l, o."""

SESSION_LENGTH = 21
"""21 of 31 characters: 104 bits, long enough for a code that is its own key."""

SHORT_LENGTH = 6
COUPON_LENGTH = 6

_EVENT_ALPHABET = string.ascii_letters + string.digits


def session_code() -> str:
    """A coupon session's code; its first six characters are the widget code."""
    return _drawn(ALPHABET, SESSION_LENGTH)


def session_codes(amount: int) -> list[str]:
    """Many session codes at once, from one draw of random bytes."""
    letters = many(ALPHABET, amount * SESSION_LENGTH)
    return [letters[at : at + SESSION_LENGTH] for at in range(0, amount * SESSION_LENGTH, SESSION_LENGTH)]


def coupon_code() -> str:
    return _drawn(ALPHABET, COUPON_LENGTH)


def event_code() -> str:
    """The public id of a notification: `evt_` and 20 letters and digits of both cases (webhooks.md 1)."""
    return "evt_" + _drawn(_EVENT_ALPHABET, 20)


def client_id() -> str:
    """31 decimal digits, the first not zero (conventions.md 2)."""
    return secrets.choice("123456789") + _drawn(string.digits, 30)


def client_secret() -> str:
    return _drawn(string.ascii_letters + string.digits, 31)


LONGEST = 100
"""Characters of an own code (conventions.md 3)."""


def folded(typed: str) -> str:
    """The form under which typed codes are compared: no blanks or dashes, no letter case (lesson 14).

    Folding makes some letters two (ß is ss): what grows beyond the longest code is cut to it.
    """
    kept = "".join(letter for letter in typed if letter not in " -\t\u00a0\u2010\u2011\u2012\u2013\u2014")
    return kept.casefold()[:LONGEST]


def many(alphabet: str, length: int) -> str:
    """`length` letters of the alphabet, each equally likely: bytes beyond a whole multiple are thrown away."""
    size = len(alphabet)
    beyond = bytes(range(256 - 256 % size, 256))
    table = bytes(ord(alphabet[value % size]) for value in range(256))
    drawn = b""
    while len(drawn) < length:
        drawn += secrets.token_bytes((length - len(drawn)) * 9 // 8 + 16).translate(table, beyond)
    return drawn[:length].decode("ascii")


def _drawn(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
