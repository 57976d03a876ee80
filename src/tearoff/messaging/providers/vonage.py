"""Vonage's SMS interface, and the signature of its callbacks.

Sources: developer.vonage.com/en/api/sms, .../messaging/sms/guides/delivery-receipts,
.../getting-started/concepts/signing-messages.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from tearoff.kit import outbound
from tearoff.messaging import segments
from tearoff.messaging.providers.jobs import WHOLE_ANSWER, Job, Result, trouble

BASE = "https://rest.nexmo.com"
THROTTLED = "1"
BARRED = "7"
"""The number is on Vonage's own list of those who want nothing."""

INTERNAL = "5"


def send(job: Job) -> Result:
    settings = job.settings
    form = {
        "api_key": settings["api_key"],
        "api_secret": settings["api_secret"],
        "from": job.sender.removeprefix("+"),
        "to": job.message.recipient.removeprefix("+"),
        "text": job.message.text,
        "type": "text" if segments.count(job.message.text).encoding == "gsm7" else "unicode",
        "status-report-req": "1",
        "client-ref": str(job.message.pk),
        "callback": job.report_url,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{settings.get('base', BASE)}/sms/json"
    outcome = outbound.request("POST", url, urlencode(form).encode(), headers, most=WHOLE_ANSWER)
    bad = trouble(outcome)
    if bad:
        return bad
    if not outcome.arrived:
        return Result("failed", f"http_{outcome.code}")
    return _told(_parts(outcome.excerpt))


def _told(parts: list[dict[str, Any]]) -> Result:
    """One entry for each part of a long message. One part that left makes the message sent."""
    if not parts:
        return Result("unknown", "bad_answer")
    sent = next((part for part in parts if str(part.get("status")) == "0"), None)
    if sent is not None:
        return Result("sent", provider_id=str(sent.get("message-id", "")))
    status = str(parts[0].get("status", ""))
    if status == THROTTLED:
        return Result("again", "rate_limited")
    if status == INTERNAL:
        return Result("unknown", "vonage_5")
    return Result("failed", f"vonage_{status}", opt_out=status == BARRED)


def _parts(answer: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(answer)
        return [part for part in found["messages"] if isinstance(part, dict)]
    except (ValueError, KeyError, TypeError):
        return []


def is_genuine(form: dict[str, str], secret: str, method: str = "md5hash") -> bool:
    """`sig`: a digest over "&name=value" of all others, sorted by name, & and = in values written as _.

    `method` is the one chosen in Vonage's settings: md5hash (the secret follows the text), or md5, sha1, sha256, sha512
    (HMAC under the secret).
    """
    text = "".join(
        f"&{name}={form[name].replace('&', '_').replace('=', '_')}" for name in sorted(form) if name != "sig"
    ).encode()
    if method == "md5hash":
        expected = hashlib.md5(text + secret.encode()).hexdigest()
    else:
        expected = hmac.new(secret.encode(), text, method).hexdigest()
    return hmac.compare_digest(expected.encode(), form.get("sig", "").lower().encode())


STATES = {
    "accepted": "sent",
    "buffered": "sent",
    "delivered": "delivered",
    "expired": "failed",
    "failed": "failed",
    "rejected": "failed",
    "deleted": "failed",
}
"""Of the receipt's `status`; `unknown` changes nothing."""

OPTED_OUT_ERRORS = {"4"}
"""Of `err-code`: the recipient has barred us."""
