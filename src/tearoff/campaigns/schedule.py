"""What a campaign's dates and state mean at a moment, in Python; the guards decide by the same rules in SQL."""

from datetime import datetime, timedelta

from tearoff.campaigns.models import Campaign


def shown_status(campaign: Campaign, at: datetime) -> str:
    """`active`, `inactive`, `draft`, `expired`, `archived` or `template`. Expired is on, but the end has passed."""
    if campaign.is_template:
        return "template"
    if campaign.status == Campaign.Status.ACTIVE and has_ended(campaign, at):
        return "expired"
    return str(campaign.status)


def has_ended(campaign: Campaign, at: datetime) -> bool:
    """A use within the end's own second is good, one second later it is not."""
    return campaign.ends_at is not None and at >= campaign.ends_at.replace(microsecond=0) + timedelta(seconds=1)
