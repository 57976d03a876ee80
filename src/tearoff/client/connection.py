"""The lane of every call: parameters out, one typed answer back, attempts in between."""

import random
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from importlib.metadata import version
from typing import Literal, TypeVar

import httpx
import msgspec

from tearoff.client import errors
from tearoff.client.errors import Busy, RateLimited, TearoffError, Unavailable, Unreadable

T = TypeVar("T")
Parameters = Mapping[str, object]

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds before the second attempt at most, doubled each time, up to the longest."""

PATIENCE = 60.0
"""So many seconds a server may ask to wait; when it wants more, the program is told instead."""

LINE_BROKE = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)
WORTH_ANOTHER_TRY = {408, 502, 503, 504}

_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")
"""What the server takes as an Idempotency-Key, and HTTP leaves as it is."""


class _Ok(msgspec.Struct, frozen=True):
    status: Literal["OK"]


class Done(msgspec.Struct, frozen=True):
    """An answer that says only that it was done."""

    status: _Ok


class Connection:
    """One pair of keys at one server."""

    def __init__(self, http: httpx.Client, *, retries: int, sleep: Callable[[float], None]) -> None:
        http.headers["User-Agent"] = f"tearoff-client/{version('tearoff')}"
        self._http = http
        self._retries = retries
        self._sleep = sleep

    def read(self, path: str, answer: type[T], params: Parameters) -> T:
        """A call of /v3 that changes nothing."""
        return self._called("POST", path, answer, content=_json(params))

    def write(self, path: str, answer: type[T], params: Parameters, key: str | None) -> T:
        """A call of /v3 that changes something: every attempt carries the same Idempotency-Key, so it acts once."""
        return self._called("POST", path, answer, content=_json(params), key=_key(key))

    def get(self, path: str, answer: type[T], params: Parameters) -> T:
        """A read in REST style; objects travel in brackets, as `pagination[limit]=50`."""
        return self._called("GET", path, answer, query=_query(params))

    def send(self, verb: str, path: str, answer: type[T], params: Parameters, key: str | None) -> T:
        """A write in REST style."""
        return self._called(verb, path, answer, content=_json(params) if params else None, key=_key(key))

    def close(self) -> None:
        self._http.close()

    def _called(
        self,
        verb: str,
        path: str,
        answer: type[T],
        *,
        content: bytes | None = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> T:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        if key:
            headers["Idempotency-Key"] = key
        request = self._http.build_request(verb, path, content=content, params=query, headers=headers)
        try:
            return _decoded(self._answered(request), answer)
        except TearoffError as failed:
            failed.idempotency_key = key or None
            raise

    def _answered(self, request: httpx.Request) -> httpx.Response:
        """The good answer, after as many attempts as it takes and there are."""
        for attempt in range(self._retries):
            try:
                return self._attempt(request)
            except TearoffError as failed:
                if not _may_pass(failed):
                    raise
                self._sleep(_wait(attempt, failed.retry_after))
        return self._attempt(request)

    def _attempt(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._http.send(request)
        except LINE_BROKE as trouble:
            raise Unavailable(f"{request.url.host} did not answer: {trouble or type(trouble).__name__}") from trouble
        except httpx.DecodingError as trouble:
            raise Unreadable(f"No answer of this API: {trouble}") from trouble
        failed = errors.of(response)
        if failed:
            raise failed
        return response


def _key(given: str | None) -> str:
    """The program's own key, or a new one. An empty one is a mistake of the program: it would guard nothing.

    Raises:
        ValueError: a header cannot carry it.
    """
    if given is None:
        return str(uuid.uuid4())
    if not isinstance(given, str) or not _KEY.fullmatch(given):
        raise ValueError("idempotency_key is a text of 1 to 255 printable ASCII characters, without blanks around it")
    return given


def _may_pass(failed: TearoffError) -> bool:
    """Whether the same request may well succeed a little later."""
    if failed.retry_after is not None and failed.retry_after > PATIENCE:
        return False
    if isinstance(failed, Unavailable):
        return failed.http_status is None or failed.http_status in WORTH_ANOTHER_TRY
    return isinstance(failed, Busy | RateLimited)


def _wait(attempt: int, asked: float | None) -> float:
    """As long as the server asked for; and a random part, so that many clients do not come back at once."""
    longest = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
    return (asked or 0.0) + random.uniform(0.0, longest)


def _decoded(response: httpx.Response, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=answer)
    except msgspec.DecodeError as trouble:
        raise Unreadable(f"No answer of this API: {trouble}", http_status=response.status_code) from trouble


def _json(params: Parameters) -> bytes:
    return msgspec.json.encode(_given(params))


def _given(value: object) -> object:
    """Without what was not given."""
    if isinstance(value, Mapping):
        return {name: _given(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_given(inner) for inner in value]
    return value


def _query(params: Parameters) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            found |= {f"{name}[{inner}]": text for inner, text in _query(value).items()}
        elif value is not None:
            found[name] = _text(value)
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    return value.isoformat() if isinstance(value, date) else str(value)
