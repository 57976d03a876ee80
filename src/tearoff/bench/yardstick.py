"""The yardstick: the statement of an API call, given to PostgreSQL by its own pgbench and by nothing else.

The statement is not written down here. It is caught while the API answers one such call in this process, so that both
sides always measure the same one.
"""

import io
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tearoff.bench.loading import Books, Cost, Failed, share
from tearoff.bench.numbers import LETTERS, Walk
from tearoff.bench.place import Place
from tearoff.kit import postgres

SHORT_RUN = 10
"""Transactions of each client in the run that only shows what connecting costs; the server's connections live long."""

_PLACE = re.compile(r"%(?:\((?P<name>\w+)\))?s")
CODE = f"(:code || '{LETTERS}')"


@dataclass(frozen=True)
class Statement:
    """A statement as it was sent, with Python's placeholders and the values for them, in a row or by name."""

    text: str
    values: Any

    def holds(self, value: object) -> bool:
        return value in (self.values.values() if isinstance(self.values, dict) else self.values)


def statements_of(call: Callable[[], object]) -> list[Statement]:
    """What a call in this process sends to the database, by whichever cursor."""
    caught: list[Statement] = []
    execute = psycopg.Cursor.execute

    def catching(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        caught.append(Statement(str(query), params or ()))
        return execute(cursor, query, params, **options)

    with mock.patch.object(psycopg.Cursor, "execute", catching):
        call()
    return caught


def ask_here(path: str, parameters: dict[str, Any], headers: dict[str, str]) -> bytes:
    """POST to the API in this process: the real application, without a server around it.

    Raises:
        Failed: the answer is not 200.
    """
    from tearoff.config.wsgi import application

    body = json.dumps(parameters).encode()
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()},
    }
    answer = application(environ, lambda line, _headers, _info=None: status.append(line))
    try:
        said = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    if not status or not status[0].startswith("200"):
        raise Failed(f"{path} answers {status}: {said[:400].decode(errors='replace')}")
    return said


@dataclass(frozen=True)
class Script:
    """A pgbench script, and the fixed variables it wants. `:start` and `:each` are given at each run."""

    text: str
    variables: dict[str, str]


def script_of(statement: Statement, code: str, walk: Walk) -> Script:
    """The statement with pgbench's variables for its values; the one that is `code` becomes another session each time."""
    variables: dict[str, str] = {}

    def mark(found: re.Match[str]) -> str:
        value = statement.values[found["name"]] if found["name"] else next(in_a_row)
        if value is None:
            return "null"
        if value == code:
            return CODE
        name = f"p{len(variables)}"
        variables[name] = value.isoformat() if isinstance(value, datetime) else str(value)
        return f":{name}"

    in_a_row = iter(() if isinstance(statement.values, dict) else statement.values)
    sql = _PLACE.sub(mark, statement.text)
    if sql.count(CODE) != 1:
        raise Failed(f"The session's code stands {sql.count(CODE)} times in: {sql}")
    step = walk.numbers.in_pgbench(":start + :client_id * :each + :k")
    return Script(f"\\set code {step}\n\\set k :k + 1\n{' '.join(sql.split())};\n", variables)


@dataclass(frozen=True)
class Spell:
    """One measured run of pgbench: its transactions and what they cost the database, connecting not included."""

    acts: int
    cost: Cost
    per_second: float


def run(place: Place, script: Script, walk: Walk, acts: int) -> Spell:
    """About `acts` transactions over as many connections as the web server holds."""
    each = max(acts // place.connections, SHORT_RUN)
    with _file(script.text) as file:
        short = _spell(place, script, file, walk, SHORT_RUN)
        long = _spell(place, script, file, walk, SHORT_RUN + each)
    cost = Cost(long.cost.seconds, 0.0, long.cost.database - short.cost.database, long.cost.others)
    return Spell(long.acts - short.acts, cost, long.per_second)


def _spell(place: Place, script: Script, file: Path, walk: Walk, each: int) -> Spell:
    clients = place.connections
    variables = script.variables | {"k": "0", "each": str(each), "start": str(walk.steps(each * clients))}
    program = postgres.programs(place.data) / "pgbench"
    command = [str(program), "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--transactions={each}"]
    command += [f"--file={file}", *(f"--define={name}={value}" for name, value in variables.items())]
    books = Books(place)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(place.database_url))
    database, taken, busy = books.database(), books.seconds(), books.busy()
    if done.returncode != 0 or f"number of transactions actually processed: {each * clients}/" not in done.stdout:
        raise Failed(f"pgbench failed: {done.stdout[-400:]} {done.stderr[-800:]}")
    tps = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert tps, done.stdout
    cost = Cost(taken, 0.0, database, share(busy - database - books.ours(), taken))
    return Spell(each * clients, cost, float(tps[1]))


def _environment(url: str) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    parts = conninfo_to_dict(url)
    return os.environ | {names[key]: str(value) for key, value in parts.items() if key in names}


@contextmanager
def _file(text: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".sql", prefix="tearoff-bench-") as file:
        file.write(text)
        file.flush()
        yield Path(file.name)
