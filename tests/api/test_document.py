"""The API document tells the truth: every answer conforms to it, whatever is sent, and none is our own fault (lesson 32)."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, checks
from schemathesis.specs.openapi import checks as openapi_checks

from tearoff.api import document, rest
from tearoff.api.v3 import PATHS, TABLE
from tearoff.config.wsgi import application
from tests.api.test_isolation import things_of
from tests.world import Shop, door, open_shop

schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
EXAMPLES = 8

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
        assert operations["post"]["x-error-codes"] == list(TABLE[path].errors)
        assert operations["post"]["summary"]
        assert "422" in operations["post"]["responses"]
    aliases = {alias for operations in rpc.values() for alias in operations["post"]["x-aliases"]}
    assert set(TABLE) | aliases == set(PATHS)


def test_every_parameter_of_the_table_is_in_the_document_with_its_mark() -> None:
    found = document.document()["paths"]
    for path, row in TABLE.items():
        told = found[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert list(told["properties"]) == [member.name for member in row.read.members]
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


def test_the_page_of_all_calls() -> None:
    for address in ("/api", "/api/", "/api/docs"):
        answer = door().get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "<script" not in answer.text and "style=" not in answer.text
        for path in TABLE:
            assert f"<code>{path}</code>" in answer.text
    assert door().head("/api/docs").content == b""
    assert door().post("/api/docs").status_code == 405
