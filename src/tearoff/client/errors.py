"""What can go wrong with a call, one class for each way a program may react to it."""

from typing import Any

import httpx
import msgspec

WRONG_KEYS, ACCOUNT_EXPIRED, IS_SUBACCOUNT = 1000, 101, 102


class TearoffError(Exception):
    """A call did not succeed.

    `http_status` is None where no answer came. `codes`, `reasons` and `descriptions` speak of the same faults in the same
    order: numbers, words for programs (`already_used`), sentences for people. Calls of `/v4` in REST style have no numbers
    and no words; there `fields` has the sentences by the name of the parameter. `retry_after` is in seconds.
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
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.codes = codes
        self.reasons = reasons
        self.descriptions = descriptions
        self.fields = fields or {}
        self.retry_after = retry_after


class Refused(TearoffError):
    """The server understood and says no: a wrong parameter, a thing that is not there, a state that does not allow it.
    Asking again in the same way does not help."""


class Unauthorized(Refused):
    """Wrong keys (1000), an expired account (101), or keys without this right (102)."""


class RateLimited(TearoffError):
    """Too many calls; `retry_after` says when to come back."""


class Busy(TearoffError):
    """Somebody else is changing the same thing just now."""


class Unavailable(TearoffError):
    """No answer came, or one of HTTP 500 and above. Whether a write happened is not known; a repeat with the same
    `idempotency_key` is safe and tells."""


class Unreadable(TearoffError):
    """The answer is none of this API: another program answers at this address, or the versions do not fit."""


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
    about = told or {"message": f"HTTP {http}: {response.text[:200]}"}
    about |= {"http_status": http, "retry_after": _seconds(response.headers.get("Retry-After"))}
    return _class(http, about)(**about)


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


def _class(http: int, about: dict[str, Any]) -> type[TearoffError]:
    """By the HTTP status; where an operator had all answers sent with 200, by what the body says."""
    codes, reasons = about.get("codes", ()), about.get("reasons", ())
    if http >= 500:
        return Unavailable
    if http == 401 or {WRONG_KEYS, ACCOUNT_EXPIRED, IS_SUBACCOUNT} & set(codes):
        return Unauthorized
    if http == 429 or "too_many_requests" in reasons:
        return RateLimited
    if "busy" in reasons or (http == 409 and about["retry_after"] is not None):
        return Busy
    return Refused if http >= 400 or "descriptions" in about else Unreadable


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
