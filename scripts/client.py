"""Writes src/tearoff/client/calls: the methods of the Python client, one for each row of the table of calls.

    make client                                   after every change of a call
    .venv/bin/python scripts/client.py --check    says whether that was done

Names come from `naming`; a call nobody named yet gets one by its rule, so that it is in the client at once. What is written
reads like code written by hand, because people read it in their editors.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import django
import msgspec
from naming import call_key, camel, is_rest, named, singular, word

ROOT = Path(__file__).resolve().parent.parent
CALLS = ROOT / "src" / "tearoff" / "client" / "calls"
WIDTH = 110
IMPORTS = """\
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection, Done
from tearoff.client.hiding import hiding
from tearoff.client.moments import Moment, in_utc, on_the_spot
"""

COUNTED, BARE = " The total is in X-Total-Count.", "Or the bare array as the whole body."
"""Said of the wire only: a program in Python sees neither headers nor bodies."""


# One module


@dataclass
class Group:
    """One class: methods of a noun, and the nouns below it."""

    path: tuple[str, ...]
    rows: dict[str, Any] = field(default_factory=dict)
    below: dict[str, "Group"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "".join(map(camel, self.path)) + "Calls"

    def at(self, path: Iterable[str]) -> "Group":
        group = self
        for noun in path:
            if noun in group.rows:
                raise SystemExit(f"client.{'.'.join((*group.path, noun))} would be a call and a group of calls")
            group = group.below.setdefault(noun, Group((*group.path, noun)))
        return group

    def classes(self) -> Iterator["Group"]:
        """From the lowest up, so that each is known where it is used."""
        for group in self.below.values():
            yield from group.classes()
        yield self


@dataclass
class Module:
    """A file of the client: its classes, and the structs they answer with."""

    name: str
    group: Group
    homes: dict[type, str]
    """Where each struct of an answer is written: in the first module that needs it."""
    structs: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    imported: dict[str, set[str]] = field(default_factory=dict)

    def written(self) -> str:
        classes = [self._class(group) for group in self.group.classes()]
        parts = [*self.aliases.values(), *self.structs.values(), *classes]
        body = "\n\n\n".join(parts)
        return f'"""{_title(self.group)}\n\nWritten by scripts/client.py from the table of calls.\n"""\n\n{self._imports()}\n\n{body}\n'

    def _imports(self) -> str:
        """All there may be need of; ruff takes out what there is not."""
        lines = [
            f"from tearoff.client.calls.{module} import {', '.join(names)}" for module, names in self.imported.items()
        ]
        return "\n".join([IMPORTS, *lines])

    def _class(self, group: Group) -> str:
        lines = [f"class {group.name}:", f'    """{_title(group)}"""', ""]
        lines += ["    def __init__(self, connection: Connection) -> None:", "        self._connection = connection"]
        lines += [f"        self.{name} = {below.name}(connection)" for name, below in group.below.items()]
        for name, row in group.rows.items():
            lines += ["", textwrap.indent(Method(self, name, row).written(), "    ")]
        for iterator in iterators(self, group):
            lines += ["", textwrap.indent(iterator, "    ")]
        return "\n".join(lines)

    # What answers consist of

    def answer(self, hint: Any) -> str:
        """An annotation of the server in words of the client."""
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (list, tuple):
            return f"tuple[{self.answer(inner[0])}, ...]"
        if origin is dict:
            return f"dict[{', '.join(map(self.answer, inner))}]"
        if origin is Literal:
            return f"Literal[{', '.join(repr(one).replace(chr(39), chr(34)) for one in inner)}]"
        if origin in (Union, type(int | str)):
            kept = [self.answer(one) for one in inner if one is not msgspec.UnsetType]
            is_optional = msgspec.UnsetType in inner and "None" not in kept
            return " | ".join([*kept, *(["None"] if is_optional else [])])
        if hint is type(None):
            return "None"
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self.struct(hint)
        return "Any" if hint is Any else str(hint.__name__)

    def struct(self, kind: type[msgspec.Struct]) -> str:
        home = self.homes.setdefault(kind, self.name)
        if home != self.name:
            self.imported.setdefault(home, set()).add(kind.__name__)
        elif self.structs.get(kind.__name__) is None:
            self._write(kind)
        return kind.__name__

    def _write(self, kind: type[msgspec.Struct]) -> None:
        if any(
            other is not kind and other.__name__ == kind.__name__
            for other, home in self.homes.items()
            if home == self.name
        ):
            raise SystemExit(f"Two answers of client.{self.name} are called {kind.__name__}: rename one of them")
        base = kind.__bases__[0]
        has_base = base is not msgspec.Struct and bool(answered(base))
        above = self.struct(base) if has_base else "msgspec.Struct"
        fields = [
            one for one in answered(kind) if not (has_base and one.name in {each.name for each in answered(base)})
        ]
        hints = get_type_hints(kind)
        optional = any(not one.required for one in fields)
        hidden = ", ".join(f'"{name}"' for name in secrets([one.name for one in answered(kind)]))
        lines = [f"@hiding({hidden})"] if hidden else []
        lines.append(f"class {kind.__name__}({above}, frozen=True{', kw_only=True' if optional else ''}):")
        doc = (kind.__dict__.get("__doc__") or "").replace("(inferred)", "").strip()
        if doc:
            lines += [f'    """{doc}"""', ""]
        for one in fields:
            lines.append(f"    {one.name}: {self.answer(hints[one.name])}{_default(one)}")
        self.structs[kind.__name__] = "\n".join(lines)

    # What parameters consist of

    def parameter(self, name: str, kind: Any, method: str) -> str:
        from tearoff.api.moments import Moment

        is_moment = isinstance(kind, Moment) and kind.schema().get("format") != "date"
        return "Moment" if is_moment else self.schema(name, kind.schema(), method)

    def schema(self, name: str, schema: dict[str, Any], method: str) -> str:
        """The type of a parameter, by what the API document says of it."""
        if "anyOf" in schema:
            array = next((one for one in schema["anyOf"] if one.get("type") == "array"), schema["anyOf"][0])
            return self.schema(name, array, method)
        if "enum" in schema:
            return self._choice(camel(name), schema["enum"], method)
        match schema.get("type"):
            case "array":
                return f"Sequence[{self.schema(singular(name), schema['items'], method)}]"
            case "object" if schema.get("properties"):
                return self._object(camel(name), schema["properties"], method)
            case "object":
                return "Mapping[str, object]"
            case "string" if schema.get("format") == "date":
                return "date | str"
            case plain:
                return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}[str(plain)]

    def _choice(self, name: str, words: list[str], method: str) -> str:
        text = f"Literal[{', '.join(f'{chr(34)}{word}{chr(34)}' for word in words)}]"
        return text if len(words) <= 3 else self._alias(name, method, lambda alias: f"{alias} = {text}")

    def _object(self, name: str, properties: dict[str, Any], method: str) -> str:
        fields = [f"    {one}: {self.schema(one, schema, method)} | None" for one, schema in properties.items()]
        return self._alias(name, method, lambda alias: "\n".join([f"class {alias}(TypedDict, total=False):", *fields]))

    def _alias(self, name: str, method: str, write: Any) -> str:
        """A name for a long type, with the method's before it where the name already stands for another one."""
        for alias in (name, camel(method) + name):
            text = self.aliases.setdefault(alias, write(alias))
            if text == write(alias):
                return alias
        raise SystemExit(f"client.{self.name}: {name} means three things")


def answered(kind: Any) -> list[Any]:
    """The members of an answer that tell something; that it went well is told by its being there."""
    hints = get_type_hints(kind)
    return (
        [one for one in msgspec.structs.fields(kind) if getattr(hints[one.name], "__name__", "") != "Ok"]
        if _is_struct(kind)
        else []
    )


def secrets(members: list[str]) -> list[str]:
    """The members that let whoever reads them in; where there is a token, the address has it inside."""
    addresses = "url" if "token" in members else "\0"
    return [name for name in members if name in ("secret", "api_secret", "token") or name.startswith(addresses)]


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct


def _default(one: Any) -> str:
    if one.required:
        return ""
    is_plain = one.default is not msgspec.UNSET and one.default is not msgspec.NODEFAULT
    return f" = {one.default!r}" if is_plain else " = None"


# One method


class Method:
    """One call."""

    def __init__(self, module: Module, name: str, row: Any) -> None:
        self.module, self.name, self.row = module, name, row
        self.in_path = re.findall(r"{(\w+)}", row.path) if is_rest(row) else []
        members = {member.name: member for member in row.read.members}
        first = [members[one] for one in self.in_path]
        self.members = first + [member for member in row.read.members if member.name not in self.in_path]
        self.types = {member.name: self._type(member) for member in self.members}
        nothing = _is_struct(row.answer) and not answered(row.answer)
        self.answer = "None" if nothing else module.answer(row.answer)

    def _type(self, member: Any) -> str:
        if member.name in self.in_path:
            return "int"
        return self.module.parameter(member.name, member.kind, self.name)

    @property
    def reads(self) -> bool:
        return bool(self.row.reads)

    def signature(self, *, but: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> list[str]:
        """What names the thing may be given by its place; everything else by its name."""
        members = [member for member in self.members if member.name not in but]
        required = [member.name for member in members if member.required]
        by_place = self.in_path or required[:1]
        by_name = [name for name in required if name not in by_place]
        optional = [member.name for member in members if not member.required]
        found = [f"{word(name)}: {self.types[name]}" for name in by_place]
        keywords = [f"{word(name)}: {self.types[name]}" for name in by_name]
        keywords += [f"{word(name)}: {self.types[name]} | None = None" for name in optional] + list(more)
        return ["self", *found, *(["*", *keywords] if keywords else [])]

    def written(self) -> str:
        more = () if self.reads else ("idempotency_key: str | None = None",)
        head = f"def {word(self.name)}({', '.join(self.signature(more=more))}) -> {self.answer}:"
        returns = "" if self.answer == "None" else "return "
        return f"{head}\n{self._docstring()}\n    {returns}{self._call()}"

    def _docstring(self) -> str:
        details = ["", self.row.details] if self.row.details else []
        lines = [self.row.summary, *details, *self._notes(), *self._refusals()]
        text = "\n".join(wrapped for line in lines for wrapped in self._wrapped(line.replace(COUNTED, "")))
        return textwrap.indent(f'"""{text}"""' if "\n" not in text else f'"""{text}\n"""', "    ")

    def _notes(self) -> list[str]:
        noted = [f"- `{one.name}`: {one.kind.note}" for one in self.members if one.kind.note not in ("", BARE)]
        return ["", *noted] if noted else []

    def _refusals(self) -> list[str]:
        from tearoff.api.document import MEANINGS

        if is_rest(self.row):
            telling = [f"HTTP {http}" for http in self.row.errors if http not in (401, 422)]
        else:
            telling = [
                f"{code} ({MEANINGS[code][0]})" for code in self.row.errors if code > 305 or code in (103, 104, 304)
            ]
        return ["", f"Refused with {', '.join(telling)}."] if telling else []

    @staticmethod
    def _wrapped(line: str) -> list[str]:
        return textwrap.wrap(line, WIDTH, subsequent_indent="  " if line.startswith("- ") else "") or [""]

    def _call(self) -> str:
        answer = "Done" if self.answer == "None" else self.answer
        body = [(member.name, self._value(member)) for member in self.members if member.name not in self.in_path]
        params = "{" + ", ".join(f'"{name}": {value}' for name, value in body) + "}"
        path = re.sub(r"{(\w+)}", r"{\1:d}", self.row.path)
        quoted = f'{"f" if self.in_path else ""}"{path}"'
        if not is_rest(self.row):
            act = "read" if self.reads else "write"
            return f"self._connection.{act}({quoted}, {answer}, {params}{'' if self.reads else ', idempotency_key'})"
        if self.reads:
            return f"self._connection.get({quoted}, {answer}, {params})"
        return f'self._connection.send("{self.row.verbs[0]}", {quoted}, {answer}, {params}, idempotency_key)'

    def _value(self, member: Any) -> str:
        name = word(member.name)
        if self.types[member.name] != "Moment":
            return name
        return f"in_utc({name})" if member.kind.in_utc else f"on_the_spot({name})"


# Long lists


def iterators(module: Module, group: Group) -> Iterator[str]:
    """For each list that has pages, the same one by one. Lists that differ only in what they are about share a method."""
    families: dict[str, list[Method]] = {}
    for name, row in group.rows.items():
        if row.reads and (Paged.by_number(row) or Paged.by_cursor(row)):
            method = Method(module, name, row)
            families.setdefault(f"{method.answer} {method.signature()}", []).append(method)
    for methods in families.values():
        yield Paged(methods).written()


@dataclass
class Paged:
    """A method that walks through the pages of a call, or of several alike."""

    methods: list[Method]

    @staticmethod
    def by_number(row: Any) -> bool:
        return any(
            member.name == "page" and member.kind.schema().get("type") == "integer" for member in row.read.members
        )

    @staticmethod
    def by_cursor(row: Any) -> bool:
        return any(Paged._is_cursor(member) for member in row.read.members)

    def written(self) -> str:
        first, names = self.methods[0], [method.name for method in self.methods]
        name = "iterate" if "list" in names else f"iterate_{names[0]}"
        kind = f'kind: Literal[{", ".join(f"{chr(34)}{one}{chr(34)}" for one in names)}] = "{names[0]}"'
        paging = {"page", "limit"} | {member.name for member in first.members if self._is_cursor(member)}
        more = (kind,) if len(names) > 1 else ()
        signature = first.signature(but=tuple(paging), more=more)
        ask = f"self.{names[0]}" if len(names) == 1 else "ask"
        calls = ", ".join(self._passed(first, paging))
        lines = [f"def {name}({', '.join(signature)}) -> Iterator[{self._item(first)}]:"]
        lines.append(f'    """All of {" or ".join(f"`{one}`" for one in names)}, one by one, whatever the pages."""')
        if len(names) > 1:
            lines.append(f"    ask = {{{', '.join(f'{chr(34)}{one}{chr(34)}: self.{one}' for one in names)}}}[kind]")
        return "\n".join([*lines, *self._body(first, ask, calls)])

    def _body(self, method: Method, ask: str, given: str) -> list[str]:
        member = self._list_member(method.row)
        items = f".{member}" if member else ""
        comma = ", " if given else ""
        if self.by_cursor(method.row):
            name = next(one.name for one in method.members if self._is_cursor(one))
            paging = f'{name}={{"limit": paging.PAGE, "after": after}}'
            if name == "after":
                paging = "limit=paging.PAGE, after=after"
            return [
                f"    return paging.after_each_other(lambda after: {ask}({given}{comma}{paging}){items}, lambda last: last.id, paging.PAGE)"
            ]
        if any(one.name == "limit" for one in method.members):
            return [
                f"    return paging.full_pages(lambda page: {ask}({given}{comma}page=page, limit=paging.PAGE){items}, paging.PAGE)"
            ]
        if any(one.name == "amount_of_pages" for one in answered(method.row.answer)):
            return [
                "", f"    def page(number: int) -> tuple[Sequence[{self._item(method)}], int]:",
                f"        answer = {ask}({given}{comma}page=number)", f"        return answer{items}, answer.amount_of_pages",
                "", "    return paging.counted_pages(page)",
            ]  # fmt: skip
        return [f"    return paging.some_pages(lambda page: {ask}({given}{comma}page=page){items})"]

    @staticmethod
    def _is_cursor(member: Any) -> bool:
        """By itself, or among the settings of an object."""
        return member.name == "after" or "after" in member.kind.schema().get("properties", {})

    @staticmethod
    def _passed(method: Method, paging: set[str]) -> Iterator[str]:
        by_place = method.in_path or [member.name for member in method.members if member.required][:1]
        for member in method.members:
            if member.name not in paging:
                name = word(member.name)
                yield name if member.name in by_place else f"{name}={name}"

    def _list_member(self, row: Any) -> str:
        """The one list among the members of an answer; "" where the answer is the list."""
        if get_origin(row.answer) is list:
            return ""
        hints = get_type_hints(row.answer)
        found = [one.name for one in answered(row.answer) if get_origin(hints[one.name]) is list]
        if len(found) != 1:
            raise SystemExit(f"{row.path} has pages, and {len(found)} lists in its answer")
        return found[0]

    def _item(self, method: Method) -> str:
        member = self._list_member(method.row)
        hint = get_type_hints(method.row.answer)[member] if member else method.row.answer
        return method.module.answer(get_args(hint)[0])


# All files


def _title(group: Group) -> str:
    below = [f"`.{name}`" for name in group.below]
    return f"Calls of `client.{'.'.join(group.path)}`{', with ' if below else ''}{', '.join(below)}."


def tree() -> dict[str, Group]:
    """Every call of the server at its place, by module."""
    from tearoff.api import v4
    from tearoff.api.v3 import TABLE

    root = Group(())
    for row in (*TABLE.values(), *v4.TABLE.values()):
        *path, method = named(row).split(".")
        group = root.at(path)
        if method in group.rows or method in group.below:
            raise SystemExit(f"client.{named(row)} would be two calls: name {call_key(row)} in NAMES")
        group.rows[method] = row
    modules = {name: group for name, group in root.below.items() if name != "v4"}
    return modules | {f"v4_{name}": group for name, group in root.below["v4"].below.items()}


def files() -> dict[str, str]:
    """The text of every file, by its name."""
    homes: dict[type, str] = {}
    groups = tree()
    texts = {f"{name}.py": Module(name, group, homes).written() for name, group in groups.items()}
    return texts | {"__init__.py": _index(groups)}


def _index(groups: dict[str, Group]) -> str:
    lines = ['"""All calls, by noun. Written by scripts/client.py from the table of calls."""', ""]
    lines += [f"from tearoff.client.calls.{name} import {group.name}" for name, group in sorted(groups.items())]
    lines += ["from tearoff.client.connection import Connection", "", "", "class V4:"]
    lines += ['    """Calls of /v4 in REST style: numbers as ids, `None` for what is not there."""', ""]
    lines += _attributes({name[3:]: group for name, group in groups.items() if name.startswith("v4_")})
    lines += ["", "", "class Calls:", '    """Calls of /v3, and of /v4 where they have the same style."""', ""]
    lines += _attributes({name: group for name, group in groups.items() if not name.startswith("v4_")})
    return "\n".join([*lines, "        self.v4 = V4(connection)", ""])


def _attributes(groups: dict[str, Group]) -> list[str]:
    lines = ["    def __init__(self, connection: Connection) -> None:"]
    return lines + [f"        self.{name} = {group.name}(connection)" for name, group in groups.items()]


def formatted(texts: dict[str, str]) -> dict[str, str]:
    """As `make format` leaves them, without imports that are not used."""
    config = ["--config", str(ROOT / "pyproject.toml"), "--config", "lint.isort.known-first-party = ['tearoff']"]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        for order in (["check", "--fix", "--select", "I,F401"], ["format"]):
            subprocess.run([sys.executable, "-m", "ruff", *order, "--quiet", "--no-cache", *config, folder], check=True)
        return {name: (Path(folder) / name).read_text(encoding="utf-8") for name in texts}


def stale(wanted: dict[str, str]) -> list[str]:
    """The files that are not as they would be written now."""
    found = {file.name: file.read_text(encoding="utf-8") for file in CALLS.glob("*.py")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the methods of tearoff.client from the table of calls.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something would change")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tearoff.config.settings")
    django.setup()
    wanted = formatted(files())
    names = stale(wanted)
    if arguments.check:
        if names:
            print(f"tearoff.client does not know the calls as they are: run `make client` ({', '.join(names)}).")
        return 1 if names else 0
    for name in names:
        if name in wanted:
            (CALLS / name).write_text(wanted[name], encoding="utf-8")
        else:
            (CALLS / name).unlink()
    print(f"Written anew: {', '.join(names) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
