"""The calls of /v3, one module for each noun of the contract. Importing them fills the table of calls."""

from tearoff.api.calls import PATHS, TABLE
from tearoff.api.v3 import (
    categories,
    contacts,
    coupon_changes,
    coupons,
    directories,
    directory_users,
    links,
    loyalty,
    loyalty_pushes,
    loyalty_sends,
    search,
    sending,
    sessions,
    subaccounts,
    updates,
    webhooks,
)

__all__ = [
    "PATHS",
    "TABLE",
    "categories",
    "contacts",
    "coupon_changes",
    "coupons",
    "directories",
    "directory_users",
    "links",
    "loyalty",
    "loyalty_pushes",
    "loyalty_sends",
    "search",
    "sending",
    "sessions",
    "subaccounts",
    "updates",
    "webhooks",
]
