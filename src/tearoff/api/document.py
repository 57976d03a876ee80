"""The API document (OpenAPI 3.1), written from the table of calls: what dispatches and converts also describes."""

from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Call
from tearoff.api.errors import EnvelopeA, EnvelopeB, EnvelopeC, Failure, Fault, Shape
from tearoff.api.fields import Member
from tearoff.api.v3 import TABLE
from tearoff.kit.public import public_url

JSON = dict[str, Any]

MEANINGS: dict[int, tuple[str, Fault]] = {
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
    305: ("a wrong e-mail address", errors.bad_format("email", "name@example.org", 305, "bad_email")),
    502: ("coupon not found", errors.no_campaign().faults[0]),
    505: ("coupon session not found", errors.no_session().faults[0]),
    509: ("webhook not found", errors.no_webhook().faults[0]),
    514: ("group not found", errors.not_found(514, "Group not found").faults[0]),
    515: ("folder not found", errors.no_folder().faults[0]),
    604: ("e-mail could not be sent", Fault(604, "E-mail could not be sent.", "not_sent")),
}
"""What each number means in the lists of errors, and how it looks."""

ABOUT = """\
Every call is POST; calls that only read answer GET too. Parameters come as JSON, as a form, or, on GET, in the query
string. Keys come in the headers `X-Client-Id` and `X-Client-Secret` (or `x-api-key` and `x-api-secret`), or as
`client_id` and `client_secret` in the body, never in the address.

A good answer is HTTP 200 and begins with `"status": {"status": "OK"}`; a failed one has `"failed"` there, with numbers
in `error_code`, sentences in `error_message_description` and words for programs in `error_reason`.

What is marked (inferred) is a decision of this project, where no document or client of the incumbent's API shows it.
"""

REF = "#/components/schemas/{name}"

COMMON = {
    400: errors.unreadable("The body is neither JSON nor a form."),
    401: errors.WRONG_KEYS,
    409: errors.BUSY,
    413: errors.TOO_LARGE,
    429: errors.too_many(3, 50),
    500: errors.OWN_FAULT,
}


@cache
def written() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(document())


def document() -> JSON:
    rows = list(TABLE.values())
    answers = [row.answer for row in rows]
    schemas, components = msgspec.json.schema_components([*answers, EnvelopeA, EnvelopeB, EnvelopeC], ref_template=REF)
    named = dict(zip([answer.__name__ for answer in answers], schemas, strict=False))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tearoff API", "version": version("tearoff"), "description": ABOUT},
        "servers": [{"url": public_url("")}],
        "security": [{"clientId": [], "clientSecret": []}, {"apiKey": [], "apiSecret": []}],
        "tags": [{"name": name} for name in sorted({_noun(row) for row in rows})],
        "paths": {row.path: _operations(row, named[row.answer.__name__]) for row in rows},
        "components": {
            "schemas": components,
            "responses": _common(),
            "securitySchemes": {
                "clientId": _header("X-Client-Id"),
                "clientSecret": _header("X-Client-Secret"),
                "apiKey": _header("x-api-key"),
                "apiSecret": _header("x-api-secret"),
            },
        },
    }


def _header(name: str) -> JSON:
    return {"type": "apiKey", "in": "header", "name": name}


def _noun(row: Call) -> str:
    return row.path.split("/")[2]


def _operations(row: Call, answer: JSON) -> JSON:
    operations = {"post": _operation(row, answer) | {"requestBody": _body(row)}}
    if not row.reads:
        operations["post"]["parameters"] = [IDEMPOTENCY_KEY]
    else:
        operations["get"] = _operation(row, answer, "_by_get") | {
            "parameters": [_in_query(member) for member in row.read.members]
        }
    return operations


IDEMPOTENCY_KEY: JSON = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeats with the same key within 48 hours get the first answer again and change nothing.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}


def _operation(row: Call, answer: JSON, suffix: str = "") -> JSON:
    return {
        "operationId": row.function.__name__ + suffix,
        "summary": row.summary,
        "description": description(row),
        "tags": [_noun(row)],
        "responses": {"200": _response("OK", answer)} | _failures(row),
        "x-error-codes": list(row.errors),
        "x-aliases": list(row.aliases),
    }


def description(row: Call) -> str:
    parts = ["Errors: " + "; ".join(f"{code} {MEANINGS[code][0]}" for code in row.errors) + "."] if row.errors else []
    if row.aliases:
        parts.append(f"Also at {', '.join(row.aliases)}.")
    if row.inferred:
        parts.append("(inferred)")
    return " ".join(parts)


def _body(row: Call) -> JSON:
    schema = {
        "type": "object",
        "properties": {member.name: _schema(member) for member in row.read.members},
        "required": [member.name for member in row.read.members if member.required],
        "examples": [row.example],
    }
    return {
        "content": {
            "application/json": {"schema": schema},
            "application/x-www-form-urlencoded": {"schema": schema},
        }
    }


def _in_query(member: Member) -> JSON:
    return {"name": member.name, "in": "query", "required": member.required, "schema": _schema(member)}


def _schema(member: Member) -> JSON:
    kind = member.kind
    words = [kind.note] if kind.note else []
    if kind.also:
        words.append(f"Also called {', '.join(kind.also)}.")
    if kind.inferred:
        words.append("(inferred)")
    return kind.schema() | ({"description": " ".join(words)} if words else {})


def _failures(row: Call) -> JSON:
    found: JSON = {str(http): {"$ref": f"#/components/responses/{_name(http, row.shape)}"} for http in COMMON}
    refused = {str(code): {"value": _example(Failure(422, (MEANINGS[code][1],)), row.shape)} for code in row.errors}
    found["422"] = _response("Refused: see the list of errors.", _envelope(row.shape))
    found["422"]["content"]["application/json"] |= {"examples": refused} if refused else {}
    return found


def _common() -> JSON:
    """The failures every call may have, once in each shape."""
    return {
        _name(http, shape): _response(
            errors.LINES.get(http, "HTTP/1.0 401 Unauthorized.").removeprefix("HTTP/1.0 "),
            _envelope(failure.shape or shape),
            _example(failure, shape),
        )
        for http, failure in COMMON.items()
        for shape in (Shape.NORMAL, Shape.PUSH)
    }


def _name(http: int, shape: Shape) -> str:
    return f"Http{http}{shape.value}"


def _envelope(shape: Shape) -> JSON:
    return {"$ref": REF.format(name=f"Envelope{shape.value}")}


def _response(meaning: str, schema: JSON, example: Any = None) -> JSON:
    content = {"schema": schema} | ({"example": example} if example else {})
    return {"description": meaning, "content": {"application/json": content}}


def _example(failure: Failure, shape: Shape) -> JSON:
    found: JSON = msgspec.json.decode(errors.body(failure, shape))
    return found
