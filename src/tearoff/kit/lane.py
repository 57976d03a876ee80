"""A short lane: one request in, one answer out, and nothing in between (architecture.md 1, "two lanes in one process").

The faces that cannot afford Django's middleware (consumer pages, the staff's scan) read their requests and give their
answers with these few lines. What is in an address or a form is a stranger's text: it is decoded, bounded, never trusted.
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http.cookie import parse_cookie
from msgspec import Struct

from tearoff.kit.addresses import client_address
from tearoff.kit.public import public_url
from tearoff.kit.sql import Busy

logger = logging.getLogger("tearoff.lane")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

LARGEST_BODY = 1024 * 1024
MOST_FIELDS = 200
DRAINED = 64 * 1024 * 1024
"""How much of a body that is too large is read and dropped, so that the answer reaches its sender (architecture.md 4)."""

WORDS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class TooLarge(Exception):
    """The body is longer than a form of ours can be."""


class Request:
    """What came in. Parts are read when they are first asked for."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "")
        self._is_read = False

    def header(self, name: str) -> str:
        """A header by its name; "" when it was not sent."""
        return str(self.environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    @property
    def place(self) -> str:
        """The network address it comes from, believed as far as the proxies we trust (lesson 31)."""
        trusted = [str(network) for network in settings.TEAROFF_TRUSTED_PROXIES]
        return client_address(self.environ.get("REMOTE_ADDR", ""), self.header("X-Forwarded-For"), trusted)

    @cached_property
    def query(self) -> dict[str, str]:
        """The first value of each name behind the question mark."""
        return _first_of_each(_pairs(self.environ.get("QUERY_STRING", "")))

    @cached_property
    def cookies(self) -> dict[str, str]:
        return parse_cookie(self.header("Cookie"))

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a posted form, the first value of each; empty for a body of another kind.

        Raises:
            TooLarge: the body is over a mebibyte.
        """
        body = self.body
        if not self.environ.get("CONTENT_TYPE", "").lower().startswith("application/x-www-form-urlencoded"):
            return {}
        return _first_of_each(_pairs(body.decode("utf-8", "replace")))

    @cached_property
    def body(self) -> bytes:
        """The body as it came.

        Raises:
            TooLarge: it is over a mebibyte.
        """
        self._is_read = True
        stream, length = self.environ["wsgi.input"], self.announced
        body: bytes = stream.read(LARGEST_BODY + 1 if length is None else min(length, LARGEST_BODY + 1))
        if len(body) > LARGEST_BODY:
            _drop(stream, DRAINED if length is None else min(length - len(body), DRAINED))
            raise TooLarge
        return body

    def drop_unread(self) -> None:
        """Read and forget a body nobody asked for: an answer that comes before its end is a broken line to the sender."""
        if not self._is_read and (self.announced or self.header("Transfer-Encoding")):
            _drop(self.environ["wsgi.input"], DRAINED if self.announced is None else min(self.announced, DRAINED))

    @property
    def announced(self) -> int | None:
        """The length of the body as its sender told it; None when it is not told, or nonsense."""
        told = self.environ.get("CONTENT_LENGTH") or ""
        return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None

    @property
    def is_foreign(self) -> bool:
        """Whether another site's page sent this.

        Browsers say so in one of two headers. `Origin: null` says nothing: our own pages forbid referrers, and then
        browsers hide the origin of their forms too. Programs and old browsers send neither header and are let in.
        """
        if self.header("Sec-Fetch-Site") in ("cross-site", "same-site"):
            return True
        origin = self.header("Origin")
        if origin in ("", "null"):
            return False
        try:
            host = urlsplit(origin).netloc
        except ValueError:  # no address at all
            return True
        return host not in (self.header("Host"), _base_host())


def _base_host() -> str:
    return urlsplit(public_url("/")).netloc


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError:  # more fields than any form of ours has
        return []


def _first_of_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _drop(stream: Any, length: int) -> None:
    while length > 0:
        piece = stream.read(min(length, 64 * 1024))
        if not piece:
            return
        length -= len(piece)


class Answer(Struct):
    """What goes out. `headers` are added to those every answer of a lane has, and win over them."""

    status: int = 200
    body: str | bytes = b""
    headers: list[tuple[str, str]] = []
    content_type: str = "text/html; charset=utf-8"

    @property
    def status_line(self) -> str:
        return f"{self.status} {WORDS[self.status]}"


def redirect(to: str, status: int = 303) -> Answer:
    """303 after a post, 302 on the way to a page. `to` is a path of ours or an address a merchant has set."""
    return Answer(status, headers=[("Location", to)])


def serve(
    environ: Environ,
    start_response: StartResponse,
    *,
    answered: Callable[[Request], Answer],
    headers: Callable[[Request], list[tuple[str, str]]],
    trouble: Callable[[int, str, str], Answer],
) -> list[bytes]:
    """One request, one page, whatever happens: a bug is loud in the log and kind on the phone.

    `trouble` makes the page for what a view did not answer itself: from the status, a word (`too_large`, `busy`, `broken`) and
    the reference under which the log has it. `headers` are those every answer of the lane has.
    """
    request = Request(environ)
    reference = secrets.token_hex(6)
    try:
        answer = answered(request)
    except TooLarge:
        answer = trouble(413, "too_large", reference)
    except Busy:
        answer = _later(trouble(503, "busy", reference))
    except Exception as bug:
        answer = _own_fault(bug, trouble, reference)
    request.drop_unread()
    return _sent(request, answer, start_response, [*headers(request), ("X-Request-Id", reference)])


def _own_fault(bug: Exception, trouble: Callable[[int, str, str], Answer], reference: str) -> Answer:
    """A database that went away: 503, try again. The rest is a bug."""
    gone = connection.connection is None or connection.connection.closed
    if isinstance(bug, OperationalError | InterfaceError) and gone:
        logger.error("The database went away during a request (%s): %s", reference, str(bug).strip())
        return _later(trouble(503, "broken", reference))
    logger.exception("A page failed (%s)", reference, exc_info=bug)
    return trouble(500, "broken", reference)


def _later(answer: Answer) -> Answer:
    answer.headers.append(("Retry-After", "1"))
    return answer


def _sent(
    request: Request, answer: Answer, start_response: StartResponse, defaults: Iterable[tuple[str, str]]
) -> list[bytes]:
    """Give the answer to the server, with the lane's own headers where the answer has none of that name."""
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    own = {name.lower() for name, _ in answer.headers}
    headers = [*answer.headers, *((name, value) for name, value in defaults if name.lower() not in own)]
    is_bare = answer.status in (204, 304)
    if not is_bare:
        headers += [("Content-Type", answer.content_type), ("Content-Length", str(len(body)))]
    start_response(answer.status_line, headers)
    return [] if request.method == "HEAD" or is_bare else [body]
