"""The numbers and words of failed answers: the one place where a reason becomes an error code (conventions.md 6 and 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from tearoff.coupons.outcomes import Refusal


class Shape(StrEnum):
    """The three envelopes on the wire (conventions.md 6)."""

    KEYS = "A"
    """Wrong keys and dead accounts: one number, one text, nothing else."""
    NORMAL = "B"
    """`errors` inside `status`."""
    PUSH = "C"
    """`errors` beside `status`."""
    REST = "REST"
    """v4 REST style: the HTTP status tells that it failed, the body what, by the names of the parameters."""


class Fault(NamedTuple):
    """One thing that is wrong: its number, a sentence for people, a word for programs, and the parameter if it is one."""

    code: int
    sentence: str
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed answer, as a value.

    `is_final` says that it is the outcome of a verb, which a repeat with the same Idempotency-Key gets again; faults
    of the request itself are not remembered (conventions.md 3).
    """

    http: int
    faults: tuple[Fault, ...]
    shape: Shape | None = None
    headers: tuple[tuple[str, str], ...] = ()
    is_final: bool = False


class Failed(Exception):
    """Carries a failure from any depth of a call to the wire; nothing swallows it on its way."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


# What is wrong with a request as such

WRONG_KEYS = Failure(
    401, (Fault(1000, "HTTP/1.0 401 Unauthorized. Client ID or Secret not correct.", "wrong_keys"),), Shape.KEYS
)
ACCOUNT_EXPIRED = Failure(
    401, (Fault(101, "HTTP/1.0 401 Unauthorized. Account expired.", "account_expired"),), Shape.KEYS
)
UNKNOWN_PATH = Failure(404, (Fault(300, "Unknown path.", "unknown_path"),), Shape.NORMAL)
TOO_LARGE = Failure(413, (Fault(300, "The body is larger than 8 MiB.", "too_large"),))
KEY_IN_USE = Failure(
    409,
    (Fault(300, "The first request with this Idempotency-Key is still running.", "busy"),),
    headers=(("Retry-After", "1"),),
)
OTHER_REQUEST = Failure(422, (Fault(300, "This Idempotency-Key was sent with other parameters before.", "key_reused"),))
BUSY = Failure(
    409, (Fault(300, "Somebody else is changing the same thing. Try again.", "busy"),), headers=(("Retry-After", "1"),)
)
OWN_FAULT = Failure(500, (Fault(300, "Internal server error.", "own_fault"),))


def wrong_method(allowed: Sequence[str]) -> Failure:
    words = " or ".join(sorted(allowed))
    return Failure(
        405, (Fault(300, f"Use {words}.", "wrong_method"),), headers=(("Allow", ", ".join(sorted(allowed))),)
    )


def unreadable(sentence: str) -> Failure:
    """The body or the query string cannot be read at all."""
    return Failure(400, (Fault(300, sentence, "malformed"),))


def too_many(seconds: int, limit: int) -> Failure:
    return Failure(
        429,
        (Fault(300, f"Too many requests. Try again in {seconds} seconds.", "too_many_requests"),),
        headers=(("Retry-After", str(seconds)), ("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Remaining", "0")),
    )


# What is wrong with parameters


def missing(name: str) -> Fault:
    return Fault(200, f"Missing parameter: {name}", "missing", name)


def bad_character(name: str, code: int = 300) -> Fault:
    return Fault(code, f"Invalid character in parameter: {name}", "malformed", name)


def bad_format(name: str, required: str, code: int = 300, reason: str = "malformed") -> Fault:
    return Fault(code, f"Invalid format in parameter: {name}. Required format: {required}", reason, name)


def wrong_parameters(faults: Sequence[Fault], http: int = 422) -> Failure:
    return Failure(http, tuple(faults))


# What does not exist, or not for this account


def not_found(code: int, sentence: str) -> Failure:
    return Failure(422, (Fault(code, sentence, "not_found"),), is_final=True)


def nothing_there(sentence: str) -> Failure:
    """A thing named in the path of a REST-style call does not exist."""
    return Failure(404, (Fault(300, sentence, "not_found"),), is_final=True)


def no_campaign() -> Failure:
    return not_found(502, "Campaign ID not found")


def no_session() -> Failure:
    return not_found(505, "Couponsession not found.")


def email_exists() -> Failure:
    return Failure(422, (Fault(304, "E-mail address already exists", "email_exists"),), is_final=True)


IS_SUBACCOUNT = Failure(401, (Fault(102, "A subaccount cannot manage subaccounts.", "is_subaccount"),))


def no_folder() -> Failure:
    return not_found(515, "Folder not found")


def no_webhook() -> Failure:
    return not_found(509, "Webhook not found.")


def not_allowed(sentence: str, reason: str) -> Failure:
    """A value or a state does not allow the act, and no number of its own is known: 300."""
    return Failure(422, (Fault(300, sentence, reason),), is_final=True)


MAY_NOT = "This account may not do this."


def lacking(reason: str, shape: Shape) -> Failure:
    """The account lacks a right, or has as many coupons as its package allows: 300, as no number is known. (inferred)

    REST style says 403 to who lacks the right. Neither a right nor a repeat is a state of the thing, so it is not kept.
    """
    if reason == "package_limit":
        return not_allowed("This account has as many coupons as it may have.", reason)
    return Failure(403 if shape is Shape.REST else 422, (Fault(300, MAY_NOT, reason),))


# What a verb refused: conventions.md 7.1

SENTENCES: dict[Refusal, str] = {
    Refusal.VOIDED: "Couponsession is voided{since}.",
    Refusal.LOCKED: "Couponsession is locked{since}.",
    Refusal.NOT_VOIDED: "Couponsession is not voided.",
    Refusal.NOT_LOCKED: "Couponsession is not locked.",
    Refusal.OPENED: "Couponsession was opened already{since}.",
    Refusal.INACTIVE: "Coupon is not active.",
    Refusal.NOT_STARTED: "Coupon has not started.",
    Refusal.EXPIRED: "Couponsession has expired{since}.",
    Refusal.ALREADY_CLAIMED: "Couponsession was claimed already{since}.",
    Refusal.ALREADY_USED: "Couponsession was validated already{since}.",
    Refusal.NOT_CLAIMED: "Couponsession is not claimed yet.",
    Refusal.NOT_USED: "Couponsession has no validation.",
    Refusal.NOT_A_LINK: "Couponsession was not made as a single-use link. Void it instead.",
    Refusal.TOO_SOON: "The next use is not possible yet{since}.",
    Refusal.QUOTA: "The quota is reached.",
    Refusal.SOLD_OUT: "Coupon is sold out.",
    Refusal.OUTSIDE_HOURS: "Outside the opening hours of this coupon.",
    Refusal.WRONG_LOCATION: "Location is not one of this coupon.",
    Refusal.METHOD_OFF: "This coupon is not validated in this way.",
    Refusal.PERSON_HAS_ONE: "This person has claimed this coupon already.",
    Refusal.DAY_LIMIT: "The limit of today is reached.",
    Refusal.PERSONAL_LINK: "This coupon needs a personal link.",
    Refusal.WRONG_PASSWORD: "Wrong password.",
    Refusal.THROTTLED: "Too many wrong passwords.",
}
"""Every refusal that is no number of its own is 300 with its own word; `{since}` names the date it rests on."""

REASONS_ON_THE_API = tuple(
    refusal.value
    for refusal in SENTENCES
    if refusal
    not in (Refusal.NOT_CLAIMED, Refusal.METHOD_OFF, Refusal.WRONG_PASSWORD, Refusal.THROTTLED, Refusal.PERSONAL_LINK)
)
"""Those a program can meet; the others belong to the entrances of people."""

SINCE: dict[Refusal, tuple[str, str]] = {
    Refusal.VOIDED: ("voided_at", " since {} UTC"),
    Refusal.LOCKED: ("locked_at", " since {} UTC"),
    Refusal.OPENED: ("opened_at", " on {} UTC"),
    Refusal.EXPIRED: ("ends_at", " on {} UTC"),
    Refusal.ALREADY_CLAIMED: ("claimed_at", " on {} UTC"),
    Refusal.ALREADY_USED: ("validated_at", " on {} UTC"),
    Refusal.TOO_SOON: ("validated_at", "; the last one was on {} UTC"),
}


def refused(refusal: Refusal, state: dict[str, Any] | None = None) -> Failure:
    """The answer for a verb's refusal. `state` is the session's state block, for the date in the sentence."""
    match refusal:
        case Refusal.ACCOUNT_BLOCKED:
            return WRONG_KEYS
        case Refusal.ACCOUNT_EXPIRED:
            return ACCOUNT_EXPIRED
        case Refusal.UNKNOWN:
            return no_session()
        case Refusal.BUSY:
            return BUSY
    return not_allowed(SENTENCES[refusal].format(since=_since(refusal, state or {})), refusal.value)


def _since(refusal: Refusal, state: dict[str, Any]) -> str:
    member, words = SINCE.get(refusal, ("", ""))
    at = state.get(member)
    return words.format(str(at)[:19].replace("T", " ")) if at else ""


def account_refused(word: str) -> Failure:
    """From `account_refusal`'s word. A blocked account's keys look like wrong ones."""
    return WRONG_KEYS if word == "blocked" else ACCOUNT_EXPIRED


# Bodies

LINES = {
    400: "HTTP/1.0 400 Bad request.",
    401: "HTTP/1.0 401 Unauthorized.",
    402: "HTTP/1.0 402 Payment required.",
    403: "HTTP/1.0 403 Forbidden.",
    404: "HTTP/1.0 404 Not found.",
    405: "HTTP/1.0 405 Method not allowed.",
    409: "HTTP/1.0 409 Conflict.",
    413: "HTTP/1.0 413 Payload too large.",
    422: "HTTP/1.0 422 Unprocessable entity.",
    429: "HTTP/1.0 429 Too many requests.",
    500: "HTTP/1.0 500 Internal server error.",
}


class ErrorA(msgspec.Struct):
    error_code: int
    error_message: str


class StatusA(msgspec.Struct):
    status: str
    errors: ErrorA


class EnvelopeA(msgspec.Struct):
    """Wrong keys, or the account has expired."""

    status: StatusA


class Errors(msgspec.Struct):
    """The same place in each list speaks of the same error."""

    error_message: str
    error_message_description: list[str]
    error_code: list[int]
    error_reason: list[str]


class StatusB(msgspec.Struct):
    status: str
    errors: Errors


class EnvelopeB(msgspec.Struct):
    """A failed call."""

    status: StatusB
    message: str


class StatusC(msgspec.Struct):
    status: str


class EnvelopeC(msgspec.Struct):
    """A failed push notification."""

    status: StatusC
    errors: Errors
    message: str


class RestErrors(msgspec.Struct):
    """A failed call in REST style: the first sentence, and all that concern a parameter by its name."""

    message: str
    errors: dict[str, list[str]]


def body(failure: Failure, shape: Shape) -> bytes:
    """The body in the failure's own shape where it has one, else in the call's. REST style has one shape for all."""
    first = failure.faults[0]
    if shape is Shape.REST:
        return msgspec.json.encode(_rest(failure))
    match failure.shape or shape:
        case Shape.KEYS:
            return msgspec.json.encode(EnvelopeA(StatusA("failed", ErrorA(first.code, first.sentence))))
        case Shape.PUSH:
            return msgspec.json.encode(EnvelopeC(StatusC("failed"), _errors(failure), first.sentence))
        case _:
            return msgspec.json.encode(EnvelopeB(StatusB("failed", _errors(failure)), first.sentence))


def _rest(failure: Failure) -> RestErrors:
    named: dict[str, list[str]] = {}
    for fault in failure.faults:
        if fault.name:
            named.setdefault(fault.name, []).append(fault.sentence)
    return RestErrors(failure.faults[0].sentence, named)


def _errors(failure: Failure) -> Errors:
    return Errors(
        LINES[failure.http],
        [fault.sentence for fault in failure.faults],
        [fault.code for fault in failure.faults],
        [fault.reason for fault in failure.faults],
    )
