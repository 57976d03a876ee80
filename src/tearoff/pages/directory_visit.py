"""Who is at a directory's page, and the cookie by which a member is known.

The cookie holds the key of a log-in, lies below `/d/<code>` only, and is HttpOnly. It gives rights, so a foreign site must not
press with it. On our own page it is SameSite=Lax: no browser sends it with another site's POST or into another site's frame.
In a frame it must be SameSite=None, and is then Partitioned: it exists only under the site that frames us, so neither another
site that frames us nor a form that another site posts finds it. Besides, the lane refuses every POST whose headers say that
another site sent it, and browsers that know Partitioned send those.
"""

import re
from datetime import datetime
from functools import cached_property

from tearoff.directories import addresses, entering
from tearoff.directories.models import Directory
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.kit.public import is_https
from tearoff.pages import directory_reading, rendering
from tearoff.pages.directory_presenting import Shown
from tearoff.pages.directory_reading import ListingRow
from tearoff.pages.shown import Page
from tearoff.pages.visitors import is_framed

COOKIE = "member"
KEY = re.compile(rf"[A-Za-z0-9]{{{entering.LENGTH}}}")


class Visit:
    """One request to a page of a directory; `listing` is the number in the address, if there is one."""

    def __init__(self, request: Request, found: Directory, listing: int | None, at: datetime) -> None:
        self.request, self.directory, self.at = request, found, at
        self.listing = listing
        key = request.cookies.get(COOKIE, "")
        self.key = key if KEY.fullmatch(key) else ""
        self.shown = Shown(found, entering.member_of(found, self.key, at=at), at)

    @property
    def path(self) -> str:
        return self.shown.path

    @cached_property
    def offer(self) -> ListingRow | None:
        """The offer in the address, or the one a log-in or a payment was asked for. Ours, and showing now, or none."""
        told = self.request.form if self.request.method == "POST" else self.request.query
        text = told.get("offer", "")
        number = self.listing or (int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None)
        return directory_reading.listing(self.directory, number, self.at) if number else None

    def answer(self, page: Page, status: int = 200) -> Answer:
        return rendering.answer(page, self.shown.words, status)

    def logged_in(self, key: str, to: str) -> Answer:
        answer = redirect(to)
        answer.headers.append(self._cookie(key, entering.LOGIN_GOOD_FOR.days * 86_400))
        return answer

    def logged_out(self, to: str) -> Answer:
        answer = redirect(to)
        answer.headers.append(self._cookie("", 0))
        return answer

    def _cookie(self, key: str, seconds: int) -> tuple[str, str]:
        path = addresses.directory_path(self.directory.code)
        parts = [f"{COOKIE}={key}", f"Path={path}", f"Max-Age={seconds}", "HttpOnly"]
        if is_https() and is_framed(self.request):
            parts += ["Secure", "SameSite=None", "Partitioned"]
        else:
            parts += ["Secure", "SameSite=Lax"] if is_https() else ["SameSite=Lax"]
        return "Set-Cookie", "; ".join(parts)
