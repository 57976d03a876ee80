"""The pizzeria's branches: a sub-account in each state an account can be in (product.md 4.1)."""

import secrets
from datetime import datetime, timedelta

from tearoff.accounts import subaccounts
from tearoff.accounts.models import Account, Package
from tearoff.accounts.subaccounts import Changes
from tearoff.campaigns.subaccounts import open_subaccount
from tearoff.dashboard.demo_shops import ACTOR, WEEKS, Shop, free_email
from tearoff.kit import clock

BRANCHES = {
    "Forno Airport": ("airport", Account.Status.TRIAL),
    "Forno Station": ("station", Account.Status.CUSTOMER),
    "Forno Food Truck": ("truck", Account.Status.FROZEN),
    "Forno Beach": ("beach", Account.Status.EXPIRED),
    "Forno Pop-up": ("popup", Account.Status.BLOCKED),
}
"""Company: the first part of its address, and its state."""


def open_all(shop: Shop, now: datetime) -> None:
    """Open them, some weeks ago, and leave each in its state today."""
    with clock.moved(now - timedelta(weeks=WEEKS - 2)):
        package = Package.objects.create(
            account=shop.account, name="Branch", max_active_campaigns=5, denied=["integrations", "webhooks"]
        )
        for company, (name, status) in BRANCHES.items():
            email = free_email(f"{name}@forno.example")
            values = {"company": company, "status": Account.Status.TRIAL, "package": package, "country": "BE"}
            password = secrets.token_urlsafe(12)  # with one of its own nobody is mailed a link
            opened = open_subaccount(
                shop.account, email=email, password=password, values=values, actor=ACTOR, at=clock.now()
            )
            if status != Account.Status.TRIAL:
                subaccounts.update(opened, Changes({"status": status}), actor=ACTOR, at=clock.now())
