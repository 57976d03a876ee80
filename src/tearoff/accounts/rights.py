"""What an account may do. Rights are everything until somebody takes one away: on the account or on its package.

They are asked in the verbs, so that hiding a button is never what protects (issue Wire; product.md 4.18).
"""

from tearoff.kit import sql

RIGHTS = (
    "dashboard",
    "directory",
    "add_campaign",
    "update_campaign",
    "statistics",
    "distribution",
    "loyalty",
    "integrations",
    "webhooks",
)
"""The names behind the contract's `access_...` flags (subaccounts.md 2)."""


class NotAllowed(Exception):
    """The account lacks a right, or has used up what its package allows. `reason` is a word for programs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def denied(account: int) -> set[str]:
    """All rights this account does not have."""
    row = sql.one(
        "select a.denied || coalesce(p.denied, '{}') from account a left join package p on p.id = a.package_id where a.id = %s",
        [account],
    )
    return set(row[0]) if row else set(RIGHTS)


def may(account: int, right: str) -> bool:
    return right not in denied(account)


def require(account: int, right: str) -> None:
    """Raises NotAllowed when the account lacks the right."""
    if not may(account, right):
        raise NotAllowed("not_allowed")
