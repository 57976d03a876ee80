"""Opening: a person's GET finds the way back to a session or makes one. The statements are in `opening.sql`."""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from tearoff.coupons.outcomes import Outcome, Refusal, act
from tearoff.kit import codes, sql

FRESH_CODES_TRIED = 8


class Visit(NamedTuple):
    """Where a visitor of a public address goes: to a session, or nowhere for a reason."""

    session_code: str | None
    refusal: Refusal | None
    made: bool


def visit(
    *,
    campaign_code: str,
    cookie: str | None,
    person: bool,
    customid: str | None,
    details: dict[str, Any],
    source: str,
    at: datetime,
) -> Visit:
    """Find the visitor's session by the cookie, or make one, opened at once when the visitor looks like a person."""
    for _ in range(FRESH_CODES_TRIED):
        ((outcome, session_code),) = sql.prepared(
            "select outcome, session_code from coupon_visit(%s, %s, %s, %s, %s, %s, %s, %s)",
            [campaign_code, cookie, codes.session_code(), person, customid, Jsonb(details), source, at],
        )
        if outcome in ("known", "made"):
            return Visit(session_code, None, outcome == "made")
        if outcome != "again":
            return Visit(None, Refusal(outcome), False)
    raise RuntimeError("No free widget code was found: the account holds too many sessions for six characters.")


def open_session(*, account: int, code: str, at: datetime, actor: str = "holder", entrance: str = "holder") -> Outcome:
    """Mark a session opened for the first time."""
    return act("coupon_open", account, code, at, actor, entrance)


def count_doubtful(*, account: int, session: int) -> None:
    """One more visit of something that may be no person to a session nobody has opened yet (lesson 24)."""
    sql.run(
        "update coupon_session set doubtful_visits = doubtful_visits + 1 "
        "where account_id = %s and id = %s and opened_at is null",
        [account, session],
    )
