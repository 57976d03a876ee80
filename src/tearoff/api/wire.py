"""The door of the API: one short lane from the bytes of a request to the bytes of its answer.

No request objects and no middleware: these cost as much as the whole database work of a validation (architecture.md 1).
The order of checks is conventions.md 2: path, method, size, keys in the headers, syntax, keys in the body, then the call.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from tearoff.api import bodies, calls, credentials, errors, pages, repeats, v4
from tearoff.api.calls import Call, Made, Request
from tearoff.api.errors import Failed, Failure, Shape
from tearoff.api.v3 import PATHS
from tearoff.kit import clock, sql
from tearoff.kit.public import is_https

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Body = bytes | list[bytes] | Iterator[bytes]

logger = logging.getLogger("tearoff.api")

REASONS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    402: "402 Payment Required",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    409: "409 Conflict",
    413: "413 Content Too Large",
    422: "422 Unprocessable Content",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
}

ALWAYS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]
HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")


class Reply:
    """An answer on its way out."""

    __slots__ = ("body", "headers", "http")

    def __init__(self, http: int, body: Body, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.http = http
        self.body = body
        self.headers = headers


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The API's lane."""
    request_id = _request_id(environ)
    path = _path(environ["PATH_INFO"])
    row = PATHS.get(path) or v4.found(environ["REQUEST_METHOD"], path)
    try:
        reply = _reply(row, environ) if path not in pages.PAGES else _page(pages.PAGES[path], environ)
    except Failed as failed:
        reply = _failed(failed.failure, row)
    except sql.Busy:
        reply = _failed(errors.BUSY, row)
    except Exception as bug:
        if isinstance(bug, OperationalError | InterfaceError) and _has_gone():
            raise  # the door answers 503 (config/wsgi.py)
        logger.exception("Request %s to %s failed", request_id, environ["PATH_INFO"])
        reply = _failed(errors.OWN_FAULT, row)
    return _sent(reply, request_id, environ["REQUEST_METHOD"], start_response)


def _path(path: str) -> str:
    """Clients join base addresses carelessly: a doubled leading and a trailing slash count for nothing."""
    return "/" + path.strip("/") if path.startswith("//") or path.endswith("/") else path


def _reply(row: Call | None, environ: Environ) -> Reply:
    body = bodies.read(environ)
    if row is None:
        raise Failed(errors.UNKNOWN_PATH)
    if environ["REQUEST_METHOD"] not in row.methods:
        raise Failed(errors.wrong_method(row.methods))
    if body is None:
        raise Failed(errors.TOO_LARGE)
    at = clock.now()
    pair = credentials.from_headers(environ)
    caller = credentials.caller(pair, environ, at) if pair else None
    given = row.given(environ, body)
    if caller is None:
        caller = credentials.caller(credentials.from_body(given), environ, at)
    request = Request(caller, at)

    key = environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or row.reads:
        return _first(row, calls.outcome(row, request, given))
    answer = repeats.outcome(row, request, given, key)
    if isinstance(answer, repeats.Again):
        return Reply(answer.http, _streamable(answer.body), [("Idempotency-Replayed", "true")])
    return _first(row, answer)


def _page(page: pages.Page, environ: Environ) -> Reply:
    bodies.read(environ)
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        raise Failed(errors.wrong_method(("GET", "HEAD")))
    content_type, body = page()
    return Reply(200, body, [("Content-Type", content_type), ("Content-Security-Policy", pages.POLICY)])


def _first(row: Call, answer: calls.Answer | Failure) -> Reply:
    if isinstance(answer, Failure):
        return _failed(answer, row)
    if isinstance(answer, calls.Headed):
        return Reply(200, answer.body, answer.headers)
    return Reply(200, _streamable(answer))


def _streamable(body: bytes | list[bytes] | Made) -> Body:
    return body.pieces(body.batch) if isinstance(body, Made) else body


def _failed(failure: Failure, row: Call | None) -> Reply:
    return Reply(failure.http, errors.body(failure, row.shape if row else Shape.NORMAL), failure.headers)


def _sent(reply: Reply, request_id: str, method: str, start_response: StartResponse) -> Iterable[bytes]:
    headers = [*_not_in(reply.headers, ALWAYS), ("X-Request-Id", request_id), *reply.headers]
    if is_https():
        headers.append(HTTPS_ONLY)
    body = [reply.body] if isinstance(reply.body, bytes) else reply.body
    if isinstance(body, list):
        headers.append(("Content-Length", str(sum(map(len, body)))))
    start_response(REASONS[_http_status(reply.http)], headers)
    return [] if method == "HEAD" else body


def _not_in(own: Sequence[tuple[str, str]], ours: list[tuple[str, str]]) -> list[tuple[str, str]]:
    names = {name for name, _ in own}
    return [header for header in ours if header[0] not in names] if own else ours


def _http_status(http: int) -> int:
    """For old programs that read only the body: 200, whatever it says, except where the fault is ours."""
    return 200 if settings.TEAROFF_ERROR_HTTP_STATUS == "always_200" and http < 500 else http


def _request_id(environ: Environ) -> str:
    """The caller's own, so that both sides find the request in their logs, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID")
    return given if given and _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()


def _has_gone() -> bool:
    """Whether the database is not there: then a later try may well be answered."""
    inner = connection.connection
    return inner is None or inner.closed or inner.broken
