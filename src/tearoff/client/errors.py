"""What can go wrong with a call, one class for each way a program may react to it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

WRONG_KEYS, ACCOUNT_EXPIRED, IS_SUBACCOUNT = 1000, 101, 102


class TearoffError(Exception):
    """A call did not succeed.

    `http_status` is None where no answer came. `codes`, `reasons` and `descriptions` speak of the same faults in the same
    order: numbers, words for programs (`already_used`), sentences for people. Calls of `/v4` in REST style have no numbers
    and no words; there `fields` has the sentences by the name of the parameter. `retry_after` is in seconds.
    `idempotency_key` is what the write was sent with, None for a read: with it the very same call can be repeated safely.
    """

    def __init__(
        self,
        message: str,
        *,
        http_status: int | None = None,
        codes: tuple[int, ...] = (),
        reasons: tuple[str, ...] = (),
        descriptions: tuple[str, ...] = (),
        fields: dict[str, tuple[str, ...]] | None = None,
        retry_after: float | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.codes = codes
        self.reasons = reasons
        self.descriptions = descriptions
        self.fields = fields or {}
        self.retry_after = retry_after
        self.idempotency_key = idempotency_key


class Refused(TearoffError):
    """The server understood and says no: a wrong parameter, a thing that is not there, a state that does not allow it.
    Asking again in the same way does not help."""


class Unauthorized(Refused):
    """Wrong keys (1000), an expired account (101), or keys without this right (102)."""


class RateLimited(TearoffError):
    """Too many calls; `retry_after` says when to come back."""


class Busy(TearoffError):
    """Somebody else is changing the same thing just now, or an earlier attempt of this very call is still at work."""


class Unavailable(TearoffError):
    """No answer came, or one of HTTP 500 and above. Whether a write happened is not known; a repeat with the same
    `idempotency_key`, this error's, is safe and tells."""


class Unreadable(TearoffError):
    """The answer is none of this API: another program answers at this address, something on the way stopped the call
    (a proxy, a firewall), or the versions do not fit."""


class _Errors(msgspec.Struct):
    error_message: str = ""
    error_message_description: tuple[str, ...] = ()
    error_code: int | tuple[int, ...] = ()
    error_reason: tuple[str, ...] = ()


class _Status(msgspec.Struct):
    status: str = ""
    errors: _Errors | None = None


class _Envelope(msgspec.Struct):
    status: _Status = msgspec.field(default_factory=_Status)
    errors: _Errors | None = None


class _RestEnvelope(msgspec.Struct):
    message: str
    errors: dict[str, tuple[str, ...]]


_envelope = msgspec.json.Decoder(_Envelope)
_rest_envelope = msgspec.json.Decoder(_RestEnvelope)


def of(response: httpx.Response) -> TearoffError | None:
    """What went wrong by this answer; None where nothing did."""
    http = response.status_code
    told = _told(response.content)
    if told is None and http == 200:
        return None
    about = told or {"message": _foreign(response)}
    about |= {"http_status": http, "retry_after": _seconds(response.headers.get("Retry-After"))}
    return _class(response, about)(**about)


def _told(body: bytes) -> dict[str, Any] | None:
    """What a failed answer says, in whichever of the envelopes (conventions.md 6); None where it is no failed answer."""
    try:
        envelope = _envelope.decode(body)
        if not envelope.status.status:
            return _from_rest(_rest_envelope.decode(body))
    except msgspec.DecodeError:
        return None
    if envelope.status.status != "failed":
        return None
    found = envelope.errors or envelope.status.errors or _Errors()
    codes = (found.error_code,) if isinstance(found.error_code, int) else found.error_code
    descriptions = found.error_message_description or (found.error_message,)
    return {
        "message": " ".join(descriptions),
        "codes": codes,
        "reasons": found.error_reason,
        "descriptions": descriptions,
    }


def _from_rest(envelope: _RestEnvelope) -> dict[str, Any]:
    descriptions = tuple(sentence for sentences in envelope.errors.values() for sentence in sentences)
    return {"message": envelope.message, "descriptions": descriptions or (envelope.message,), "fields": envelope.errors}


def _foreign(response: httpx.Response) -> str:
    """What somebody else says at this address, as far as it helps to find who it is."""
    if leads := response.headers.get("Location"):
        return f"HTTP {response.status_code}: the address leads on to {leads}, and keys are not sent after it"
    return f"HTTP {response.status_code}: {response.text[:200]}"


def _class(response: httpx.Response, about: dict[str, Any]) -> type[TearoffError]:
    """By the HTTP status; where an operator had all answers sent with 200, by what the body says."""
    http, codes, reasons = about["http_status"], about.get("codes", ()), about.get("reasons", ())
    if http >= 500 or http == 408:
        return Unavailable
    if http == 429 or "too_many_requests" in reasons:
        return RateLimited
    if "descriptions" not in about:
        return Unreadable
    if http == 401 or {WRONG_KEYS, ACCOUNT_EXPIRED, IS_SUBACCOUNT} & set(codes):
        return Unauthorized
    if "busy" in reasons or (http == 409 and about["retry_after"] is not None):
        return Busy
    return _rest_class(response, about) if http == 200 and "fields" in about else Refused


def _rest_class(response: httpx.Response, about: dict[str, Any]) -> type[TearoffError]:
    """REST style with HTTP 200 has neither number nor word: its headers tell, and the sentences that name their status."""
    if about["message"].startswith("HTTP/1.0 401 "):
        return Unauthorized
    if about["retry_after"] is None:
        return Refused
    return RateLimited if response.headers.get("X-RateLimit-Remaining") == "0" else Busy


def _seconds(header: str | None) -> float | None:
    """`Retry-After` is a number of seconds, or a date, as proxies write it."""
    if not header:
        return None
    if header.isascii() and header.isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
