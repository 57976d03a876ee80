"""Each call conforms: every way of asking gives the recorded answer, and its effect is seen elsewhere (tests/contract)."""

import json
import os
import re

import pytest
from django.core.exceptions import ObjectDoesNotExist

from tearoff.api import v4
from tearoff.api.rest import RestCall
from tearoff.api.v3 import TABLE
from tearoff.kit import clock
from tests.contract.cases.everything import CASES
from tests.contract.conforming import NOON, Case, Told, conformed, flat, prepared, record
from tests.contract.recorded import HERE, filled, raw
from tests.street.messaging import quiet
from tests.world import Shop

HEARD = {"directories/webhook_paid", "directories/webhook_registered"}
"""Recorded notifications; the tests of directories compare with them."""

WAYS = [pytest.param(case, way, id=f"{case.example}-{way}") for case in CASES for way in case.ways()]
READS = [pytest.param(case, id=case.example) for case in CASES if case.row.reads and case.is_plain]
WRITES = [pytest.param(case, id=case.example) for case in CASES if not case.row.reads and case.is_plain]


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    quiet()


@pytest.mark.parametrize(("case", "way"), WAYS)
def test_the_call_conforms(mario: Shop, case: Case, way: str) -> None:
    if os.environ.get("RECORD_EXAMPLES") and way == "json":
        record(case, mario)
    else:
        conformed(case, mario, way)


@pytest.mark.parametrize("case", [read for read in READS if not isinstance(read.values[0].row, RestCall)])
def test_what_is_read_answers_alike_to_every_habit(mario: Shop, case: Case) -> None:
    """Conventions 3 and 10: careless addresses, objects on a GET, wrong labels, keys in the body, unknown parameters."""
    with clock.moved(NOON):
        values = prepared(case, mario)
        asked = filled(raw(case.example)["request"], values)
        text, keys = json.dumps(asked), mario.headers | {"Content-Type": "application/json"}
        in_body = {"client_id": mario.client_id, "client_secret": mario.client_secret}
        path = f"http://testserver{case.row.path}"
        plain = mario.http.post(path, content=text, headers=keys)
        habits = {
            "a slash at the end": mario.http.post(f"{path}/", content=text, headers=keys),
            "two at the start": mario.http.post(f"http://testserver/{case.row.path}", content=text, headers=keys),
            "an object on a GET": mario.http.request("GET", path, content=text, headers=keys),
            "no label": mario.http.post(path, content=text, headers=mario.headers),
            "a wrong label": mario.http.post(
                path, content=text, headers=mario.headers | {"Content-Type": "text/plain"}
            ),
            "a mark before it": mario.http.post(path, content=b"\xef\xbb\xbf" + text.encode(), headers=keys),
            "multipart": mario.http.post(
                path, files={n: (None, v) for n, v in flat(asked | {"x": 1}).items()}, headers=mario.headers
            ),
            "keys in the body": mario.http.post(path, json=asked | in_body, headers={"Cookie": "stale=1"}),
            "the other header names": mario.http.post(
                path, json=asked, headers={"x-api-key": mario.client_id, "X-API-Secret": mario.client_secret}
            ),
            "more than is known": mario.http.post(path, json=asked | {"page_size": 1, "nothing": None}, headers=keys),
        }
        if not asked:
            for body in ("[]", "null", ""):
                habits[f"as body {body!r}"] = mario.http.post(path, content=body, headers=keys)
                habits[f"as body {body!r} of a GET"] = mario.http.request("GET", path, content=body, headers=keys)
    assert plain.status_code == 200
    for habit, answer in habits.items():
        assert answer.text == plain.text, habit


@pytest.mark.parametrize("case", READS)
def test_what_is_read_cannot_be_known_without_reading(case: Case) -> None:
    """The control: the answer holds what the request does not, and what differs from run to run."""
    recorded = raw(case.example)
    asked, answered = ({*re.findall(r"\$\{?(\w+)", json.dumps(recorded[part]))} for part in ("request", "answer"))
    assert answered - asked - {"base", "domain"}


@pytest.mark.parametrize("case", WRITES)
def test_what_is_only_said_to_be_done_is_noticed(mario: Shop, lucia: Shop, case: Case) -> None:
    """The control: a handler that gives the recorded answer, the names in it filled in, and does nothing."""
    known = conformed(case, lucia).values
    with clock.moved(NOON):
        values = known | prepared(case, mario)
    answer = filled(raw(case.example)["answer"], values)
    with clock.moved(NOON + case.after), pytest.raises((AssertionError, LookupError, ValueError, ObjectDoesNotExist)):
        case.read_back(Told(mario, values, answer))


def test_every_call_has_its_case_and_every_example_its_call() -> None:
    plain = {case.call for case in CASES if case.is_plain}
    assert plain == set(TABLE) | {f"{verb} {path}" for verb, path in v4.TABLE}
    files = {str(file.relative_to(HERE).with_suffix("")) for file in HERE.glob("*/*.json")}
    assert {case.example for case in CASES} | HEARD == files
