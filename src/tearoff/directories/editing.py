"""Making, changing and removing directories, and putting coupons and cards on them. Each writes one event."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.activity.recording import record
from tearoff.campaigns.models import Campaign
from tearoff.directories.models import Directory, Listing
from tearoff.kit.fresh import save_under_fresh_code


@rights.needs("directory")
def create_directory(*, account: Account, name: str, settings: dict[str, Any], actor: str, at: datetime) -> Directory:
    """A new directory with status draft unless `settings`, fields of Directory, say another."""
    made = Directory(account=account, name=name, created_at=at, **{"timezone": account.timezone, **settings})
    with transaction.atomic():
        save_under_fresh_code(made)
        _noted("directory.created", made, actor, at)
    return made


@rights.needs("directory")
def update_directory(*, directory: Directory, changes: dict[str, Any], actor: str, at: datetime) -> Directory:
    """Lay `changes` over the directory; an event only if something changed. One that was removed meanwhile stays as it is."""
    with transaction.atomic():
        current = Directory.objects.select_for_update().get(pk=directory.pk)
        if current.deleted_at is not None:
            return current
        changed = [key for key, value in changes.items() if getattr(current, key) != value]
        for key in changed:
            setattr(current, key, changes[key])
        if changed:
            current.save()
            _noted("directory.updated", current, actor, at, {"changed": changed})
    return current


@rights.needs("directory")
def delete_directory(*, directory: Directory, actor: str, at: datetime) -> bool:
    """Hide it everywhere; its rows stay and its code is never given out again. False: it was deleted already."""
    with transaction.atomic():
        gone = Directory.objects.filter(pk=directory.pk, deleted_at=None).update(deleted_at=at)
        if gone:
            _noted("directory.removed", directory, actor, at)
    return bool(gone)


class DirectoryGone(Exception):
    """The directory was removed meanwhile."""


@rights.needs("directory")
def put(
    *,
    directory: Directory,
    campaign: Campaign | None = None,
    card: int | None = None,
    changes: dict[str, Any],
    actor: str,
    at: datetime,
) -> Listing:
    """Put a coupon or a card on the directory, at its end, or lay `changes`, fields of Listing, over where it stands.
    An event only if something changed. Whoever calls has reached both through the account.

    Raises:
        DirectoryGone: and nothing was written.
    """
    what = {"campaign": campaign, "card": card}
    with transaction.atomic():
        there = Directory.objects.select_for_update(no_key=True)  # two at once would take one position
        if there.filter(pk=directory.pk, deleted_at=None).first() is None:
            raise DirectoryGone
        held = Listing.objects.select_for_update(no_key=True)  # what is taken off meanwhile must not be saved again
        listing = held.filter(directory=directory, **what).first()
        if listing is None:
            last = Listing.objects.filter(directory=directory).aggregate(last=Max("position"))["last"] or 0
            settings = {"position": last + 1} | changes
            made = Listing.objects.create(
                account=directory.account_id, directory=directory, created_at=at, **what, **settings
            )
            _listed("listing.added", made, actor, at)
            return made
        changed = [key for key, value in changes.items() if getattr(listing, key) != value]
        for key in changed:
            setattr(listing, key, changes[key])
        if changed:
            listing.save()
            _listed("listing.updated", listing, actor, at, {"changed": changed})
        return listing


@rights.needs("directory")
def take_off(*, listing: Listing, actor: str, at: datetime) -> bool:
    """Take a coupon or a card off the directory; it lives on elsewhere. False: it stood there no more."""
    with transaction.atomic():
        number = listing.pk
        gone, _ = Listing.objects.filter(pk=number).delete()
        if gone:
            _listed("listing.removed", listing, actor, at)
    return bool(gone)


def _noted(kind: str, directory: Directory, actor: str, at: datetime, data: dict[str, Any] | None = None) -> None:
    told = {"directory": directory.pk, "status": directory.status} | (data or {})
    record(kind, account=directory.account_id, actor=actor, at=at, subject=f"dir_{directory.pk}", data=told)


def _listed(kind: str, listing: Listing, actor: str, at: datetime, data: dict[str, Any] | None = None) -> None:
    subject = f"cam_{listing.campaign_id}" if listing.campaign_id else f"loy_{listing.card}"
    record(
        kind,
        account=listing.account,
        actor=actor,
        at=at,
        subject=subject,
        campaign=listing.campaign_id,
        data={"directory": listing.directory_id, "card": listing.card} | (data or {}),
    )
