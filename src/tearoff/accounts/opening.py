"""Opening an account: the tenant, its owner, its first keys, and its one template."""

import secrets
from dataclasses import dataclass

from django.db import transaction

from tearoff.accounts import keys
from tearoff.accounts.models import Account, User
from tearoff.activity.models import Reader
from tearoff.activity.recording import record
from tearoff.kit import clock


@dataclass(frozen=True, slots=True)
class Opened:
    """What the opener must be told, once."""

    account: Account
    account_id: int
    client_id: str
    client_secret: str
    owner_password: str


@transaction.atomic
def open_account(
    *,
    email: str,
    company: str,
    parent: Account | None = None,
    password: str | None = None,
    status: str = Account.Status.CUSTOMER,
    timezone: str = "UTC",
    **settings: object,
) -> Opened:
    """A new account with its owner's log-in and its primary pair of API keys.

    The "Blank" template every account starts with belongs to the room above: `campaigns.templates.start_account`.

    Raises:
        django.db.IntegrityError: somebody already logs in with that e-mail address.
    """
    at = clock.now()
    account = Account.objects.create(
        email=email, company=company, parent=parent, status=status, timezone=timezone, created_at=at, **settings
    )
    account.ancestors = [account.pk, *(parent.ancestors if parent else [])]
    account.save(update_fields=["ancestors"])
    Reader.objects.create(account=account.pk, name="statistics")

    chosen = password or secrets.token_urlsafe(12)
    User.objects.create_user(email, chosen, account=account, is_owner=True)
    pair = keys.make_pair(account, at=at, primary=True)
    record("account.opened", account=account.pk, actor="operator", at=at)
    return Opened(account, account.pk, pair.client_id, pair.client_secret, chosen)
