"""Connections: through whom an account sends on one channel. Without one, its calls are answered 103 or 104."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.kit import outbound, sealing
from tearoff.kit.public import public_url
from tearoff.messaging.models import Channel, Connection

NEEDED: dict[tuple[str, str], frozenset[str]] = {
    (Channel.SMS, "console"): frozenset(),
    (Channel.SMS, "http"): frozenset({"url", "template", "signing_secret"}),
    (Channel.SMS, "twilio"): frozenset({"account_sid", "auth_token", "sender"}),
    (Channel.SMS, "vonage"): frozenset({"api_key", "api_secret", "signature_secret", "sender"}),
    (Channel.MAIL, "console"): frozenset(),
    (Channel.MAIL, "smtp"): frozenset({"host", "sender"}),
}
"""What each provider cannot do without."""

REPORTING = ("http", "twilio", "vonage")
"""Who has a server that can tell us something."""

SIGNATURES = ("md5hash", "md5", "sha1", "sha256", "sha512")
"""How Vonage may sign what it reports."""


class BadConnection(ValueError):
    """No such provider on this channel, or a setting is missing or of no use. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection with its settings in plain."""

    id: int
    account: int
    channel: str
    provider: str
    settings: dict[str, Any]

    @property
    def hook(self) -> str:
        """The address under which the provider reports to us; the secret in it names the connection and nothing else."""
        return public_url(f"/hooks/sms/{self.id}/{self.settings['hook_secret']}")

    @property
    def inbound(self) -> str:
        """Where the provider sends what people write back, STOP above all. It must be told so: no message says it."""
        return f"{self.hook}/inbound" if self.provider in REPORTING else ""


@rights.needs("integrations")
def connect(
    account: int, channel: str, provider: str, settings: dict[str, Any], *, at: datetime, actor: str
) -> Connected:
    """Connect, or replace what was connected on this channel before.

    Raises:
        BadConnection: with a sentence.
    """
    problem = problem_with(channel, provider, settings)
    if problem:
        raise BadConnection(problem)
    sealed = sealing.seal(json.dumps(settings | {"hook_secret": secrets.token_urlsafe(24)}))
    with transaction.atomic():
        row, _ = Connection.objects.update_or_create(
            account_id=account,
            channel=channel,
            defaults={"provider": provider, "settings_sealed": sealed, "created_at": at},
        )
        record("connection.made", account=account, actor=actor, at=at, subject=channel, data={"provider": provider})
    return _plain(row)


def problem_with(channel: str, provider: str, settings: dict[str, Any]) -> str | None:
    """One sentence for why this cannot be connected."""
    needed = NEEDED.get((channel, provider))
    if needed is None:
        return f"There is no provider {provider} for {channel}."
    missing = sorted(name for name in needed if not settings.get(name))
    if missing:
        return f"{provider} needs {', '.join(missing)}."
    return _unusable(provider, settings)


def _unusable(provider: str, settings: dict[str, Any]) -> str | None:
    """What would be found out only when a message is sent, and then at each of them."""
    for name, value in settings.items():
        if name != "template" and not _is_one_line(value):
            return f"{name} holds a line break or another character that cannot be shown."
    if provider == "smtp":
        if not _ADDRESS.fullmatch(parseaddr(str(settings["sender"]))[1]):
            return "sender must be like Forno <coupons@example.org>."
        if settings.get("tls", "") not in ("", "start", "whole"):
            return "tls must be start, whole or empty."
        if not re.fullmatch("[0-9]{0,5}", str(settings.get("port") or "")):
            return "port must be a number."
    if provider == "vonage" and settings.get("signature_method", "md5hash") not in SIGNATURES:
        return f"signature_method must be one of {', '.join(SIGNATURES)}."  # or no report, and no STOP, could be read
    if provider == "http" and not outbound.is_address(str(settings["url"])):
        return "url must be like https://gateway.example/send."
    if provider == "http" and not all(isinstance(settings.get(name, {}), dict) for name in ("template", "headers")):
        return "template and headers must be objects: {...}."
    return None


def _is_one_line(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_one_line(part) for pair in value.items() for part in pair)
    return not (isinstance(value, str) and _NOT_ON_ONE_LINE.search(value))


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_NOT_ON_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def is_connected(account: int, channel: str) -> bool:
    return Connection.objects.filter(account_id=account, channel=channel).exists()


def connection_of(account: int, channel: str) -> Connected | None:
    row = Connection.objects.filter(account_id=account, channel=channel).first()
    return _plain(row) if row else None


def by_hook(connection_id: int, secret: str) -> Connected | None:
    """The connection an address of ours names; None when the secret is not its own."""
    row = Connection.objects.filter(pk=connection_id).first()
    found = _plain(row) if row else None
    if found is None or not secrets.compare_digest(found.settings["hook_secret"].encode(), secret.encode()):
        return None
    return found


def _plain(row: Connection) -> Connected:
    settings = json.loads(sealing.unseal(bytes(row.settings_sealed)))
    return Connected(row.pk, row.account_id, row.channel, row.provider, settings)
