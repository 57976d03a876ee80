"""No id of one account answers to another in REST style either: generated from the table of calls (lesson 28)."""

from typing import Any

import pytest

from tearoff.api.calls import Call
from tearoff.api.fields import Id
from tearoff.kit import clock
from tests.api.test_isolation import UNKNOWN, Things, rows_of, things_of
from tests.api.test_rest_errors import PLAIN
from tests.contract.conforming import NOON, asked, prepared
from tests.contract.recorded import filled, raw
from tests.world import Shop, open_shop

ELSEWHERE = {("GET /v4/loyalty/loyalty-cards/{card}/stats", "after")}
"""Ids within an object of the request."""


def named_in(row: Call) -> list[str]:
    """The parameters that name a thing, in the path and in the body."""
    return [member.name for member in row.read.members if isinstance(member.kind, Id)]


NAMED = [(call, name) for call, case in PLAIN.items() for name in named_in(case.row)] + sorted(ELSEWHERE)


def thing(things: Things, call: str, name: str) -> Any:
    """A user of a directory is a member; a card of the path is a loyalty card."""
    if name in ("user", "after"):
        return things["member" if "{directory}" in call else "user"]
    return things["loyaltycard" if name == "card" else name]


def test_every_place_in_a_path_names_a_thing() -> None:
    for call, case in PLAIN.items():
        assert {name for name in named_in(case.row) if f"{{{name}}}" in call} == set(case.row.places)  # type: ignore[attr-defined]
    assert len(NAMED) > 30


@pytest.fixture(scope="module")
def lucia() -> Shop:
    return open_shop("Lucia Bakery")


@pytest.fixture(scope="module")
def hers(lucia: Shop) -> Things:
    with clock.moved(NOON):
        return things_of(lucia)


@pytest.mark.parametrize(("call", "name"), NAMED)
def test_a_foreign_id_answers_like_an_unknown_one(mario: Shop, lucia: Shop, hers: Things, call: str, name: str) -> None:
    case = PLAIN[call]
    with clock.moved(NOON):
        values = prepared(case, mario)
        body = filled(raw(case.example)["request"], values)
        before = rows_of(lucia)
        said = []
        for value in (thing(hers, call, name), thing(UNKNOWN, call, name)):
            if f"{{{name}}}" in call:
                answer = asked(case, mario, "json", body, values | {name: value})
                assert answer.status_code == 404, answer.text
            else:
                more = {"pagination": {"after": int(value[4:])}} if name == "after" else {name: value}
                answer = asked(case, mario, "json", (body or {}) | more, values)
            said.append((answer.status_code, answer.text))
        assert said[0] == said[1]
        assert rows_of(lucia) == before


@pytest.mark.parametrize("call", sorted(PLAIN))
def test_keys_of_one_account_with_all_ids_of_another_change_nothing(
    mario: Shop, lucia: Shop, hers: Things, call: str
) -> None:
    case = PLAIN[call]
    with clock.moved(NOON):
        values = prepared(case, mario)
        before = rows_of(lucia)
        theirs = {name: thing(hers, call, name) for name in named_in(case.row)}
        in_path = {name: value for name, value in theirs.items() if f"{{{name}}}" in call}
        body = filled(raw(case.example)["request"], values)
        more = {name: value for name, value in theirs.items() if name not in in_path}
        answer = asked(case, mario, "json", body | more if more else body, values | in_path)
    assert answer.status_code == (404 if in_path else 200)
    for value in theirs.values():
        assert str(value) not in answer.text
    assert rows_of(lucia) == before
