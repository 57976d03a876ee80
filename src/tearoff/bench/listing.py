"""5,000 sessions with all members of the contract: time, against what PostgreSQL needs for the rows, and memory."""

import time
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from tearoff.bench import calls, loading, yardstick
from tearoff.bench.loading import Failed
from tearoff.bench.place import Place
from tearoff.bench.report import Row, median, ms, row
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes
from tearoff.bench.yardstick import Statement

if TYPE_CHECKING:
    from tearoff.campaigns.models import Campaign

PAGE = 5_000
LONGEST = 0.150  # seconds
MOST_TIMES_THE_DATABASE = 5.0
FLAT = 16 * 2**20  # bytes by which a web process may have grown after many lists: the answer is 5 MB


def measured(place: Place, sizes: Sizes, ours: Shop, campaign: "Campaign", rows: int) -> list[Row]:
    """`rows` is how many items the first page has: 5,000, unless the campaign is smaller."""
    expected = min(rows, PAGE)
    statements = yardstick.statements_of(
        partial(yardstick.ask_here, calls.LIST, {"campaign": f"cam_{campaign.pk}", "page": 1}, ours.keys)
    )
    _listed(place, ours, campaign, 4, expected)
    memory = place.web_memory()
    ratios, lists, bares = [], [], []
    for _ in sizes.rounds(sizes.listings):
        bare = _fetched(place, statements)
        took = _listed(place, ours, campaign, 1, expected)
        bares.append((bare + _fetched(place, statements)) / 2)
        lists.append(took)
        ratios.append(took / bares[-1])
    grown = place.web_memory() - memory
    listed, ratio = median(lists), median(ratios)
    rows_alone = median([_plain_rows(place, campaign, expected) for _ in lists])
    return [
        row("list", f"list {expected:,} sessions", listed, ms(listed), at_most=LONGEST, owed=ms(LONGEST), all=lists),
        row(
            "list_ratio",
            "list: time, by what PostgreSQL needs for the same statements",
            ratio,
            f"{ratio:.2f} x (of {ms(median(bares))})",
            at_most=MOST_TIMES_THE_DATABASE,
            owed=f"{MOST_TIMES_THE_DATABASE:.0f} x",
            statements=len(statements),
        ),
        row(
            "list_plain_ratio",
            "list: time, by what PostgreSQL needs for the bare columns of these rows",
            listed / rows_alone,
            f"{listed / rows_alone:.2f} x (of {ms(rows_alone)})",
        ),
        row(
            "list_memory",
            f"list: growth of the fattest web process after {len(lists)} more lists",
            grown,
            f"{grown / 2**20:.1f} MB (of {memory / 2**20:.0f} MB)",
            at_most=FLAT,
            owed="flat",
        ),
    ]


def _listed(place: Place, ours: Shop, campaign: "Campaign", times: int, expected: int) -> float:
    """Seconds of one list, from the request's first byte to the answer's last."""
    result = loading.load(calls.listing(place, ours, campaign.pk, times))
    loading.only(result, calls.ANSWERED.name, times)
    if result.counted != times * expected:
        raise Failed(f"{times} lists had {result.counted} items instead of {times * expected}.")
    return median(result.latencies)


def _fetched(place: Place, statements: list[Statement]) -> float:
    """Seconds until libpq has the results of the call's statements, as they come, made into nothing."""
    with psycopg.connect(place.database_url, autocommit=True) as connection:
        texts = [psycopg.ClientCursor(connection).mogrify(one.text, one.values).encode() for one in statements]
        connection.pgconn.exec_(b"select 1")
        began = time.perf_counter()
        for text in texts:
            _carried_out(connection, text)
        return time.perf_counter() - began


def _plain_rows(place: Place, campaign: "Campaign", expected: int) -> float:
    """The strictest yardstick: the columns as they lie in the table."""
    with psycopg.connect(place.database_url, autocommit=True) as connection:
        connection.pgconn.exec_(b"select 1")
        began = time.perf_counter()
        _carried_out(
            connection,
            f"select * from coupon_session where campaign_id = {campaign.pk} order by id limit {expected}".encode(),
        )
        return time.perf_counter() - began


def _carried_out(connection: psycopg.Connection[tuple[object, ...]], text: bytes) -> None:
    result = connection.pgconn.exec_(text)
    if result.status not in (psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.COMMAND_OK):
        raise Failed(f"PostgreSQL would not repeat a statement of the list: {result.error_message.decode()}")
