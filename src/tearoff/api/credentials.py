"""Who calls: one of the three equal ways to send a pair of keys (conventions.md 2), and the limits on calling."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from tearoff.accounts import keys
from tearoff.accounts.keys import Caller
from tearoff.activity import throttling
from tearoff.api import errors
from tearoff.kit.addresses import client_address, network_of

WRONG_KEYS_A_MINUTE = 600
"""So many wrong pairs an address may send each minute; from then on it is told to wait (conventions.md 5.6)."""

BURST_SECONDS = 5
"""The limit per key is kept over five seconds at a time, so that short bursts of five times the rate pass."""

Pair = tuple[str, str]


def from_headers(environ: dict[str, Any]) -> Pair | None:
    """The pair in the headers, by either pair of names; both are read on every path."""
    get = environ.get
    client, secret = get("HTTP_X_CLIENT_ID"), get("HTTP_X_CLIENT_SECRET")
    if not (client and secret):
        client, secret = get("HTTP_X_API_KEY"), get("HTTP_X_API_SECRET")
    return (client, secret) if client and secret else None


def from_body(given: dict[str, Any]) -> Pair | None:
    """The pair among the parameters. Ids are opaque: a number is taken as its digits."""
    client, secret = given.get("client_id"), given.get("client_secret")
    if not client or not secret or not isinstance(client, str | int) or not isinstance(secret, str | int):
        return None
    return str(client).strip(), str(secret).strip()


def caller(pair: Pair | None, environ: dict[str, Any], at: datetime) -> Caller:
    """The owner of the pair.

    Raises:
        errors.Failed: 1000, or 429 where there were too many wrong ones or too many calls.
    """
    if pair is None:
        raise errors.Failed(errors.WRONG_KEYS)
    found = keys.caller(*pair) if _can_be_stored(pair) else None
    if found is None:
        _count_wrong_keys(environ, at)
        raise errors.Failed(errors.WRONG_KEYS)
    if settings.TEAROFF_RATE_LIMIT_PER_KEY:
        _count_calls(found, settings.TEAROFF_RATE_LIMIT_PER_KEY, at)
    return found


def _can_be_stored(pair: Pair) -> bool:
    """The database takes no U+0000 and no half surrogates; no key holds either."""
    return all(text.isprintable() for text in pair)


def _count_wrong_keys(environ: dict[str, Any], at: datetime) -> None:
    proxies = [str(network) for network in settings.TEAROFF_TRUSTED_PROXIES]
    address = client_address(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""), proxies)
    wrong = throttling.count_up(f"wrong-keys:{network_of(address)}", at=at, window=timedelta(minutes=1))
    if wrong > WRONG_KEYS_A_MINUTE:
        raise errors.Failed(errors.too_many(_left_of(60, at), WRONG_KEYS_A_MINUTE))


def _count_calls(caller: Caller, rate: int, at: datetime) -> None:
    calls = throttling.count_up(f"calls:{caller.client}", at=at, window=timedelta(seconds=BURST_SECONDS))
    if calls > rate * BURST_SECONDS:
        raise errors.Failed(errors.too_many(_left_of(BURST_SECONDS, at), rate * BURST_SECONDS))


def _left_of(window: int, at: datetime) -> int:
    """Seconds until the next window begins."""
    return window - int(at.timestamp()) % window
