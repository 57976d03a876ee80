"""Twilio's REST interface for messages, and the signature of its callbacks.

Sources: twilio.com/docs/messaging/api/message-resource, twilio.com/docs/usage/security, twilio.com/docs/api/errors.
"""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlencode

from tearoff.kit import outbound
from tearoff.messaging.providers.jobs import WHOLE_ANSWER, Job, Result, trouble

BASE = "https://api.twilio.com"
OPTED_OUT = 21610
"""The recipient has written STOP to Twilio's number."""

AGAIN = {20429, 20003, 30001, 21611}
"""Too many requests; a token that is being exchanged; a full queue."""


def send(job: Job) -> Result:
    settings = job.settings
    form = {"To": job.message.recipient, "Body": job.message.text, "StatusCallback": job.report_url}
    sender = job.sender
    form["MessagingServiceSid" if sender.startswith("MG") and len(sender) == 34 else "From"] = sender
    sid = settings["account_sid"]
    pair = base64.b64encode(f"{sid}:{settings['auth_token']}".encode()).decode()
    url = f"{settings.get('base', BASE)}/2010-04-01/Accounts/{quote(sid, safe='')}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {pair}"}
    outcome = outbound.request("POST", url, urlencode(form).encode(), headers, most=WHOLE_ANSWER)
    bad = trouble(outcome)
    if bad:
        return bad
    answer = _read(outcome.excerpt)
    if outcome.arrived:
        return Result("sent", provider_id=str(answer.get("sid", "")))
    code = answer.get("code")
    if code == OPTED_OUT:
        return Result("failed", "twilio_21610", opt_out=True)
    return Result("again" if code in AGAIN else "failed", f"twilio_{code or outcome.code}")


def _read(answer: str) -> dict[str, Any]:
    """An answer; one that cannot be read still tells its status."""
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_genuine(url: str, form: dict[str, str], signature: str, token: str) -> bool:
    """X-Twilio-Signature: base64 of the HMAC-SHA1 of the full address and of all names and values, sorted by name."""
    text = url + "".join(name + form[name] for name in sorted(form))
    expected = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())
    return hmac.compare_digest(expected, signature.encode())


STATES = {"sent": "sent", "delivered": "delivered", "read": "delivered", "undelivered": "failed", "failed": "failed"}
"""Of MessageStatus; what is on its way (queued, sending, accepted) changes nothing."""
