"""Calls of `client.push`.

Written by scripts/client.py from the table of calls.
"""

from tearoff.client.connection import Connection, Done


class PushCalls:
    """Calls of `client.push`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def single(self, campaign: str, *, couponsession: str, message: str, idempotency_key: str | None = None) -> None:
        """Send a notification to one consumer who saved the coupon in the phone wallet, or allowed notifications.

        Refused with 502 (coupon not found), 505 (coupon session, or loyalty card, not found).
        """
        self._connection.write(
            "/v3/coupon/pushnotification/single",
            Done,
            {"campaign": campaign, "couponsession": couponsession, "message": message},
            idempotency_key,
        )

    def all(self, campaign: str, *, message: str, idempotency_key: str | None = None) -> None:
        """Send a notification to all who saved the coupon in the phone wallet, or allowed notifications.

        Refused with 502 (coupon not found).
        """
        self._connection.write(
            "/v3/coupon/pushnotification/all", Done, {"campaign": campaign, "message": message}, idempotency_key
        )
