"""What a provider is given and what it tells."""

import email.utils
from dataclasses import dataclass
from typing import Any

from tearoff.accounts.models import Account
from tearoff.kit import clock, outbound
from tearoff.messaging.connecting import Connected
from tearoff.messaging.models import Message, PushSubscription


@dataclass(frozen=True, slots=True)
class Job:
    """A leased message with all that sending needs. `number` counts the tries, from 1."""

    message: Message
    number: int
    connection: Connected | None = None
    browser: PushSubscription | None = None
    account: Account | None = None
    """Who sends it; known for e-mail, which says so at its end."""

    @property
    def settings(self) -> dict[str, Any]:
        return self.connection.settings if self.connection else {}

    @property
    def sender(self) -> str:
        """The message's own sender, else the connection's."""
        return str(self.message.sender or self.settings.get("sender", ""))

    @property
    def report_url(self) -> str:
        """Where the provider reports this very message: it names it, as its report may come before its answer."""
        return f"{self.connection.hook}/report/{self.message.pk}" if self.connection else ""


@dataclass(frozen=True, slots=True)
class Result:
    """How a try went.

    `state`: `sent`; `failed` (certainly not sent, and never will be); `again` (certainly not sent, later perhaps);
    `unknown` (it may have left). `wait` are the seconds the provider asked for.
    """

    state: str
    word: str = ""
    provider_id: str = ""
    wait: int = 0
    opt_out: bool = False
    is_gone: bool = False
    """The push subscription does not exist any more."""


WHOLE_ANSWER = 64 * 1024
"""Bytes of a provider's answer, where all of it must be read: it repeats the text, or tells of each of ten parts."""

NEVER_SENT = {"name_not_found", "refused", "unreachable", "tls_failed"}
FORBIDDEN = {"bad_url", "private_address"}


def trouble(outcome: outbound.Outcome) -> Result | None:
    """What an outcome means that holds no answer of the provider's own; None when it does."""
    if outcome.problem in FORBIDDEN:
        return Result("failed", outcome.problem)
    if outcome.problem in NEVER_SENT:
        return Result("again", outcome.problem)
    if outcome.code is None:
        return Result("unknown", outcome.problem)
    if outcome.code == 429:
        return Result("again", "rate_limited", wait=seconds(outcome.retry_after))
    if outcome.code == 503:
        return Result("again", "provider_busy", wait=seconds(outcome.retry_after))
    if outcome.code >= 500:
        return Result("unknown", f"http_{outcome.code}")
    return None


def seconds(retry_after: str) -> int:
    """Of a Retry-After header: seconds, or a date; 0 for anything else."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
        return max(int((at - clock.now()).total_seconds()), 0)
    except (TypeError, ValueError, OverflowError):
        return 0
