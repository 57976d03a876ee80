"""A staff phone that remembers its shop for a shift: a signed cookie, bound to the location and to its present password.

A new password, a disabled location or twelve hours end it (product.md 4.8). As a cookie now carries a right, every form that
relies on it brings a token that only a page of ours could know.
"""

import hmac
import re
from datetime import datetime, timedelta
from typing import NamedTuple

from tearoff.kit import sealing, sql
from tearoff.kit.lane import Request
from tearoff.kit.public import is_https

COOKIE = "staff"
LASTS = timedelta(hours=12)
_VALUE = re.compile(r"(?P<location>[0-9]{1,18})\.(?P<until>[0-9]{1,12})\.(?P<proof>[0-9a-f]{32})")


class Device(NamedTuple):
    """Which shop this phone checks for, and the digest of that shop's password."""

    location: int
    place: str
    digest: bytes
    cookie: str


def device(request: Request, account: int, at: datetime) -> Device | None:
    """The shop the phone remembers, if it is one of this account and nothing has changed since."""
    cookie = request.cookies.get(COOKIE, "")
    found = _VALUE.fullmatch(cookie)
    if not found or at.timestamp() >= int(found["until"]):
        return None
    row = sql.one(
        "select name, password_digest from location "
        "where id = %s and account_id = %s and password_digest is not null and not is_disabled",
        [int(found["location"]), account],
    )
    if row is None:
        return None
    place, digest = row[0], bytes(row[1])
    good = hmac.compare_digest(found["proof"], _proof(int(found["location"]), int(found["until"]), digest))
    return Device(int(found["location"]), place, digest, cookie) if good else None


def remembering(location: int, digest: bytes, at: datetime) -> tuple[str, str]:
    """The header that makes a phone remember the shop whose password was just typed."""
    until = int((at + LASTS).timestamp())
    return _cookie(f"{location}.{until}.{_proof(location, until, digest)}", int(LASTS.total_seconds()))


def forgetting() -> tuple[str, str]:
    return _cookie("", 0)


def form_token(cookie: str, purpose: str) -> str:
    """What a form must bring with this cookie; `purpose` is the address the form is for."""
    return sealing.digest("staff-form", f"{purpose}/{cookie}").hex()[:32]


def is_our_form(request: Request, cookie: str, purpose: str) -> bool:
    typed = request.form.get("token", "")
    return hmac.compare_digest(typed.encode("utf-8", "replace"), form_token(cookie, purpose).encode())


def _proof(location: int, until: int, digest: bytes) -> str:
    return sealing.digest("staff-device", f"{location}/{until}/{digest.hex()}").hex()[:32]


def _cookie(value: str, seconds: int) -> tuple[str, str]:
    parts = [f"{COOKIE}={value}", "Path=/s", f"Max-Age={seconds}", "HttpOnly", "SameSite=Lax"]
    return "Set-Cookie", "; ".join([*parts, "Secure"] if is_https() else parts)
