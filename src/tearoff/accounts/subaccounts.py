"""Clients of an account: finding them, changing them. They are made by `campaigns.founding`, with their template."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from tearoff.accounts import rights, tokens
from tearoff.accounts.models import Account, Package, User
from tearoff.activity.recording import record
from tearoff.kit import dates, sql

FIELDS = (
    "company", "email", "status", "expires_on", "username", "first_name", "last_name", "country", "language", "currency",
    "max_campaigns", "package", "denied",
)  # fmt: skip
"""What a parent may set on a subaccount."""


class EmailTaken(Exception):
    """Somebody on this server logs in with that address already."""


@dataclass(frozen=True, slots=True)
class Changes:
    """New values by field name of `Account`; what is not named is not touched."""

    values: dict[str, object]
    password: str | None = None


def of(parent: int) -> list[Account]:
    """The parent's own subaccounts, oldest first."""
    return list(Account.objects.filter(parent_id=parent).select_related("package").order_by("pk"))


def one(parent: int, subaccount: int) -> Account | None:
    """A subaccount of this parent; someone else's and a missing one look the same."""
    return Account.objects.filter(parent_id=parent, pk=subaccount).select_related("package").first()


def package(parent: int, package_id: int) -> Package | None:
    """A package of this parent. Within a transaction it cannot be removed until that ends."""
    sql.run("select from package where id = %s for key share", [package_id])
    return Package.objects.filter(account_id=parent, pk=package_id).first()


def owner(account: Account) -> User:
    """The user the account was opened with."""
    return User.objects.get(account=account, is_owner=True)


def refuse_operators(user: User) -> None:
    """Raises NotAllowed for an operator of this server, whose log-in opens every account: no parent's keys touch it."""
    if user.is_staff:
        raise rights.NotAllowed("not_allowed")


def update(account: Account, changes: Changes, *, actor: str, at: datetime) -> Account:
    """Lay the changes over the subaccount.

    Raises:
        EmailTaken: the new address is somebody's log-in; nothing was changed.
        tearoff.accounts.rights.NotAllowed: they are about the log-in of an operator of this server.
    """
    try:
        with transaction.atomic():
            current = Account.objects.select_for_update().get(pk=account.pk)
            changed = [name for name, value in changes.values.items() if getattr(current, name) != value]
            for name in changed:
                setattr(current, name, changes.values[name])
            if changes.values.get("status") == Account.Status.CUSTOMER and "expires_on" not in changes.values:
                _lift_a_passed_end(current, at)
            current.save()
            _change_owner(current, changes, at)
            if changed or changes.password:
                record("account.updated", account=current.pk, actor=actor, at=at, data={"changed": changed})
            transaction.on_commit(rights.forget)
    except IntegrityError as problem:
        if "email" in str(problem):
            raise EmailTaken from problem
        raise
    return current


def _lift_a_passed_end(account: Account, at: datetime) -> None:
    """Who becomes a customer again is not shut out by the end of an old trial (subaccounts.md, behaviour)."""
    if account.expires_on is not None and account.expires_on < _today(account, at):
        account.expires_on = None


def _today(account: Account, at: datetime) -> date:
    return dates.local(at, account.timezone).date()


def _change_owner(account: Account, changes: Changes, at: datetime) -> None:
    """A new address or password ends the links that were sent before. Only what changes is written: meanwhile the owner may
    log in, or choose a password."""
    user, changed = owner(account), []
    if changes.password or "email" in changes.values:
        refuse_operators(user)
    email = str(changes.values.get("email", user.email)).strip().lower()
    if email != user.email:
        user.email = email
        changed.append("email")
    if changes.password:
        user.set_password(changes.password)
        changed.append("password")
    if changed:
        tokens.end_all(user, at=at)
        user.save(update_fields=changed)
