"""What the pages of the reference show of each call: the rows of the table, brought to words. `pages` renders it."""

import html
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from tearoff.api import curls, document, groups, parameters
from tearoff.api.answers import INFERRED, Answers
from tearoff.api.calls import Call
from tearoff.api.errors import LINES
from tearoff.api.fields import Member
from tearoff.api.rest import RestCall


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter, or a member of an answer."""

    name: str
    type: str
    note: str
    inferred: bool
    required: bool = False
    widget: str = "text"
    """How the reader gives it: `text`, `json`, `choice`."""
    choices: tuple[str, ...] = ()
    value: str = ""
    """What stands in the field at first."""
    hint: str = ""
    is_kept: bool = False
    """An id of the reader's: typed once, it stands in every call."""
    in_path: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A call, as a section of a page."""

    anchor: str
    path: str
    short: str
    methods: tuple[str, ...]
    aliases: tuple[str, ...]
    rights: tuple[str, ...]
    summary: str
    details: str
    inferred: bool
    writes: bool
    is_rest: bool
    asked: list[Line]
    answered: list[Line]
    errors: list[document.ErrorLine]
    curl: Markup
    answer: Markup
    counts: bool
    """Whether a header tells how many there are in all."""

    @property
    def answer_inferred(self) -> bool:
        """Whether all of the answer is: then it is said once."""
        return all(line.inferred for line in self.answered)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of calls: a page."""

    name: str
    slug: str
    calls: list[Shown]


@cache
def shown() -> list[Group]:
    """All groups with all calls."""
    rows = document.all_rows()
    answers = Answers(rows)
    return [
        Group(name, groups.slug(name), [_shown(row, answers) for row in found])
        for name, found in groups.grouped(rows).items()
    ]


def _shown(row: Call, answers: Answers) -> Shown:
    methods = row.methods if isinstance(row, RestCall) else tuple(reversed(row.methods))
    in_path, _ = curls.parts(row)
    return Shown(
        anchor=_anchor(row),
        path=row.path,
        short=re.sub(r"^/v\d/((loyalty/loyalty-cards|directory)/(?=\{))?", "", row.path),
        methods=methods,
        aliases=row.aliases,
        rights=row.access,
        summary=row.summary,
        details=row.details,
        inferred=row.inferred,
        writes=not row.reads,
        is_rest=isinstance(row, RestCall),
        asked=[_asked(row, member, member in in_path) for member in row.read.members],
        answered=[_answered(name, told, answers) for name, told in answers.members(row) if name[:6] != "status"],
        errors=document.errors_of(row),
        curl=_between_tags(curls.command(row)),
        answer=_between_tags(json.dumps(answers.example(row), indent=2, ensure_ascii=False)),
        counts=row.told.total_in_header,
    )


def _between_tags(text: str) -> Markup:
    """Escaped for where quotes mean nothing: they are half of these texts."""
    return Markup(html.escape(text, quote=False))


def _anchor(row: Call) -> str:
    words = re.findall(r"[a-z0-9]+", row.path.partition("/v")[2][2:])
    return "-".join([row.methods[0].lower(), *words] if isinstance(row, RestCall) else words)


def _asked(row: Call, member: Member, in_path: bool) -> Line:
    told = parameters.schema(member, row)
    simple = told["examples"][0]
    is_json = isinstance(simple, dict) or (isinstance(simple, list) and any(isinstance(one, dict) for one in simple))
    choices = ("true", "false") if told.get("type") == "boolean" else tuple(told.get("enum", ()))
    typed = json.dumps(simple, ensure_ascii=False) if is_json else parameters.as_text(simple)
    is_given = member.name in row.example or in_path
    return Line(
        name=member.name,
        type=parameters.type_of(told),
        note=told.get("description", "").replace(INFERRED, "").strip(),
        inferred=member.kind.inferred,
        required=member.required,
        widget="json" if is_json else "choice" if choices else "text",
        choices=choices,
        value=typed if is_given else "",
        hint=typed,
        is_kept=in_path or curls.is_yours(row, member),
        in_path=in_path,
    )


def _answered(name: str, told: dict[str, Any], answers: Answers) -> Line:
    inner = answers.resolved(told)
    is_open = any(one.get("type") == "null" for one in told.get("anyOf", ()))
    kind = str(inner.get("type", ""))
    kind = parameters.TYPES.get(kind, kind)
    note = told["description"]
    return Line(
        name=name,
        type=f"{kind} or null" if is_open else kind,
        note=note.replace(INFERRED, "").strip(),
        inferred=INFERRED in note,
    )


def common_errors() -> list[tuple[int, str, str]]:
    """What every call may answer: the HTTP status, its line, and the sentence of one such failure."""
    return [(http, LINES[http], failure.faults[0].sentence) for http, failure in document.COMMON.items()]
