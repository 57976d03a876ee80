"""The consumer's lane: `/p`, `/z`, `/l` (loyalty cards), `/d` (directories), `/u` (the end of e-mail) and the merchants'
stylesheets, without Django's middleware (architecture.md 1 and 6)."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import parse_qsl

from tearoff.kit import clock, colours, lane
from tearoff.kit.lane import Answer, Request
from tearoff.kit.public import is_https
from tearoff.pages import (
    arriving,
    claiming,
    directory_lane,
    keeping,
    loyalty_lane,
    notifying,
    rendering,
    showing,
    unsubscribing,
    using,
)
from tearoff.pages.policy import policy

_ADDRESS = re.compile(
    r"(?P<base>/[pz]/(?P<coupon>[A-Za-z0-9]{4,12})(?P<suffix>&[^/]*)?)"
    r"(?:/(?P<session>[A-Za-z0-9]{6,40})(?P<part>/use|/live|/push|/pass|/save)?)?/?"
)
"""`&web=true` may stand right after the coupon's code, without a question mark (conventions.md 5.2)."""

_STYLES = re.compile(r"/brand/(?P<many>tones/)?(?P<colours>[0-9a-f.-]{6,460})\.css")

View = Callable[[Request, str, str, datetime], Answer]
SESSION_VIEWS: dict[tuple[str, str], View] = {
    ("", "GET"): showing.show,
    ("", "POST"): claiming.claim,
    ("/use", "GET"): using.ask,
    ("/use", "POST"): using.use,
    ("/live", "GET"): showing.live,
    ("/push", "POST"): notifying.subscribe,
    ("/pass", "GET"): keeping.download,
    ("/save", "POST"): keeping.save,
}


def application(environ: lane.Environ, start_response: lane.StartResponse) -> Iterable[bytes]:
    return lane.serve(environ, start_response, answered=answered, headers=headers, trouble=rendering.trouble)


def answered(request: Request) -> Answer:
    """Find the view and let it answer."""
    method = "GET" if request.method == "HEAD" else request.method
    styles = _STYLES.fullmatch(request.path)
    if styles:
        return _brand(styles["colours"], bool(styles["many"])) if method == "GET" else _not_allowed("GET, HEAD")
    if request.path.startswith("/l/"):
        return loyalty_lane.answered(request, method, clock.now())
    if request.path.startswith("/d/"):
        return directory_lane.answered(request, method, clock.now())
    if request.path.startswith("/u/"):
        return unsubscribing.answered(request, method, clock.now())
    address = _ADDRESS.fullmatch(request.path)
    if not address:
        return rendering.not_available() if request.path.startswith(("/p/", "/z/")) else rendering.nowhere()
    if address["suffix"]:
        request.query = dict(parse_qsl(address["suffix"][1:], errors="replace")) | request.query
    at = clock.now()
    if not address["session"]:
        return (
            arriving.arrive(request, address["coupon"], address["base"], at)
            if method == "GET"
            else _not_allowed("GET, HEAD")
        )
    part = address["part"] or ""
    view = SESSION_VIEWS.get((part, method))
    if view is None:
        return _not_allowed(", ".join(_methods_of(part)))
    if method == "POST" and request.is_foreign:
        return rendering.trouble(403, "foreign")
    return view(request, address["coupon"], address["session"], at)


def _methods_of(part: str) -> list[str]:
    found = [method for one, method in SESSION_VIEWS if one == part]
    return [*found, "HEAD"] if "GET" in found else found


def _not_allowed(allowed: str) -> Answer:
    answer = rendering.nowhere(405)
    answer.headers.append(("Allow", allowed))
    return answer


def _brand(address: str, is_many: bool) -> Answer:
    """A merchant's colours, or those of many. The address holds them itself, so nothing is looked up and it may be kept for
    ever."""
    one, many = colours.colour_at(address), colours.tones_at(address)
    if is_many and many:
        sheet = colours.tones(many)
    elif one and not is_many:
        sheet = colours.stylesheet(one)
    else:
        return rendering.nowhere()
    kept = ("Cache-Control", "public, max-age=31536000, immutable")
    return Answer(body=sheet, headers=[kept], content_type="text/css; charset=utf-8")


def headers(request: Request) -> list[tuple[str, str]]:
    """What every page has. An address with a session code is a key: no referrer, no cache, no search engine gets it."""
    found = [
        ("Content-Security-Policy", policy(is_preview="preview=" in request.environ.get("QUERY_STRING", ""))),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if is_https():
        found.append(("Strict-Transport-Security", "max-age=31536000"))
    return found
