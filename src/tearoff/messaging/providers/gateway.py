"""Any SMS gateway that takes one POST of JSON (docs/sending.md has its protocol).

Settings: `url`; `template`, a JSON object in whose texts {to}, {text}, {sender}, {id} and {report_url} are filled in;
`headers`, e.g. a bearer token; `id_field`, the member of the answer that holds the gateway's own id (default `id`).
The gateway signs what it reports: `X-Signature` is the hex HMAC-SHA256 of the body under `signing_secret`.
"""

import hashlib
import hmac
import json
from typing import Any

from tearoff.kit import outbound
from tearoff.messaging.providers.jobs import WHOLE_ANSWER, Job, Result, trouble


def send(job: Job) -> Result:
    settings = job.settings
    words = {
        "{to}": job.message.recipient,
        "{text}": job.message.text,
        "{sender}": job.sender,
        "{id}": str(job.message.pk),
        "{report_url}": job.report_url,
    }
    body = json.dumps(_filled(settings["template"], words)).encode()
    headers = {"Content-Type": "application/json"} | settings.get("headers", {})
    outcome = outbound.request("POST", settings["url"], body, headers, most=WHOLE_ANSWER)
    bad = trouble(outcome)
    if bad:
        return bad
    if not outcome.arrived:
        return Result("failed", f"http_{outcome.code}")
    return Result("sent", provider_id=_id(outcome.excerpt, settings.get("id_field", "id")))


def _filled(part: Any, words: dict[str, str]) -> Any:
    """Texts are filled in after the template was parsed, so no text can change its structure."""
    if isinstance(part, dict):
        return {name: _filled(value, words) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, words) for value in part]
    if not isinstance(part, str):
        return part
    if part in words:
        return words[part]
    for mark, word in words.items():
        if mark != "{text}":  # last: a text may hold what looks like a mark
            part = part.replace(mark, word)
    return part.replace("{text}", words["{text}"])


def _id(answer: str, field: str) -> str:
    try:
        found = json.loads(answer)
    except ValueError:
        return ""
    return str(found.get(field, "")) if isinstance(found, dict) else ""


def is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether what was reported is signed with our secret."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.lower().encode())
