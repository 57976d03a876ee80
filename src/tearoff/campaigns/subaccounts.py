"""Opening a client's account, with its template and what its parent set."""

from datetime import datetime

from django.db import IntegrityError, transaction

from tearoff.accounts.models import Account, OwnerMail
from tearoff.accounts.subaccounts import EmailTaken
from tearoff.activity.recording import record
from tearoff.campaigns.founding import found_account


def open_subaccount(
    parent: Account, *, email: str, password: str | None, values: dict[str, object], actor: str, at: datetime
) -> Account:
    """A subaccount with its owner, its own keys and the Blank template. Without a password the owner is mailed a link.

    Raises:
        EmailTaken: somebody on this server logs in with that address already.
    """
    settings = {"timezone": parent.timezone, "currency": parent.currency, "language": parent.language} | values
    company = str(settings.pop("company", "") or email)
    try:
        with transaction.atomic():
            opened = found_account(email=email, company=company, parent=parent, password=password, **settings)
            if password is None:
                OwnerMail.objects.create(
                    account=opened.account, kind="choose_password", data={"company": company}, created_at=at
                )
            record(
                "subaccount.created", account=parent.pk, actor=actor, at=at, subject=f"sub_{opened.account_id}", data={}
            )
            return opened.account
    except IntegrityError as problem:
        if "email" in str(problem):
            raise EmailTaken from problem
        raise
