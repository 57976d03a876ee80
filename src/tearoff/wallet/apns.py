"""Nudging Apple's devices: an empty push, after which a phone asks for what is new (`hooks.wallet_lane`).

Source: developer.apple.com/documentation/walletpasses (Adding a web service to update passes) and usernotifications
(Sending notification requests to APNs; Handling notification responses). A pass is pushed under its own certificate.
"""

import json
import os
import ssl
import tempfile
from collections.abc import Sequence
from typing import Any

from tearoff.kit import clock, http2, outbound
from tearoff.kit.http2 import Post
from tearoff.kit.outbound import Outcome
from tearoff.messaging.providers.jobs import Result, seconds, trouble
from tearoff.wallet.jobs import Job

BASE = "https://api.push.apple.com"
KEPT = 28 * 24 * 3600
"""Seconds Apple is asked to keep a nudge for a phone that is off (its own limit it does not tell): a phone that never gets
it goes on showing a coupon that was used. A later one replaces it: each is about all passes of a device."""

GONE = (404, 410)
BAD_TOKEN = "BadDeviceToken"
"""`DeviceTokenNotForTopic` is no word about the device: the account was connected with another pass type, perhaps by
mistake, and what is forgotten then never comes back."""


def nudge(jobs: Sequence[Job], settings: dict[str, Any]) -> list[Result]:
    """All of one issuer, over one connection. A nudge may arrive twice without harm."""
    headers = {
        "apns-topic": settings["pass_type_id"],
        "apns-expiration": str(int(clock.now().timestamp()) + KEPT),
        "content-type": "application/json",
    }
    posts = [Post(f"/3/device/{job.token}", headers, b"{}") for job in jobs]
    outcomes = http2.post_all(settings.get("api_base", BASE), posts, context=_context(settings))
    return [_result(outcome) for outcome in outcomes]


def _result(outcome: Outcome) -> Result:
    reason = _reason(outcome.excerpt)
    if outcome.code in GONE or reason == BAD_TOKEN:
        return Result("failed", reason[:40] or f"http_{outcome.code}", is_gone=True)
    if outcome.arrived:
        return Result("sent")
    bad = trouble(outcome)
    if bad is None:
        return Result("failed", reason[:40] or f"http_{outcome.code}")
    return Result("again", bad.word, wait=seconds(outcome.retry_after)) if bad.state == "unknown" else bad


def _reason(body: str) -> str:
    """Apple's word for what is wrong; "" when it says none."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said.get("reason", "")) if isinstance(said, dict) else ""


def _context(settings: dict[str, Any]) -> ssl.SSLContext:
    """OpenSSL reads a certificate from files only; these exist for a moment, for us alone."""
    context = outbound.trusting()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pass.pem")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(settings[name].strip() for name in ("private_key", "certificate", "wwdr")) + "\n")
        context.load_cert_chain(path)
    return context
