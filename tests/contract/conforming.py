"""Holding a call to its recorded example: asked in every way a client may ask, answered whole, read back, heard of.

A `Case` names a call of the table, the file with its request, its answer and the notifications it causes, what must
stand before it, and how its effect is seen through another call. Members and their order are compared; `$names` in the
file stand for what each run has of its own. To record anew after a wanted change:
`RECORD_EXAMPLES=1 .venv/bin/pytest tests/api/test_conformance.py`, and read the difference.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from django.conf import settings

from tearoff.api import v4
from tearoff.api.calls import Call
from tearoff.api.rest import RestCall
from tearoff.api.v3 import TABLE
from tearoff.kit import clock, sql
from tearoff.webhooks import endpoints, taking
from tearoff.webhooks.models import Notification
from tests.contract.recorded import HERE, filled, raw
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9/hook"
Values = dict[str, Any]


@dataclass
class Told:
    """A call that was answered, and ways to ask what became of it."""

    shop: Shop
    values: Values
    answer: Any

    def ask(self, path: str, **parameters: Any) -> Any:
        """The good answer of another call of v3; `$names` stand for this run's values."""
        answer = self.shop.api(path, filled(parameters, self.values))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, **parameters: Any) -> list[int]:
        """The error numbers of another call of v3."""
        answer = self.shop.api(path, filled(parameters, self.values)).json()
        assert answer["status"]["status"] == "failed", answer
        found: list[int] = answer["status"]["errors"]["error_code"]
        return found

    def get(self, path: str) -> httpx.Response:
        """The answer of a page, or of a call of v4."""
        return self.shop.http.get(filled(path, self.values), headers=self.shop.headers, follow_redirects=True)


@dataclass(frozen=True)
class Case:
    """One row of docs/api-coverage.md has at least one of these."""

    call: str
    """As in the table of calls: a path, or verb and path in REST style."""
    contract: str
    """Where the contract tells it."""
    example: str
    """The file below tests/contract, without its ending."""
    prepare: Callable[[Shop], Values]
    read_back: Callable[[Told], None]
    learns: Mapping[str, str] = field(default_factory=dict)
    """Names for what the call makes: where in the answer each stands. `notifications.1.session` is in
    what is heard; with a slash at the end, the end of an address is meant."""
    deeper: str = ""
    """The test that asks for everything else: file::test; several are parted by blanks."""
    after: timedelta = timedelta()
    """Between what is prepared and the call."""
    is_heard: bool = True
    """Whether an endpoint listens while it is made; not where endpoints are what it is about."""
    is_plain: bool = True
    """Not one more case of a call, beside the plain one, in which there is nothing to read or to change."""

    @property
    def row(self) -> Call:
        verb, _, path = self.call.partition(" ")
        return v4.TABLE[verb, path] if path else TABLE[self.call]

    def ways(self) -> Iterator[str]:
        """JSON, form, query string; the other verbs; the aliases."""
        row = self.row
        yield "json"
        if isinstance(row, RestCall):
            yield from row.verbs[1:]
        else:
            yield "form"
            yield from row.aliases
        if row.reads:
            yield "query"


def conformed(case: Case, shop: Shop, way: str = "json") -> Told:
    """Ask in one way; raises AssertionError when anything differs from what was recorded."""
    with clock.moved(NOON):
        values = prepared(case, shop)
    recorded = raw(case.example)
    with clock.moved(NOON + case.after):
        answer = asked(case, shop, way, filled(recorded["request"], values), values)
        assert answer.status_code == 200, answer.text
        told = Told(shop, values, answer.json())
        heard = notifications(shop, values)
        learn(case, told, heard)
        same(told.answer, filled(recorded["answer"], values))
        same(heard, filled(recorded["notifications"], values))
        case.read_back(told)
    return told


def prepared(case: Case, shop: Shop) -> Values:
    """What stands before the call; from here on an endpoint listens."""
    values = {"base": settings.TEAROFF_BASE_URL} | case.prepare(shop)
    sql.run("delete from outbox where reader = 'webhooks'")
    if case.is_heard:
        endpoints.create(shop.account.pk, url=NOWHERE, kinds=None, campaign=None, at=clock.now())
    return values | _short(values)


def asked(case: Case, shop: Shop, way: str, request: Any, values: Values) -> httpx.Response:
    row = case.row
    if isinstance(row, RestCall):
        return _asked_in_rest_style(row, shop, way, request, values)
    if way == "form":
        return shop.http.post(row.path, data=flat(request), headers=shop.headers)
    if way == "query":
        return shop.http.get(row.path, params=flat(request), headers=shop.headers)
    return shop.api(way if way in row.aliases else row.path, request)


def _asked_in_rest_style(row: RestCall, shop: Shop, way: str, request: Any, values: Values) -> httpx.Response:
    keys = {"x-api-key": shop.client_id, "x-api-secret": shop.client_secret}
    path = re.sub(r"\{(\w+)\}", lambda name: str(values[name[1]]), row.path)
    if way == "query":
        return shop.http.get(path, params=flat(request), headers=keys)
    return shop.http.request(row.verbs[0] if way == "json" else way, path, json=request, headers=keys)


def flat(request: dict[str, Any] | None) -> dict[str, str]:
    """As a form carries it: texts only, lists with commas, objects as JSON."""
    return {name: _as_text(value) for name, value in (request or {}).items() if value is not None}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def learn(case: Case, told: Told, heard: list[Any]) -> None:
    """Name what the call made."""
    for name, place in case.learns.items():
        found = heard if place.startswith("notifications.") else told.answer
        for part in place.removesuffix("/").removeprefix("notifications.").split("."):
            found = found[int(part)] if isinstance(found, list) else found[part]
        told.values[name] = found.rpartition("/")[2] if place.endswith("/") else found
    told.values |= _short(told.values)


def _short(values: Values) -> Values:
    """Of each session's code the first six characters, which stand for it at the till."""
    return {
        f"{name}_short": value[:6]
        for name, value in values.items()
        if isinstance(value, str) and re.fullmatch("[a-z0-9]{21}", value)
    }


def notifications(shop: Shop, values: Values) -> list[Any]:
    """The bodies its endpoint would get now, in their order; each has an id of its own."""
    while taking.take():
        pass
    found = []
    for number, row in enumerate(Notification.objects.filter(account=shop.account.pk, sent_at=None).order_by("pk")):
        body = json.loads(row.body)
        assert re.fullmatch("evt_[A-Za-z0-9]{20}", body["id"]) and body["id"] == row.code
        values[f"event{number}"] = body["id"]
        found.append(body)
    return found


def same(found: Any, expected: Any) -> None:
    """Raises AssertionError that shows the difference."""
    lines = difflib.unified_diff(in_order(expected).splitlines(), in_order(found).splitlines(), "recorded", "answered")
    difference = "\n".join(lines)
    assert not difference, difference


def in_order(value: Any) -> str:
    """As text, in which the order of members counts."""
    return json.dumps(value, indent=1, ensure_ascii=False)


def record(case: Case, shop: Shop) -> None:
    """Write the example's file anew, with the request that stands in it."""
    file = HERE / f"{case.example}.json"
    with clock.moved(NOON):
        values = prepared(case, shop)
    old = raw(case.example)
    request = old["request"]
    with clock.moved(NOON + case.after):
        answer = asked(case, shop, "json", filled(request, values), values)
        assert answer.status_code == 200, answer.text
        told = Told(shop, values, answer.json())
        heard = notifications(shop, values)
        learn(case, told, heard)
    is_the_same = "answer" in old and in_order(filled(old["answer"], values)) == in_order(told.answer)
    example = {
        "request": request,
        "answer": old["answer"] if is_the_same else named(told.answer, values),
        "notifications": named(heard, values),
    }
    file.write_text(json.dumps(example, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def named(part: Any, values: Values) -> Any:
    """The reverse of `filled`."""
    if isinstance(part, dict):
        return {name: named(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [named(value, values) for value in part]
    if isinstance(part, int) and not isinstance(part, bool):
        return next((f"${name}" for name, value in values.items() if value == part > 999), part)
    if not isinstance(part, str):
        return part
    for name, value in values.items():
        if isinstance(value, str) and value and part == value:
            return f"${name}"
    for name, value in sorted(values.items(), key=lambda item: -len(str(item[1]))):
        if isinstance(value, str) and len(value) >= 6 and "_" not in value:
            part = part.replace(value, f"${{{name}}}")
    return part
