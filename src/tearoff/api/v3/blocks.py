"""The blocks of which the answers about sessions consist, as the API document tells them (coupons.md 9).

The database writes them itself (`api/sessions.sql`), members in this order; the tests hold the two together.
"""

from typing import Annotated

import msgspec

Inferred = Annotated[str, msgspec.Meta(description="(inferred)")]
"""A text in an answer that no document or client of the incumbent's API shows (conventions.md 0)."""

InferredNumber = Annotated[int, msgspec.Meta(description="(inferred)")]
InferredFlag = Annotated[bool, msgspec.Meta(description="(inferred)")]


class Ok(msgspec.Struct):
    """The first member of every good answer."""

    status: str = "OK"


class Answer(msgspec.Struct, kw_only=True):
    """A good answer."""

    status: Ok = msgspec.field(default_factory=Ok)


class StatusBlock(msgspec.Struct):
    """What happened to a session, all in texts; dates are `YYYY-MM-DD HH:MM:SS` in UTC, or "" when it has not happened."""

    created_date_utc: str
    opened: str
    open_date_utc: str
    played: str
    played_date_utc: str
    claimed: str
    claim_date_utc: str
    claimtype: str
    saved_to_passbook: str
    saved_to_passbook_date_utc: Inferred
    validated: Inferred
    validation_date_utc: str
    validation_value: str
    value: str
    validationtype: Inferred
    voided: Inferred
    voided_date_utc: str
    locked: str
    own_validation_code: str
    uses: Inferred
    max_uses: Inferred
    expiry_date_utc: Inferred


class CustomerBlock(msgspec.Struct):
    """What is known of the consumer, "" where nothing is. (inferred)"""

    firstname: str
    lastname: str
    email: str
    phone: str
    gender: str
    birthday: str
    address: str
    zip: str
    city: str
    country: str
    language: str
    customid: str
    customfield1: str
    customfield2: str
    customfield3: str
    customfield4: str
    customfield5: str
    customfield6: str
    customfield7: str
    optin: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str


class LocationBlock(msgspec.Struct):
    """Where the latest validation was made; all "" before one, or when no location is known. (inferred)"""

    ID: str
    name: str
    address: str
    city: str
    zip: str
    country: str
    customid: str
    staff: str


class SessionItem(msgspec.Struct):
    """A session in a list."""

    session: str
    session_url: Inferred
    sequenceid: str
    customid: Inferred
    status: StatusBlock
    customer: CustomerBlock


class FoundItem(SessionItem):
    """A session that was searched for, with the coupon it belongs to."""

    campaign: Inferred


class SessionData(msgspec.Struct):
    status: StatusBlock
    customer: CustomerBlock
    location: LocationBlock


class SessionList(Answer, kw_only=True):
    campaign: Inferred
    action: Inferred
    amount_of_results: int
    page: InferredNumber
    amount_of_pages: InferredNumber
    data: list[SessionItem]


class FoundList(Answer, kw_only=True):
    """Sessions that were searched for. (inferred)"""

    action: str
    amount_of_results: int
    data: list[FoundItem]


class OneSession(Answer, kw_only=True):
    campaign: str
    action: str
    session: str
    session_url: str
    sequenceid: str
    customid: str
    data: SessionData


OK = b'{"status":{"status":"OK"},'
"""How the bodies begin that are glued together and not encoded from a struct."""


def one_session(campaign: int, action: str, written: str) -> bytes:
    """The body of a `OneSession` from what the database wrote (`wire_single`)."""
    return b'%b"campaign":"cam_%d","action":"%b",%b' % (OK, campaign, action.encode(), written.encode())
