"""A new account as people get it: opened, and with its one template, "Blank" (product.md 4.2)."""

from datetime import datetime

from django.db import transaction

from tearoff.accounts.models import Account
from tearoff.accounts.opening import Opened, open_account
from tearoff.campaigns.models import Campaign
from tearoff.kit import clock, codes


@transaction.atomic
def found_account(*, email: str, company: str, parent: Account | None = None, **settings: object) -> Opened:
    """Open an account and give it the Blank template."""
    opened = open_account(email=email, company=company, parent=parent, **settings)  # type: ignore[arg-type]
    blank_template(opened.account, clock.now())
    return opened


def blank_template(account: Account, at: datetime) -> Campaign:
    """Plain layout, claim by button, validation by password and by scan."""
    return Campaign.objects.create(
        account=account,
        code=codes.coupon_code() + codes.coupon_code()[:2],
        name="Blank",
        is_template=True,
        created_at=at,
        timezone=account.timezone,
        language=account.language,
        currency=account.currency,
    )
