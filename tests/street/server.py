"""Real servers and workers for tests: processes of their own, on the test's database, killed as a test pleases."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

PATIENCE = 60.0  # seconds; how long a condition may take on a busy machine, not how long anything should take


@dataclass
class Process:
    """A started program with all its children, in a session of its own."""

    inner: "subprocess.Popen[bytes]"
    words: IO[bytes]

    @classmethod
    def start(cls, arguments: list[str], environment: dict[str, str]) -> Self:
        """`tearoff ...` with exactly this environment; what it says is kept."""
        words = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        inner = subprocess.Popen(
            [sys.executable, "-m", "tearoff", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
        return cls(inner, words)

    @property
    def pid(self) -> int:
        return self.inner.pid

    def stop(self) -> int:
        """Ends it politely (SIGTERM) and returns its exit code; fails if it does not go."""
        if self.inner.poll() is None:
            self.inner.send_signal(signal.SIGTERM)
        try:
            return self.inner.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"It did not stop. It said:\n{self.said()}") from None

    def kill9(self) -> None:
        """Kills it and all its children at once, in the middle of whatever they do; not an embedded database."""
        for number in [self.pid, *_below(self.pid)]:
            with suppress(ProcessLookupError):
                if os.getsid(number) == self.pid:
                    os.kill(number, signal.SIGKILL)
        self.inner.wait()

    def is_running(self) -> bool:
        return self.inner.poll() is None

    def said(self) -> str:
        """All it has written to the terminal so far."""
        return os.pread(self.words.fileno(), 1_000_000, 0).decode(errors="replace")


def _below(number: int) -> list[int]:
    """All living processes below one."""
    found: list[int] = []
    with suppress(FileNotFoundError):
        for task in Path(f"/proc/{number}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_below(child)]
    return found


@dataclass
class Server(Process):
    url: str = ""

    def wait_until_ready(self) -> bool:
        """True when /readyz is 200; False if it ended by itself because somebody took its port first."""
        deadline = time.monotonic() + PATIENCE
        while self.is_running():
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=10):
                    return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            if time.monotonic() > deadline:
                self.kill9()
                raise AssertionError(f"The server is not ready after {PATIENCE:.0f} seconds. It said:\n{self.said()}")
        if "is taken" in self.said():
            return False
        raise AssertionError(f"The server ended by itself. It said:\n{self.said()}")


def start_server(processes: int = 2, **env: str) -> Server:
    """The real web server on a free loopback port and this test process's database. Returns when /readyz is 200.

    `env` are further settings. The base address is the server's own unless given.
    """
    for _ in range(5):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        settings = {"TEAROFF_WEB_WORKERS": str(processes), "TEAROFF_BASE_URL": url} | env
        server = Server.start(["serve", "--web-only", "--port", str(port)], os.environ | settings)
        server.url = url
        if server.wait_until_ready():
            return server
    raise AssertionError(f"The server did not start. It said:\n{server.said()}")


def start_worker(**env: str) -> Process:
    """The real worker on this test process's database. Returns when its loops run."""
    worker = Process.start(["worker"], os.environ | env)
    deadline = time.monotonic() + PATIENCE
    while "The worker runs" not in worker.said():
        if not worker.is_running() or time.monotonic() > deadline:
            worker.kill9()
            raise AssertionError(f"The worker did not start. It said:\n{worker.said()}")
        time.sleep(0.05)
    return worker


def free_port() -> int:
    """A port nobody listens on now. Somebody may take it before we do; who needs it tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
