"""Web Push: the notification encrypted for one browser (RFC 8291), signed with our VAPID key (RFC 8292)."""

import base64
import hashlib
import json
from urllib.parse import urlsplit

from django.conf import settings
from py_vapid import Vapid02
from pywebpush import WebPusher

from tearoff.kit import clock, outbound
from tearoff.messaging.providers.jobs import Job, Result, seconds, trouble

TTL = 24 * 3600
"""Seconds the push service keeps a notification for a phone that is off."""

TOKEN_STAYS = 12 * 3600
GONE = (404, 410)


def is_configured() -> bool:
    return bool(settings.TEAROFF_PUSH_KEY)


def public_key() -> str:
    """What browsers are told to subscribe for: the uncompressed point in base64url."""
    numbers = _signer().public_key.public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def send(job: Job) -> Result:
    """A notification may be sent twice without harm: its topic lets the second one replace the first."""
    browser = job.browser
    if browser is None:
        return Result("failed", "no_subscription")
    if not is_configured():
        return Result("failed", "not_configured")
    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys})
    text = {"title": job.message.subject, "body": job.message.text, "url": job.message.link}
    encoded = pusher.encode(json.dumps(text), content_encoding="aes128gcm")
    outcome = outbound.post(browser.endpoint, encoded["body"], _headers(job, browser.endpoint))
    if outcome.code in GONE:
        return Result("failed", f"http_{outcome.code}", is_gone=True)
    if outcome.arrived:
        return Result("sent")
    bad = trouble(outcome)
    if bad is None:
        return Result("failed", f"http_{outcome.code}")
    if bad.state == "unknown":
        return Result("again", bad.word, wait=seconds(outcome.retry_after))
    return bad


def _headers(job: Job, endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(clock.now().timestamp()) + TOKEN_STAYS,
        "sub": settings.TEAROFF_PUSH_CONTACT,
    }
    topic = hashlib.sha256(f"message {job.message.pk}".encode()).digest()
    return {
        "Authorization": _signer().sign(claims)["Authorization"],
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL),
        "Topic": base64.urlsafe_b64encode(topic)[:32].decode(),
        "Urgency": "normal",
    }


def _signer() -> Vapid02:
    return Vapid02.from_string(settings.TEAROFF_PUSH_KEY)
