"""Making, changing and removing packages. A change holds for every client that has it within five seconds, as long as rights are
remembered."""

from datetime import datetime
from typing import Any

from django.db import transaction

from tearoff.accounts.models import Account, Package
from tearoff.activity.recording import record


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
    """Its clients stay, without a package."""
    with transaction.atomic():
        number, account = package.pk, package.account_id
        package.delete()
        record("package.removed", account=account, actor=actor, at=at, subject=f"pac_{number}")


def _noted(kind: str, package: Package, actor: str, at: datetime, data: dict[str, Any] | None = None) -> None:
    record(kind, account=package.account_id, actor=actor, at=at, subject=f"pac_{package.pk}", data=data or {})
