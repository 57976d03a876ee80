"""Who may come in by a log-in, and by a link that signs in or resets (product.md 4.1, lesson 30)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from tearoff.accounts import rights, tokens
from tearoff.accounts.models import User
from tearoff.accounts.tokens import Taken
from tearoff.activity.recording import record
from tearoff.kit import sql
from tearoff.kit.public import public_url


def may_enter(user: User, *, at: datetime) -> bool:
    """Whether a log-in of this user counts at this moment; it is asked with every request.

    Operators of no account always; others while their account is not shut and has the right to the dashboard. A frozen
    owner may read.
    """
    if user.account_id is None:
        return user.is_active and user.is_staff
    return not is_shut(user, at=at) and rights.may(user.account_id, "dashboard")


def is_shut(user: User, *, at: datetime) -> bool:
    """Whether the user is switched off, or an account from theirs upward is blocked or expired."""
    if not user.is_active:
        return True
    if user.account_id is None:
        return False
    row = sql.one(
        "select coalesce(bool_or(a.status in ('blocked', 'expired') or coalesce(a.expires_at < %s, false)), true) "
        "from account self join account a on a.id = any (self.ancestors) where self.id = %s",
        [at, user.account_id],
    )
    return row is None or bool(row[0])


@transaction.atomic
def sign_on(token: str, *, at: datetime) -> tuple[User, Taken] | None:
    """Use up a link that signs on: who it lets in and where to. None: it is not good, or its user may not come in."""
    user = who_may_sign_on(token, at=at)
    taken = tokens.take("sso", token, at=at) if user else None
    if user is None or taken is None:
        return None
    User.objects.filter(pk=user.pk).update(logins=F("logins") + 1)
    if user.account_id:
        record("user.signed_on", account=user.account_id, actor=f"user:{user.pk}", at=at)
    return user, taken


@transaction.atomic
def choose_password(token: str, password: str, *, at: datetime) -> bool:
    """Use up a link that resets; all other links of that user end with it. False: it is not good, or its account is shut."""
    if who_may_choose(token, at=at) is None or (taken := tokens.take("reset", token, at=at)) is None:
        return False
    user = User.objects.select_for_update().get(pk=taken.user)
    user.set_password(password)
    user.save(update_fields=["password"])
    tokens.end_all(user, at=at)
    if user.account_id:
        record("user.password_changed", account=user.account_id, actor=f"user:{user.pk}", at=at)
    return True


def who_may_choose(token: str, *, at: datetime) -> User | None:
    """The user whose password a link of `fresh_reset_url` would set now. Looking takes nothing."""
    user = tokens.whose("reset", token, at=at)
    return None if user is None or is_shut(user, at=at) else user


def who_may_sign_on(token: str, *, at: datetime) -> User | None:
    """The user whom a link of `sign_on_url` would sign on now. Looking takes nothing."""
    user = tokens.whose("sso", token, at=at)
    return user if user and may_enter(user, at=at) else None


def sign_on_url(token: str) -> str:
    return public_url(f"/sso/{token}")


def reset_url(token: str) -> str:
    return public_url(f"/reset/{token}")


def fresh_reset_url(user: User, *, at: datetime) -> str:
    """The address where this user chooses a password, once, within a day."""
    return reset_url(tokens.issue("reset", user, at=at))
