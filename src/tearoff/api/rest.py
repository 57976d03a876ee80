"""Calls in REST style (/v4): the verb says what is done, the path to what; answers are bare JSON (conventions.md 4).

`@route` writes a row, as `calls.call` does for the other style. The numbers in a path join the parameters under the names
they have in the template: `/v4/loyalty/loyalty-cards/{card}/stats/{user}`.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from tearoff.api import bodies
from tearoff.api.calls import Access, Answer, Call, Request, Told, all_of
from tearoff.api.errors import Shape
from tearoff.api.fields import Parameters, Reader

P = TypeVar("P", bound=Parameters)
_PLACE = re.compile(r"\{(\w+)\}")
_BRACKETS = re.compile(r"(\w+)\[(\w+)\]")


@dataclass(frozen=True)
class RestCall(Call):
    """A row of the table of REST-style calls; with `in_path`, one that was asked for."""

    verbs: tuple[str, ...] = ()
    list_in: str = ""
    """The parameter that a body which is an array stands for."""
    in_path: dict[str, str] = field(default_factory=dict)

    @property
    def methods(self) -> tuple[str, ...]:
        return self.verbs

    @property
    def places(self) -> tuple[str, ...]:
        """The names in the path, in their order."""
        return tuple(_PLACE.findall(self.path))

    def given(self, environ: dict[str, Any], body: bytes) -> dict[str, Any]:
        """Objects travel on a GET as a JSON body, as JSON in the query string, or in brackets: all mean the same."""
        if self.list_in and body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"[":
            body = b'{"%s":%s}' % (self.list_in.encode(), body.removeprefix(b"\xef\xbb\xbf"))
        if not body and environ.get("QUERY_STRING", "").startswith(("%7B", "%7b", "{")):
            return _nested(_from_query(environ)) | self.in_path
        return _nested(bodies.parameters(environ, body)) | self.in_path


TABLE: dict[tuple[str, str], RestCall] = {}
"""Every call by its first verb and its path."""

_PATTERNS: list[tuple[re.Pattern[str], dict[str, RestCall]]] = []


def route(
    verb: str,
    path: str,
    *,
    params: type[P],
    answer: Any,
    errors: Iterable[int],
    access: Access,
    also: tuple[str, ...] = (),
    list_in: str = "",
    asks_account: bool = True,
    right: Callable[[Request], None] | None = None,
    inferred: bool = False,
    is_secret: bool = False,
    invalid: int = 422,
    example: dict[str, Any] | None = None,
    told: Told | None = None,
) -> Callable[[Callable[[Request, P], Answer]], Callable[[Request, P], Answer]]:
    """Enter the function that follows. `also` are verbs that do the same; `errors` the HTTP statuses it may answer,
    403 aside; `invalid` the one for parameters that are wrong."""

    def enter(function: Callable[[Request, P], Answer]) -> Callable[[Request, P], Answer]:
        row = RestCall(
            path,
            function,
            params,
            Reader(params, invalid),
            answer,
            tuple(sorted({*errors, 403} if access else errors)),
            verb == "GET",
            (),
            Shape.REST,
            asks_account,
            all_of(access),
            right,
            None,
            None,
            is_secret,
            inferred,
            example or {},
            told or Told(),
            verbs=(verb, *also),
            list_in=list_in,
        )
        TABLE[verb, path] = row
        _enter_verbs(row)
        return function

    return enter


_NUMBER = "(?:[a-z]{3}_)?[0-9]{1,18}"
"""With or without the prefix of /v3."""
_NOBODYS = "9" * 18


def _enter_verbs(row: RestCall) -> None:
    pattern = re.compile(_PLACE.sub(rf"(?P<\1>{_NUMBER})", row.path))
    by_verb = next((rows for known, rows in _PATTERNS if known == pattern), None)
    if by_verb is None:
        by_verb = {}
        _PATTERNS.append((pattern, by_verb))
    for verb in row.verbs:
        if verb in by_verb:
            raise ValueError(f"{verb} {row.path} stands twice in the table of calls")
        by_verb[verb] = row


def found(verb: str, path: str) -> RestCall | None:
    """The call of a path; for a verb the path does not know, one that names those it knows."""
    if not path.startswith("/v4/"):
        return None
    for pattern, rows in _PATTERNS:
        match = pattern.fullmatch(path)
        if match:
            return _of(rows, verb, path, match.groupdict())
    for pattern, rows in _PATTERNS:
        match = re.fullmatch(pattern.pattern.replace(_NUMBER, "[^/]+"), path)
        if match:  # what is no number is an id nobody has, and is told so in the shape of these calls
            return _of(
                rows,
                verb,
                path,
                {name: _NOBODYS if not _is_number(text) else text for name, text in match.groupdict().items()},
            )
    return None


def _of(rows: dict[str, RestCall], verb: str, path: str, in_path: dict[str, str]) -> RestCall:
    row = rows.get(verb) or replace(next(iter(rows.values())), verbs=tuple(rows))
    return replace(row, path=f"{verb} {path}"[:120], in_path=in_path)


def _is_number(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None


def _from_query(environ: dict[str, Any]) -> dict[str, Any]:
    """A query string that is one JSON object. Keys do not count in an address."""
    text = unquote_plus(environ["QUERY_STRING"]).encode("utf-8", "replace")
    asked = bodies.parameters(environ | {"QUERY_STRING": "", "CONTENT_TYPE": "application/json"}, text)
    return {name: value for name, value in asked.items() if name not in ("client_id", "client_secret")}


def _nested(given: dict[str, Any]) -> dict[str, Any]:
    """`pagination[page]=2` as `{"pagination": {"page": 2}}`; what stands in JSON already wins."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        parts = _BRACKETS.fullmatch(name)
        if not parts:
            found[name] = _decoded(value)
        elif not isinstance(given.get(parts[1]), dict):
            inner = found.setdefault(parts[1], {})
            if isinstance(inner, dict):
                inner[parts[2]] = value
    return found


def _decoded(value: Any) -> Any:
    """An object that came as JSON text; any other text is that text."""
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
