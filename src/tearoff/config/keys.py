"""The secret key of an installation: made once, kept in the data folder with mode 0600, never in the database."""

import os
import pwd
import secrets
from contextlib import suppress
from pathlib import Path

from tearoff.config import environment


def secret_key(data: Path) -> str:
    """The key in `data`/keys/secret_key, made there at the first call. Two first calls at once agree on one key."""
    file = data / "keys" / "secret_key"
    try:
        if not file.exists():
            _make(file)
        return file.read_text(encoding="ascii").strip()
    except PermissionError as problem:
        raise environment.WrongSettings([_not_for_us(file, problem)]) from None


def _not_for_us(file: Path, problem: OSError) -> str:
    us = pwd.getpwuid(os.geteuid()).pw_name
    return (
        f"the secret key in {file} is not for the user {us} ({problem.strerror}): run as the user whom it belongs to, or give"
        f" {us} the folder: `chown -R {us} {file.parent}`, as root."
    )


def _make(file: Path) -> None:
    """Written beside and then linked into place: whoever comes second finds the name taken, and never half a key."""
    make_folder(file.parent)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        _give(draft, like=file.parent)
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()


def make_folder(folder: Path) -> None:
    """A private folder of ours. One that exists keeps its mode: it may be shared on purpose."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    _give(folder, like=folder.parent)


def _give(path: Path, *, like: Path) -> None:
    """What root makes in a folder of somebody's is theirs: the service may run as them tomorrow."""
    if os.geteuid() == 0:
        found = like.stat()
        os.chown(path, found.st_uid, found.st_gid)
