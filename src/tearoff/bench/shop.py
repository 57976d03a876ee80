"""The bench's own shop: an account, campaigns and sessions, made through the verbs, in bulk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg

from tearoff.bench.loading import Failed
from tearoff.bench.numbers import Numbers, Walk

if TYPE_CHECKING:
    from tearoff.accounts.models import Account
    from tearoff.campaigns.models import Campaign

AT_ONCE = 5_000


@dataclass(frozen=True)
class Shop:
    """An account with its keys."""

    account: "Account"
    client_id: str
    client_secret: str

    @property
    def keys(self) -> dict[str, str]:
        """The headers of a program that calls the API."""
        return {
            "X-Client-Id": self.client_id,
            "X-Client-Secret": self.client_secret,
            "Content-Type": "application/json",
        }

    def campaign(self, name: str, **settings: Any) -> "Campaign":
        """A live one without caps or opening hours, unless the settings say otherwise."""
        from tearoff.campaigns.editing import create_campaign
        from tearoff.kit import clock

        template = self.account.campaigns.filter(is_template=True).first()
        assert template is not None
        changes = {"status": "active", "title": name, **settings}
        return create_campaign(
            account=self.account, template=template, name=name, changes=changes, actor="bench", at=clock.now()
        )


def open_shop(name: str) -> Shop:
    from tearoff.campaigns.founding import found_account

    opened = found_account(email=f"{name}@bench.example", company="Bench")
    return Shop(opened.account, opened.client_id, opened.client_secret)


def claimed_sessions(campaign: "Campaign", numbers: Numbers) -> Walk:
    """As many claimed sessions of the campaign as the numbers have, none of them used."""
    from tearoff.coupons import links
    from tearoff.kit import clock

    with _codes_drawn_from(numbers):
        links.make_links(campaign=campaign, amount=numbers.size, at=clock.now(), actor="bench")
    _claim_all(campaign, clock.now())
    return Walk(numbers)


@contextmanager
def _codes_drawn_from(numbers: Numbers) -> Iterator[None]:
    """The verb draws its codes from `numbers` instead of from chance: pgbench must be able to name them."""
    from tearoff.kit import codes

    drawn, place = codes.session_codes, iter(range(numbers.size))
    codes.session_codes = lambda amount: [numbers.code(next(place)) for _ in range(amount)]
    try:
        yield
    finally:
        codes.session_codes = drawn


def _claim_all(campaign: "Campaign", at: datetime) -> None:
    """The claim's own SQL function for each session, many in one statement. Not waiting for the disk: it is only filling."""
    from tearoff.kit import sql

    sql.run("set synchronous_commit = off; set statement_timeout = 0")
    outcomes = {"ok"}
    last = 0
    while chunk := sql.rows(
        "select max(id) from (select id from coupon_session where campaign_id = %s and id > %s order by id limit %s) s"
        " having max(id) is not null",
        [campaign.pk, last, AT_ONCE],
    ):
        first, last = last, chunk[0][0]
        outcomes |= {
            row[0]
            for row in sql.rows(
                "select distinct o.outcome from coupon_session s, lateral coupon_claim(s.account_id, s.code, %s,"
                " 'bench', 'api', 'api', '{}') o where s.campaign_id = %s and s.id > %s and s.id <= %s",
                [at, campaign.pk, first, last],
            )
        }
    sql.run("set synchronous_commit = on; set statement_timeout = '30s'")
    if outcomes != {"ok"}:
        raise Failed(f"Claiming the bench's sessions ended as {outcomes}.")


def tidy() -> None:
    """What autovacuum would do in its own time, done before the clock runs.

    Empty tables are left alone, as autovacuum leaves them: PostgreSQL takes one that was vacuumed while empty for empty for
    ever, and plans made then, which connections keep, read it from end to end (seen: 98 million rows of `validation`).
    """
    from tearoff.kit import sql

    sql.run("set statement_timeout = 0")
    tables = sql.rows("select relname from pg_stat_user_tables where schemaname = current_schema() and n_live_tup > 0")
    for (table,) in tables:
        sql.run(f'vacuum analyze "{table}"')
    sql.run("checkpoint")
    sql.run("set statement_timeout = '30s'")


def uses(campaign: int, database_url: str | None = None) -> int:
    """Validations by the ledger."""
    statement = "select count(*) from validation where campaign = %s and undone_at is null"
    if database_url:
        with psycopg.connect(database_url) as connection:
            row = connection.execute(statement, [campaign]).fetchone()
    else:
        from tearoff.kit import sql

        row = sql.one(statement, [campaign])
    assert row is not None
    return int(row[0])


def remove(shop: Shop) -> None:
    """All rows of the shop, in every table there is, from a database that goes on being used.

    The slips for the worker go first: one it holds is waited for, so that it writes nothing about us afterwards.
    """
    from django.db import connection, transaction

    account = shop.account.pk
    campaigns = list(shop.account.campaigns.values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0; set local lock_timeout = 0")
        cursor.execute("delete from outbox o using event e where o.event = e.id and e.account = %s", [account])
        cursor.execute(
            "select table_name, column_name from information_schema.columns where table_schema = current_schema()"
            " and column_name in ('account', 'account_id', 'campaign', 'campaign_id') order by 1, 2"
        )
        for table, column in cursor.fetchall():
            ours = [account] if column.startswith("account") else campaigns
            cursor.execute(f'delete from "{table}" where "{column}" = any(%s)', [ours])
        cursor.execute("delete from account where id = %s", [account])
