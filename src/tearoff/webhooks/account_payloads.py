"""What a notification about a sub-account carries: `subaccount`, as the API tells it, without its keys (webhooks.md 3.5).

It goes to the parent, whose own program asked for the sub-account; keys do not belong into the logs of receivers.
"""

from typing import Any

from tearoff.accounts.models import Account

JSON = dict[str, Any]

WIRE_KINDS = {"subaccount.created": "subaccount_created"}


def members(subject: str) -> JSON:
    """The members beside the common ones. `subject` is the sub-account's id as the API writes it."""
    account = Account.objects.filter(pk=int(subject.removeprefix("sub_"))).first()
    return {"subaccount": {"ID": subject} | (_block(account) if account else {})}


def _block(account: Account) -> JSON:
    return {
        "email": account.email,
        "language": account.language,
        "currency": account.currency,
        "max_campaigns": "" if account.max_campaigns is None else str(account.max_campaigns),
        "expiry_date": account.expires_on.isoformat() if account.expires_on else "",
        "first_name": account.first_name,
        "last_name": account.last_name,
        "company_name": account.company,
        "username": account.username,
        "package": f"pac_{account.package_id}" if account.package_id else "",
        "status": account.status,
        "country": account.country,
    }
