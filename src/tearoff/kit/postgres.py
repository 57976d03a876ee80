"""The embedded PostgreSQL: a real server in the data folder, started by the first program, stopped by the last.

    with postgres.running(data) as url: ...

What lies in DATA/postgres (or, when root's server user cannot walk there, behind a link of that name):
`cluster` the data, `run` the socket, `log` a week of messages, `users.lock` and `change.lock`.

Who may stop it: every program holds a shared lock on `users.lock` while it uses the server, and starts or stops it
only under an exclusive lock on `change.lock`. Who can turn the shared lock into an exclusive one is the last. The
kernel drops the locks of a killed program, so nothing goes stale; a server left alone is used by the next start.

The server never runs as root and never listens on the network. No mode of a folder we did not make is ever changed.
"""

import fcntl
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from tearoff.kit import postgres_home
from tearoff.kit.postgres_home import CannotStart as CannotStart

PATIENCE = 60.0  # seconds until a server must answer; recovery after a crash is part of it
LOOK_EVERY = 0.5  # seconds between looks whether the server still lives
ROLE = DATABASE = "tearoff"

logger = logging.getLogger("tearoff.database")


@contextmanager
def running(data: Path, binaries: Path | None = None, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """The server of `data` runs within the block; gives its address.

    Args:
        binaries: the folder of PostgreSQL's programs, if not the package's own.
        options: settings of the server, used only if it is we who start it.

    Raises:
        CannotStart: with sentences for a person.
    """
    home = postgres_home.prepared(data)
    with _opened(home / "users.lock") as users, _opened(home / "change.lock") as change:
        server = Server(data, home, postgres_home.binaries(binaries, postgres_home.owner(home)), options or {})
        with _alone(change):
            fcntl.flock(users, fcntl.LOCK_SH)
            server.start()
        try:
            with _tended(server, change):
                yield address(data)
        finally:
            with _alone(change):
                if _is_last(users):
                    server.stop()


@contextmanager
def _tended(server: "Server", change: int) -> Iterator[None]:
    """A server that dies under its users (no memory, kill -9) is started again, by the program that sees it first."""
    done = threading.Event()

    def tend() -> None:
        while not done.wait(LOOK_EVERY):
            if postgres_home.living(server.cluster) is None:
                logger.error("The database ended unexpectedly and is started again.")
                with _alone(change), _said_aloud():
                    server.start()

    thread = threading.Thread(target=tend, name="database", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _said_aloud() -> Iterator[None]:
    try:
        yield
    except CannotStart as problem:
        print(problem, file=sys.stderr)


def address(data: Path) -> str:
    """Where clients of `data`'s server connect, whether it runs or not."""
    folder = os.path.realpath(data / "postgres" / "run")
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(folder, safe='')}"


def exists(data: Path) -> bool:
    """Whether there is a database in `data`, running or not; where we may not look there is none for us."""
    return os.path.exists(data / "postgres" / "cluster")


def pid(data: Path) -> int | None:
    """The process id of `data`'s living server."""
    return postgres_home.living(data / "postgres" / "cluster")


def programs(data: Path, binaries: Path | None = None) -> Path:
    """The folder with psql, pg_dump and the rest that fit `data`'s server."""
    return postgres_home.binaries(binaries, postgres_home.owner(postgres_home.prepared(data)))


# The server


@dataclass
class Server:
    data: Path
    home: Path
    binaries: Path
    options: Mapping[str, str]
    child: "subprocess.Popen[bytes] | None" = None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    def start(self) -> None:
        """Returns when a connection succeeds. Raises CannotStart with what the server said."""
        self._refuse_another_version()
        if not self.cluster.exists():
            self._make_cluster()
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"The database in {self.data} does not answer after {PATIENCE:.0f} seconds.{self._last_words()}"
                )
            if postgres_home.living(self.cluster) is None and not self._is_starting():
                self._launch()
            time.sleep(0.02)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk, and the next start needs no recovery."""
        running = postgres_home.living(self.cluster)
        if running is None:
            return
        with suppress(ProcessLookupError):
            os.kill(running, signal.SIGINT)
        if self.child is not None and self.child.pid == running:
            self.child.wait()
        while postgres_home.living(self.cluster) == running:
            time.sleep(0.02)
        self._remove_short_socket_folder()

    def _remove_short_socket_folder(self) -> None:
        folder = self.home / "run"
        if folder.is_symlink():
            with suppress(OSError):
                folder.resolve().rmdir()
            folder.unlink()

    def _refuse_another_version(self) -> None:
        file = self.cluster / "PG_VERSION"
        if not file.exists():
            return
        theirs, ours = file.read_text().strip(), str(self._version())
        if theirs != ours:
            raise CannotStart(
                f"The database in {self.data} was made by PostgreSQL {theirs},"
                f" but the programs in {self.binaries} are version {ours}.\n"
                f"Carry it over with the programs of version {theirs} (here /usr/lib/postgresql/{theirs}/bin):\n"
                f"  TEAROFF_POSTGRES_BIN=/usr/lib/postgresql/{theirs}/bin"
                f" tearoff database --data {self.data} pg_dump --format=custom --file=tearoff.dump\n"
                f"  mv {self.data}/postgres {self.data}/postgres-{theirs}\n"
                f"  tearoff database --data {self.data} pg_restore --no-owner --dbname={DATABASE} tearoff.dump"
            )

    def _version(self) -> int:
        text = subprocess.run(
            [self.binaries / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            env=postgres_home.QUIET,
        ).stdout
        found = re.search(r"(\d+)", text)
        assert found, text
        return int(found[1])

    def _make_cluster(self) -> None:
        """Under another name first: a cluster that has its name is complete, whenever we are killed."""
        draft = self.home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self._version() >= 17 else ["--locale=C.UTF-8"]
        )
        command = ["-D", str(draft), "-U", ROLE, "-E", "UTF8", *locale, "--auth=peer", "--no-instructions"]
        made = subprocess.run(
            [str(self.binaries / "initdb"), *command],
            check=False,
            capture_output=True,
            text=True,
            env=postgres_home.QUIET,
            cwd="/",
            **postgres_home.as_owner(self.home),
        )
        if made.returncode != 0:
            raise CannotStart(f"The database in {self.data} cannot be made: {made.stderr.strip()}")
        draft.rename(self.cluster)

    def _launch(self) -> None:
        """A direct child, so that it is reaped; in a session of its own, so that Ctrl-C reaches its clients only."""
        self._write_who_may_enter()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(postgres_home.socket_folder(self.home)) + '"',
            "unix_socket_permissions": "0700",
            "logging_collector": "on",
            "log_directory": str(self.home / "log"),
            "log_filename": "%a.log",
            "log_truncate_on_rotation": "on",
            "log_file_mode": "0600",
            "timezone": "UTC",
            # Seldom checkpoints: the first change of a page after one logs the page whole, which was most of the log of a
            # validation in a large table. It costs disk (2 GB at most) and a longer recovery after a crash, by seconds.
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "jit": "off",  # our statements are short; compiling them costs more than running them
            **self.options,
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        log = os.open(self.home / "start.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(log, "wb") as words:
            postgres_home.give(log, self.home)
            self.child = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", str(self.cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env=postgres_home.QUIET,
                cwd="/",
                start_new_session=True,
                **postgres_home.as_owner(self.home),
            )

    def _write_who_may_enter(self) -> None:
        """By the kernel's word (peer): the server's own user, whoever starts it, and root; all are the one role."""
        names = {postgres_home.name_of(postgres_home.owner(self.home)), postgres_home.name_of(os.geteuid()), "root"}
        postgres_home.write(self.cluster / "pg_hba.conf", f"local all {ROLE} peer map={ROLE}\n", self.home)
        postgres_home.write(
            self.cluster / "pg_ident.conf", "".join(f'{ROLE} "{name}" {ROLE}\n' for name in sorted(names)), self.home
        )

    def _is_starting(self) -> bool:
        """True while our child lives. One that has ended said why: some reasons pass, others are for a person."""
        if self.child is None or self.child.poll() is None:
            return self.child is not None
        said = self._last_words()
        self.child = None
        # After kill -9 of the server its sessions need a moment to notice and to let go of the shared memory.
        if "still in use" in said or "already exists" in said:
            time.sleep(0.2)
            return False
        raise CannotStart(f"The database in {self.data} does not start.{said}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(address(self.data), connect_timeout=5).close()
        except psycopg.OperationalError as problem:
            if f'database "{DATABASE}" does not exist' not in str(problem):
                return False
            self._make_database()
        return True

    def _make_database(self) -> None:
        with psycopg.connect(address(self.data), dbname="postgres", autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}")

    def _last_words(self) -> str:
        words = [
            self.home / "start.log",
            *sorted((self.home / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)[-1:],
        ]
        text = "\n".join(file.read_text(errors="replace")[-1500:].strip() for file in words if file.exists())
        return f" It said:\n{text}" if text else ""


# Locks


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        postgres_home.give(descriptor, file.parent)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _alone(change: int) -> Iterator[None]:
    fcntl.flock(change, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(change, fcntl.LOCK_UN)


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
