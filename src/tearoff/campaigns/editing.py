"""Making a campaign from a template, changing it, switching it, deleting it. Each writes one event."""

from datetime import datetime
from typing import Any

from django.db import transaction

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.activity.recording import record
from tearoff.campaigns import allowance, limits
from tearoff.campaigns.models import Campaign, CampaignLocation, Category, Counter, DayCounter, Folder
from tearoff.kit.fresh import save_under_fresh_code

COPIED = [
    column.name
    for column in Campaign._meta.concrete_fields
    if column.name
    not in {
        "id",
        "account",
        "code",
        "status",
        "is_template",
        "deleted_at",
        "created_at",
        "name",
        "starts_at",
        "ends_at",
    }
]
"""What a new coupon takes over from its template: texts, look, limits, form, rules; never sessions, codes or counters."""


SWITCHING = {"status", "ends_local", "timezone", "is_template"}
"""Settings that can make a coupon one of those that are on."""


@rights.needs("add_campaign")
def create_campaign(
    *, account: Account, template: Campaign, name: str, changes: dict[str, Any], actor: str, at: datetime
) -> Campaign:
    """A new coupon with the template's settings and status draft, then `changes` over it.

    Raises:
        tearoff.accounts.rights.NotAllowed: whoever acts may not, or the account has as many as it may (`package_limit`).
    """
    made = Campaign(**{name: getattr(template, name) for name in COPIED})
    made.account = account
    made.status = Campaign.Status.DRAFT
    made.created_at = at
    made.name = name
    if template.account_id != account.pk:
        made.folder = made.category = None
    for key, value in changes.items():
        setattr(made, key, value)
    with transaction.atomic():
        allowed = allowance.locked(account.pk)
        save_under_fresh_code(made)
        if not made.is_template:
            allowance.refuse_another(allowed, account.pk)
        if allowance.is_on(made, at):
            allowance.refuse_another_active(allowed, account.pk, at)
        if template.account_id == account.pk:
            CampaignLocation.objects.bulk_create(
                CampaignLocation(campaign=made, location_id=ticked)
                for ticked in template.locations.values_list("pk", flat=True)
            )
        if limits.is_capped(made):
            Counter.objects.create(campaign=made)
        _noted("campaign.created", made, actor, at)
    return made


@rights.needs("update_campaign")
def update_campaign(*, campaign: Campaign, changes: dict[str, Any], actor: str, at: datetime) -> Campaign:
    """Lay `changes` over the campaign; an event only if something changed.

    Raises:
        tearoff.kit.sql.Busy: a first cap could not be counted in time.
        tearoff.accounts.rights.NotAllowed: as for `create_campaign`, where the change would switch it on.
    """
    if any(limits.is_cap(name, value) for name, value in changes.items()):
        limits.start_counting(campaign)
    with transaction.atomic():
        allowed = allowance.locked(campaign.account_id) if SWITCHING & changes.keys() else None
        current = Campaign.objects.select_for_update().get(pk=campaign.pk)
        was_on, had_days = allowance.is_on(current, at), current.max_claims_per_day is not None
        changed = [key for key, value in changes.items() if getattr(current, key) != value]
        for key in changed:
            setattr(current, key, changes[key])
        if changed:
            current.save()
            if not had_days and current.max_claims_per_day is not None:
                DayCounter.objects.filter(campaign=current.pk).delete()  # they stood still; the next claim counts anew
            if allowed and not was_on and allowance.is_on(current, at):
                allowance.refuse_another_active(allowed, current.account_id, at)
            _noted("campaign.updated", current, actor, at, changed)
    return current


@rights.needs("update_campaign")
def delete_campaign(*, campaign: Campaign, actor: str, at: datetime) -> bool:
    """Hide the campaign everywhere; its rows stay and its code is never given out again. False: it was deleted already."""
    with transaction.atomic():
        gone = Campaign.objects.filter(pk=campaign.pk, deleted_at=None).update(deleted_at=at)
        if gone:
            _noted("campaign.removed", campaign, actor, at)
    return bool(gone)


def folder(account: Account, folder_id: int) -> Folder | None:
    return Folder.objects.filter(account=account, pk=folder_id).first()


def category(account: Account, category_id: int) -> Category | None:
    return Category.objects.filter(account=account, pk=category_id).first()


def _noted(kind: str, campaign: Campaign, actor: str, at: datetime, changed: list[str] | None = None) -> None:
    record(
        kind,
        account=campaign.account_id,
        actor=actor,
        at=at,
        subject=f"cam_{campaign.pk}",
        campaign=campaign.pk,
        data={"status": campaign.status, "changed": changed or []},
    )
