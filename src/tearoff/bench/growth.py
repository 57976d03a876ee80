"""Whether a validation costs the same in a table of millions.

Two databases in one PostgreSQL, alike but for their size, each with a web server of its own, take turns. They are filled
by plain SQL: half of the rows are used sessions, half are claimed ones that wait to be validated, all mixed.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tearoff.bench import acts, place
from tearoff.bench.acts import Window
from tearoff.bench.numbers import LETTERS, Numbers, Walk
from tearoff.bench.place import Place
from tearoff.bench.report import Row, median, quartiles, row
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes
from tearoff.kit import postgres

SAME = 1.10

FILL = """
insert into coupon_session (account_id, campaign_id, code, short, is_link, created_at, opened_at, claimed_at, claim_type,
    uses, validated_at, validation_type, customid, customer, email_key, phone_key, value, source, own_code, own_code_key,
    validation_value, staff, doubtful_visits)
select %(account)s, %(campaign)s,
    case when i %% 2 = 0
        then ((%(first)s + i / 2) * %(factor)s + %(tail)s)::text || %(letters)s
        else rpad(md5(i::text), 21, 'x') end,
    lpad(to_hex(i * 7368787 %% 16777216), 6, '0'),
    true, now() - interval '9 days', now() - interval '8 days', now() - interval '8 days', 'button',
    i %% 2, case when i %% 2 = 1 then now() - interval '7 days' end, case when i %% 2 = 1 then 'api' else '' end,
    '', '{}', '', '', '', '', '', '', '', '', 0
from generate_series(0::bigint, %(rows)s - 1) i
"""

HISTORY = """
insert into event (account, kind, subject, campaign, session, actor, at, data)
select account_id, 'coupon.claimed', code, campaign_id, id, 'holder', claimed_at, '{}' from coupon_session
where campaign_id = %(campaign)s;
insert into validation (account, campaign, session, number, at, method, actor, value, undone_by)
select account_id, campaign_id, id, 1, validated_at, 'api', 'bench', '', '' from coupon_session
where campaign_id = %(campaign)s and validated_at is not null
"""


@contextmanager
def two_databases(data: Path) -> Iterator[tuple[str, str]]:
    """Two copies of the bench's database as it is now. Nobody may be connected to it."""
    names = place.name_of_database(), place.name_of_database()
    with psycopg.connect(_address(data, "postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(postgres.DATABASE)
                )
            )
    yield _address(data, names[0]), _address(data, names[1])


def measured(data: Path, databases: tuple[str, str], sizes: Sizes, ours: Shop, campaign: int) -> list[Row]:
    walks = [
        _filled(database, ours.account.pk, campaign, rows)
        for database, rows in zip(databases, (sizes.growth_small, sizes.growth_rows), strict=True)
    ]
    with ExitStack() as open_servers:
        sides = [
            (open_servers.enter_context(place.server(data, database)), walk)
            for database, walk in zip(databases, walks, strict=True)
        ]
        for side, walk in sides:
            acts.validate(side, ours, walk, max(sizes.growth_acts // 2, 16))
        wal = [0, 0]
        turns: list[tuple[Window, Window]] = []
        for _ in sizes.rounds(sizes.growth_windows):
            pair = []
            for number, (side, walk) in enumerate(sides):
                before = _wal(side)
                pair.append(acts.validate(side, ours, walk, sizes.growth_acts))
                wal[number] += _wal(side) - before
            turns.append((pair[0], pair[1]))
    return _rows(sizes, turns, wal)


def _rows(sizes: Sizes, turns: list[tuple[Window, Window]], wal: list[int]) -> list[Row]:
    ratios = [grown.each / small.each for small, grown in turns]
    bytes_each = [written / (sizes.growth_acts * len(turns)) for written in wal]
    return [
        row(
            "growth",
            f"growth: CPU of a validation in a table of {sizes.growth_rows:,} sessions, by {sizes.growth_small:,}",
            median(ratios),
            f"{median(ratios):.2f} x ({quartiles(ratios)})",
            at_most=SAME,
            owed=f"{SAME} x",
            ratios=ratios,
            database_ratios=[grown.cost.database / small.cost.database for small, grown in turns],
        ),
        row(
            "growth_wal",
            "growth: write-ahead log per validation, large table by small",
            bytes_each[1] / bytes_each[0],
            f"{bytes_each[1] / bytes_each[0]:.1f} x ({bytes_each[0] / 1024:.1f} kB and {bytes_each[1] / 1024:.1f} kB)",
        ),
    ]


def _filled(database: str, account: int, campaign: int, rows: int) -> Walk:
    numbers = Numbers(rows // 2, digits=8)
    values = {
        "account": account,
        "campaign": campaign,
        "first": numbers.first,
        "factor": numbers.factor,
        "tail": numbers.tail,
        "letters": LETTERS,
        "rows": rows,
    }
    with psycopg.connect(database, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("set synchronous_commit = off; set maintenance_work_mem = '256MB'")
        connection.execute(FILL, values)
        connection.execute(HISTORY, values)
        connection.execute("vacuum (analyze, freeze)")
        connection.execute("checkpoint")
    return Walk(numbers)


def _wal(side: Place) -> int:
    with psycopg.connect(side.database_url) as connection:
        row = connection.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None
    return int(row[0])


def _address(data: Path, database: str) -> str:
    return postgres.address(data).replace(f"/{postgres.DATABASE}?", f"/{database}?")
