"""A sub-account as programs are told of it: the object of subaccounts.md 2, in the API and in notifications (webhooks.md 3.5).

A notification carries all of it but the keys: the parent's own program asked for the sub-account and got them, and keys do
not belong into our log of deliveries or those of receivers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count

from tearoff.accounts import rights
from tearoff.accounts.models import Account, User
from tearoff.campaigns import schedule
from tearoff.campaigns.models import Campaign
from tearoff.coupons.addresses import coupon_url
from tearoff.webhooks import endpoints

JSON = dict[str, Any]

WIRE_KINDS = {"subaccount.created": "subaccount_created"}


def members(subject: str, now: datetime) -> JSON:
    """The members beside the common ones. `subject` is the sub-account's id as the API writes it."""
    account = Account.objects.filter(pk=int(subject.removeprefix("sub_"))).first()
    return {"subaccount": block(account, now) if account else {"ID": subject}}


def block(account: Account, now: datetime) -> JSON:
    """The members in the order of the contract, without `api_key` and `api_secret`: numbers are texts, flags booleans."""
    [told] = blocks([account])
    own = Campaign.objects.filter(account=account, deleted_at=None, is_template=False).order_by("pk")
    return _with_campaigns(told, [_campaign(one, now) for one in own])


def blocks(accounts: Sequence[Account]) -> list[JSON]:
    """The blocks of many without `campaigns`, by a few questions however many they are."""
    ids = [account.pk for account in accounts]
    owners = {user.account_id: user for user in User.objects.filter(account__in=ids, is_owner=True)}
    own = Campaign.objects.filter(account__in=ids, deleted_at=None, is_template=False)
    held = dict(own.values_list("account").annotate(Count("pk")).order_by())
    denied = rights.denied_of_many(ids)
    told = endpoints.told_of_all_of_many(ids)
    return [_block(one, owners[one.pk], held.get(one.pk, 0), denied[one.pk], told.get(one.pk, "")) for one in accounts]


def _block(account: Account, owner: User, held: int, denied: set[str], endpoint: str) -> JSON:
    most = account.max_campaigns
    return {
        "ID": f"sub_{account.pk}",
        "email": account.email,
        "language": account.language,
        "lastlogin": owner.last_login.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if owner.last_login else "",
        "amountlogin": str(owner.logins),
        "currency": account.currency,
        "max_campaigns": "" if most is None else str(most),
        "expiry_date": account.expires_on.isoformat() if account.expires_on else "",
        "has_campaigns": str(held),
        "first_name": account.first_name,
        "last_name": account.last_name,
        "company_name": account.company,
        "username": account.username,
        "webhook_endpoint": endpoint,
        "available_campaigns": "" if most is None else str(max(most - held, 0)),
        **{f"access_{right}": right not in denied for right in rights.RIGHTS},
        "package": f"pac_{account.package_id}" if account.package_id else "",
        "status": account.status,
        "country": account.country,
    }


def _with_campaigns(told: JSON, campaigns: list[JSON]) -> JSON:
    """In their place, behind their number."""
    found: JSON = {}
    for name, value in told.items():
        found[name] = value
        if name == "has_campaigns":
            found["campaigns"] = campaigns
    return found


def _campaign(campaign: Campaign, now: datetime) -> JSON:
    is_active = schedule.shown_status(campaign, now) == "active"
    return {
        "ID": f"cam_{campaign.pk}",
        "code": campaign.code,
        "url": coupon_url(campaign.code),
        "status": "active" if is_active else "example",
    }
