"""Operators of the server: the first one is made at the terminal, further ones in the admin."""

import secrets

from django.db import transaction

from tearoff.accounts import tokens
from tearoff.accounts.models import User
from tearoff.activity.recording import record
from tearoff.kit import clock


@transaction.atomic
def make_operator(email: str) -> str | None:
    """Make whoever logs in as `email` an operator, and switched on; nobody does yet: a new person of no account.

    Returns the new person's password, which is told this once; None where the person, and so their password, was there.
    """
    email = email.strip().lower()
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(email, password)
        return password
    if user.account_id and not (user.is_staff and user.is_superuser and user.is_active):
        at = clock.now()
        tokens.end_all(user, at=at)  # links that programs have asked for would open more now than they were asked for
        record("user.made_operator", account=user.account_id, actor="terminal", at=at, subject=f"user:{user.pk}")
    user.is_staff = user.is_superuser = user.is_active = True
    user.save(update_fields=["is_staff", "is_superuser", "is_active"])
    return None
