"""Which campaigns an account's keys reach: its own, and those granted to it by a subaccount's coupon (architecture.md 4)."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from tearoff.campaigns.models import Campaign, Grant


def campaigns_of(account: int) -> QuerySet[Campaign]:
    """All of them that are not deleted, templates included. Someone else's and a missing one look the same."""
    granted = Exists(Grant.objects.filter(parent_id=account, campaign_id=OuterRef("pk")))
    return Campaign.objects.filter(Q(account_id=account) | granted, deleted_at=None)


def campaign(account: int, campaign_id: int) -> Campaign | None:
    return campaigns_of(account).filter(pk=campaign_id).first()
