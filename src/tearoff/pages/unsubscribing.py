"""The page at the end of every e-mail, `/u/<token>`: a GET only asks, since mail scanners open links; a press acts.

Mail programs with a button of their own post here without opening the page (RFC 8058), without cookies and from anywhere:
the token says who it is.
"""

import re
from datetime import datetime

from tearoff.accounts.models import Account
from tearoff.kit import colours
from tearoff.kit.lane import Answer, Request
from tearoff.messaging import unsubscribing
from tearoff.messaging.unsubscribing import Recipient
from tearoff.pages import endings, rendering
from tearoff.pages.parts import OUR_COLOUR, media_url
from tearoff.pages.shown import Link, Shop
from tearoff.pages.words import words_for

_ADDRESS = re.compile(r"/u/(?P<token>[A-Za-z0-9_\-]{40,3000}={0,2})")
ONE_CLICK = "List-Unsubscribe"


def answered(request: Request, method: str, at: datetime) -> Answer:
    address = _ADDRESS.fullmatch(request.path)
    who = unsubscribing.named(address["token"]) if address else None
    account = Account.objects.filter(pk=who.account).first() if who else None
    if who is None or account is None:
        return rendering.trouble(404, "mail_unknown")
    if method not in ("GET", "POST"):
        answer = rendering.nowhere(405)
        answer.headers.append(("Allow", "GET, HEAD, POST"))
        return answer
    return _shown(request, account, who) if method == "GET" else _acted(request, account, who, at)


def _acted(request: Request, account: Account, who: Recipient, at: datetime) -> Answer:
    if request.form.get(ONE_CLICK) == "One-Click":
        unsubscribing.unsubscribe(who, at=at)
        return Answer(200, content_type="text/plain; charset=utf-8")
    if request.is_foreign:
        return rendering.trouble(403, "foreign")
    if request.form.get("act") == "again":
        unsubscribing.subscribe(who, at=at)
        return _shown(request, account, who, is_new=True)
    unsubscribing.unsubscribe(who, at=at)
    return _shown(request, account, who)


def _shown(request: Request, account: Account, who: Recipient, *, is_new: bool = False) -> Answer:
    words = words_for(account.language)
    colour = colours.normal(account.brand_colour) or OUR_COLOUR
    shop = Shop(
        name=account.company,
        brand_url=f"/brand/{colours.address(colour)}.css",
        colour=colour,
        logo_url=media_url(account.logo.name or ""),
        privacy_url=account.privacy_url,
        help_url=account.help_url,
        powered_by=Link(text=account.powered_by_text, url=account.powered_by_link),
    )
    is_out = unsubscribing.is_out(who)
    page = endings.mail(words, shop, who.key, request.path, is_out=is_out, is_new=is_new)
    return rendering.answer(page, words)
