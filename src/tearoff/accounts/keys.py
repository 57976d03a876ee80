"""API key pairs: making, finding and rotating them.

A secret is shown once. Look-up is by client id, comparison in constant time against a keyed digest; a right pair is
remembered in this process for at most five seconds (architecture.md 4).
"""

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction

from tearoff.accounts.models import Account, ApiClient
from tearoff.activity.recording import record
from tearoff.kit import clock, codes, sealing, sql

REMEMBERED_SECONDS = 5.0
OLD_SECRET_STAYS = timedelta(hours=24)
_remembered: dict[tuple[str, bytes], tuple[float, "Caller"]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API: the pair and the account it belongs to."""

    client: int
    account: int


@dataclass(frozen=True, slots=True)
class Pair:
    client_id: str
    client_secret: str


def caller(client_id: str, secret: str) -> Caller | None:
    """The owner of a right pair; None for a wrong, revoked or unknown one."""
    if not client_id or not secret or len(client_id) > 128 or len(secret) > 128:
        return None
    key = (client_id, hashlib.sha256(secret.encode()).digest())
    known = _remembered.get(key)
    if known and known[0] > time.monotonic():
        return known[1]
    found = _looked_up(client_id, secret)
    if found:
        if len(_remembered) > 10_000:
            _remembered.clear()
        _remembered[key] = (time.monotonic() + REMEMBERED_SECONDS, found)
    return found


def forget() -> None:
    """Drop what this process remembers of right pairs."""
    _remembered.clear()


def _looked_up(client_id: str, secret: str) -> Caller | None:
    row = sql.one(
        "select id, account_id, secret_digest, previous_digest, previous_until from api_client "
        "where client_id = %s and revoked_at is null",
        [client_id],
    )
    if row is None:
        return None
    client, account, digest, previous, until = row
    typed = digest_of(secret)
    good = hmac.compare_digest(typed, bytes(digest))
    if previous is not None and until is not None and until > clock.now():
        good = hmac.compare_digest(typed, bytes(previous)) or good
    return Caller(client=client, account=account) if good else None


def make_pair(account: Account, *, at: datetime, primary: bool = False) -> Pair:
    """A new pair for the account; the only moment its secret is known in plain."""
    pair = Pair(codes.client_id(), codes.client_secret())
    ApiClient.objects.create(
        account=account,
        client_id=pair.client_id,
        secret_digest=digest_of(pair.client_secret),
        secret_sealed=sealing.seal(pair.client_secret),
        is_primary=primary,
        created_at=at,
    )
    return pair


@transaction.atomic
def rotate(client: ApiClient, *, actor: str, at: datetime, at_once: bool = False) -> Pair:
    """A new secret under the same client id. The old one opens the API for 24 h more unless it goes at once: then within
    five seconds in all processes, which remember right pairs for so long (`forget`)."""
    client = ApiClient.objects.select_for_update().get(pk=client.pk)
    pair = Pair(client.client_id, codes.client_secret())
    client.previous_digest = None if at_once else client.secret_digest
    client.previous_until = None if at_once else at + OLD_SECRET_STAYS
    client.secret_digest = digest_of(pair.client_secret)
    client.secret_sealed = sealing.seal(pair.client_secret)
    client.save()
    told = {"client_id": pair.client_id, "at_once": at_once}
    record("keys.rotated", account=client.account_id, actor=actor, at=at, data=told)
    return pair


def primary_secret(account: int) -> str | None:
    """The secret of the account's primary pair: the key of `X-HMAC`."""
    row = sql.one(
        "select secret_sealed from api_client where account_id = %s and is_primary and revoked_at is null", [account]
    )
    return sealing.unseal(bytes(row[0])) if row else None


def made_under_another_key(newest: int = 10_000) -> int:
    """How many of the newest pairs cannot be used: their secrets were sealed, and are compared, under another secret key."""
    pairs = ApiClient.objects.filter(revoked_at=None).order_by("-pk").values_list("secret_sealed", flat=True)
    return sum(not _is_ours(bytes(sealed)) for sealed in pairs[:newest])


def _is_ours(sealed: bytes) -> bool:
    try:
        sealing.unseal(sealed)
    except InvalidToken:
        return False
    return True


def primary_pairs(accounts: Sequence[int]) -> dict[int, Pair]:
    """The primary pairs of many accounts, by account."""
    found = ApiClient.objects.filter(account__in=accounts, is_primary=True, revoked_at=None)
    return {one.account_id: Pair(one.client_id, sealing.unseal(bytes(one.secret_sealed))) for one in found}


def digest_of(secret: str) -> bytes:
    return sealing.digest("api-secret", secret)
