"""Totals shown to people and programs. One definition each (product.md 4.9), computed in one place (lesson 25)."""

from collections.abc import Iterable

from tearoff.kit import sql

FIGURES = (
    "made",
    "opened",
    "played",
    "claimed",
    "saved",
    "validated",
    "users_who_used",
    "voided",
    "refused",
    "doubtful",
    "removed",
    "money",
)
"""What `totals` always holds:

made            sessions that exist, by link or by opening; removed ones not
opened, played, claimed, saved    sessions with that flag
validated       uses, undone ones not
users_who_used  sessions with one use or more
voided          sessions voided now
refused         refused attempts on known sessions; `refused.<reason>` for each reason that came up
doubtful        sessions made by a visitor that looked like a program
removed         links removed
money           what was spent at validations, in hundredths of the coupon's currency
"""


def totals(campaign_id: int) -> dict[str, int]:
    """Exact at this moment: the daily figures and the events not yet in them, read in one statement."""
    return _summed(
        sql.rows(
            "select kind, sum(amount)::bigint, sum(money)::bigint from ("
            "  select d.kind, d.amount, d.money from daily d where d.campaign = %(campaign)s"
            "  union all"
            "  select f.figure, f.amount, f.money from outbox o join event e on e.id = o.event"
            "  cross join lateral event_figures(e.kind, e.at, e.data) f"
            "  where o.reader = 'statistics' and e.campaign = %(campaign)s"
            ") as figure group by kind",
            {"campaign": campaign_id},
        )
    )


def recount(campaign_id: int) -> dict[str, int]:
    """The same figures from nothing but the event ledger. Reads all events of the account: for tests and doubts."""
    return _summed(
        sql.rows(
            "select f.figure, sum(f.amount)::bigint, sum(f.money)::bigint from event e"
            " cross join lateral event_figures(e.kind, e.at, e.data) f"
            " where e.account = (select account_id from campaign where id = %(campaign)s) and e.campaign = %(campaign)s"
            " group by f.figure",
            {"campaign": campaign_id},
        )
    )


def _summed(rows: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    found = dict.fromkeys(FIGURES, 0)
    for kind, amount, money in rows:
        found[kind] = found.get(kind, 0) + amount
        found["money"] += money
    found["made"] -= found["removed"]
    found["opened"] -= found.pop("removed_opened", 0)
    found["refused"] = sum(amount for kind, amount in found.items() if kind.startswith("refused."))
    return found
