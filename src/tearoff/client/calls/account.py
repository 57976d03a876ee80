"""Calls of `client.account`.

Written by scripts/client.py from the table of calls.
"""

import msgspec

from tearoff.client.calls.subaccounts import Link
from tearoff.client.connection import Connection


class AccountLink(msgspec.Struct, frozen=True):
    account: Link


class AccountCalls:
    """Calls of `client.account`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sso(self, *, idempotency_key: str | None = None) -> AccountLink:
        """A link that signs the account's own owner in: once, within ten minutes."""
        return self._connection.write("/v3/account/sso", AccountLink, {}, idempotency_key)
