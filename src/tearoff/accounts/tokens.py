"""Links that work once: single sign-on for ten minutes, a password reset for a day (lesson 30).

The token is random and goes out once; the database holds its keyed digest. It is taken by one guarded update, so of two
who use it at the same moment one gets in. A changed password or address ends every link of that user.
"""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tearoff.accounts import rights
from tearoff.accounts.models import OneTimeToken, User
from tearoff.kit import sealing, sql

Purpose = Literal["sso", "reset"]
GOOD_FOR: dict[Purpose, timedelta] = {"sso": timedelta(minutes=10), "reset": timedelta(hours=24)}
LENGTH = 49
"""Letters and digits of a token, as the contract prints them (subaccounts.md 6): 291 bits."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a used token stood for."""

    user: int
    page: str
    campaign: int | None


def issue(purpose: Purpose, user: User, *, at: datetime, page: str = "", campaign: int | None = None) -> str:
    """A fresh token; the only time it is known in plain.

    Raises:
        tearoff.accounts.rights.NotAllowed: it would sign a user on whose account may not open the dashboard.
    """
    if purpose == "sso" and user.account_id is not None:
        rights.require(user.account_id, "dashboard")
    token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))
    OneTimeToken.objects.create(
        digest=sealing.digest(f"token/{purpose}", token),
        purpose=purpose,
        user=user,
        page=page,
        campaign=campaign,
        created_at=at,
        expires_at=at + GOOD_FOR[purpose],
    )
    return token


def whose(purpose: Purpose, token: str, *, at: datetime) -> User | None:
    """The user whom taking it now would let in; looking takes nothing."""
    found = OneTimeToken.objects.select_related("user").filter(
        digest=sealing.digest(f"token/{purpose}", token), used_at=None, expires_at__gt=at, user__is_active=True
    )
    token_row = found.first()
    return token_row.user if token_row else None


def take(purpose: Purpose, token: str, *, at: datetime) -> Taken | None:
    """Use the token up; None when it is unknown, used, too old, or its user may not come in."""
    row = sql.one(
        "update one_time_token t set used_at = %(at)s from user_account u "
        "where t.digest = %(digest)s and t.purpose = %(purpose)s and t.used_at is null and t.expires_at > %(at)s "
        "and u.id = t.user_id and u.is_active returning t.user_id, t.page, t.campaign",
        {"at": at, "digest": sealing.digest(f"token/{purpose}", token), "purpose": purpose},
    )
    return Taken(*row) if row else None


def end_all(user: User, *, at: datetime) -> None:
    """No link of this user works any more."""
    OneTimeToken.objects.filter(user=user, used_at=None).update(used_at=at)


def forget_before(at: datetime) -> int:
    """Drop tokens whose time has passed; how many that were."""
    return OneTimeToken.objects.filter(expires_at__lt=at).delete()[0]
