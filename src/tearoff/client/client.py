"""The client itself: one pair of keys at one server."""

import re
import time
from collections.abc import Callable
from typing import Self

import httpx

from tearoff.client.calls import Calls
from tearoff.client.connection import Connection


class Client(Calls):
    """All calls, grouped by noun: `client.coupons.list()`, `client.v4.loyalty.users.create(card)`.

    `base_url` is the server's address, without `/v3`. `timeout` counts seconds, for each attempt. `retries` are further
    attempts after the first one, on broken lines, timeouts, HTTP 408, 502 to 504, 429, and 409 while somebody else changes
    the same thing. A repeated write acts once: it carries an Idempotency-Key. `transport` is another way to the server, as
    `httpx.HTTPTransport(verify=...)`; `sleep` is for tests.

    Threads may share a client. Closing it, or leaving its `with` block, closes its connections.

    Raises:
        ValueError: the address or a key cannot be one. What is given as a key is never in a message or a `repr`.
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
        keys = {"X-Client-Id": _key("client_id", client_id), "X-Client-Secret": _key("client_secret", client_secret)}
        http = httpx.Client(base_url=_address(base_url), headers=keys, timeout=timeout, transport=transport)
        self._connection = Connection(http, retries=retries, sleep=sleep)
        super().__init__(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._connection.close()


def _key(name: str, given: object) -> str:
    """A header must be able to carry it, or the line itself would complain, and quote it."""
    if not isinstance(given, str) or not re.fullmatch(r"[!-~]+", given):
        raise ValueError(
            f"{name} is no key: it is missing, or has blanks, a line break or other than ASCII characters in it"
        )
    return given


def _address(given: str) -> httpx.URL:
    try:
        url = httpx.URL(given)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or "%" in url.host or url.query or url.fragment:
        raise ValueError("base_url is no address of a server, as https://coupons.example")
    if re.search(r"/v[34]/?$", url.path):
        raise ValueError("base_url is the address of the server, without /v3 or /v4: the calls bring it along")
    return url
