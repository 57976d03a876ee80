"""Web Push: the notification encrypted for one browser (RFC 8291), signed with our VAPID key (RFC 8292)."""

import base64
import hashlib
import json
from urllib.parse import urlsplit

from django.conf import settings
from py_vapid import Vapid02

from tearoff.kit import clock, outbound
from tearoff.messaging import vapid
from tearoff.messaging.providers.jobs import Job, Result, seconds, trouble

TTL = 24 * 3600
"""Seconds the push service keeps a notification for a phone that is off."""

TOKEN_STAYS = 12 * 3600
GONE = (404, 410)


def send(job: Job) -> Result:
    """A notification may be sent twice without harm: its topic lets the second one replace the first."""
    browser = job.browser
    if browser is None:
        return Result("failed", "no_subscription")
    if not vapid.is_configured():
        return Result("failed", "not_configured")
    from pywebpush import WebPusher  # here, because it brings a whole HTTP client that only the worker should load

    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys})
    text = {"title": job.message.subject, "body": job.message.text, "url": job.message.link}
    written = json.dumps(text, ensure_ascii=False).encode()  # escapes would make 500 letters more than a push holds
    encoded = pusher.encode(written, content_encoding="aes128gcm")
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
