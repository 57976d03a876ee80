"""The client itself: one pair of keys at one server."""

import time
from collections.abc import Callable
from typing import Self

import httpx

from tearoff.client.calls import Calls
from tearoff.client.connection import Connection


class Client(Calls):
    """All calls, grouped by noun: `client.coupons.list()`, `client.v4.loyalty.users.create(card)`.

    `base_url` is the server's address, without `/v3`. `timeout` counts seconds, for each attempt. `retries` are further
    attempts after the first one, on broken lines, timeouts, HTTP 502 to 504, 429, and 409 while somebody else changes the
    same thing. A repeated write acts once: it carries an Idempotency-Key. `transport` and `sleep` are for tests.

    Threads may share a client. Closing it, or leaving its `with` block, closes its connections.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        timeout: float | httpx.Timeout = 30.0,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        keys = {"X-Client-Id": client_id, "X-Client-Secret": client_secret}
        http = httpx.Client(base_url=base_url, headers=keys, timeout=timeout, transport=transport)
        self._connection = Connection(http, retries=retries, sleep=sleep)
        super().__init__(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._connection.close()
