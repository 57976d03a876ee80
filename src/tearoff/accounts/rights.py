"""What an account may do. Rights are everything until somebody takes one away: on the account or on its package.

They are asked in the verbs, so that hiding a button is never what protects (issue Wire; product.md 4.18). Who acts is
asked, not whose thing it is: an agency's keys make a coupon for a client that may only look. Consumers, staff, operators
and the worker are nobody's clients, and no right limits them.
"""

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

from tearoff.kit import sql

P = ParamSpec("P")
T = TypeVar("T")

Right = Literal[
    "dashboard",
    "directory",
    "add_campaign",
    "update_campaign",
    "statistics",
    "distribution",
    "loyalty",
    "integrations",
    "webhooks",
]
RIGHTS: tuple[Right, ...] = get_args(Right)
"""The names behind the contract's `access_...` flags (subaccounts.md 2)."""

REMEMBERED_SECONDS = 5.0
"""As long as a right pair of keys (`accounts.keys`), so that asking costs the calls people wait for nothing."""
_remembered: dict[str, tuple[float, frozenset[str]]] = {}


class NotAllowed(Exception):
    """The account lacks a right (`not_allowed`), or has as many coupons as it may (`package_limit`). `reason` is that word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def denied(account: int) -> set[str]:
    """All rights this account does not have, as they are now."""
    row = sql.one("select account_denied(%s)", [account])
    return set(RIGHTS) if row is None or row[0] is None else set(row[0])


def denied_of_many(accounts: Sequence[int]) -> dict[int, set[str]]:
    """As `denied`, of each."""
    found = sql.rows("select id, account_denied(id) from account where id = any(%s)", [list(accounts)])
    return {account: set(names) for account, names in found}


def may(account: int, right: Right) -> bool:
    return right not in denied(account)


def require(account: int, right: Right) -> None:
    """Raises NotAllowed when the account lacks the right."""
    if not may(account, right):
        raise NotAllowed("not_allowed")


def require_of(actor: str, right: Right) -> None:
    """Raises NotAllowed when whoever acts lacks the right; see `may_of`."""
    if not may_of(actor, right):
        raise NotAllowed("not_allowed")


def may_of(actor: str, right: Right) -> bool:
    """Whether whoever acts has the right. What is known of an actor is remembered for five seconds.

    `actor` is who did it in the event ledger: `api:7` (a pair of keys) and `user:12` (who logs in for an account) have the
    rights of their account. All others are not limited.
    """
    return right not in _denied_of(actor)


def needs(right: Right) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A verb that raises NotAllowed before it does anything when its `actor` lacks the right."""

    def guarding(verb: Callable[P, T]) -> Callable[P, T]:
        @wraps(verb)
        def guarded(*arguments: P.args, **named: P.kwargs) -> T:
            require_of(str(named["actor"]), right)
            return verb(*arguments, **named)

        return guarded

    return guarding


def forget() -> None:
    """Drop what this process remembers of actors."""
    _remembered.clear()


_ACCOUNT_OF = {
    "api": "select account_id from api_client where id = %s",
    "user": "select account_id from user_account where id = %s",
}


def _denied_of(actor: str) -> frozenset[str]:
    kind, _, number = actor.partition(":")
    if kind not in _ACCOUNT_OF:
        return frozenset()
    known = _remembered.get(actor)
    if known and known[0] > time.monotonic():
        return known[1]
    row = sql.one(f"select account_denied(({_ACCOUNT_OF[kind]}))", [int(number)])
    found = frozenset(RIGHTS if row is None or row[0] is None else row[0])
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[actor] = (time.monotonic() + REMEMBERED_SECONDS, found)
    return found
