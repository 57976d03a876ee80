"""Calls of `client.teammates`.

Written by scripts/client.py from the table of calls.
"""

from typing import Literal

import msgspec

from tearoff.client.calls.subaccounts import Link
from tearoff.client.connection import Connection

Page = Literal["campaigns", "add_campaign", "update_campaign", "statistics", "distribution"]


class TeammateLink(msgspec.Struct, frozen=True):
    teammate: Link


class TeammatesCalls:
    """Calls of `client.teammates`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sso(
        self,
        teammate: str,
        *,
        page: Page | None = None,
        campaign: str | None = None,
        idempotency_key: str | None = None,
    ) -> TeammateLink:
        """A link that signs one of the account's team in: once, within ten minutes.

        - `teammate`: Digits.

        Refused with 502 (coupon not found), 503 (teammate not found).
        """
        return self._connection.write(
            "/v3/teammate/sso",
            TeammateLink,
            {"teammate": teammate, "page": page, "campaign": campaign},
            idempotency_key,
        )
