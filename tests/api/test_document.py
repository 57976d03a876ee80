"""The API document tells the truth: every answer conforms to it, whatever is sent, and none is our own fault (lesson 32)."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, checks
from schemathesis.specs.openapi import checks as openapi_checks

from tearoff.api import document, parameters, rest
from tearoff.api.answers import Answers
from tearoff.api.v3 import PATHS, TABLE
from tearoff.config.wsgi import application
from tests.api.test_isolation import things_of
from tests.world import Shop, door, open_shop

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
EXAMPLES = 5

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def shop() -> Shop:
    """An account of its own with one of everything, that the drawn requests may spoil."""
    made = open_shop("Guinea Pig")
    made.things = things_of(made)  # type: ignore[attr-defined]
    return made


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
def test_whatever_is_sent_gets_an_answer_of_the_document(case: Case, shop: Shop) -> None:
    _aim(case, shop)
    response = case.call(headers=shop.headers)
    case.validate_response(response, checks=CHECKS)
    row = TABLE.get(case.path)  # calls in REST style have no numbers
    if response.status_code == 422 and row is not None:
        body = response.json()
        errors = body.get("errors") or body["status"]["errors"]
        assert set(errors["error_code"]) <= {*row.errors, 300}, "a number the document does not name"
        told = {word for line in document.errors_of(row) for word in line.reasons} | {
            "busy",
            "key_reused",
            *document.WORDS,
        }
        assert set(errors["error_reason"]) <= told, "a reason the document does not name"


def _aim(case: Case, shop: Shop) -> None:
    """Let every other request hit things that exist, or all would end at the first unknown id."""
    things: dict[str, Any] = shop.things  # type: ignore[attr-defined]
    body = case.body if isinstance(case.body, dict) else None
    for place in (body, case.query):
        if place and len(json.dumps(place, default=str)) % 2:
            for name in things.keys() & place.keys():
                place[name] = things[name]


def test_the_document_needs_no_keys_and_has_every_call() -> None:
    answer = door().get("/api/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    found = answer.json()
    assert found["openapi"] == "3.1.0"
    assert set(found["paths"]) == set(TABLE) | {path for _, path in rest.TABLE}
    rpc = {path: operations for path, operations in found["paths"].items() if path in TABLE}
    for path, operations in rpc.items():
        assert set(operations) == ({"get", "post"} if TABLE[path].reads else {"post"})
        assert operations["post"]["x-error-codes"] == TABLE[path].codes
        assert operations["post"]["summary"]
        assert "422" in operations["post"]["responses"]
    aliases = {alias for operations in rpc.values() for alias in operations["post"]["x-aliases"]}
    assert set(TABLE) | aliases == set(PATHS)


def test_every_parameter_of_the_table_is_in_the_document_with_its_mark() -> None:
    found = document.document()["paths"]
    for path, row in TABLE.items():
        told = found[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert list(told["properties"])[:-2] == [member.name for member in row.read.members]
        assert told["required"] == [member.name for member in row.read.members if member.required]
        for member in row.read.members:
            assert ("(inferred)" in told["properties"][member.name].get("description", "")) is member.kind.inferred


UNKNOWN_THINGS = {103, 104, 304, 502, 503, 505, 506, 507, 509, 510, 514}
"""What examples may be told: that the thing is not there, or, of an address, that it is."""


def test_the_examples_of_the_document_are_understood(mario: Shop) -> None:
    """No example is refused for its form; unknown ids are all that may be wrong with one."""
    for path, row in TABLE.items():
        answer = mario.api(path, row.example)
        body = answer.json()
        if body["status"]["status"] == "failed":
            errors = body.get("errors") or body["status"]["errors"]
            assert set(errors["error_code"]) <= UNKNOWN_THINGS or path == "/v3/webhook/create", (path, body)


def test_it_is_a_valid_openapi_document_with_an_example_of_every_value() -> None:
    """By a judge of its own; and every example is what its schema and our reader of parameters allow."""
    written = json.loads(document.written())
    OpenAPIV31SpecValidator(written).validate()
    answers = Answers(document.all_rows())
    for row in document.all_rows():
        for verb in row.methods:
            good = written["paths"][row.path][verb.lower()]["responses"]["200"]["content"]["application/json"]
            rooted = good["schema"] | {"components": written["components"]}
            Draft202012Validator(rooted).validate(good["example"])
        for place, told in answers.members(row):
            assert "examples" in told or answers.resolved(told) is not told or "items" in told, (row.path, place)
        for member in row.read.members:
            (example,) = parameters.schema(member, row)["examples"]
            member.kind.read(member.name, example)
            Draft202012Validator(member.kind.schema()).validate(example)


def test_every_error_has_its_status_meaning_and_reason() -> None:
    written = document.document()["paths"]
    for path, row in TABLE.items():
        told = {error["code"]: error for error in written[path]["post"]["x-errors"]}
        assert list(told) == row.codes
        for code, error in told.items():
            assert error["meaning"] and error["reasons"], (path, code)
            shown = written[path]["post"]["responses"][str(error["http"])]["content"]["application/json"]["examples"]
            body = shown[str(code)]["value"]
            assert (body.get("errors") or body["status"]["errors"])["error_code"] == [code]
        assert written[path]["post"]["x-inferred"] is row.inferred


def test_keys_paging_and_repeating_are_told() -> None:
    written = document.document()
    headers = {scheme["name"] for scheme in written["components"]["securitySchemes"].values()}
    assert headers == {"X-Client-Id", "X-Client-Secret", "x-api-key", "x-api-secret"}
    for row in document.all_rows():
        for verb in row.methods:
            operation = written["paths"][row.path][verb.lower()]
            repeatable = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
            assert repeatable is not row.reads, row.path
            shown = operation["responses"]["200"]["headers"]
            assert ("X-Total-Count" in shown) is row.told.total_in_header
            if row.path in TABLE and verb == "POST":
                body = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
                assert {"client_id", "client_secret"} <= set(body)
    assert "(inferred)" in written["components"]["schemas"]["CouponInfo"]["properties"]["category"]["description"]
    assert "(inferred)" not in written["components"]["schemas"]["CouponInfo"]["properties"]["name"].get(
        "description", ""
    )
