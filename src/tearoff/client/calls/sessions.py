"""Calls of `client.sessions`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection
from tearoff.client.moments import Moment, in_utc, on_the_spot

Status = Literal[
    "claimed",
    "validated",
    "voided",
    "unvoided",
    "normal",
    "activated",
    "opened",
    "locked",
    "unlocked",
    "claim",
    "validate",
    "void",
    "unvoid",
    "activate",
    "open",
    "lock",
    "unlock",
]


class StatusBlock(msgspec.Struct, frozen=True):
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
    saved_to_passbook_date_utc: str
    validated: str
    validation_date_utc: str
    validation_value: str
    value: str
    validationtype: str
    voided: str
    voided_date_utc: str
    locked: str
    own_validation_code: str
    uses: str
    max_uses: str
    expiry_date_utc: str


class CustomerBlock(msgspec.Struct, frozen=True):
    """What is known of the consumer, "" where nothing is."""

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


class SessionItem(msgspec.Struct, frozen=True):
    """A session in a list."""

    session: str
    session_url: str
    sequenceid: str
    customid: str
    status: StatusBlock
    customer: CustomerBlock


class FoundItem(SessionItem, frozen=True):
    """A session that was searched for, with the coupon it belongs to."""

    campaign: str


class FoundList(msgspec.Struct, frozen=True):
    """Sessions that were searched for."""

    action: str
    amount_of_results: int
    data: tuple[FoundItem, ...]


class SessionList(msgspec.Struct, frozen=True):
    campaign: str
    action: str
    amount_of_results: int
    page: int
    amount_of_pages: int
    data: tuple[SessionItem, ...]


class LocationBlock(msgspec.Struct, frozen=True):
    """Where the latest validation was made; all "" before one, or when no location is known."""

    ID: str
    name: str
    address: str
    city: str
    zip: str
    country: str
    customid: str
    staff: str


class SessionData(msgspec.Struct, frozen=True):
    status: StatusBlock
    customer: CustomerBlock
    location: LocationBlock


class OneSession(msgspec.Struct, frozen=True):
    campaign: str
    action: str
    session: str
    session_url: str
    sequenceid: str
    customid: str
    data: SessionData


class ItemResult(msgspec.Struct, frozen=True, kw_only=True):
    """How it went with one of several sessions; 0 and "" where it went well."""

    session: str
    status: str
    error_code: int = 0
    error_message: str = ""
    error_reason: str = ""


class SeveralSessions(msgspec.Struct, frozen=True):
    action: str
    amount_of_results: int
    data: tuple[ItemResult, ...]


class SessionsCalls:
    """Calls of `client.sessions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def search(
        self,
        *,
        search: str | None = None,
        customvalcode: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        campaign: str | None = None,
    ) -> FoundList:
        """Find sessions by own validation code, phone or e-mail: at most 100, newest first.

        - `search`: Own validation code, phone, e-mail, custom id, widget code or session code.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/couponsession/search",
            FoundList,
            {"search": search, "customvalcode": customvalcode, "phone": phone, "email": email, "campaign": campaign},
        )

    def search_campaign(
        self,
        campaign: str,
        *,
        search: str | None = None,
        customvalcode: str | None = None,
        phone: str | None = None,
        email: str | None = None,
    ) -> FoundList:
        """Find sessions of one coupon.

        - `search`: Own validation code, phone, e-mail, custom id, widget code or session code.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/campaign/search",
            FoundList,
            {"search": search, "customvalcode": customvalcode, "phone": phone, "email": email, "campaign": campaign},
        )

    def list(
        self,
        campaign: str,
        *,
        page: int | None = None,
        start_date: Moment | None = None,
        end_date: Moment | None = None,
    ) -> SessionList:
        """All sessions of a coupon, oldest first, by the date they were made.

        - `page`: 5,000 sessions a page.
        - `start_date`: Inclusive, UTC, of the date the list is about.
        - `end_date`: Inclusive: a bare date covers its whole day.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/campaign/data",
            SessionList,
            {"campaign": campaign, "page": page, "start_date": in_utc(start_date), "end_date": in_utc(end_date)},
        )

    def opens(
        self,
        campaign: str,
        *,
        page: int | None = None,
        start_date: Moment | None = None,
        end_date: Moment | None = None,
    ) -> SessionList:
        """The opened sessions of a coupon, by the date of their first opening.

        - `page`: 5,000 sessions a page.
        - `start_date`: Inclusive, UTC, of the date the list is about.
        - `end_date`: Inclusive: a bare date covers its whole day.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/campaign/opens",
            SessionList,
            {"campaign": campaign, "page": page, "start_date": in_utc(start_date), "end_date": in_utc(end_date)},
        )

    def claims(
        self,
        campaign: str,
        *,
        page: int | None = None,
        start_date: Moment | None = None,
        end_date: Moment | None = None,
    ) -> SessionList:
        """The claimed sessions of a coupon, by the date of their claim.

        - `page`: 5,000 sessions a page.
        - `start_date`: Inclusive, UTC, of the date the list is about.
        - `end_date`: Inclusive: a bare date covers its whole day.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/campaign/claims",
            SessionList,
            {"campaign": campaign, "page": page, "start_date": in_utc(start_date), "end_date": in_utc(end_date)},
        )

    def validations(
        self,
        campaign: str,
        *,
        page: int | None = None,
        start_date: Moment | None = None,
        end_date: Moment | None = None,
    ) -> SessionList:
        """The validated sessions of a coupon, each once, by its latest validation that was not undone.

        - `page`: 5,000 sessions a page.
        - `start_date`: Inclusive, UTC, of the date the list is about.
        - `end_date`: Inclusive: a bare date covers its whole day.

        Refused with 502 (coupon not found).
        """
        return self._connection.read(
            "/v3/campaign/validations",
            SessionList,
            {"campaign": campaign, "page": page, "start_date": in_utc(start_date), "end_date": in_utc(end_date)},
        )

    def info(self, couponsession: str) -> OneSession:
        """One session: what happened to it, who has it, where it was validated.

        Refused with 505 (coupon session, or loyalty card, not found).
        """
        return self._connection.read("/v3/couponsession/data", OneSession, {"couponsession": couponsession})

    def update(
        self,
        *,
        couponsession: str | None = None,
        status: Status | None = None,
        void: bool | None = None,
        validation_value: str | None = None,
        value: str | None = None,
        location: str | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        customid: str | None = None,
        customvalcode: str | None = None,
        customfield1: str | None = None,
        customfield2: str | None = None,
        customfield3: str | None = None,
        customfield4: str | None = None,
        customfield5: str | None = None,
        customfield6: str | None = None,
        customfield7: str | None = None,
        expiry_date: Moment | None = None,
        idempotency_key: str | None = None,
    ) -> OneSession:
        """Change one coupon session: claim, validate, void, lock, or its data. Data and state change together or not at
        all.

        - `couponsession`: Without it customvalcode names the session.
        - `void`: true: void, false: un-void.
        - `location`: For a validation: id or exact name of a location of this coupon.
        - `phone`: Kept as it comes; a number that can be read is kept as E.164.
        - `expiry_date`: In the campaign's time zone.

        Refused with 505 (coupon session, or loyalty card, not found).
        """
        return self._connection.write(
            "/v3/couponsession/update",
            OneSession,
            {
                "couponsession": couponsession,
                "status": status,
                "void": void,
                "validation_value": validation_value,
                "value": value,
                "location": location,
                "firstname": firstname,
                "lastname": lastname,
                "email": email,
                "phone": phone,
                "customid": customid,
                "customvalcode": customvalcode,
                "customfield1": customfield1,
                "customfield2": customfield2,
                "customfield3": customfield3,
                "customfield4": customfield4,
                "customfield5": customfield5,
                "customfield6": customfield6,
                "customfield7": customfield7,
                "expiry_date": on_the_spot(expiry_date),
            },
            idempotency_key,
        )

    def update_many(
        self,
        couponsessions: Sequence[str],
        *,
        status: Status | None = None,
        void: bool | None = None,
        validation_value: str | None = None,
        value: str | None = None,
        location: str | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        customid: str | None = None,
        customvalcode: str | None = None,
        customfield1: str | None = None,
        customfield2: str | None = None,
        customfield3: str | None = None,
        customfield4: str | None = None,
        customfield5: str | None = None,
        customfield6: str | None = None,
        customfield7: str | None = None,
        expiry_date: Moment | None = None,
        idempotency_key: str | None = None,
    ) -> SeveralSessions:
        """Change several sessions in the same way, each by itself: some may fail where others succeed.

        - `void`: true: void, false: un-void.
        - `location`: For a validation: id or exact name of a location of this coupon.
        - `phone`: Kept as it comes; a number that can be read is kept as E.164.
        - `expiry_date`: In the campaign's time zone.
        """
        return self._connection.write(
            "/v3/multiplecouponsession/update",
            SeveralSessions,
            {
                "couponsessions": couponsessions,
                "status": status,
                "void": void,
                "validation_value": validation_value,
                "value": value,
                "location": location,
                "firstname": firstname,
                "lastname": lastname,
                "email": email,
                "phone": phone,
                "customid": customid,
                "customvalcode": customvalcode,
                "customfield1": customfield1,
                "customfield2": customfield2,
                "customfield3": customfield3,
                "customfield4": customfield4,
                "customfield5": customfield5,
                "customfield6": customfield6,
                "customfield7": customfield7,
                "expiry_date": on_the_spot(expiry_date),
            },
            idempotency_key,
        )

    def iterate(
        self,
        campaign: str,
        *,
        start_date: Moment | None = None,
        end_date: Moment | None = None,
        kind: Literal["list", "opens", "claims", "validations"] = "list",
    ) -> Iterator[SessionItem]:
        """All of `list` or `opens` or `claims` or `validations`, one by one, whatever the pages."""
        ask = {"list": self.list, "opens": self.opens, "claims": self.claims, "validations": self.validations}[kind]

        def page(number: int) -> tuple[Sequence[SessionItem], int]:
            answer = ask(campaign, start_date=start_date, end_date=end_date, page=number)
            return answer.data, answer.amount_of_pages

        return paging.counted_pages(page)
