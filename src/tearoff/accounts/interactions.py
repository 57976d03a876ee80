"""User interactions of a month (product.md 4.19): all of them are metered, and limited where a package says so. The statement
that counts is `interactions.sql`; the verbs of coupons and loyalty cards call it."""

from datetime import datetime
from typing import NamedTuple

from tearoff.accounts.models import Account
from tearoff.kit import sql

NEAR = 80
"""Percent of a limit at which its owner is told."""


class Usage(NamedTuple):
    """What an account had of the month that is running, and may have: None for any number."""

    used: int
    most: int | None

    @property
    def percent(self) -> int:
        """Of the limit, rounded down; 0 where there is none."""
        if self.most is None:
            return 0
        return 100 if self.used >= self.most else self.used * 100 // self.most


def usage(account: Account, at: datetime) -> Usage:
    return Usage(used(account, at), account.package.max_interactions if account.package else None)


def used(account: Account, at: datetime) -> int:
    """How many the account has had in the month that holds `at`, on its own clock: exact at this moment, as what the roll-up
    has and what still waits for it are read in one statement."""
    row = sql.one(
        """
        with this as (select date_trunc('month', %(at)s at time zone %(zone)s)::date as month)
        select greatest(coalesce(m.amount, 0), coalesce(m.metered, 0) + (
            select count(*) from outbox o join event e on e.id = o.event
            where o.reader = 'statistics' and e.account = %(account)s and is_interaction(e.kind, e.data)
                and date_trunc('month', e.at at time zone %(zone)s)::date = this.month))
        from this left join interaction_month m on m.account = %(account)s and m.month = this.month
        """,
        {"at": at, "zone": account.timezone, "account": account.pk},
    )
    assert row is not None
    return int(row[0])
