"""The owner's preview of a coupon, drafts included: it creates nothing, counts nothing, and nothing on it can be pressed.

The right to look is in the address (`campaigns.previewing`), so that the preview works in a frame without cookies and stops
working by itself (product.md section 6, row 1).
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from tearoff.campaigns import previewing
from tearoff.coupons import addresses
from tearoff.kit.lane import Answer, Request
from tearoff.pages import reading, rendering
from tearoff.pages.presenting import Offering
from tearoff.pages.reading import CampaignRow, SessionRow
from tearoff.pages.shown import Preview

State = Literal["offer", "ticket", "used", "sold_out", "expired", "not_started", "voided", "locked"]
STATES: tuple[str, ...] = State.__args__  # type: ignore[attr-defined]
SAMPLE_CODE = "k7m2qx9a4tce8hvw3z6bp"
"""Stands where a real session's code would; no session has it, as codes are drawn."""


def preview(request: Request, coupon: str, at: datetime) -> Answer:
    """GET of `/p/<code>?preview=<token>[&state=ticket]`. A wrong or old token is an unknown address."""
    campaign = reading.offer(coupon, at)
    if campaign is None or not previewing.is_good(request.query["preview"], campaign.id, at=at):
        return rendering.not_available()
    state = request.query.get("state", "offer")
    if state not in STATES:
        return rendering.not_available()
    shown = _sample(campaign, state, at)
    banner = Preview(public_url=addresses.coupon_url(campaign.code), is_live=campaign.unavailable is None)
    return rendering.answer(shown.page(state, preview=banner), shown.words)


def _sample(campaign: CampaignRow, state: str, at: datetime) -> Offering:
    """The offer with a session that is only imagined, in the state asked for."""
    if state == "not_started" and campaign.starts_at is None:
        campaign = campaign._replace(starts_at=at + timedelta(days=1))
    if state in ("sold_out", "not_started"):
        return Offering(campaign, at)
    is_claimed = state != "offer"
    ends_at = at - timedelta(days=1) if state == "expired" else campaign.ends_at
    session = SessionRow(
        id=0,
        code=SAMPLE_CODE,
        short=SAMPLE_CODE[:6],
        is_link=False,
        created_at=at,
        opened_at=at,
        claimed_at=at if is_claimed else None,
        uses=1 if state == "used" else 0,
        validated_at=at if state == "used" else None,
        expires_at=None,
        value="",
        own_code="",
        customer=msgspec.json.encode({"firstname": "Ann"}).decode() if is_claimed else "{}",
        ends_at=ends_at,
        verdict=None,
        used_at=None,
        paused_until=None,
    )
    return Offering(campaign, at, session=session)
