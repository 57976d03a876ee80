"""Changing sessions: claim, validate, void, lock, their data (coupons.md 10 and 11)."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed, Failure, Fault
from tearoff.api.fields import Choice, Flag, SessionCode, Text, Texts, Wrong
from tearoff.api.v3 import blocks, people
from tearoff.api.v3.acts import Done, carried_out, unknown
from tearoff.api.v3.blocks import OneSession
from tearoff.api.v3.people import Data
from tearoff.kit import codes, sql

ACTS = {
    "claimed": "claim",
    "validated": "validate",
    "voided": "void",
    "unvoided": "unvoid",
    "normal": "unvoid",
    "activated": "unvoid",
    "opened": "open",
    "locked": "lock",
    "unlocked": "unlock",
    "claim": "claim",
    "validate": "validate",
    "void": "void",
    "unvoid": "unvoid",
    "activate": "unvoid",
    "open": "open",
    "lock": "lock",
    "unlock": "unlock",
}
"""What a status means as an act; the verb forms are understood too."""


class Change(Data):
    """What both forms of the call change."""

    leading = ("couponsession", "couponsessions", "status", "void", "validation_value", "value", "location")

    status: Annotated[str | None, Choice(ACTS, also=("action",), inferred=True)] = None
    void: Annotated[bool | None, Flag(inferred=True, note="true: void, false: un-void.")] = None
    validation_value: Annotated[str | None, Text(20, inferred=True)] = None
    value: Annotated[str | None, Text(255, inferred=True)] = None
    location: Annotated[
        str | None, Text(200, inferred=True, note="For a validation: id or exact name of a location of this coupon.")
    ] = None

    @property
    def act(self) -> str | None:
        if self.void is not None:
            return "void" if self.void else "unvoid"
        return self.status

    def changes_something(self, but: str = "") -> bool:
        """Whether anything is asked for, `but` being no change."""
        known = (self.act, self.validation_value, self.value)
        return any(value is not None for value in known) or self.has_data(but)

    def contradictions(self) -> Iterator[Fault]:
        if self.status is not None and self.void is not None and self.status != self.act:
            yield errors.bad_format("void", "what status says, or nothing")


class UpdateSession(Change):
    couponsession: Annotated[str | None, SessionCode(note="Without it customvalcode names the session.")] = None

    def faults(self) -> Iterator[Fault]:
        yield from self.contradictions()
        if self.couponsession is None and self.customvalcode is None:
            yield errors.missing("couponsession")
        if not self.changes_something(but="customvalcode" if self.couponsession is None else ""):
            yield errors.missing("status")


class UpdateSessions(Change, kw_only=True):
    couponsessions: Annotated[
        tuple[str, ...], Texts(64, 1_000, may_repeat=True, also=("couponsession",), inferred=True)
    ]

    def faults(self) -> Iterator[Fault]:
        if not self.couponsessions:
            yield errors.missing("couponsessions")
        yield from self.contradictions()
        if not self.changes_something():
            yield errors.missing("status")


@call(
    "/v3/couponsession/update",
    params=UpdateSession,
    answer=OneSession,
    errors={200, 300, 301, 302, 303, 305, 505},
    access=None,
    asks_account=False,
    example={"couponsession": "h4k9r2m7x1c8v5b3n6z0q", "status": "validated"},
    told=Told(reasons=(*errors.REASONS_ON_THE_API, "ambiguous")),
)
def update_session(request: Request, params: UpdateSession) -> bytes:
    """Change one coupon session: claim, validate, void, lock, or its data. Data and state change together or not at all."""
    if params.couponsession:
        code, data = params.couponsession, params
    else:
        code = _named_by_own_code(request, params.customvalcode or "")
        data = msgspec.structs.replace(params, customvalcode=None)
    done = _done(request, code, params, data)
    if isinstance(done, Failure):
        raise Failed(done)
    return blocks.one_session(done.campaign, "session_updated", done.written)


class ItemResult(msgspec.Struct):
    """How it went with one of several sessions; 0 and "" where it went well. (inferred)"""

    session: str
    status: str
    error_code: int = 0
    error_message: str = ""
    error_reason: str = ""


class SeveralSessions(blocks.Answer, kw_only=True):
    """(inferred)"""

    action: str
    amount_of_results: int
    data: list[ItemResult]


@call(
    "/v3/multiplecouponsession/update",
    params=UpdateSessions,
    answer=SeveralSessions,
    errors={200, 300, 301, 302, 303, 305},
    access=None,
    aliases=("/v3/couponsession/multipleupdate", "/v3/couponsession/update/multiple"),
    inferred=True,
    example={"couponsessions": ["h4k9r2m7x1c8v5b3n6z0q", "tq7m2d"], "status": "voided"},
)
def update_sessions(request: Request, params: UpdateSessions) -> bytes:
    """Change several sessions in the same way, each by itself: some may fail where others succeed."""
    results = [_result(request, code, params) for code in params.couponsessions]
    changed = sum(result.status == "OK" for result in results)
    return msgspec.json.encode(
        SeveralSessions(action="multiple_sessions_updated", amount_of_results=changed, data=results)
    )


def _result(request: Request, typed: str, params: UpdateSessions) -> ItemResult:
    try:
        code = SessionCode().read("couponsessions", typed)
        done = _alone(lambda: _done(request, code, params, params))
    except Wrong as wrong:
        fault = wrong.fault
    except Failed as failed:
        fault = failed.failure.faults[0]
    else:
        if isinstance(done, Done):
            return ItemResult(typed, "OK")
        fault = done.faults[0]
    return ItemResult(typed, "failed", fault.code, fault.sentence, fault.reason)


def _alone(act: Callable[[], Done | Failure]) -> Done | Failure:
    """Each session is its own transaction; within that of a request key, its own savepoint. What a refusal wrote down
    stays; a lock that took too long left the savepoint broken."""
    if not connection.in_atomic_block:
        return act()
    with transaction.atomic():
        done = act()
        if done is errors.BUSY:
            transaction.set_rollback(True)
    return done


def _done(request: Request, code: str, params: Change, data: Data) -> Done | Failure:
    """One session changed, or why not. One statement, unless the data speak of local times or phones."""
    account, at, actor, act = request.account, request.at, request.actor, params.act
    changes = _changes(request, code, params, data)
    if params.validation_value is not None and (changes or act != "validate"):
        changes["validation_value"] = params.validation_value
    if changes:
        return carried_out("coupon_edit", account, code, at, actor, Jsonb(changes), act, params.location)
    if act == "validate":
        return carried_out(
            "coupon_validate",
            *(account, code, at, actor, "api", "api"),
            *(None, None, params.location, params.validation_value, None),
        )
    return carried_out("coupon_act", account, code, at, actor, act, params.location, None)


def _changes(request: Request, code: str, params: Change, data: Data) -> dict[str, Any]:
    """What is laid over the session, by the names of `coupons.editing`."""
    place = _place(request, code) if data.needs_place else None
    changes = people.stored(data, place)
    if params.value is not None:
        changes["value"] = params.value
    return changes


def _place(request: Request, code: str) -> people.Place:
    row = sql.one(
        "select c.timezone, a.country from session_seen(%s, %s) s join campaign c on c.id = s.campaign_id "
        "join account a on a.id = c.account_id",
        [request.account, code],
    )
    if row is None:
        raise Failed(unknown(request.account, code))
    return people.Place(*row)


def _named_by_own_code(request: Request, own_code: str) -> str:
    """The session a till names by what its scanner read."""
    found = sql.rows(
        "select s.code from coupon_session s join campaign c on c.id = s.campaign_id and c.deleted_at is null "
        "where s.own_code_key = %(key)s and (s.account_id = %(account)s or (s.account_id = any (select x.account_id "
        "from campaign_grant g join campaign x on x.id = g.campaign_id where g.parent_id = %(account)s) "
        "and exists (select from campaign_grant g where g.parent_id = %(account)s and g.campaign_id = c.id))) limit 2",
        {"key": codes.folded(own_code), "account": request.account},
    )
    if not found:
        raise Failed(errors.no_session())
    if len(found) > 1:
        raise Failed(errors.not_allowed("Several sessions have this validation code.", "ambiguous"))
    return str(found[0][0])
