"""Arriving at a coupon's public address: back to one's own session, to a new one, or to the reason why there is none.

A GET changes statistics and never worth: it may make a session and mark it opened (product.md 4.3.1, lesson 23). The first
arrival is one statement, `coupon_visit`; what follows it is read only where a page has to be shown.
"""

import re
import unicodedata
from datetime import datetime
from urllib.parse import quote

from tearoff.coupons import addresses, opening
from tearoff.coupons.outcomes import Refusal
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.kit.public import is_https
from tearoff.pages import previewing, reading, rendering
from tearoff.pages.presenting import Offering
from tearoff.pages.visitors import Visitor, visitor

COOKIE = "coupon"
COOKIE_DAYS = 400
"""The longest that browsers keep one."""

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LONGEST_CUSTOMID = 50
LONGEST_SOURCE = 100
SESSION_CODE = re.compile(r"[A-Za-z0-9]{6,40}")


def arrive(request: Request, coupon: str, base: str, at: datetime) -> Answer:
    """GET of `/p/<code>`. `base` is the path as it was asked, to which browsers tie the cookie."""
    if "preview" in request.query:
        return previewing.preview(request, coupon, at)
    who = visitor(request)
    if who is Visitor.MACHINE:
        return glimpse(coupon, at)
    arrival = opening.visit(
        campaign_code=coupon,
        cookie=cookie_of(request),
        person=who is Visitor.PERSON,
        customid=_kept(request.query.get("customid", ""), LONGEST_CUSTOMID) or None,
        details={name: _kept(request.query[name], LONGEST_SOURCE) for name in UTM if request.query.get(name)},
        source=_kept(request.query.get("src") or request.query.get("utm_source", ""), LONGEST_SOURCE),
        at=at,
    )
    if arrival.session_code is None:
        return _no_session(coupon, arrival.refusal or Refusal.UNKNOWN, at)
    answer = redirect(addresses.session_path(coupon, arrival.session_code), 302)
    if arrival.made:
        answer.headers += [
            cookie_header(coupon, arrival.session_code, path, is_framed=request.query.get("web") == "true")
            for path in dict.fromkeys((addresses.coupon_path(coupon), base))
        ]
    return answer


def glimpse(coupon: str, at: datetime) -> Answer:
    """For machines: the offer, nothing to press, nothing written."""
    campaign = reading.offer(coupon, at)
    if campaign is None or campaign.unavailable:
        return rendering.not_available()
    shown = Offering(campaign, at)
    return rendering.answer(shown.glimpse_page(), shown.words)


def _no_session(coupon: str, refusal: Refusal, at: datetime) -> Answer:
    """An end page at the public address itself. Where the offer's dates were changed meanwhile, the visitor comes again."""
    campaign = reading.offer(coupon, at)
    if campaign is None or campaign.unavailable:
        return rendering.not_available()
    dates = {Refusal.NOT_STARTED: campaign.starts_at, Refusal.EXPIRED: campaign.ends_at}
    if dates.get(refusal, at) is None:
        return redirect(addresses.coupon_path(coupon), 302)
    shown = Offering(campaign, at)
    if refusal is Refusal.SOLD_OUT:
        shown.last_claim = reading.last_claim(campaign.id)
    return rendering.answer(shown.end(refusal), shown.words)


def cookie_of(request: Request) -> str | None:
    """The session the browser remembers for this address, if it looks like one."""
    code = request.cookies.get(COOKIE, "")
    return code if SESSION_CODE.fullmatch(code) else None


def cookie_header(coupon: str, session: str, path: str, *, is_framed: bool = False) -> tuple[str, str]:
    """It only finds the way back; rights come from the address. One per coupon, told apart by its path.

    In a frame of another site (`web=true`) it must say so to be kept at all, which browsers believe on https only. The path
    may be a stranger's: it is written as browsers write it, and a semicolon in it begins no attribute.
    """
    kept_at = quote(path.encode("latin-1", "replace"), safe="/&=+,.:@!$'()*~-_")
    parts = [f"{COOKIE}={session}", f"Path={kept_at}", f"Max-Age={COOKIE_DAYS * 86_400}", "HttpOnly"]
    if is_https():
        parts += ["Secure", "SameSite=None", "Partitioned"] if is_framed else ["Secure", "SameSite=Lax"]
    else:
        parts.append("SameSite=Lax")
    return "Set-Cookie", "; ".join(parts)


def _kept(text: str, longest: int) -> str:
    """Without control characters, cut: what a stranger may leave with us (conventions.md 10, 8)."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cs"))[:longest]
