"""How a notification is signed: the legacy `X-HMAC` and Standard Webhooks, both over the same bytes (webhooks.md 4)."""

import base64
import hashlib
import hmac
from datetime import datetime
from importlib.metadata import version

PRODUCT = f"Tearoff/{version('tearoff')}"


def headers(
    *,
    code: str,
    body: bytes,
    client_secret: str | None,
    secrets: list[str],
    attempt: int,
    sequence: int,
    at: datetime,
) -> dict[str, str]:
    """All headers of one try.

    `client_secret` is that of the account's primary pair at this moment (without a pair there is no `X-HMAC`);
    `secrets` are the endpoint's own, the newest first: during a rotation two.
    """
    stamp = int(at.timestamp())
    legacy = {"X-HMAC": legacy_signature(client_secret, body)} if client_secret else {}
    return {
        "Content-Type": "application/json",
        "User-Agent": PRODUCT,
        **legacy,
        "X-Webhook-Id": code,
        "X-Webhook-Attempt": str(attempt),
        "X-Webhook-Sequence": str(sequence),
        "webhook-id": code,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(standard_signature(secret, code, stamp, body) for secret in secrets),
    }


def legacy_signature(client_secret: str, body: bytes) -> str:
    return hmac.new(client_secret.encode(), body, hashlib.sha256).hexdigest()


def standard_signature(secret: str, code: str, stamp: int, body: bytes) -> str:
    """`secret` is `whsec_` and base64; the key is what the base64 stands for."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%d.%s" % (code.encode(), stamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
