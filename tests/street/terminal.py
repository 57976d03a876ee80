"""`tearoff ...` as an operator types it: each command a process of its own, with none of our settings but those given."""

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tearoff.kit import postgres
from tests.street.cluster import without_settings
from tests.street.server import PATIENCE, Process, Server, free_port


def tearoff(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """`tearoff ...` with none of our settings but those given."""
    return subprocess.run(
        [sys.executable, "-m", "tearoff", *arguments],
        env=without_settings() | env,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def start(*arguments: str, **env: str) -> Process:
    return Process.start(list(arguments), without_settings() | env)


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} seconds: {what}"
        time.sleep(0.05)


def status(url: str) -> int:
    """The HTTP status; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


@contextmanager
def a_folder() -> Iterator[Path]:
    """Where any user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="tearoff-data-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that does not exist yet; what runs there at the end is stopped."""
    with a_folder() as folder:
        yield folder / "shop"
        if (folder / "shop" / "postgres").exists():
            with postgres.running(folder / "shop"):
                pass


@pytest.fixture(scope="session")
def pattern() -> Iterator[Path]:
    """A data folder as `tearoff migrate` leaves it, to be copied by tests of what comes after the first start."""
    with a_folder() as folder:
        made = tearoff("migrate", "--data", str(folder / "shop"))
        assert made.returncode == 0, made.stderr
        yield folder / "shop"


@pytest.fixture
def migrated(pattern: Path, data: Path) -> Path:
    """The data folder of a server that was started before."""
    subprocess.run(["cp", "-a", str(pattern), str(data)], check=True)
    return data


def serve(data: Path) -> Server:
    port = free_port()
    arguments = ["serve", "--data", str(data), "--port", str(port)]
    server = Server.start(arguments, without_settings() | {"TEAROFF_WEB_WORKERS": "2"})
    server.url = f"http://127.0.0.1:{port}"
    assert server.wait_until_ready(), server.said()
    return server
