"""Who may come in by a log-in, and the addresses of links that sign in or reset (product.md 4.1, lesson 30)."""

from datetime import datetime

from tearoff.accounts import tokens
from tearoff.accounts.models import User
from tearoff.kit import sql
from tearoff.kit.public import public_url


def may_enter(user: User, *, at: datetime) -> bool:
    """Operators always; others while no account from theirs upward is blocked or expired. A frozen owner may read."""
    if not user.is_active:
        return False
    if user.account_id is None:
        return user.is_staff
    row = sql.one(
        "select coalesce(bool_or(a.status in ('blocked', 'expired') or coalesce(a.expires_at < %s, false)), true) "
        "from account self join account a on a.id = any (self.ancestors) where self.id = %s",
        [at, user.account_id],
    )
    return row is not None and not row[0]


def sign_on_url(token: str) -> str:
    return public_url(f"/sso/{token}")


def reset_url(token: str) -> str:
    return public_url(f"/reset/{token}")


def fresh_reset_url(user: User, *, at: datetime) -> str:
    """The address where this user chooses a password, once, within a day."""
    return reset_url(tokens.issue("reset", user, at=at))
