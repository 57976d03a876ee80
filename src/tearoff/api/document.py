"""The API document (OpenAPI 3.1), written from the table of calls: what dispatches and converts also describes."""

import re
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import msgspec

from tearoff.api import errors, groups, parameters, v4
from tearoff.api.answers import REF, Answers
from tearoff.api.calls import Call
from tearoff.api.errors import Failure, Fault, Shape
from tearoff.api.fields import Member
from tearoff.api.rest import RestCall
from tearoff.api.v3 import TABLE
from tearoff.kit.public import public_url

JSON = dict[str, Any]

MEANINGS: dict[int, tuple[str, Fault]] = {
    102: ("a sub-account manages no sub-accounts", errors.IS_SUBACCOUNT.faults[0]),
    103: ("the account has no SMS integration", Fault(103, "No SMS integration found on this account.", "no_sms")),
    104: (
        "the account has no e-mail integration",
        Fault(104, "No e-mail integration found on this account.", "no_email"),
    ),
    200: ("a required parameter is missing", errors.missing("campaign")),
    300: ("a wrong value, or a state that does not allow it", errors.bad_character("name")),
    301: ("a malformed number or id", errors.bad_character("campaign", 301)),
    302: ("a value that is not in the allowed list", errors.bad_format("status", "one of ...", 302, "not_allowed")),
    303: ("an unreadable date", errors.bad_format("start_date", "yyyy-MM-dd", 303, "bad_date")),
    304: ("the e-mail address exists already", errors.email_exists().faults[0]),
    305: ("a wrong e-mail address", errors.bad_format("email", "name@example.org", 305, "bad_email")),
    502: ("coupon not found", errors.no_campaign().faults[0]),
    503: ("teammate not found", Fault(503, "Teammate ID not found", "not_found")),
    505: ("coupon session, or loyalty card, not found", errors.no_session().faults[0]),
    506: ("user not found", Fault(506, "Loyalty user not found", "not_found")),
    507: ("loyalty card not found", Fault(507, "Loyalty card not found", "not_found")),
    509: ("webhook not found", errors.no_webhook().faults[0]),
    510: ("sub-account not found", Fault(510, "Subaccount not found", "not_found")),
    514: ("group not found", errors.not_found(514, "Group not found").faults[0]),
    515: ("folder not found", errors.no_folder().faults[0]),
    604: ("e-mail could not be sent", Fault(604, "E-mail could not be sent.", "not_sent")),
}
"""What each number means in the lists of errors, and how it looks."""

HTTP = {102: 401}
"""The HTTP status of a number, where it is not 422."""

ABOUT = """\
Every call of /v3 is POST; calls that only read answer GET too. Parameters come as JSON, as a form, or, on GET, in the
query string. Calls of /v4 in REST style say by their verb what is done and answer bare JSON. Keys come in the headers
`X-Client-Id` and `X-Client-Secret` (or `x-api-key` and `x-api-secret`), or as `client_id` and `client_secret` in the
body, never in the address.

A good answer of /v3 is HTTP 200 and begins with `"status": {"status": "OK"}`; a failed one has `"failed"` there, with
numbers in `error_code`, sentences in `error_message_description` and words for programs in `error_reason`.

What is marked (inferred) is a decision of this project, where no document or client of the incumbent's API shows it.
"""

COMMON = {
    400: errors.unreadable("The body is neither JSON nor a form."),
    401: errors.WRONG_KEYS,
    409: errors.BUSY,
    413: errors.TOO_LARGE,
    429: errors.too_many(3, 50),
    500: errors.OWN_FAULT,
}
"""The failures every call may have."""


@cache
def written() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(document())


def all_rows() -> list[Call]:
    """Every call of both styles."""
    return [*TABLE.values(), *v4.TABLE.values()]


def document() -> JSON:
    rows = all_rows()
    answers = Answers(rows)
    paths: JSON = {}
    for row in rows:
        for verb, operation in _operations(row, answers).items():
            paths.setdefault(row.path, {})[verb] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tearoff API",
            "version": version("tearoff"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url("")}],
        "security": SECURITY,
        "tags": [{"name": group} for group in groups.grouped(rows)],
        "paths": paths,
        "components": {
            "schemas": answers.components | BODY_KEYS,
            "responses": _common(),
            "headers": HEADERS,
            "parameters": {"IdempotencyKey": IDEMPOTENCY_KEY},
            "securitySchemes": {name: {"type": "apiKey", "in": "header", "name": header} for name, header in SCHEMES},
        },
    }


SCHEMES = (
    ("clientId", "X-Client-Id"),
    ("clientSecret", "X-Client-Secret"),
    ("apiKey", "x-api-key"),
    ("apiSecret", "x-api-secret"),
)

SECURITY: list[JSON] = [{"clientId": [], "clientSecret": []}, {"apiKey": [], "apiSecret": []}, {}]
"""Either pair of headers; or neither, and then the pair in the body (`BodyClientId`, `BodyClientSecret`)."""

BODY_KEYS: JSON = {
    f"Body{camel}": {
        "type": "string",
        "maxLength": 128,
        "description": f"Instead of the header {header}. Headers win.",
        "examples": [example],
    }
    for camel, header, example in (
        ("ClientId", "X-Client-Id", "3104829755620188477391055261234"),
        ("ClientSecret", "X-Client-Secret", "kQ7mZr2TnVb81LxWcYp05dHsEaGuJfX"),
    )
}

IDEMPOTENCY_KEY: JSON = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeats with the same key within 48 hours get the first answer again and change nothing. (inferred)",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$", "examples": ["till-7-receipt-4711"]},
}

HEADERS: JSON = {
    name: {"description": meaning, "schema": {"type": kind, "examples": [example]}}
    for name, meaning, kind, example in (
        (
            "X-Request-Id",
            "The X-Request-Id you sent, or a new one: both sides find the request by it.",
            "string",
            "9c2f",
        ),
        ("X-Total-Count", "How many there are in all, whatever the page. (inferred)", "integer", 431),
        ("Idempotency-Replayed", "true: this is the answer to the first request with this key.", "string", "true"),
        ("Retry-After", "Seconds to wait before another try.", "integer", 1),
        ("X-RateLimit-Limit", "How many requests are allowed.", "integer", 50),
        ("X-RateLimit-Remaining", "How many are left.", "integer", 0),
    )
}


def _headers(*names: str) -> JSON:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}}


def _operations(row: Call, answers: Answers) -> JSON:
    """What a path does, by verb: /v3 is POST, and GET where it only reads."""
    return {verb.lower(): _operation(row, verb.lower(), answers) for verb in row.methods}


def _operation(row: Call, verb: str, answers: Answers) -> JSON:
    in_path = [member for member in row.read.members if f"{{{member.name}}}" in row.path]
    others = [member for member in row.read.members if member not in in_path]
    asked = [_asked(row, member) | {"in": "path", "required": True} for member in in_path]
    operation: JSON = {
        "operationId": _operation_id(row, verb),
        "summary": row.summary,
        "description": description(row),
        "tags": [groups.group_of(row)],
        "responses": {"200": _good(row, answers)} | _failures(row),
        "x-error-codes": [] if isinstance(row, RestCall) else row.codes,
        "x-errors": [told._asdict() for told in errors_of(row)],
        "x-aliases": list(row.aliases),
        "x-inferred": row.inferred,
    }
    if not row.reads:
        asked.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if verb == "get":
        asked += [_asked(row, member) for member in others]
    else:
        operation["requestBody"] = _body(row, others)
    return operation | {"parameters": asked}


def _operation_id(row: Call, verb: str) -> str:
    if isinstance(row, RestCall):
        return "_".join([verb, *re.findall(r"\w+", row.path)])
    return row.path.strip("/").replace("/", "_") + ("_by_get" if verb == "get" else "")


def description(row: Call) -> str:
    """All that is said of a call besides its summary."""
    parts = [row.details] if row.details else []
    if row.access:
        needed = " and ".join(f"access_{right}" for right in row.access)
        parts.append(f"Needs the right {needed} (inferred).")
    if row.aliases:
        parts.append(f"Also at {', '.join(row.aliases)}.")
    parts += [f"{error.code}: {error.meaning}." for error in errors_of(row) if error.code != error.http]
    if row.inferred:
        parts.append("(inferred)")
    return " ".join(parts)


class ErrorLine(NamedTuple):
    """One line of a call's table of errors. In REST style there are no numbers: the code is the HTTP status."""

    code: int
    http: int
    meaning: str
    reasons: tuple[str, ...] = ()


WORDS = ("malformed", "too_long")
"""The words of `error_reason` that 300 carries because of a parameter."""


def errors_of(row: Call) -> list[ErrorLine]:
    """What may be wrong with this call besides what every call knows (`COMMON`), one line each."""
    if isinstance(row, RestCall):
        own = sorted({*row.errors} - set(COMMON) | (set() if row.reads else {422}))
        return [ErrorLine(http, http, _line(http)) for http in own]
    found = []
    for code in row.codes:
        meaning, fault = MEANINGS[code]
        words = _words_of_300(row) if code == 300 else (fault.reason,)
        found.append(ErrorLine(code, HTTP.get(code, 422), meaning, words))
    return found


def _words_of_300(row: Call) -> tuple[str, ...]:
    words = [*(WORDS if 300 in row.errors else ()), *row.told.reasons, *(["not_allowed"] if row.access else [])]
    return tuple(dict.fromkeys(words))


def _line(http: int) -> str:
    return errors.LINES[http].removeprefix("HTTP/1.0 ").partition(" ")[2].rstrip(".")


# What is asked


def _asked(row: Call, member: Member) -> JSON:
    schema = parameters.schema(member, row)
    told = {"name": member.name, "in": "query", "required": member.required, "schema": schema}
    return told | ({"style": "deepObject", "explode": True} if schema.get("type") == "object" else {})


def _body(row: Call, members: list[Member]) -> JSON:
    schema: JSON = {
        "type": "object",
        "properties": {member.name: parameters.schema(member, row) for member in members},
        "required": [member.name for member in members if member.required],
        "examples": [row.example],
    }
    if isinstance(row, RestCall):
        if row.list_in:
            schema = {"anyOf": [schema, schema["properties"][row.list_in]]}
        return {"content": {"application/json": {"schema": schema}}}
    for name, camel in (("client_id", "BodyClientId"), ("client_secret", "BodyClientSecret")):
        schema["properties"][name] = {"$ref": REF.format(name=camel)}
    return {"content": {kind: {"schema": schema} for kind in BODIES}}


BODIES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")


# What is answered


def _good(row: Call, answers: Answers) -> JSON:
    more = ("X-Total-Count",) if row.told.total_in_header else () if row.reads else ("Idempotency-Replayed",)
    return _response("OK", answers.schema(row), answers.example(row)) | _headers(*more)


def _failures(row: Call) -> JSON:
    found: JSON = {str(http): {"$ref": f"#/components/responses/{_name(http, row.shape)}"} for http in COMMON}
    if isinstance(row, RestCall):
        for line in errors_of(row):
            found[str(line.http)] = _response(line.meaning, _envelope(Shape.REST)) | _headers()
        return found
    refused: dict[int, JSON] = {422: {}}
    for code in row.codes:
        example = _example(Failure(HTTP.get(code, 422), (MEANINGS[code][1],)), row.shape)
        refused.setdefault(HTTP.get(code, 422), {})[str(code)] = {"value": example}
    for http, examples in refused.items():
        envelopes = [_envelope(row.shape)] + ([_envelope(Shape.KEYS)] if http == 401 else [])
        schema = {"anyOf": envelopes} if len(envelopes) > 1 else envelopes[0]
        found[str(http)] = _response("Refused: see the list of errors.", schema) | _headers()
        found[str(http)]["content"]["application/json"] |= {"examples": examples} if examples else {}
    return found


def _common() -> JSON:
    """The failures every call may have, once in each shape."""
    return {
        _name(http, shape): _response(
            _line(http),
            _envelope(shape if shape is Shape.REST else failure.shape or shape),
            _example(failure, shape),
        )
        | _headers(*(name for name, _ in failure.headers))
        for http, failure in COMMON.items()
        for shape in (Shape.NORMAL, Shape.PUSH, Shape.REST)
    }


def _name(http: int, shape: Shape) -> str:
    return f"Http{http}{shape.value}"


def _envelope(shape: Shape) -> JSON:
    name = "RestErrors" if shape is Shape.REST else f"Envelope{shape.value}"
    return {"$ref": REF.format(name=name)}


def _response(meaning: str, schema: JSON, example: Any = None) -> JSON:
    content = {"schema": schema} | ({} if example is None else {"example": example})
    return {"description": meaning, "content": {"application/json": content}}


def _example(failure: Failure, shape: Shape) -> JSON:
    found: JSON = msgspec.json.decode(errors.body(failure, shape))
    return found
