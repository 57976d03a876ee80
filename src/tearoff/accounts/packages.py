"""Making, changing and removing packages. A change holds for every client that has it within five seconds, as long as rights are
remembered."""

from datetime import datetime
from typing import Any

from django.db import transaction

from tearoff.accounts.models import Account, Package
from tearoff.activity.recording import record


class InUse(Exception):
    """Clients have the package: without it they would get back at once what it denies them. `clients` says how many."""

    def __init__(self, clients: int) -> None:
        super().__init__(f"{clients} clients have this package.")
        self.clients = clients


def create(account: Account, values: dict[str, Any], *, actor: str, at: datetime) -> Package:
    """A new package of the account; `values` are fields of Package."""
    with transaction.atomic():
        made = Package.objects.create(account=account, **values)
        _noted("package.created", made, actor, at)
    return made


def update(package: Package, changes: dict[str, Any], *, actor: str, at: datetime) -> Package:
    """Lay `changes` over the package; an event only if something changed."""
    with transaction.atomic():
        current = Package.objects.select_for_update().get(pk=package.pk)
        changed = [name for name, value in changes.items() if getattr(current, name) != value]
        for name in changed:
            setattr(current, name, changes[name])
        if changed:
            current.save()
            _noted("package.updated", current, actor, at, {"changed": changed})
    return current


def remove(package: Package, *, actor: str, at: datetime) -> None:
    """Only one that nobody has. Who is just given it (`subaccounts.package`) holds its row, and is waited for.

    Raises:
        InUse: nothing was removed.
    """
    with transaction.atomic():
        current = Package.objects.select_for_update().filter(pk=package.pk).first()
        if current is None:
            return
        if clients := current.subaccounts.count():
            raise InUse(clients)
        current.delete()
        record("package.removed", account=package.account_id, actor=actor, at=at, subject=f"pac_{package.pk}")


def _noted(kind: str, package: Package, actor: str, at: datetime, data: dict[str, Any] | None = None) -> None:
    record(kind, account=package.account_id, actor=actor, at=at, subject=f"pac_{package.pk}", data=data or {})
