"""How many coupons an account may have: so many in all by its own `max_campaigns`, so many that are on by its package
(product.md 4.18). Templates and deleted coupons never count.

The account's row is locked before the change and counted after it, in one transaction: of two who want the last place the
second one waits, then sees the first. The limits are the account's, whoever acts; what is over a limit that was lowered
afterwards stays as it is.
"""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from tearoff.accounts.rights import NotAllowed
from tearoff.campaigns.models import Campaign
from tearoff.kit import sql


class Allowance(NamedTuple):
    """None: any number."""

    held: int | None
    active: int | None


def locked(account: int) -> Allowance:
    """What the account may have; until the transaction ends nobody else of this account takes a place."""
    row = sql.one(
        "select a.max_campaigns, p.max_active_campaigns from account a left join package p on p.id = a.package_id "
        "where a.id = %s for no key update of a",
        [account],
    )
    assert row is not None, "whoever calls has the account"
    return Allowance(*row)


def refuse_another(allowed: Allowance, account: int) -> None:
    """Raises NotAllowed when the account, with a coupon just made, holds more than it may."""
    if allowed.held is not None and _own(account).count() > allowed.held:
        raise NotAllowed("package_limit")


def refuse_another_active(allowed: Allowance, account: int, at: datetime) -> None:
    """Raises NotAllowed when the account, with a coupon just switched on, has more on than it may."""
    if allowed.active is None:
        return
    if (
        _own(account).filter(Q(ends_at=None) | Q(ends_at__gte=at), status=Campaign.Status.ACTIVE).count()
        > allowed.active
    ):
        raise NotAllowed("package_limit")


def is_on(campaign: Campaign, at: datetime) -> bool:
    """Whether it takes one of the places of those that are on. One whose end has passed gives its place back."""
    is_past = campaign.ends_at is not None and campaign.ends_at < at
    return campaign.status == Campaign.Status.ACTIVE and not campaign.is_template and not is_past


def _own(account: int) -> QuerySet[Campaign]:
    return Campaign.objects.filter(account_id=account, is_template=False, deleted_at=None)
