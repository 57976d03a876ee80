"""SQL that is more than the ORM should say: one call, typed rows, and the functions that live beside their verbs.

A function stands in a `.sql` file next to the verb that calls it; a migration installs it with `Install`, and
`differences` tells `tearoff check` where the database holds another text than the file.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations import RunPython
from django.db.utils import OperationalError

ROOT = Path(__file__).resolve().parent.parent

_FUNCTION = re.compile(
    r"create or replace function (?P<name>\w+)\s*\(.*?\bas\s+\$(?P<tag>\w*)\$(?P<body>.*?)\$(?P=tag)\$", re.S
)


class Busy(Exception):
    """A rival held the row for longer than the lock time-out, or a deadlock was broken: try again shortly."""


def rows(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of one statement, in one round trip.

    Raises:
        Busy: the lock time-out passed or a deadlock was broken; nothing was changed by this statement.
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement, parameters)
        except OperationalError as problem:
            raise_if_busy(problem)
            raise
        return cursor.fetchall()


def prepared(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """As `rows`, for the statements people wait for: the values travel apart from the text, so the server keeps its plan.

    Django's own cursor writes the values into the text, and each text is a new statement to the server: planning the
    answer of a validation anew cost more than the validation. The other side: a bare `%s` has no type of its own here.

    Raises:
        Busy: as `rows`.
    """
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    with psycopg.Cursor(database.connection) as cursor:
        try:
            with database.wrap_database_errors:
                return cursor.execute(statement, parameters).fetchall()
        except OperationalError as problem:
            raise_if_busy(problem)
            raise


def one(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
    """The first row of one statement, or None."""
    found = rows(statement, parameters)
    return found[0] if found else None


def run(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Carry out one statement that gives no rows; the number of rows it touched."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement, parameters)
        except OperationalError as problem:
            raise_if_busy(problem)
            raise
        return cursor.rowcount


def raise_if_busy(problem: OperationalError) -> None:
    """Turn 55P03 (lock not available) and 40P01 (deadlock) into the retryable `Busy`."""
    if getattr(problem.__cause__, "sqlstate", "") in ("55P03", "40P01"):
        raise Busy from problem


class Function(NamedTuple):
    file: str
    name: str
    body: str


def functions_in(file: Path) -> Iterator[Function]:
    for found in _FUNCTION.finditer(file.read_text(encoding="utf-8")):
        yield Function(str(file.relative_to(ROOT)), found["name"], found["body"])


def differences() -> list[str]:
    """One sentence for each function whose installed text is not the file's."""
    installed = dict(
        rows(
            "select proname, prosrc from pg_proc where pronamespace = current_schema()::regnamespace"
        )  # our names are unique
    )
    found: list[str] = []
    for file in sorted(ROOT.glob("*/*.sql")):
        for function in functions_in(file):
            if function.name not in installed:
                found.append(
                    f"The database lacks the function {function.name} of {function.file}: run `tearoff migrate`."
                )
            elif installed[function.name] != function.body:
                found.append(
                    f"The database holds another text of {function.name} than {function.file}: run `tearoff migrate`."
                )
    return found


class Install(RunPython):
    """A migration step: install all functions of one `.sql` file, given from the package's root."""

    def __init__(self, file: str) -> None:
        self.file = file
        super().__init__(self._install, RunPython.noop)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.file], {})

    def _install(self, apps: Any, schema_editor: Any) -> None:
        text = (ROOT / self.file).read_text(encoding="utf-8")
        schema_editor.execute("set local check_function_bodies = off")
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(text)
