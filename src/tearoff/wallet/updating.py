"""A pass has changed: its tag and date move on, and each wallet that has it gets an update to be told (by the worker)."""

from collections.abc import Sequence
from datetime import datetime

from tearoff.kit import sql
from tearoff.wallet.models import Maker

_APPLE = """
    insert into wallet_update (account_id, wallet_pass_id, maker, what, registration, text, state, outcome, tries,
                               next_try_at, created_at)
    select p.account, p.id, 'apple', 'nudge', r.id, '', 'queued', '', 0, %(at)s, %(at)s
    from wallet_pass p join wallet_registration r on r.wallet_pass_id = p.id
    where p.id = any(%(passes)s) order by p.id, r.id
    on conflict (wallet_pass_id, what, registration) where state = 'queued' and not (what = 'message') do nothing
"""

_GOOGLE = """
    insert into wallet_update (account_id, wallet_pass_id, maker, what, registration, text, state, outcome, tries,
                               next_try_at, created_at)
    select p.account, p.id, 'google', 'state', 0, '', 'queued', '', 0, %(at)s, %(at)s
    from wallet_pass p where p.id = any(%(passes)s) and p.google_saved_at is not null order by p.id
    on conflict (wallet_pass_id, what, registration) where state = 'queued' and not (what = 'message') do nothing
"""


def change(account: int, passes: Sequence[int], *, at: datetime, message: str | None = None) -> None:
    """Move these passes of an account on, inside the caller's transaction. `message` is a text to show on them.

    Locks in the order clock, passes; all passes of one call get the same tag.
    """
    if not passes:
        return
    tag = sql.one(
        "insert into wallet_clock (account, tag) values (%s, 1) "
        "on conflict (account) do update set tag = wallet_clock.tag + 1 returning tag",
        [account],
    )
    assert tag is not None
    sql.run(
        "select from wallet_pass where account = %s and id = any(%s) order by id for no key update",
        [account, list(passes)],
    )
    sql.run(
        "update wallet_pass set tag = %(tag)s, message = coalesce(%(message)s, message), "
        "changed_at = greatest(date_trunc('second', %(at)s::timestamptz), changed_at + interval '1 second') "
        "where account = %(account)s and id = any(%(passes)s)",
        {"tag": tag[0], "message": message, "at": at, "account": account, "passes": list(passes)},
    )
    queue(passes, Maker.APPLE, at=at)
    if message is None:
        queue(passes, Maker.GOOGLE, at=at)


def tell_all(account: int, maker: str, *, at: datetime) -> None:
    """Tell one wallet of all passes of an account: nobody knows what it missed while its maker refused us."""
    passes = sql.rows("select id from wallet_pass where account = %s order by id", [account])
    queue([one for (one,) in passes], maker, at=at)


def queue(passes: Sequence[int], maker: str, *, at: datetime) -> None:
    """One update for each device or object of these passes, where none waits already."""
    sql.run(_APPLE if maker == Maker.APPLE else _GOOGLE, {"passes": list(passes), "at": at})
