"""The table of calls: which path is answered by which function, with which parameters, answer and errors.

`@call` writes a row. The same row dispatches (`wire`), converts the parameters (`fields`) and describes the call
(`document`). A call's function gets the request and its parameters and returns the answer; it raises `errors.Failed`
for everything else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from tearoff.accounts import rights
from tearoff.accounts.keys import Caller
from tearoff.accounts.rights import NotAllowed, Right
from tearoff.api import bodies
from tearoff.api.errors import Failed, Failure, Shape, account_refused, lacking
from tearoff.api.fields import Parameters, Reader
from tearoff.kit import sql

P = TypeVar("P", bound=Parameters)


Access = Right | tuple[Right, ...] | None
"""One right, several that are needed together, or none."""


def all_of(access: Access) -> tuple[Right, ...]:
    if access is None:
        return ()
    return access if isinstance(access, tuple) else (access,)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, and at what moment: the one reading of the clock."""

    caller: Caller
    at: datetime

    @property
    def account(self) -> int:
        return self.caller.account

    @property
    def actor(self) -> str:
        """Who did it, in the event ledger."""
        return f"api:{self.caller.client}"


@dataclass(frozen=True, slots=True)
class Made:
    """An answer too long to keep: what names the rows it is made of, and how it is made of them, piece by piece."""

    batch: int
    pieces: Callable[[int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Headed:
    """A read's answer with headers of its own, perhaps made while it is sent."""

    body: bytes | list[bytes] | Iterator[bytes]
    headers: tuple[tuple[str, str], ...]


Answer = bytes | list[bytes] | Made | Headed
"""A whole body, the pieces of one, or one that is made while it is sent, after the effect has been committed."""

Body = Callable[[Request, Any], Answer]


@dataclass(frozen=True, slots=True)
class Told:
    """What only readers of the API document need to know of a call."""

    answer: dict[str, Any] = field(default_factory=dict)
    """Members of the example answer that are particular to this call, such as its `action`."""
    reasons: tuple[str, ...] = ()
    """The words of `error_reason` that 300 carries here because of a state, not because of a parameter."""
    yours: tuple[str, ...] = ()
    """Parameters whose example works for nobody else: each reader puts something of their own."""
    total_in_header: bool = False
    """Whether `X-Total-Count` comes with the answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the table."""

    path: str
    function: Body
    params: type[Parameters]
    read: Reader[Any]
    answer: type[msgspec.Struct]
    errors: tuple[int, ...]
    reads: bool
    """Changes nothing, so GET is answered too."""
    aliases: tuple[str, ...]
    shape: Shape
    asks_account: bool
    """Whether the account's state is asked before the function runs; False where the verb itself asks, in the same
    statement, and then only a failure is followed by the question."""
    access: tuple[Right, ...]
    """The rights of `accounts.rights` without which the account may not make this call; asked before `right`."""
    right: Callable[[Request], None] | None
    """Raises when the account has no right to the feature (102 to 104); asked before the parameters are looked at."""
    before: Callable[[Request, Any], None] | None
    """What must be done outside the transaction a repeated request shares with its key."""
    remake: Callable[[int], Iterator[bytes]] | None
    """Makes a long answer again from its batch, for a repeated request."""
    is_secret: bool
    """The answer holds a secret, and is sealed where it is kept for a repeated request."""
    inferred: bool
    """No document or client shows this path (conventions.md 0)."""
    example: dict[str, Any] = field(default_factory=dict)
    told: Told = field(default_factory=Told)

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "POST") if self.reads else ("POST",)

    def given(self, environ: dict[str, Any], body: bytes) -> dict[str, Any]:
        """What was sent, by the names of the parameters, not converted yet."""
        return bodies.parameters(environ, body)

    @property
    def codes(self) -> list[int]:
        """All numbers it may answer: those of its own, and 300 where it needs a right."""
        return sorted({*self.errors, 300} if self.access else self.errors)

    @property
    def summary(self) -> str:
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def details(self) -> str:
        """What the function says of itself after its first line."""
        rest = (self.function.__doc__ or "").strip().partition("\n")[2].partition("Raises:")[0]
        return " ".join(rest.split())


TABLE: dict[str, Call] = {}
"""Every call by its own path."""

PATHS: dict[str, Call] = {}
"""Every call by its own path and by its aliases."""


def call(
    path: str,
    *,
    params: type[P],
    answer: type[msgspec.Struct],
    errors: set[int],
    access: Access,
    reads: bool = False,
    aliases: tuple[str, ...] = (),
    shape: Shape = Shape.NORMAL,
    asks_account: bool = True,
    right: Callable[[Request], None] | None = None,
    before: Callable[[Request, P], None] | None = None,
    remake: Callable[[int], Iterator[bytes]] | None = None,
    is_secret: bool = False,
    inferred: bool = False,
    example: dict[str, Any] | None = None,
    told: Told | None = None,
) -> Callable[[Callable[[Request, P], Answer]], Callable[[Request, P], Answer]]:
    """Enter the function that follows into the table. `access` has no default, so that nobody forgets to think of it."""

    def enter(function: Callable[[Request, P], Answer]) -> Callable[[Request, P], Answer]:
        row = Call(
            path,
            function,
            params,
            Reader(params),
            answer,
            tuple(sorted(errors)),
            reads,
            aliases,
            shape,
            asks_account,
            all_of(access),
            right,
            before,
            remake,
            is_secret,
            inferred,
            example or {},
            told or Told(),
        )
        TABLE[path] = row
        for name in (path, *aliases):
            if name in PATHS:
                raise ValueError(f"{name} stands twice in the table of calls")
            PATHS[name] = row
        return function

    return enter


def outcome(row: Call, request: Request, given: dict[str, Any]) -> Answer | Failure:
    """Carry out a call that nobody may repeat, in the order of conventions.md 2."""
    try:
        return carried_out(row, request, prepared(row, request, given))
    except Failed as failed:
        return failed.failure if row.asks_account else account_first(request, failed.failure)


def prepared(row: Call, request: Request, given: dict[str, Any]) -> Any:
    """The parameters, once account and right have been asked.

    Raises:
        Failed: the first of them that says no.
    """
    if row.asks_account:
        raise_if_refused(request)
    raise_if_denied(row, request)
    if row.right:
        row.right(request)
    read = row.read(given)
    if row.before:
        row.before(request, read)
    return read


def carried_out(row: Call, request: Request, params: Any) -> Answer:
    """What the call's function answers. The verbs ask for rights themselves, whoever calls them.

    Raises:
        Failed: also where a verb says that the account may not do this.
    """
    try:
        return row.function(request, params)
    except NotAllowed as refused:
        raise Failed(lacking(refused.reason, row.shape)) from None


def raise_if_denied(row: Call, request: Request) -> None:
    """An account without the right to a feature is told so before its parameters are looked at."""
    try:
        for right in row.access:
            rights.require_of(request.actor, right)
    except NotAllowed as refused:
        raise Failed(lacking(refused.reason, row.shape)) from None


def raise_if_refused(request: Request) -> None:
    """An account that has expired or is blocked is told so before everything else (101, 1000)."""
    word = _refusal_of(request)
    if word:
        raise Failed(account_refused(word))


def account_first(request: Request, failure: Failure) -> Failure:
    """Where the verb asks for the account itself it names the first reason in its own order; on the API the account
    comes before them all."""
    word = _refusal_of(request) if failure.shape is not Shape.KEYS else None
    return account_refused(word) if word else failure


def _refusal_of(request: Request) -> str | None:
    row = sql.one("select account_refusal(%s, %s)", [request.account, request.at])
    return row[0] if row else None
