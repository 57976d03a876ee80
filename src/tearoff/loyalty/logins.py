"""A person with e-mail and password, who may hold any of an account's cards."""

from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.coupons.persons import email_key
from tearoff.kit import sql
from tearoff.loyalty.models import Login


class EmailTaken(Exception):
    """Somebody of this account logs in with this e-mail address already."""


@rights.needs("loyalty")
def create_login(
    *,
    account: int,
    email: str,
    password: str,
    at: datetime,
    actor: str,
    phone: str = "",
    first_name: str = "",
    last_name: str = "",
    gender: str = "",
    birthday: date | None = None,
    city: str = "",
) -> Login:
    """A new person, not bound to a card yet. The password is kept as an Argon2 hash.

    Raises:
        EmailTaken: and nothing was written.
    """
    number = sql.one("select nextval('loyalty_person_id')")
    assert number is not None
    login = Login(
        pk=number[0],
        account_id=account,
        email=email,
        email_key=email_key(email),
        password=make_password(password),
        phone=phone,
        first_name=first_name,
        last_name=last_name,
        gender=gender,
        birthday=birthday,
        city=city,
        created_at=at,
    )
    try:
        with transaction.atomic():
            login.save(force_insert=True)
            record("loyalty.person_created", account=account, subject=f"usr_{login.pk}", actor=actor, at=at)
    except IntegrityError as problem:
        if "an_email_logs_in_one_person" in str(problem):
            raise EmailTaken from None
        raise
    return login
