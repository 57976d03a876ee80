"""Where SMS providers report to us: /hooks/sms/<connection>/<secret>/report[/<message>] and .../inbound.

The secret in the address finds the connection; the provider's own signature then shows that it is the provider who
speaks. Everything else is answered 404 or 403 and changes nothing.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from tearoff.accounts.models import Account
from tearoff.hooks import reading
from tearoff.hooks.reading import Said
from tearoff.kit import clock
from tearoff.kit.public import public_url
from tearoff.messaging import connecting, reports
from tearoff.messaging.connecting import Connected

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

LONGEST_BODY = 64 * 1024
_PATH = re.compile(r"/hooks/sms/(\d{1,18})/([A-Za-z0-9_-]{1,64})/(report|inbound)(?:/(\d{1,18}))?")

logger = logging.getLogger("tearoff.hooks")


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The hooks' lane."""
    status, body, content_type = _answered(environ)
    start_response(
        status,
        [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
    return [body]


def _answered(environ: Environ) -> tuple[str, bytes, str]:
    if environ["REQUEST_METHOD"] not in ("GET", "POST"):
        return _plain("405 Method Not Allowed")
    body = _body(environ)
    if body is None:
        return _plain("413 Content Too Large")
    found = _PATH.fullmatch(environ["PATH_INFO"])
    connection = connecting.by_hook(int(found[1]), found[2]) if found else None
    if found is None or connection is None:
        return _plain("404 Not Found")
    query = environ.get("QUERY_STRING", "")
    address = public_url(environ["PATH_INFO"]) + (f"?{query}" if query else "")
    said = Said(address, body, _fields(environ, body, query), environ.get("HTTP_X_TWILIO_SIGNATURE", ""),
                environ.get("HTTP_X_SIGNATURE", ""))  # fmt: skip
    if not reading.is_genuine(connection, said):
        logger.warning("A call for connection %s was not signed by its provider.", connection.id)
        return _plain("403 Forbidden")
    if found[3] == "report":
        _take_report(connection, said, int(found[4]) if found[4] else None)
    else:
        _take_inbound(connection, said)
    if connection.provider == "twilio":  # answers are messages of their own
        return "200 OK", b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>', "text/xml"
    return _plain("200 OK")


def _plain(status: str) -> tuple[str, bytes, str]:
    return status, status.partition(" ")[2].encode() + b"\n", "text/plain; charset=utf-8"


def _take_report(connection: Connected, said: Said, message: int | None) -> None:
    report = reading.report(connection, said, message)
    if report and not reports.take_report(connection, report, at=clock.now()):
        logger.info("Connection %s reports a message it does not have.", connection.id)


def _take_inbound(connection: Connected, said: Said) -> None:
    inbound = reading.inbound(connection, said)
    if inbound:
        account = Account.objects.get(pk=connection.account)
        reports.take_inbound(connection, inbound, country=account.country, company=account.company, at=clock.now())


def _body(environ: Environ) -> bytes | None:
    """Read as far as it may be long; None when it is longer."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    return environ["wsgi.input"].read(length) if length <= LONGEST_BODY else None


def _fields(environ: Environ, body: bytes, query: str) -> dict[str, str]:
    """A flat form or JSON object, and the query string where there is no body; the last value of a name counts."""
    if not body:
        return dict(parse_qsl(query, keep_blank_values=True))
    if "json" in environ.get("CONTENT_TYPE", ""):
        try:
            found = json.loads(body)
        except ValueError:
            return {}
        return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
