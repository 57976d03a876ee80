"""Calls of `client.links`.

Written by scripts/client.py from the table of calls.
"""

from typing import Literal

import msgspec

from tearoff.client.connection import Connection
from tearoff.client.moments import Moment, on_the_spot

DuplicateCheck = Literal["email", "phone", "customid", "true", "1", "false", "0"]


class OneLink(msgspec.Struct, frozen=True):
    campaign: str
    action: str
    single_use_code: str
    sequence_id: int
    single_use_url: str
    widget_validation_code: str
    custom_validation_code: str
    customid: str


class LinkItem(msgspec.Struct, frozen=True):
    single_use_code: str
    sequence_id: int
    single_use_url: str
    widget_validation_code: str
    custom_validation_code: str


class ManyLinks(msgspec.Struct, frozen=True):
    campaign: str
    action: str
    data: tuple[LinkItem, ...]


class RemovedLink(msgspec.Struct, frozen=True):
    """The link that is no more."""

    campaign: str
    action: str
    single_use_code: str


class LinksCalls:
    """Calls of `client.links`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(
        self,
        campaign: str,
        *,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        customid: str | None = None,
        customvalcode: str | None = None,
        autovalcode: Literal["6digits", "8digits", "10digits"] | None = None,
        customfield1: str | None = None,
        customfield2: str | None = None,
        customfield3: str | None = None,
        customfield4: str | None = None,
        customfield5: str | None = None,
        customfield6: str | None = None,
        customfield7: str | None = None,
        duplicate_check: DuplicateCheck | None = None,
        expiry_date: Moment | None = None,
        utm_source: str | None = None,
        utm_medium: str | None = None,
        utm_campaign: str | None = None,
        utm_term: str | None = None,
        utm_content: str | None = None,
        idempotency_key: str | None = None,
    ) -> OneLink:
        """Make one single-use link; with duplicate_check the one that was made for the same person before.

        - `phone`: Kept as it comes; a number that can be read is kept as E.164.
        - `autovalcode`: Not together with customvalcode.
        - `duplicate_check`: true: the first of email, phone, customid that has a value.
        - `expiry_date`: In the campaign's time zone.

        Refused with 502 (coupon not found).
        """
        return self._connection.write(
            "/v3/singleuse/create",
            OneLink,
            {
                "campaign": campaign,
                "firstname": firstname,
                "lastname": lastname,
                "email": email,
                "phone": phone,
                "customid": customid,
                "customvalcode": customvalcode,
                "autovalcode": autovalcode,
                "customfield1": customfield1,
                "customfield2": customfield2,
                "customfield3": customfield3,
                "customfield4": customfield4,
                "customfield5": customfield5,
                "customfield6": customfield6,
                "customfield7": customfield7,
                "duplicate_check": duplicate_check,
                "expiry_date": on_the_spot(expiry_date),
                "utm_source": utm_source,
                "utm_medium": utm_medium,
                "utm_campaign": utm_campaign,
                "utm_term": utm_term,
                "utm_content": utm_content,
            },
            idempotency_key,
        )

    def create_many(
        self,
        campaign: str,
        *,
        amount: int | None = None,
        status: Literal["normal", "voided", "activated"] | None = None,
        automated_codes: bool | None = None,
        code_prefix: str | None = None,
        code_length: int | None = None,
        code_type: Literal["numeric", "alphanumeric"] | None = None,
        idempotency_key: str | None = None,
    ) -> ManyLinks:
        """Make many single-use links: all of them, or none. The answer is sent while it is read.

        - `automated_codes`: Make a validation code for each.
        - `code_prefix`: With automated_codes; may be empty.
        - `code_length`: With automated_codes: length after the prefix.
        - `code_type`: With automated_codes.

        Refused with 502 (coupon not found).
        """
        return self._connection.write(
            "/v3/multiplesingleuse/create",
            ManyLinks,
            {
                "campaign": campaign,
                "amount": amount,
                "status": status,
                "automated_codes": automated_codes,
                "code_prefix": code_prefix,
                "code_length": code_length,
                "code_type": code_type,
            },
            idempotency_key,
        )

    def remove(
        self, single_use_code: str, *, campaign: str | None = None, idempotency_key: str | None = None
    ) -> RemovedLink:
        """Remove an unclaimed single-use link with its data.

        Refused with 502 (coupon not found), 505 (coupon session, or loyalty card, not found).
        """
        return self._connection.write(
            "/v3/singleuse/remove",
            RemovedLink,
            {"campaign": campaign, "single_use_code": single_use_code},
            idempotency_key,
        )
