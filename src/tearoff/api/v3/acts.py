"""Carrying out a verb and getting the session as the wire shows it from the same statement: one round trip."""

from dataclasses import dataclass
from typing import Any

import msgspec

from tearoff.api import errors
from tearoff.api.errors import Failure
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import codes, sql
from tearoff.kit.public import public_url


@dataclass(frozen=True, slots=True)
class Done:
    """The verb said ok. `written` are the session's members as the database wrote them (`wire_single`)."""

    campaign: int
    written: str


def carried_out(verb: str, *arguments: Any) -> Done | Failure:
    """Call one of the SQL verbs of `coupons`. A refusal is a value here, because what it wrote down must be committed."""
    try:
        (row,) = sql.prepared(_statement(verb, len(arguments)), (public_url(""), *arguments))
    except sql.Busy:
        return errors.BUSY
    word, campaign, text = row
    if word == "ok":
        return Done(campaign, text)
    if word == Refusal.UNKNOWN:
        return unknown(*arguments[:2])
    return errors.refused(Refusal(word), msgspec.json.decode(text))


def unknown(account: int, code: str) -> Failure:
    """Why an account's code named no session: there is none, or there are several."""
    named = sql.one("select sessions_named(%s, %s)", [account, code]) if len(code) == codes.SHORT_LENGTH else None
    if named and named[0] > 1:
        return errors.not_allowed("Several sessions have this short code.", "ambiguous")
    return errors.no_session()


def _statement(verb: str, arguments: int) -> str:
    marks = ", ".join(["%s"] * arguments)
    return (
        "select o.outcome, c.id, "
        "case o.outcome when 'ok' then wire_single(o.s, c, l, %s) else session_state(o.s, c)::text end "
        f"from {verb}({marks}) o "
        "left join campaign c on c.id = (o.s).campaign_id left join location l on l.id = (o.s).location"
    )
