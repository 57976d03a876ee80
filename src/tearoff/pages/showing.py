"""A session's own page: whatever state it is in, told to whoever holds the address."""

from datetime import datetime

from tearoff.coupons import addresses, opening
from tearoff.coupons.outcomes import Refusal
from tearoff.kit.lane import Answer, Request
from tearoff.pages import reading, rendering
from tearoff.pages.arriving import cookie_header, cookie_of
from tearoff.pages.presenting import Offering
from tearoff.pages.reading import Seen
from tearoff.pages.states import NEUTRAL, seen_tag, state_of
from tearoff.pages.visitors import Visitor, visitor


def show(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """GET of `/p/<code>/<session>`: for a person it marks the first opening and sets the cookie, and that is all."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL:
        return rendering.not_available()
    who = visitor(request)
    if who is Visitor.MACHINE:
        shown = Offering.of(seen, at)
        return rendering.answer(shown.glimpse_page(), shown.words)
    if seen.session.opened_at is None:
        opened = _opened(seen, who, at)
        if opened is None:
            shown = Offering.of(seen, at)
            return rendering.answer(shown.end(Refusal.QUOTA), shown.words)
        seen = opened
    answer = as_it_is(seen, at, wants_ticket="ticket" in request.query)
    if cookie_of(request) != code:
        path, is_framed = addresses.coupon_path(coupon), request.query.get("web") == "true"
        answer.headers.append(cookie_header(coupon, code, path, is_framed=is_framed))
    return answer


def live(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """GET of `.../live?seen=<tag>`, asked by an open page every few seconds: 204, or the page as it is now. Writes nothing."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL:
        return rendering.not_available()
    if seen_tag(seen, at) == request.query.get("seen"):
        return Answer(204)
    return as_it_is(seen, at)


def as_it_is(seen: Seen, at: datetime, *, status: int = 200, wants_ticket: bool = False) -> Answer:
    """The page of the state the session is in."""
    shown = Offering.of(seen, at)
    state = state_of(seen, at, wants_ticket=wants_ticket)
    if state == "sold_out" and not seen.is_ticket:
        shown.last_claim = reading.last_claim(seen.campaign.id)
    return rendering.answer(shown.page(state), shown.words, status)


def _opened(seen: Seen, who: Visitor, at: datetime) -> Seen | None:
    """Links arrive as created: the first person opens them, and clocks may start. The doubtful are only counted. None: the
    account has had its interactions of this month (product.md 4.19)."""
    campaign, session = seen
    if who is Visitor.DOUBTFUL:
        opening.count_doubtful(account=campaign.account, session=session.id)
        return seen
    outcome = opening.open_session(account=campaign.account, code=session.code, at=at)
    if outcome.refusal is Refusal.QUOTA:
        return None
    return reading.session(campaign.code, session.code, at) or seen
