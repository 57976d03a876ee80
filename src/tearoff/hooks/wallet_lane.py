"""Where Apple's devices ask for news of their passes: /wallet/apple/<account>/v1/...

Source: developer.apple.com/documentation/walletpasses, "Adding a web service to update passes". Whoever has a pass has
its token; everything but the list of a device's own passes asks for it. A wrong one, another account's and an unknown pass
look the same.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from tearoff.activity import throttling
from tearoff.kit import clock, lane
from tearoff.kit.lane import Answer, Request
from tearoff.wallet import connecting, listing, passfile, reading, saving, serials
from tearoff.wallet.connecting import Connected
from tearoff.wallet.models import Maker

_SERIAL = r"(?P<serial>[A-Za-z0-9]{1,24})"
_DEVICE = r"(?P<device>[A-Za-z0-9._-]{1,100})"
_TYPE = r"(?P<type>[A-Za-z0-9.-]{1,100})"
_TOKEN = re.compile(r"[0-9A-Fa-f]{16,200}")
MOST_LOGS = 20
"""Reports of devices that are kept in a minute, for each account; what is more is dropped."""

MINUTE = timedelta(minutes=1)

logger = logging.getLogger("tearoff.wallet")

View = Callable[[Request, Connected, dict[str, str], datetime], Answer]


def application(environ: lane.Environ, start_response: lane.StartResponse) -> Iterable[bytes]:
    return lane.serve(environ, start_response, answered=answered, headers=_headers, trouble=_trouble)


def answered(request: Request) -> Answer:
    """Find the account that makes the passes, then the view."""
    address = re.fullmatch(r"/wallet/apple/(?P<account>[1-9][0-9]{0,17})/v1(?P<rest>/.*)", request.path)
    issuer = connecting.issuer_of(int(address["account"]), Maker.APPLE) if address else None
    if address is None or issuer is None:
        return _plain(404)
    for pattern, views in VIEWS:
        found = pattern.fullmatch(address["rest"])
        if found:
            view = views.get("GET" if request.method == "HEAD" else request.method)
            return view(request, issuer, found.groupdict(), clock.now()) if view else _plain(405)
    return _plain(404)


def register(request: Request, issuer: Connected, names: dict[str, str], at: datetime) -> Answer:
    """POST: 201 for a new device, 200 for one that is known."""
    if not _has_token(request, issuer, names):
        return _plain(401)
    token = _push_token(request.body)
    if token is None:
        return _plain(400)
    subject = serials.subject_of(names["serial"])
    face = reading.face(issuer.account, subject, at) if subject else None
    if face is None:
        return _plain(401)
    try:
        is_new = saving.register(face, device=names["device"], token=token, at=at)
    except saving.TooMany:
        return _plain(403)
    return _plain(201 if is_new else 200)


def unregister(request: Request, issuer: Connected, names: dict[str, str], at: datetime) -> Answer:
    """DELETE: 200, also for one that was gone already."""
    if not _has_token(request, issuer, names):
        return _plain(401)
    saving.unregister(issuer.account, names["serial"], names["device"])
    return _plain(200)


def changed(request: Request, issuer: Connected, names: dict[str, str], at: datetime) -> Answer:
    """GET of a device's passes: 200 with serials, 204 when none has changed, 404 for a device that has none."""
    if names["type"] != issuer.settings["pass_type_id"] or not listing.is_known(issuer.account, names["device"]):
        return _plain(404)
    found = listing.changed(issuer.account, names["device"], request.query.get("passesUpdatedSince", ""))
    if found is None:
        return Answer(204)
    return _json({"serialNumbers": found.serials, "lastUpdated": found.tag})


def newest(request: Request, issuer: Connected, names: dict[str, str], at: datetime) -> Answer:
    """GET of a pass: the file, or 304 when the device has it as it is."""
    if not _has_token(request, issuer, names):
        return _plain(401)
    kept = listing.kept(issuer.account, names["serial"])
    subject = serials.subject_of(names["serial"])
    if kept is None or subject is None:
        return _plain(404)
    last = ("Last-Modified", format_datetime(kept.changed_at.astimezone(UTC), usegmt=True))
    if _has_seen(request.header("If-Modified-Since"), kept.changed_at):
        return Answer(304, headers=[last])
    face = reading.face(issuer.account, subject, at)
    if face is None:
        return _plain(404)
    built = passfile.built(face, issuer.settings, kept.message)
    return Answer(body=built, headers=[last], content_type=passfile.CONTENT_TYPE)


def log(request: Request, issuer: Connected, names: dict[str, str], at: datetime) -> Answer:
    """POST of what went wrong on a device: strangers' text, kept short and quoted."""
    if throttling.count_up(f"wallet log {issuer.account}", at=at, window=MINUTE) <= MOST_LOGS:
        for line in _log_lines(request.body):
            logger.warning("A device of account %s reports: %.500r", issuer.account, line)
    return _plain(200)


VIEWS: list[tuple[re.Pattern[str], dict[str, View]]] = [
    (
        re.compile(rf"/devices/{_DEVICE}/registrations/{_TYPE}/{_SERIAL}"),
        {"POST": register, "DELETE": unregister},
    ),
    (re.compile(rf"/devices/{_DEVICE}/registrations/{_TYPE}"), {"GET": changed}),
    (re.compile(rf"/passes/{_TYPE}/{_SERIAL}"), {"GET": newest}),
    (re.compile(r"/log"), {"POST": log}),
]


def _has_token(request: Request, issuer: Connected, names: dict[str, str]) -> bool:
    scheme, _, given = request.header("Authorization").partition(" ")
    return (
        scheme == "ApplePass"
        and names["type"] == issuer.settings["pass_type_id"]
        and serials.is_token(issuer.account, names["serial"], given.strip())
    )


def _push_token(body: bytes) -> str | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    token = said.get("pushToken") if isinstance(said, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def _log_lines(body: bytes) -> list[str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    lines = said.get("logs") if isinstance(said, dict) else None
    return [line for line in lines[:10] if isinstance(line, str)] if isinstance(lines, list) else []


def _has_seen(header: str, changed_at: datetime) -> bool:
    """Dates of whole seconds, which move on with each change (`wallet.updating`)."""
    try:
        seen = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # the second: a year or a zone beyond all numbers
        return False
    return (seen if seen.tzinfo else seen.replace(tzinfo=UTC)) >= changed_at


def _json(said: dict[str, object]) -> Answer:
    return Answer(body=json.dumps(said), content_type="application/json")


def _plain(status: int) -> Answer:
    return Answer(status, f"{lane.WORDS[status]}\n", content_type="text/plain; charset=utf-8")


def _trouble(status: int, name: str, reference: str) -> Answer:
    return _plain(status)


def _headers(request: Request) -> list[tuple[str, str]]:
    return [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
