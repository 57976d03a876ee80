"""The staff's lane: `/s`, without Django's middleware. No other site may frame these pages (architecture.md 6)."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.files.storage import default_storage
from msgspec import Struct

from tearoff.kit import clock, lane
from tearoff.kit.lane import Answer, Request
from tearoff.kit.public import is_https
from tearoff.kit.templates import rendered
from tearoff.till import scanning
from tearoff.till.words import words_for

_ADDRESS = re.compile(r"/s/(?P<coupon>[A-Za-z0-9]{4,12})/(?P<session>[A-Za-z0-9]{6,40})/?")


def application(environ: lane.Environ, start_response: lane.StartResponse) -> Iterable[bytes]:
    return lane.serve(environ, start_response, answered=answered, headers=headers, trouble=trouble)


def answered(request: Request) -> Answer:
    """Find the view and let it answer."""
    address = _ADDRESS.fullmatch(request.path)
    is_forgetting = request.path == scanning.FORGET
    if not address and not is_forgetting:
        return _nowhere()
    allowed = ("POST",) if is_forgetting else ("GET", "HEAD", "POST")
    if request.method not in allowed:
        answer = _nowhere(405)
        answer.headers.append(("Allow", ", ".join(allowed)))
        return answer
    if request.method == "POST" and request.is_foreign:
        return trouble(403, "foreign")
    if not address:
        return scanning.forget(request)
    view = scanning.check if request.method == "POST" else scanning.ask
    return view(request, address["coupon"], address["session"], clock.now()) or _nowhere()


class Trouble(Struct, frozen=True):
    """What the page of an error needs: two texts, and nothing else of what other pages show."""

    headline: str
    said: str
    shop: None = None
    preview: None = None
    offer: None = None
    action: None = None
    other: None = None
    public_url: str = ""
    live_url: str = ""


def trouble(status: int, name: str, reference: str = "") -> Answer:
    """A request that is wrong in itself, told by the words of that name, or `broken`: our fault."""
    words = words_for()
    if name == "broken":
        return Answer(status, rendered("pages/server_error.html", reference=reference))
    page = Trouble(headline=words.say(name), said=words.say(f"{name}_said"))
    return Answer(status, rendered("pages/error.html", page=page))


def _nowhere(status: int = 404) -> Answer:
    return Answer(status, rendered("pages/not_found.html"))


def headers(request: Request) -> list[tuple[str, str]]:
    found = [
        ("Content-Security-Policy", _policy()),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if is_https():
        found.append(("Strict-Transport-Security", "max-age=31536000"))
    return found


def _policy() -> str:
    parts = urlsplit(str(default_storage.url("probe.png")))
    pictures = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        f"default-src 'self'; img-src 'self' data:{pictures}; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    )
