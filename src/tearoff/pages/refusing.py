"""The answer to a post that was refused: the page of the reason, with the status of its kind (product.md 4.3.1)."""

from datetime import datetime

from tearoff.coupons.outcomes import Refusal
from tearoff.kit.lane import Answer
from tearoff.pages import reading, rendering, showing
from tearoff.pages.presenting import Offering
from tearoff.pages.reading import Seen
from tearoff.pages.states import NEUTRAL

AS_IT_IS = {Refusal.NOT_CLAIMED, Refusal.METHOD_OFF}
"""Refused because the page that was pressed is not the page of the present state: here is that one."""

DATED = {Refusal.NOT_STARTED, Refusal.EXPIRED, Refusal.ALREADY_USED, Refusal.TOO_SOON, Refusal.OUTSIDE_HOURS}
"""Told from dates and settings, which somebody may have changed since: then the page is that of the present state."""


def refused(seen: Seen, refusal: Refusal, at: datetime) -> Answer:
    """409 with the state's page, read anew; 404 with the neutral page where consumers must not tell what it is."""
    if refusal in NEUTRAL:
        return rendering.not_available()
    now = reading.session(seen.campaign.code, seen.session.code, at)
    if now is None:
        return rendering.not_available()
    if refusal in AS_IT_IS or (refusal in DATED and now.refusal is not refusal):
        return showing.as_it_is(now, at, status=409)
    shown = Offering.of(now, at)
    if refusal is Refusal.SOLD_OUT and not now.is_ticket:
        shown.last_claim = reading.last_claim(now.campaign.id)
    return rendering.answer(shown.end(refusal), shown.words, 409)
