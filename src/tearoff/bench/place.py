"""Where we measure: a throw-away server with a durable database of its own, or the demo shop that runs in a data folder."""

import ipaddress
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tearoff.bench import processes
from tearoff.kit import postgres

PATIENCE = 60.0
LAST_WORDS = 40.0
THREADS = 2  # requests at once per web process (config/web.py), each with a database connection of its own


class NoPlace(Exception):
    """There is nothing we can measure; the text says why."""


@dataclass(frozen=True)
class Place:
    """A server, its database and the processes of both."""

    url: str
    data: Path
    database_url: str
    web: int
    """The first process of the web server; all others are below it."""
    database: int
    """PostgreSQL's first process."""
    is_throwaway: bool

    @property
    def host(self) -> str:
        return str(urlsplit(self.url).hostname)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    @property
    def connections(self) -> int:
        """How many connections the web processes hold to the database when all are busy."""
        return (
            max(1, len(processes.family(self.web)) - 1) * THREADS
            if not self.is_throwaway
            else processes.cores() * THREADS
        )

    def web_seconds(self) -> float:
        return processes.cpu_seconds(self.web)

    def database_seconds(self) -> float:
        return processes.cpu_seconds(self.database)

    def web_memory(self) -> int:
        return processes.memory(self.web)


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A temporary data folder with a running database: durable, with the settings a fresh installation has."""
    folder = Path(tempfile.mkdtemp(prefix="tearoff-bench-"))
    folder.chmod(0o755)  # started by root, the server runs as a user who must be able to walk here
    try:
        with postgres.running(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(data: Path, database_url: str = "") -> Iterator[Place]:
    """`tearoff serve --web-only` on a free loopback port; on another database of the same PostgreSQL if one is named."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"TEAROFF_DATA": str(data), "TEAROFF_BASE_URL": url, "TEAROFF_WEB_WORKERS": str(processes.cores())}
    if database_url:
        settings["DATABASE_URL"] = database_url
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            [sys.executable, "-m", "tearoff", "serve", "--web-only", "--port", str(port)],
            env=without_settings() | settings,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,  # Ctrl-C reaches us only, and we stop it when nothing asks any more
        )
        try:
            _wait_until_ready(child, url, words.fileno())
            database = postgres.pid(data)
            assert database is not None
            yield Place(url, data, database_url or postgres.address(data), child.pid, database, True)
        finally:
            _stop(child)


@contextmanager
def running_shop(data: Path, url: str = "") -> Iterator[Place]:
    """The demo shop that runs in `data`, at the address of its demo.json unless another one is given.

    Raises:
        NoPlace: nothing runs there, or its processes are not ours to see.
    """
    file = data / "demo.json"
    if not url and not file.exists():
        raise NoPlace(
            f"No demo shop runs in {data}: start `tearoff demo --data {data}` first, or measure a throw-away server"
            " without --data (and without TEAROFF_DATA)."
        )
    url = loopback(url or json.loads(file.read_text(encoding="utf-8"))["url"])
    if not _is_ready(url):
        raise NoPlace(f"The server of {data} does not answer at {url}.")
    database = postgres.pid(data)
    web = processes.listener(urlsplit(url).port or 80)
    if database is None or web is None:
        missing = "database" if database is None else "web server"
        raise NoPlace(
            f"The {missing} of {data} is no process of this machine that we may see, so its cost cannot be told."
        )
    with postgres.running(data) as database_url:
        yield Place(url, data, database_url, web, database, False)


def loopback(url: str) -> str:
    """The address itself if it is on this machine.

    Raises:
        NoPlace: it is not. Load on somebody else's server is no measurement.
    """
    host = urlsplit(url).hostname or ""
    try:
        is_ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_ours = False
    if not is_ours or urlsplit(url).scheme != "http":
        raise NoPlace(f"{url} is not http on this machine. Only servers on 127.0.0.1 are measured.")
    return url.rstrip("/")


def without_settings() -> dict[str, str]:
    """The environment without anybody's settings of Tearoff."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TEAROFF_") and name not in ("DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL")
    }


def name_of_database() -> str:
    return f"bench_{secrets.token_hex(4)}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(child: "subprocess.Popen[bytes]", url: str, words: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _is_ready(url):
        if child.poll() is not None or time.monotonic() > deadline:
            said = os.pread(words, 100_000, 0).decode(errors="replace")
            raise NoPlace(f"The server does not start. It said:\n{said}")
        time.sleep(0.05)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(LAST_WORDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
