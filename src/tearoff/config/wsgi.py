"""The door: one WSGI application, two lanes.

Programs (API) and consumers (coupon pages) take the short lane, where nothing but their own room runs; the operator's
and everybody else's pages go through Django's full list of middleware. /healthz and /readyz are answered here.
"""

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tearoff.config.settings")
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402  Django must be set up before its parts are read
from django.db import InterfaceError, OperationalError  # noqa: E402

from tearoff.api import wire  # noqa: E402
from tearoff.config import connections, readiness  # noqa: E402
from tearoff.hooks import lane as hooks  # noqa: E402
from tearoff.hooks import wallet_lane  # noqa: E402
from tearoff.pages import lane  # noqa: E402

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Lane = Callable[[Environ, StartResponse], Iterable[bytes]]

logger = logging.getLogger("tearoff.door")


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Chooses the lane by the first word of the path. Some programs double the leading slash: it counts once."""
    path = environ["PATH_INFO"]
    if path.startswith("//"):
        path = environ["PATH_INFO"] = "/" + path.lstrip("/")
    short = SHORT_LANES.get(path[1:].partition("/")[0])
    if short is None:
        return django_lane(environ, start_response)
    return _on_short_lane(short, environ, start_response)


def _on_short_lane(short: Lane, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    connections.drop_if_gone()
    try:
        body = short(environ, start_response)
    except Exception as bug:
        return _own_fault(bug, start_response)
    if isinstance(body, list):
        _leave_clean()
        return body
    return _Streamed(body)


class _Streamed:
    """A body that is still being made: the connection is looked at when the last piece is out, or the caller gone."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        """Called by the server in any case, in the thread of the request."""
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            _leave_clean()


def _own_fault(bug: Exception, start_response: StartResponse) -> list[bytes]:
    """What a lane let through. A database that went away: 503, try again. The rest is our own fault, and loud."""
    _leave_clean(quietly=True)
    if isinstance(bug, OperationalError | InterfaceError) and connections.is_gone():
        logger.error("The database went away during a request: %s", str(bug).strip())
        return _answer(
            start_response, "503 Service Unavailable", {"message": "Try again shortly."}, ("Retry-After", "1")
        )
    logger.exception("A request failed", exc_info=bug)
    return _answer(start_response, "500 Internal Server Error", {"message": "Internal server error."})


def _leave_clean(quietly: bool = False) -> None:
    if not connections.leave_clean() and not quietly:
        logger.error("A request left its database connection inside a transaction or broken; it was closed.")


def _healthz(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """The process lives. Nothing else is asked, so that a slow database does not get web servers killed."""
    return _answer(start_response, "200 OK", {"status": "ok"})


def _readyz(environ: Environ, start_response: StartResponse) -> list[bytes]:
    failing = readiness.failing()
    if failing:
        return _answer(start_response, "503 Service Unavailable", {"status": "failing"} | failing)
    return _answer(start_response, "200 OK", {"status": "ok"})


def _answer(
    start_response: StartResponse, status: str, words: dict[str, str], *headers: tuple[str, str]
) -> list[bytes]:
    body = json.dumps(words).encode()
    start_response(
        status,
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ],
    )
    return [body]


def _till(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    from tearoff.till import lane

    return lane.application(environ, start_response)


django_lane: Lane = WSGIHandler()

SHORT_LANES: dict[str, Lane] = {
    "healthz": _healthz,
    "readyz": _readyz,
    **dict.fromkeys(("v2", "v3", "v4", "api"), wire.application),
    **dict.fromkeys(("p", "z", "l", "d", "u", "brand"), lane.application),
    "hooks": hooks.application,
    "wallet": wallet_lane.application,
    "s": _till,
}
