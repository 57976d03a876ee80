"""Issuers: with whose certificate or service account an account makes passes. Without one there is no button anywhere."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.activity.models import Reader
from tearoff.activity.recording import record
from tearoff.kit import sealing, sql
from tearoff.kit.public import is_https
from tearoff.wallet import checking, updating
from tearoff.wallet.models import Issuer, Maker

logger = logging.getLogger("tearoff.wallet")

READER = "wallet"
"""The name under which this room reads events, of accounts that make passes and of those above them (`following`)."""

NAMES = {Maker.APPLE: "pass_type_id", Maker.GOOGLE: "issuer_id"}
"""The setting that is an issuer's name at its maker."""


class BadIssuer(ValueError):
    """The settings cannot make passes. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Connected:
    """An issuer with its settings in plain."""

    account: int
    maker: str
    settings: dict[str, Any]


@rights.needs("integrations")
def connect(account: int, maker: str, settings: dict[str, Any], *, at: datetime, actor: str) -> Connected:
    """Connect, or replace what was connected before. Passes that are saved already are told anew: under a certificate
    that had run out, or a service account that was refused, updates were lost.

    Raises:
        BadIssuer: with a sentence for each thing that is missing or wrong.
    """
    found = checking.problems(maker, settings, at)
    if found:
        raise BadIssuer(" ".join(found))
    with transaction.atomic():
        Issuer.objects.update_or_create(
            account_id=account,
            maker=maker,
            defaults={
                "name": settings[NAMES[Maker(maker)]],
                "settings_sealed": sealing.seal(json.dumps(settings)),
                "good_until": checking.good_until(maker, settings),
                "created_at": at,
            },
        )
        for one in Account.objects.get(pk=account).ancestors:  # what ends those above ends this account's passes
            Reader.objects.get_or_create(account=one, name=READER)
        updating.tell_all(account, maker, at=at)
        record("wallet.connected", account=account, actor=actor, at=at, subject=maker)
    return Connected(account, maker, settings)


def issuer_of(account: int, maker: str) -> Connected | None:
    """None: not connected, or not readable under the present key."""
    row = Issuer.objects.filter(account_id=account, maker=maker).first()
    if row is None:
        return None
    try:
        return Connected(account, maker, json.loads(sealing.unseal(bytes(row.settings_sealed))))
    except InvalidToken:
        logger.exception(
            "The settings of %s of account %s cannot be read: was TEAROFF_SECRET_KEY changed?", row, account
        )
        return None


def offered(account: int, at: datetime) -> frozenset[str]:
    """The wallets an account's passes can be saved to at this moment: what its pages have buttons for.

    Apple's phones speak to a server only over https.
    """
    found = sql.rows(
        "select maker from wallet_issuer where account_id = %s and (good_until is null or good_until > %s)",
        [account, at],
    )
    return frozenset(maker for (maker,) in found if maker != Maker.APPLE or is_https())


def missing(account: int, at: datetime) -> dict[str, list[str]]:
    """By wallet, in plain sentences, why passes cannot be saved there; nothing for one that works."""
    found = {}
    for maker in Maker.values:
        issuer = issuer_of(account, maker)
        problems = checking.problems(maker, issuer.settings, at) if issuer else [checking.needs(maker)]
        if maker == Maker.APPLE and issuer and not is_https():
            problems.append("TEAROFF_BASE_URL does not begin with https, and phones ask for updates over https only.")
        if problems:
            found[maker] = problems
    return found
