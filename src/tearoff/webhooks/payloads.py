"""The body of a notification, member by member in the order of webhooks.md 3: texts and objects only.

Receivers are known that parse the body, write it again with JavaScript's JSON.stringify and check the signature over
that. `encoded` therefore writes exactly what JSON.stringify would (webhooks.md 4).
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from tearoff.campaigns import schedule
from tearoff.campaigns.models import Campaign, Location
from tearoff.coupons.models import CouponSession
from tearoff.webhooks import account_payloads, directory_payloads, loyalty_payloads

WIRE_KINDS = {
    "coupon.opened": "coupon_opened",
    "coupon.played": "coupon_played",
    "coupon.claimed": "coupon_claimed",
    "coupon.saved": "coupon_saved",
    "coupon.validated": "coupon_validated",
    "coupon.unvalidated": "coupon_unvalidated",
    "coupon.voided": "coupon_voided",
    "coupon.unvoided": "coupon_voided",
    "campaign.created": "coupon_created",
    "campaign.updated": "coupon_updated",
    "campaign.removed": "coupon_removed",
    "endpoint.tested": "test",
    **loyalty_payloads.WIRE_KINDS,
    **directory_payloads.WIRE_KINDS,
    **account_payloads.WIRE_KINDS,
}
"""Our kinds of event and what they are called on the wire. An event that is not here is told to nobody."""

CUSTOMER = (
    "firstname",
    "lastname",
    "email",
    "phone",
    "gender",
    "birthday",
    "address",
    "zip",
    "city",
    "country",
    "language",
    "customid",
    *(f"customfield{number}" for number in range(1, 8)),
    "optin",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
)

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with the rows it is about, as they are now. `state` is the session's state block after the event."""

    kind: str
    at: datetime
    campaign_id: int | None
    campaign: Campaign | None
    session_code: str
    session: CouponSession | None
    location: Location | None
    state: JSON


def body(code: str, happened: Happened, now: datetime) -> bytes:
    """The bytes every endpoint gets; `code` is the notification's id."""
    kind = WIRE_KINDS[happened.kind]
    members: JSON = {
        "id": code,
        "type": kind,
        "datetime": _moment(happened.at),
        "campaign": _campaign_id(happened),
        "coupon": _campaign_id(happened) if kind == "coupon_removed" else _coupon(happened, now),
    }
    if happened.kind.startswith("coupon."):
        members |= _session(kind, happened)
    elif happened.kind in loyalty_payloads.WIRE_KINDS:
        members |= loyalty_payloads.members(kind, happened.state, happened.session_code)
    elif happened.kind in directory_payloads.WIRE_KINDS:
        members |= directory_payloads.members(happened.state)
    elif happened.kind in account_payloads.WIRE_KINDS:
        members |= account_payloads.members(happened.session_code, now)
    return encoded(members)


def encoded(members: JSON) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _campaign_id(happened: Happened) -> str:
    return f"cam_{happened.campaign_id}" if happened.campaign_id else ""


def _coupon(happened: Happened, now: datetime) -> JSON | str:
    """The full object; where there is no coupon (a test) or none any more, its id alone, which receivers know as well."""
    campaign = happened.campaign
    if campaign is None:
        return _campaign_id(happened)
    return {
        "id": f"cam_{campaign.pk}",
        "campaign": f"cam_{campaign.pk}",
        "coupon_code": campaign.code,
        "friendly_name": campaign.name,
        "title": campaign.title,
        "subtitle": campaign.subtitle,
        "tags": ",".join(campaign.tags),
        "coupon_value": campaign.coupon_value,
        "custom_validation_code": "",
        "customid": campaign.customid,
        "timezone": campaign.timezone,
        "url": _public_url(campaign.code),
        "status": schedule.shown_status(campaign, now),
        "expirydate": _local(campaign.ends_local),
        "start_date": _local(campaign.starts_local),
        "subaccount": f"sub_{campaign.account_id}" if campaign.account.parent_id else "",
        "category": f"cat_{campaign.category_id}" if campaign.category_id else "",
    }


def _session(kind: str, happened: Happened) -> JSON:
    """The members of session kinds. A session removed meanwhile has no consumer data any more; its state is told."""
    session, campaign = happened.session, happened.campaign
    own_code = _text(happened.state.get("own_code"))
    customid = session.customid if session else ""
    code = campaign.code if campaign else ""
    members: JSON = {
        "session": happened.session_code,
        "coupon_code": code,
        "customid": customid,
        "customer": _customer(session),
        "status": _status(happened.state),
        "session_url": _public_url(code, happened.session_code),
        "sequenceid": str(session.pk) if session else "",
        "custom_validation_code": own_code,
    }
    if kind == "coupon_validated":
        members["location"] = _location(happened.location, happened.state)
    return members


def _customer(session: CouponSession | None) -> JSON:
    known = {**session.customer, "customid": session.customid} if session else {}
    return {name: _text(known.get(name)) for name in CUSTOMER} | {"phone": _without_plus(_text(known.get("phone")))}


def _without_plus(phone: str) -> str:
    """A number as v3 prints it everywhere (conventions.md 5.5); what is no number stays as it came."""
    return phone[1:] if re.fullmatch(r"\+[0-9]+", phone) else phone


def _status(state: JSON) -> JSON:
    """The block of coupons.md 9.1: the members of the contract's example in its order, then the others."""
    return {
        "created_date_utc": _moment(state.get("created_at")),
        "opened": _flag(state.get("opened_at")),
        "open_date_utc": _moment(state.get("opened_at")),
        "played": _flag(state.get("played_at")),
        "played_date_utc": _moment(state.get("played_at")),
        "claimed": _flag(state.get("claimed_at")),
        "claim_date_utc": _moment(state.get("claimed_at")),
        "claimtype": _text(state.get("claim_type")),
        "saved_to_passbook": _flag(state.get("saved_at")),
        "validated": _flag(state.get("validated_at")),
        "validation_date_utc": _moment(state.get("validated_at")),
        "validation_value": _text(state.get("validation_value")),
        "value": _text(state.get("value")),
        "locked": _flag(state.get("locked_at")),
        "voided": _flag(state.get("voided_at")),
        "voided_date_utc": _moment(state.get("voided_at")),
        "own_validation_code": _text(state.get("own_code")),
        "saved_to_passbook_date_utc": _moment(state.get("saved_at")),
        "validationtype": _text(state.get("validation_type")),
        "uses": _text(state.get("uses")),
        "max_uses": _text(state.get("max_uses")),
        "expiry_date_utc": _moment(state.get("ends_at")),
    }


def _location(location: Location | None, state: JSON) -> JSON:
    return {
        "ID": f"loc_{location.pk}" if location else "",
        "name": location.name if location else "",
        "address": location.address if location else "",
        "city": location.city if location else "",
        "zip": location.zip if location else "",
        "country": location.country if location else "",
        "customid": location.customid if location else "",
        "staff": _text(state.get("staff")),
    }


def _public_url(*parts: str) -> str:
    return f"{settings.TEAROFF_BASE_URL}/p/{'/'.join(part for part in parts if part)}"


def _moment(value: datetime | str | None) -> str:
    """`YYYY-MM-DD HH:MM:SS` in UTC; the ledger keeps moments as ISO texts. An end beyond the year 9999 is no end."""
    if not value:
        return ""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return ""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _local(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S") if value else ""


def _flag(value: Any) -> str:
    return "1" if value else "0"


def _text(value: Any) -> str:
    """Stored data may hold numbers and truths; on the wire all are texts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
