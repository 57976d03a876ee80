"""One throwaway PostgreSQL per test run: our own launcher, a temporary folder, no fsync, one database per test process.

The first process of the run makes the server and a migrated template and tells the others where; each takes a clone of
the template. Tests commit for real and nothing is ever emptied: each test makes its own accounts.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tearoff.kit import postgres

PREFIX = "tearoff-tests-"
TEMPLATE = "template_of_tests"
FAST = {  # a power cut may cost us this database
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "autovacuum_naptime": "10s",
}


@contextmanager
def cluster() -> Iterator[Path]:
    """A running server with a migrated template in it; gives its data folder."""
    _clear_what_killed_runs_left()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)  # started by root, the server runs as a user who must be able to walk here
    try:
        with postgres.running(folder, options=FAST):
            _make_template(folder)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own_database(folder: Path, name: str) -> str:
    """A fresh clone of the template; its address."""
    with psycopg.connect(_address(folder, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
    return _address(folder, name)


def _make_template(folder: Path) -> None:
    """Migrated by a process of its own, so that no connection of ours keeps the template from being cloned."""
    with psycopg.connect(_address(folder, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    environment = without_settings() | {
        "DATABASE_URL": _address(folder, TEMPLATE),
        "TEAROFF_DATA": str(folder / "template"),
        "DJANGO_SETTINGS_MODULE": "tearoff.config.settings",
    }
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=environment, check=True)


def without_settings() -> dict[str, str]:
    """The environment without anybody's settings of Tearoff: a developer's own must not decide about tests."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TEAROFF_") and name not in ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL")
    }


def _address(folder: Path, database: str) -> str:
    return postgres.address(folder).replace(f"/{postgres.DATABASE}?", f"/{database}?")


def _clear_what_killed_runs_left() -> None:
    """A run that was killed leaves its server running. Nobody holds its lock any more: that is how it is known."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = folder / "postgres" / "users.lock"
        if os.access(lock, os.R_OK | os.W_OK) and _is_free(lock):
            with postgres.running(folder):
                pass
            shutil.rmtree(folder, ignore_errors=True)


def _is_free(lock: Path) -> bool:
    with open(lock, "rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
