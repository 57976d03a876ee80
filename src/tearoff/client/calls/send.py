"""Calls of `client.send`.

Written by scripts/client.py from the table of calls.
"""

import msgspec

from tearoff.client.connection import Connection


class EmailSent(msgspec.Struct, frozen=True):
    campaign: str
    action: str
    email: str
    subject: str
    single_use_code: str
    single_use_url: str
    customid: str


class SmsSent(msgspec.Struct, frozen=True):
    campaign: str
    message: str
    phone: str
    single_use_code: str
    single_use_url: str
    action: str


class SendCalls:
    """Calls of `client.send`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def email(
        self,
        campaign: str,
        *,
        email: str,
        subject: str | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        check_unique: bool | None = None,
        couponsession: str | None = None,
        idempotency_key: str | None = None,
    ) -> EmailSent:
        """Send a coupon, a loyalty card or a directory by e-mail, with the recipient's own link.

        The account needs a connected e-mail platform.

        Refused with 104 (the account has no e-mail integration), 502 (coupon not found), 505 (coupon session, or
        loyalty card, not found), 604 (e-mail could not be sent).
        """
        return self._connection.write(
            "/v3/send/email",
            EmailSent,
            {
                "campaign": campaign,
                "email": email,
                "subject": subject,
                "firstname": firstname,
                "lastname": lastname,
                "check_unique": check_unique,
                "couponsession": couponsession,
            },
            idempotency_key,
        )

    def sms(
        self,
        campaign: str,
        *,
        phone: str,
        body: str | None = None,
        sender: str | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        check_unique: bool | None = None,
        couponsession: str | None = None,
        idempotency_key: str | None = None,
    ) -> SmsSent:
        """Send a coupon, a loyalty card or a directory by SMS, with the recipient's own link. The account needs an SMS
        integration.

        - `body`: The recipient's own address is put for {link}, or at the end.

        Refused with 103 (the account has no SMS integration), 502 (coupon not found), 505 (coupon session, or loyalty
        card, not found).
        """
        return self._connection.write(
            "/v3/send/sms",
            SmsSent,
            {
                "campaign": campaign,
                "phone": phone,
                "body": body,
                "sender": sender,
                "firstname": firstname,
                "lastname": lastname,
                "check_unique": check_unique,
                "couponsession": couponsession,
            },
            idempotency_key,
        )
