"""`tearoff ...`: everything an operator does at a terminal.

Django reads the settings when it is first imported, and `--data` is one of them; so each command that needs Django
imports its parts itself, after the settings are known.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tearoff.config import environment, lifeline, serving
from tearoff.kit import postgres

LOOPBACK = "127.0.0.0/8,::1/128"
EVERYWHERE = ("0.0.0.0", "::")  # as an address to listen on


class CannotGoOn(Exception):
    """The command ends; the text says why in plain sentences."""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 refused with a sentence on standard error, 2 not understood."""
    arguments, rest = _parser().parse_known_args(argv)
    if rest and not arguments.takes_more:
        _parser().error(f"unknown argument: {' '.join(rest)}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _terminated)
    sys.unraisablehook = _swallowed
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tearoff.config.settings")
    if arguments.data is not None:
        os.environ["TEAROFF_DATA"] = arguments.data
    try:
        code: int = arguments.command(arguments, rest)
    except environment.WrongSettings as wrong:
        return _refuse("Tearoff cannot start:\n" + "\n".join(f"- {problem}" for problem in wrong.problems))
    except (CannotGoOn, postgres.CannotStart, serving.CannotListen) as problem:
        return _refuse(str(problem))
    except KeyboardInterrupt:
        return 130
    return code


def _refuse(sentences: str) -> int:
    print(sentences, file=sys.stderr)
    return 1


def _terminated(*_: object) -> NoReturn:
    """SIGTERM unwinds like an error, so that what was started is stopped."""
    sys.exit(143)


def _swallowed(what: "sys.UnraisableHookArgs") -> None:
    """A signal that falls into the clean-up of some object unwinds nothing: Python drops what is raised there, and tells
    us. Then the signal is sent once more, a moment later, when that clean-up and this function are over: what is raised
    in here goes nowhere either."""
    signals = {SystemExit: signal.SIGTERM, KeyboardInterrupt: signal.SIGINT}
    number = signals.get(what.exc_type)
    if number is None:
        sys.__unraisablehook__(what)
    else:
        over = threading.Event()
        threading.Thread(target=_once_more, args=(number, over), daemon=True).start()
        over.set()


def _once_more(number: signal.Signals, over: threading.Event) -> None:
    over.wait()
    time.sleep(0.01)
    os.kill(os.getpid(), number)


# The commands


def serve(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Serve web and worker in the foreground until Ctrl-C or SIGTERM."""
    url = _base_url(arguments)
    with serving.port_held(arguments.host, arguments.port), _database() as settings:
        _require_migrations(settings)
        _warn_of_another_key()
        return _serve(arguments, settings, lambda: print(f"Tearoff serves {url} (Ctrl-C stops it).", flush=True))


def worker(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Run the worker alone: deliver webhooks, keep statistics and everything else that may wait."""
    stop = threading.Event()
    lifeline.told_by_signals(stop.set)
    if arguments.with_parent:
        lifeline.watch(sys.stdin.fileno(), stop.set)
    with _database() as settings:
        _set_up_django()
        if not arguments.with_parent:
            _require_migrations(settings)
        from tearoff.worker import run

        run.run(stop)
    return 0


def migrate(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Bring the database's tables and functions up to this version."""
    with _database():
        _migrate(verbosity=1)
    return 0


def check(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Check settings and database; a plain sentence for each problem."""
    with _database():
        _set_up_django()
        from tearoff.config import checks

        problems = checks.problems()
    for problem in problems:
        print(problem)
    if not problems:
        print("Settings and database are in order.")
    return 1 if problems else 0


def demo(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Serve a demo shop, filled on the first run; addresses and keys are printed and written to DIR/demo.json."""
    url = os.environ["TEAROFF_BASE_URL"] = f"http://127.0.0.1:{arguments.port}"
    os.environ.setdefault("TEAROFF_OUTBOUND_ALLOW", LOOPBACK)
    arguments.host = "127.0.0.1"
    file: Path = environment.read()["TEAROFF_DATA"] / "demo.json"
    with serving.port_held(arguments.host, arguments.port):
        file.unlink(missing_ok=True)  # it comes back when the shop is open
        with _database() as settings:
            _require_migrations(settings, whose_ever=True)
            filled, more = _fill(settings.data)
            shop = {"url": url} | filled

            def tell() -> None:
                _write_privately(file, json.dumps(shop, indent=2) + "\n")
                print(_welcome(shop | more, file), flush=True)

            return _serve(arguments, settings, tell)


def create_account(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Open an account; prints its id and API keys as one line of JSON. The secret is shown this once."""
    with _database() as settings:
        _require_migrations(settings)
        from django.db import IntegrityError

        from tearoff.campaigns import founding

        email, company = _word("email", arguments.email), _word("company", arguments.company)
        try:
            opened = founding.found_account(email=email, company=company)
        except IntegrityError:
            raise CannotGoOn(f"Somebody already logs in as {email}.") from None
        answer = {
            "account": opened.account_id,
            "client_id": opened.client_id,
            "client_secret": opened.client_secret,
            "owner_email": email,
            "owner_password": opened.owner_password,
        }
        print(json.dumps(answer))
    return 0


def add_operator(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Make somebody an operator of this server; prints one line of JSON. A new person's password is shown this once."""
    with _database() as settings:
        _require_migrations(settings)
        from tearoff.accounts import operators

        email = _word("email", arguments.email).lower()
        password = operators.make_operator(email)
        answer = {"operator_email": email} | ({"operator_password": password} if password else {})
        print(json.dumps(answer))
    return 0


def bench(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Measure a running server against the database's own speed (`tearoff bench --help` tells more)."""
    from tearoff import bench as measuring

    return int(measuring.main(rest) or 0)


def database(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Run a PostgreSQL program on the database, e.g. `tearoff database psql` or `tearoff database pg_dump`."""
    words = [*arguments.program, *rest]
    with _database() as settings:
        inherited = os.environ | _libpq(settings.database_url)
        if not settings.is_external:
            programs = postgres.programs(settings.data, settings.postgres_bin)
            inherited["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
        try:
            return subprocess.run(words, env=inherited, check=False).returncode
        except FileNotFoundError:
            raise CannotGoOn(f"There is no program {words[0]} here.") from None


# What they share


@dataclass
class Settings:
    """The few settings a command needs before Django is there."""

    data: Path
    database_url: str
    is_external: bool
    postgres_bin: Path | None
    web_workers: int


@contextmanager
def _database() -> Iterator[Settings]:
    """The database runs within the block: the one DATABASE_URL names, or the embedded one of the data folder."""
    values = environment.read()
    data, external, binaries = values["TEAROFF_DATA"], values["DATABASE_URL"], values["TEAROFF_POSTGRES_BIN"]
    if external:
        yield Settings(data, external, True, binaries, values["TEAROFF_WEB_WORKERS"])
        return
    is_new = not postgres.exists(data)
    with postgres.running(data, binaries) as url:
        if is_new:  # said because a forgotten --data begins one beside the one that was meant
            print(f"A new database was made in {data}.", file=sys.stderr, flush=True)
        yield Settings(data, url, False, binaries, values["TEAROFF_WEB_WORKERS"])


def _set_up_django() -> None:
    import django

    django.setup()


def _require_migrations(settings: Settings, whose_ever: bool = False) -> None:
    """The embedded database follows the program by itself; another may serve other nodes, so its owner decides when.

    `whose_ever`: a demo shop is filled in any case, so it is migrated in any case.
    """
    _set_up_django()
    from tearoff.config import readiness

    failing = readiness.failing()
    if "database" in failing:
        named = "The database of DATABASE_URL" if settings.is_external else "The database"
        raise CannotGoOn(f"{named} cannot be reached: {readiness.why_unreachable()}")
    if failing and settings.is_external and not whose_ever:
        raise CannotGoOn("The database lacks migrations of this version: run `tearoff migrate` first.")
    if failing:
        _migrate(verbosity=0)
    _let_go()


def _warn_of_another_key() -> None:
    """Not refused: whoever has lost the key renews what it sealed in the admin, and that must be served."""
    from tearoff.config import checks

    for sentence in checks.foreign_key():
        print(sentence, file=sys.stderr, flush=True)
    _let_go()


def _migrate(verbosity: int) -> None:
    """One at a time, and as long as it takes: the time limits are for requests."""
    _set_up_django()
    from django.core.management import call_command
    from django.db import DatabaseError, OperationalError, connection
    from django.db.migrations.exceptions import MigrationSchemaMissing

    from tearoff.config import checks

    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0"
            )
            cursor.execute("select pg_advisory_lock(hashtext('tearoff migrate'))")
            cursor.execute("set lock_timeout = '30s'")  # rather fail than make all requests queue behind a table lock
    except OperationalError as problem:
        raise CannotGoOn(f"The database cannot be reached: {problem}") from problem
    for sentence in checks.too_old():
        raise CannotGoOn(sentence)
    try:
        call_command("migrate", interactive=False, verbosity=verbosity)
    except (DatabaseError, MigrationSchemaMissing) as problem:
        if why := _why_not_migrated(problem):
            raise CannotGoOn(why) from problem
        raise
    _let_go()


def _why_not_migrated(problem: Exception) -> str | None:
    """What the operator can mend, in words; anything else is a bug and stays as loud as it is."""
    said = problem.__cause__ or (problem.__context__ and problem.__context__.__cause__)  # the driver's own error
    if isinstance(said, psycopg.errors.LockNotAvailable):
        return (
            "Somebody else held a table for 30 seconds, so the migration was not made:"
            " stop the other nodes and whatever else uses the database, and try again."
        )
    if isinstance(said, psycopg.errors.InsufficientPrivilege):
        return (
            f"The database does not let us make tables ({str(said).splitlines()[0]}). As its administrator, give it to"
            " the role of DATABASE_URL: `alter database NAME owner to ROLE`."
        )
    return None


def _let_go() -> None:
    """Closes our connections: the next minutes belong to the children, and the advisory lock ends with its session."""
    from django.db import connections

    connections.close_all()


def _serve(arguments: argparse.Namespace, settings: Settings, when_ready: Callable[[], None]) -> int:
    host = _reached(arguments.host)
    children = [serving.web(arguments.host, arguments.port, settings.web_workers)]
    if not getattr(arguments, "web_only", False):
        children.append(serving.worker())
    return serving.keep_running(children, f"http://{_bracketed(host)}:{arguments.port}", when_ready)


def _base_url(arguments: argparse.Namespace) -> str:
    """The public address; where none is set, the one we listen on."""
    url = f"http://{_bracketed(_reached(arguments.host))}:{arguments.port}"
    if not os.environ.get("TEAROFF_BASE_URL", "").strip():
        os.environ["TEAROFF_BASE_URL"] = url
        if arguments.host in EVERYWHERE:
            print(
                f"TEAROFF_BASE_URL is not set, so links begin with {url}: they open on this machine only.", flush=True
            )
    return os.environ["TEAROFF_BASE_URL"]


def _reached(host: str) -> str:
    """Where this machine reaches itself when it listens on `host`."""
    return "127.0.0.1" if host in EVERYWHERE else host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _word(name: str, typed: str) -> str:
    """A word of an account (`email`, `company`) without blanks around it."""
    from django.core.exceptions import ValidationError
    from django.db.models import Field

    from tearoff.accounts.models import Account

    field, word = Account._meta.get_field(name), typed.strip()
    assert isinstance(field, Field)
    try:
        field.clean(word, None)
    except ValidationError as problem:
        raise CannotGoOn(f"--{name} {word!r}: {' '.join(problem.messages)}") from None
    return word


def _fill(data: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """What the file tells of the demo shop, and what only the terminal does."""
    from tearoff.dashboard import demo as shop

    if not (data / shop.FILE).exists():
        print("Filling the demo shop. This takes half a minute or so, once ...", flush=True)
    filled: dict[str, Any] = shop.fill(data)
    more = shop.more_addresses(filled["client_id"])
    _let_go()
    return filled, more


def _welcome(shop: dict[str, Any], file: Path) -> str:
    return "\n".join(
        (
            "",
            f"  Tearoff serves {shop['url']} (Ctrl-C stops it)",
            "",
            f"  A coupon      {shop['campaigns'][0]['url']}",
            f"  Its password  {shop['location_password']} (the location's, to validate it)",
            *([f"  A stamp card  {shop['card_url']}"] if shop["card_url"] else []),
            *([f"  A directory   {shop['directory_url']}"] if shop["directory_url"] else []),
            f"  Log-in        {shop['owner_email']}  {shop['owner_password']}",
            f"  API keys      {shop['client_id']}  {shop['client_secret']}",
            "",
            f"  Coupons, passwords and keys are also in {file}",
            "",
        )
    )


def _write_privately(file: Path, text: str) -> None:
    """Readable for us only, and never half written."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mkstemp gives mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(draft, file)


def _libpq(url: str) -> dict[str, str]:
    """The address as PostgreSQL's programs read it from the environment: no password stands on a command line."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    parts = conninfo_to_dict(url)
    return {names.get(key, f"PG{key.upper()}"): str(value) for key, value in parts.items()}


# The words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tearoff", description="Self-hosted mobile coupons.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[..., int], on: Any = commands, takes_more: bool = False
    ) -> argparse.ArgumentParser:
        words = (run.__doc__ or "").strip()
        sub: argparse.ArgumentParser = on.add_parser(name, help=words, description=words, add_help=name != "bench")
        sub.add_argument("--data", metavar="DIR", help="where embedded database, media and keys live (default: var)")
        sub.set_defaults(command=run, takes_more=takes_more)
        return sub

    serving_words = command("serve", serve)
    serving_words.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serving_words.add_argument("--port", type=_port, default=8000, help="the port to listen on (default: 8000)")
    serving_words.add_argument("--web-only", action="store_true", help="without a worker: it runs elsewhere")

    command("worker", worker).add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    command("migrate", migrate)
    command("check", check)
    command("demo", demo).add_argument("--port", type=_port, default=8000, help="the port to listen on (default: 8000)")

    accounts = commands.add_parser("account", help="Open accounts.").add_subparsers(metavar="COMMAND", required=True)
    opening = command("create", create_account, on=accounts)
    opening.add_argument("--email", required=True, help="the owner's e-mail address")
    opening.add_argument("--company", required=True, help="the company's name")

    operators = commands.add_parser("operator", help="Make operators of this server.")
    adding = command("add", add_operator, on=operators.add_subparsers(metavar="COMMAND", required=True))
    adding.add_argument("--email", required=True, help="the operator's e-mail address; an account's owner may be one")

    command("bench", bench, takes_more=True)
    command("database", database, takes_more=True).add_argument(
        "program", nargs="+", help="the program and its arguments"
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
