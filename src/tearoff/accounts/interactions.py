"""User interactions of a month, for accounts whose package limits them (product.md 4.19). The statement is `interactions.sql`;
the verbs of coupons and loyalty cards call it."""

from datetime import datetime

from tearoff.accounts.models import Account, InteractionMonth
from tearoff.kit import dates


def used(account: Account, at: datetime) -> int:
    """How many the account has had in the month that holds `at`, on its own clock; 0 where nothing limits them."""
    month = dates.local(at, account.timezone).date().replace(day=1)
    row = InteractionMonth.objects.filter(account=account.pk, month=month).first()
    return row.amount if row else 0
