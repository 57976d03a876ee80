"""Allowing push notifications on a coupon's own page. Whoever has the session's address may subscribe to it, nobody else."""

from datetime import datetime

from tearoff.coupons.models import CouponSession
from tearoff.kit.lane import Answer, Request
from tearoff.messaging import pushing, vapid
from tearoff.pages import reading, rendering
from tearoff.pages.presenting import NEUTRAL


def subscribe(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """POST of `.../push`: keep what the browser got from its push service; with `off`, forget it. 204, or 422."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL or not vapid.is_configured():
        return rendering.not_available()
    session = CouponSession.objects.get(account=seen.campaign.account, pk=seen.session.id)
    endpoint = request.form.get("endpoint", "")
    if "off" in request.form:
        pushing.unsubscribe(session, endpoint)
        return Answer(204)
    is_kept = pushing.subscribe(
        session,
        endpoint=endpoint,
        p256dh=request.form.get("p256dh", ""),
        auth=request.form.get("auth", ""),
        at=at,
    )
    return Answer(204 if is_kept else 422)
