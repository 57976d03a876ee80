"""docs/api-coverage.md is the table of calls with its tests: whole, and true.

Writing it anew, after a call or a case has come: `RECORD_COVERAGE=1 .venv/bin/pytest tests/api/test_coverage.py`.
"""

import ast
import os
import re
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from tearoff.api import v4
from tearoff.api.calls import Call
from tearoff.api.rest import RestCall
from tearoff.api.v3 import TABLE
from tests.contract.cases.everything import CASES, GROUPS
from tests.contract.conforming import Case, same
from tests.contract.recorded import HERE

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "docs" / "api-coverage.md"
HEAD = "| Call | What it does | Contract | Recorded | Tests beside conformance |\n| --- | --- | --- | --- | --- |"


def test_the_paper_has_a_row_for_every_call_and_no_other() -> None:
    intro, _, _ = PAPER.read_text(encoding="utf-8").partition("\n## ")
    wanted = intro + "\n" + "\n".join(_section(name, cases) for name, cases in GROUPS.items())
    if os.environ.get("RECORD_COVERAGE"):
        PAPER.write_text(wanted, encoding="utf-8")
    text = PAPER.read_text(encoding="utf-8")
    same(_but_words(text), _but_words(wanted))
    rows = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    assert rows == {_shown(row) for row in (*TABLE.values(), *v4.TABLE.values())}


def _but_words(text: str) -> list[str]:
    """The lines without what a call does in words, which may be put otherwise in its docstring; some words there must be."""
    return [re.sub(r"^(\| `[^|]+\|) [^|]+ \|", r"\1 words |", line) for line in text.splitlines()]


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAPER.read_text(encoding="utf-8"))
    assert len(links) > len(TABLE)
    for link in set(links):
        assert (PAPER.parent / link).is_file(), link


@pytest.mark.parametrize("named", sorted({test for case in CASES for test in case.deeper.split()}))
def test_every_test_that_is_named_is_there(named: str) -> None:
    file, _, test = named.partition("::")
    assert test in _tests_in(ROOT / file)


def test_every_call_is_asked_for_more_than_its_example() -> None:
    assert {case.call for case in CASES if case.deeper} == {case.call for case in CASES}


@cache
def _tests_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}


def _section(name: str, cases: list[Case]) -> str:
    by_call = {call: list(its) for call, its in groupby(sorted(cases, key=_place), key=lambda case: case.call)}
    rows = (_row(its) for its in by_call.values())
    return f"## {name}\n\n{HEAD}\n" + "\n".join(rows) + "\n"


def _place(case: Case) -> int:
    """Cases of one call stand together, where its first one is."""
    return next(number for number, other in enumerate(CASES) if other.call == case.call)


def _row(cases: list[Case]) -> str:
    row = cases[0].row
    also = [*row.methods[1:]] if isinstance(row, RestCall) else [*(["GET"] if row.reads else []), *row.aliases]
    call = f"`{_shown(row)}`" + "".join(f", `{name}`" for name in also)
    contract = ", ".join(dict.fromkeys(case.contract for case in cases))
    examples = ", ".join(f"[{Path(case.example).name}](../tests/contract/{case.example}.json)" for case in cases)
    tests = ", ".join(dict.fromkeys(_test(test) for case in cases for test in case.deeper.split()))
    return f"| {call} | {row.summary} | {contract} | {examples} | {tests} |"


def _shown(row: Call) -> str:
    return f"{row.verbs[0]} {row.path}" if isinstance(row, RestCall) else row.path


def _test(named: str) -> str:
    file, _, test = named.partition("::")
    return f"[{test.removeprefix('test_')}](../{file})"


def test_every_recorded_example_of_a_good_answer_is_linked() -> None:
    text = PAPER.read_text(encoding="utf-8")
    for case in CASES:
        assert (HERE / f"{case.example}.json").is_file()
        assert f"tests/contract/{case.example}.json" in text
