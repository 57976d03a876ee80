"""STOP is law (lesson 41): one opt-out per number and account, asked when a message is queued and again when it leaves."""

from datetime import datetime

from django.db import transaction

from tearoff.activity.recording import record
from tearoff.kit import sql
from tearoff.messaging.models import Contact, OptOut

OUT = frozenset(
    (
        *("stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel", "revoke"),
        *("optout", "opt-out", "remove", "arret", "arrêt", "stopp", "abmelden", "baja"),
    )
)
IN = frozenset({"start", "unstop"})
HELP = frozenset({"help", "info"})


def meaning(text: str) -> str | None:
    """`out`, `in`, `help`, or None. The trimmed text must be the word and nothing else, in any case."""
    word = text.strip().casefold()
    if word in OUT:
        return "out"
    if word in IN:
        return "in"
    return "help" if word in HELP else None


def is_out(account: int, channel: str, key: str) -> bool:
    return OptOut.objects.filter(account_id=account, channel=channel, key=key).exists()


@transaction.atomic
def opt_out(account: int, channel: str, key: str, *, reason: str, at: datetime) -> bool:
    """Whether it is new. All contacts with the number are unsubscribed."""
    made = sql.rows(
        "insert into opt_out (account_id, channel, key, reason, created_at) values (%s, %s, %s, %s, %s) "
        "on conflict do nothing returning id",
        [account, channel, key, reason, at],
    )
    if made:
        _mark(account, channel, key, Contact.State.UNSUBSCRIBED)
        record("recipient.opted_out", account=account, actor="recipient", at=at, data={"channel": channel})
    return bool(made)


@transaction.atomic
def opt_in(account: int, channel: str, key: str, *, at: datetime) -> bool:
    """START: as before the opt-out. Whether there was one."""
    gone, _ = OptOut.objects.filter(account_id=account, channel=channel, key=key).delete()
    if gone:
        _mark(account, channel, key, Contact.State.SUBSCRIBED)
        record("recipient.opted_in", account=account, actor="recipient", at=at, data={"channel": channel})
    return bool(gone)


def _mark(account: int, channel: str, key: str, state: str) -> None:
    kind = "sms" if channel == "sms" else "email"
    Contact.objects.filter(account=account, key=key, group__kind=kind).update(state=state)
