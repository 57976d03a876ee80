"""The API document (OpenAPI 3.1), written from the table of calls: what dispatches and converts also describes."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from tearoff.api import errors, v4
from tearoff.api.calls import Call
from tearoff.api.errors import EnvelopeA, EnvelopeB, EnvelopeC, Failure, Fault, RestErrors, Shape
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
    304: ("the e-mail address exists already", Fault(304, "E-mail address already exists", "email_taken")),
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
    rows, rest_rows = list(TABLE.values()), list(v4.TABLE.values())
    answers = [row.answer for row in (*rows, *rest_rows)]
    schemas, components = msgspec.json.schema_components(
        [*answers, EnvelopeA, EnvelopeB, EnvelopeC, RestErrors], ref_template=REF
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tearoff API", "version": version("tearoff"), "description": ABOUT},
        "servers": [{"url": public_url("")}],
        "security": [{"clientId": [], "clientSecret": []}, {"apiKey": [], "apiSecret": []}],
        "tags": [{"name": name} for name in sorted({_noun(row) for row in (*rows, *rest_rows)})],
        "paths": {row.path: _operations(row, answer) for row, answer in zip(rows, schemas, strict=False)}
        | _rest_paths(rest_rows, schemas[len(rows) :]),
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


def _rest_paths(rows: list[RestCall], answers: Sequence[JSON]) -> JSON:
    """The calls in REST style, by path and verb."""
    paths: JSON = {}
    for row, answer in zip(rows, answers, strict=False):
        for verb in row.verbs:
            paths.setdefault(row.path, {})[verb.lower()] = _rest_operation(row, verb, answer)
    return paths


def _rest_operation(row: RestCall, verb: str, answer: JSON) -> JSON:
    in_path = [member for member in row.read.members if f"{{{member.name}}}" in row.path]
    others = [member for member in row.read.members if member not in in_path]
    parameters = [_in_query(member) | {"in": "path", "required": True} for member in in_path]
    operation: JSON = {
        "operationId": "_".join([verb.lower(), *re.findall(r"\w+", row.path)]),
        "summary": row.summary,
        "description": description(row),
        "tags": [_noun(row)],
        "responses": {"200": _response("OK", answer)} | _rest_failures(row),
    }
    if row.reads:
        parameters += [_in_query(member) | _how_objects_travel(member) for member in others]
    else:
        parameters.append(IDEMPOTENCY_KEY)
        operation["requestBody"] = _rest_body(row, others)
    return operation | {"parameters": parameters}


def _how_objects_travel(member: Member) -> JSON:
    is_object = member.kind.schema().get("type") == "object"
    return {"style": "deepObject", "explode": True} if is_object else {}


def _rest_body(row: RestCall, members: list[Member]) -> JSON:
    schema: JSON = {
        "type": "object",
        "properties": {member.name: _schema(member) for member in members},
        "required": [member.name for member in members if member.required],
        "examples": [row.example],
    }
    if row.list_in:
        bare = next(_schema(member) for member in members if member.name == row.list_in)
        schema = {"anyOf": [schema, bare]}
    return {"content": {"application/json": {"schema": schema}}}


def _rest_failures(row: RestCall) -> JSON:
    found: JSON = {str(http): {"$ref": f"#/components/responses/{_name(http, Shape.REST)}"} for http in COMMON}
    of_a_key = set() if row.reads else {422}  # an Idempotency-Key that is none, or that was sent with something else
    for http in (set(row.errors) | of_a_key) - set(COMMON):
        meaning = errors.LINES[http].removeprefix("HTTP/1.0 ")
        found[str(http)] = _response(meaning, _envelope(Shape.REST))
    return found


IDEMPOTENCY_KEY: JSON = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeats with the same key within 48 hours get the first answer again and change nothing.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}


def _operation(row: Call, answer: JSON, suffix: str = "") -> JSON:
    return {
        "operationId": row.path.strip("/").replace("/", "_") + suffix,
        "summary": row.summary,
        "description": description(row),
        "tags": [_noun(row)],
        "responses": {"200": _response("OK", answer)} | _failures(row),
        "x-error-codes": list(row.errors),
        "x-aliases": list(row.aliases),
    }


def description(row: Call) -> str:
    if isinstance(row, RestCall):
        failing = "Fails with HTTP " + ", ".join(map(str, row.errors)) + "."
        return f"{failing} (inferred)" if row.inferred else failing
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
            _envelope(shape if shape is Shape.REST else failure.shape or shape),
            _example(failure, shape),
        )
        for http, failure in COMMON.items()
        for shape in (Shape.NORMAL, Shape.PUSH, Shape.REST)
    }


def _name(http: int, shape: Shape) -> str:
    return f"Http{http}{shape.value}"


def _envelope(shape: Shape) -> JSON:
    name = "RestErrors" if shape is Shape.REST else f"Envelope{shape.value}"
    return {"$ref": REF.format(name=name)}


def _response(meaning: str, schema: JSON, example: Any = None) -> JSON:
    content = {"schema": schema} | ({"example": example} if example else {})
    return {"description": meaning, "content": {"application/json": content}}


def _example(failure: Failure, shape: Shape) -> JSON:
    found: JSON = msgspec.json.decode(errors.body(failure, shape))
    return found
