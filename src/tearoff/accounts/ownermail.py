"""Sending what account owners must be told. Rooms write a row in the transaction of the matter; the worker comes here.

A mail that cannot be sent is tried again for about two days. Each row is leased before it is sent, so two workers do not
send the same one; a worker that dies between sending and noting it sends it twice rather than never.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any, NamedTuple

from django.conf import settings
from django.core import mail

from tearoff.accounts import entry, subaccounts
from tearoff.accounts.models import Account, OwnerMail, User
from tearoff.kit import sql

logger = logging.getLogger("tearoff.ownermail")

WAITS = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
]
LEASE = timedelta(minutes=5)
PATIENCE = 10  # seconds a mail server may take to answer


class Words(NamedTuple):
    """A mail's subject and text; names in braces are members of the row's data."""

    subject: str
    text: str


WORDS = {
    "choose_password": Words(
        "Choose your password",
        "An account was opened for {company}.\n\nChoose a password here, within a day:\n{link}\n",
    ),
    "wrong_passwords": Words(
        "Many wrong passwords for {name}",
        "Within one hour {tries} wrong passwords were typed on your coupon “{name}” (cam_{campaign}).\n\n"
        "Somebody may be guessing. Each copy of the coupon now accepts one try a minute until the hour is over.\n"
        "If your staff have forgotten the password, tell them; if not, choose a longer one.\n",
    ),
    "quota_near": Words(
        "80 % of this month's interactions are used",
        "{used} of the {most} interactions that {company} may have in {month} are used. Openings by people and givings of\n"
        "stamps or points count.\n\n"
        "When all are used, nothing new opens until {next}: visitors see a page that says so. What is open already goes on,\n"
        "and your staff can always validate and give stamps. If you need more, ask who runs your account.\n",
    ),
    "quota_reached": Words(
        "This month's interactions are used up",
        "All of the {most} interactions that {company} may have in {month} are used. Nothing new opens until {next}: visitors\n"
        "see a page that says that this is not available right now.\n\n"
        "What is open already goes on, and your staff can always validate and give stamps. If you need more, ask who runs\n"
        "your account.\n",
    ),
    "webhook_failing": Words(
        "Your webhook does not answer",
        "Since {since} none of {tries} tries to reach {url} ({endpoint}) has succeeded.\n"
        "The latest answer: {answer}.\n\n"
        "We keep trying. If nothing gets through for three days, the endpoint is switched off; you will be told.\n",
    ),
    "webhook_off": Words(
        "Your webhook was switched off",
        "Since {since} none of {tries} tries to reach {url} ({endpoint}) has succeeded, so it is now switched off.\n"
        "The latest answer: {answer}.\n\n"
        "What happens from now on is kept for 30 days. Repair the receiver, switch the endpoint on again, and replay\n"
        "what it missed.\n",
    ),
    "webhook_gone": Words(
        "Your webhook was switched off",
        "{url} ({endpoint}) answered 410 Gone, which means that it wants to hear nothing more. It is now switched off.\n\n"
        "If that was a mistake, switch the endpoint on again within 30 days and replay what it missed.\n",
    ),
}


def send_due(limit: int, *, at: datetime) -> int:
    """Send up to `limit` mails whose time has come; how many were tried."""
    due = _leased(limit, at)
    for letter in due:
        _send(letter, at)
    return len(due)


def _leased(limit: int, at: datetime) -> list[OwnerMail]:
    rows = sql.rows(
        "update owner_mail set next_try_at = %s, tries = tries + 1 where id in (select id from owner_mail "
        "where sent_at is null and tries <= %s and (next_try_at is null or next_try_at <= %s) "
        "order by id limit %s for update skip locked) returning id",
        [at + LEASE, len(WAITS), at, limit],
    )
    return list(OwnerMail.objects.select_related("account").filter(pk__in=[row[0] for row in rows]).order_by("pk"))


def _send(letter: OwnerMail, at: datetime) -> None:
    waits = dict(enumerate(WAITS, start=1))
    try:
        _message(letter, at).send()
    except (OSError, SMTPException) as problem:
        logger.warning("Owner mail %s (%s) was not sent: %s", letter.pk, letter.kind, problem)
        letter.next_try_at = at + waits.get(letter.tries, timedelta())
    else:
        letter.sent_at = at
    letter.save(update_fields=["sent_at", "next_try_at"])


def _message(letter: OwnerMail, at: datetime) -> mail.EmailMessage:
    words = WORDS[letter.kind]
    data: dict[str, Any] = letter.data
    if letter.kind == "choose_password":  # drawn now: no token lies in the table of mails
        data = data | {"link": entry.fresh_reset_url(subaccounts.owner(letter.account), at=at)}
    return mail.EmailMessage(
        subject=_one_line(words.subject.format(**data)),
        body=words.text.format(**data) + f"\n{letter.account.company} on {settings.TEAROFF_BASE_URL}\n",
        to=_owners(letter.account),
        connection=mail.get_connection(timeout=PATIENCE),
    )


def _owners(account: Account) -> list[str]:
    """Those who own the account and can log in; failing that, the address the account was opened with."""
    owners = User.objects.filter(account=account, is_owner=True, is_active=True).order_by("pk")
    return list(owners.values_list("email", flat=True)) or [account.email]


def _one_line(text: str) -> str:
    """A merchant's words go into a header."""
    return " ".join(text.split())[:200]
