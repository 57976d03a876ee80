"""Allowing push notifications on the page of one's own coupon or loyalty card. Whoever has its address may, nobody else."""

from datetime import datetime

from tearoff.coupons.models import CouponSession
from tearoff.kit.lane import Answer, Request
from tearoff.messaging import pushing, vapid
from tearoff.messaging.pushing import About
from tearoff.pages import reading, rendering
from tearoff.pages.loyalty_reading import Held
from tearoff.pages.states import NEUTRAL


def subscribe(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """POST of `.../push`: keep what the browser got from its push service; with `off`, forget it. 204, or 422."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL or not vapid.is_configured():
        return rendering.not_available()
    session = CouponSession.objects.get(account=seen.campaign.account, pk=seen.session.id)
    return _kept(request, pushing.about_session(session), at)


def subscribe_holder(request: Request, held: Held, at: datetime) -> Answer:
    """The same on the page of a holder's card."""
    if not vapid.is_configured():
        return rendering.not_available()
    return _kept(request, pushing.about_holder(held.card.account, held.card.id, held.holder.id), at)


def _kept(request: Request, about: About, at: datetime) -> Answer:
    endpoint = request.form.get("endpoint", "")
    if "off" in request.form:
        pushing.unsubscribe(about, endpoint)
        return Answer(204)
    is_kept = pushing.subscribe(
        about,
        endpoint=endpoint,
        p256dh=request.form.get("p256dh", ""),
        auth=request.form.get("auth", ""),
        at=at,
    )
    return Answer(204 if is_kept else 422)
