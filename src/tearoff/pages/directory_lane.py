"""The pages of directories: `/d/<code>` the list, `/d/<code>/o/<listing>` the way to one offer, and those of its members.

A GET writes nothing, whoever asks (lesson 23). The addresses of coupons and cards stand on no page here: who may have one is
led there by `o/<listing>`, so a list shows nobody the way around the payment.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

from tearoff.coupons import links
from tearoff.coupons.addresses import coupon_path, session_path
from tearoff.directories.models import Directory
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.loyalty.addresses import card_path
from tearoff.pages import directory_entering, directory_me, directory_reading, rendering
from tearoff.pages.directory_presenting import Wanted
from tearoff.pages.directory_reading import ListingRow
from tearoff.pages.directory_visit import Visit
from tearoff.pages.visitors import is_framed

_ADDRESS = re.compile(
    r"/d/(?P<code>[A-Za-z0-9]{4,12})"
    r"(?:/(?P<part>join|login|logout|enter|pay|me|me/password|me/delete|o)(?:(?<=/o)/(?P<listing>[0-9]{1,18}))?)?/?"
)
LONGEST_SEARCH = 100
MOST_WORDS = 8
FURTHEST_PAGE = 10_000


def answered(request: Request, method: str, at: datetime) -> Answer:
    """Find the view and let it answer."""
    address = _ADDRESS.fullmatch(request.path)
    part = (address["part"] or "") if address else ""
    if address is None or (part == "o") is not bool(address["listing"]):
        return rendering.not_available()
    view = VIEWS.get((part, method))
    if view is None:
        answer = rendering.nowhere(405)
        allowed = [one for where, one in VIEWS if where == part]
        answer.headers.append(("Allow", ", ".join([*allowed, "HEAD"] if "GET" in allowed else allowed)))
        return answer
    if method == "POST" and request.is_foreign:
        return rendering.trouble(403, "foreign")
    found = directory_reading.directory(address["code"], at)
    if found is None:
        return rendering.not_available()
    return view(Visit(request, found, int(address["listing"]) if address["listing"] else None, at))


def show(visit: Visit) -> Answer:
    """GET of `/d/<code>`: the list, the door of a directory for members, or the page of a link that signs in once."""
    if "token" in visit.request.query:
        return directory_entering.ask_to_sign_on(visit)
    shown = visit.shown
    if shown.member is None and visit.directory.access != Directory.Access.OPEN:
        return visit.answer(shown.door_page())
    answer = visit.answer(shown.list_page(_wanted(visit.request)))
    if shown.member is None:
        answer.headers += [("Cache-Control", "private, no-cache"), ("Vary", "Cookie")]  # the back button may keep it
    return answer


def lead(visit: Visit) -> Answer:
    """GET of `/d/<code>/o/<listing>`: on to the offer, or to what is missing before it opens."""
    offer = visit.offer
    if offer is None:
        return rendering.not_available()
    barred = _barred(visit, offer, 302)
    if barred:
        return barred
    if offer.single_use_only:
        return visit.answer(visit.shown.personal_page(offer))
    return _on(visit, offer, 302)


def take(visit: Visit) -> Answer:
    """POST of the same: a member's own link of a coupon that opens by personal links only. A second press finds the first
    one's (lesson 26)."""
    offer, member = visit.offer, visit.shown.member
    if offer is None:
        return rendering.not_available()
    barred = _barred(visit, offer, 303)
    if barred:
        return barred
    if not offer.single_use_only or offer.campaign is None or member is None:
        return _on(visit, offer, 303)
    whose = f"reg_{member.pk}"
    made = links.make_link(
        account=offer.owner,
        campaign=offer.campaign,
        at=visit.at,
        actor=whose,
        fields={"customid": whose},
        check=("customid", whose),
    )
    if not made.ok or made.session is None:
        return rendering.not_available()
    return redirect(session_path(offer.code, made.session.code))


def pay(visit: Visit) -> Answer:
    """GET of `/d/<code>/pay`: how a member gets paid access, or that there is nothing to pay."""
    if visit.shown.member is None:
        return redirect(f"{visit.path}/login", 302)
    if visit.shown.has_paid:
        return redirect(f"{visit.path}/me", 302)
    return visit.answer(visit.shown.pay_page(None))


def _barred(visit: Visit, offer: ListingRow, status: int) -> Answer | None:
    """What is missing before this visitor has the offer: to be known, or to have paid. None: nothing."""
    shown = visit.shown
    if shown.member is None and (offer.single_use_only or not shown.opens(offer)):
        return redirect(f"{visit.path}/login?offer={offer.id}", status)
    if not shown.opens(offer):
        return visit.answer(shown.pay_page(offer), 200 if status == 302 else 409)
    return None


def _on(visit: Visit, offer: ListingRow, status: int) -> Answer:
    """To the offer's own public page, told from where."""
    framed = "&web=true" if is_framed(visit.request) else ""
    source = f"?src=dir_{visit.directory.pk}{framed}"
    return redirect((card_path(offer.code) if offer.kind else coupon_path(offer.code)) + source, status)


def _wanted(request: Request) -> Wanted:
    """What part of the list is asked for; nonsense asks for nothing."""
    typed = "".join(
        letter if unicodedata.category(letter) not in ("Cc", "Cs") else " " for letter in request.query.get("q", "")
    )
    words = typed[:LONGEST_SEARCH].split()[:MOST_WORDS]
    category = re.fullmatch(r"(?:cat_)?([0-9]{1,18})", request.query.get("category", ""), re.ASCII)
    page = request.query.get("page", "")
    number = int(page) if re.fullmatch(r"[0-9]{1,6}", page, re.ASCII) else 1
    return Wanted(" ".join(words), int(category[1]) if category else None, min(max(1, number), FURTHEST_PAGE))


VIEWS: dict[tuple[str, str], Callable[[Visit], Answer]] = {
    ("", "GET"): show,
    ("o", "GET"): lead,
    ("o", "POST"): take,
    ("pay", "GET"): pay,
    ("login", "GET"): directory_entering.ask_to_log_in,
    ("login", "POST"): directory_entering.log_in,
    ("join", "GET"): directory_entering.ask_to_join,
    ("join", "POST"): directory_entering.join,
    ("enter", "POST"): directory_entering.sign_on,
    ("logout", "POST"): directory_entering.log_out,
    ("me", "GET"): directory_me.show,
    ("me", "POST"): directory_me.save,
    ("me/password", "POST"): directory_me.change_password,
    ("me/delete", "GET"): directory_me.ask_to_delete,
    ("me/delete", "POST"): directory_me.delete,
}
