"""The pizzeria's branches: a sub-account in each state an account can be in (product.md 4.1)."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from tearoff.accounts import subaccounts
from tearoff.accounts.models import Account, Package
from tearoff.accounts.subaccounts import Changes
from tearoff.campaigns.subaccounts import open_subaccount
from tearoff.dashboard.demo_shops import ACTOR, WEEKS, Shop, free_email, make_campaign
from tearoff.kit import clock

BRANCHES: dict[str, tuple[str, Account.Status, int | None]] = {
    "Forno Airport": ("airport", Account.Status.TRIAL, 9),
    "Forno Station": ("station", Account.Status.CUSTOMER, None),
    "Forno Food Truck": ("truck", Account.Status.FROZEN, None),
    "Forno Beach": ("beach", Account.Status.EXPIRED, -12),
    "Forno Pop-up": ("popup", Account.Status.BLOCKED, None),
}
"""Company: the first part of its address, its state, and in how many days its time ends, or has ended."""

ESPRESSO = {
    "name": "Commuter's espresso",
    "title": "Espresso with your slice",
    "subtitle": "On weekdays, until ten",
    "coupon_value": "€ 2.60",
    "description": "Any slice before your train, the espresso is ours.",
    "terms": "One for each slice.",
    "art": "coffee",
}


def open_all(shop: Shop, now: datetime) -> None:
    """Open them, some weeks ago, and leave each in its state today. The station has a coupon of its own."""
    with clock.moved(now - timedelta(weeks=WEEKS - 2)):
        package = Package.objects.create(
            account=shop.account, name="Branch", max_active_campaigns=5, denied=["integrations", "webhooks"]
        )
        for company, (name, status, days) in BRANCHES.items():
            email = free_email(f"{name}@forno.example")
            values = {"company": company, "status": Account.Status.TRIAL, "package": package, "country": "BE"}
            password = secrets.token_urlsafe(12)  # with one of its own nobody is mailed a link
            opened = open_subaccount(
                shop.account, email=email, password=password, values=values, actor=ACTOR, at=clock.now()
            )
            if status == Account.Status.CUSTOMER:
                make_campaign(Shop(opened, email, password, "", ""), ESPRESSO)
            changes: dict[str, Any] = {} if days is None else {"expires_on": (now + timedelta(days=days)).date()}
            changes |= {"status": status}
            subaccounts.update(opened, Changes(changes), actor=ACTOR, at=clock.now())
