"""One foreground command: web and worker as children, watched, and stopped together."""

import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tearoff.config import lifeline

logger = logging.getLogger("tearoff.serving")

LOOK_EVERY = 0.1  # seconds
SOON = (
    10.0  # seconds: a child that ends sooner after its start than this has a fault that a new start will not mend ...
)
PATIENCE_WITH_FAULTS = 3  # ... and after so many such ends in a row we give up, loudly
LAST_WORDS = 30.0  # seconds children have to end what they are doing


class CannotListen(Exception):
    """Somebody else listens there, or it is no place of this machine; the text says so and what to do."""


@contextmanager
def port_held(host: str, port: int) -> Iterator[None]:
    """Nobody else gets this port within the block; our own web server does.

    The web server's processes share the port, and so would a second server by accident: the system splits requests
    between them without a word. So we bind it in the exclusive way first, and only then open it for our children.

    Raises:
        CannotListen: with a sentence for a person.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise CannotListen(_not_ours(host)) from None
    with socket.socket(family, kind, protocol) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last run may still be fading
        try:
            holder.bind(address)
        except PermissionError:
            raise CannotListen(f"Port {port} is for root only: choose one from 1024 with --port.") from None
        except OSError as problem:
            if problem.errno == errno.EADDRNOTAVAIL:
                raise CannotListen(_not_ours(host)) from None
            raise CannotListen(
                f"Port {port} on {host} is taken ({problem.strerror}):"
                " stop the other program, or choose another one with --port."
            ) from None
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield


def _not_ours(host: str) -> str:
    return f"{host} is no address of this machine: give --host 127.0.0.1, or 0.0.0.0 for all its addresses."


class Child:
    """A process that should run until we end it. Its standard input is the lifeline: it ends when we are gone."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = command
        self.faults = 0

    def start(self) -> None:
        self.started = time.monotonic()
        # In a group of its own: Ctrl-C at the terminal is for us, and we tell each child once.
        self.process = subprocess.Popen([sys.executable, *self.command], stdin=subprocess.PIPE, process_group=0)

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def may_start_again(self) -> bool:
        self.faults = self.faults + 1 if time.monotonic() - self.started < SOON else 0
        return self.faults < PATIENCE_WITH_FAULTS

    def ask_to_end(self) -> None:
        if not self.has_ended():
            self.process.terminate()

    def wait_for_end(self, seconds: float) -> None:
        try:
            self.process.wait(max(seconds, 0.1))
        except subprocess.TimeoutExpired:
            logger.error("The %s did not end in %.0f seconds and was killed.", self.name, LAST_WORDS)
            self.process.kill()
            self.process.wait()


def keep_running(children: Sequence[Child], url: str, when_ready: Callable[[], None]) -> int:
    """Runs the children until SIGTERM or SIGINT (returns 0), or until one of them cannot be kept alive (returns 1)."""
    stop = threading.Event()
    lifeline.told_by_signals(stop.set)
    watcher = threading.Thread(target=_call_when_ready, args=(url, when_ready, stop), daemon=True)
    try:
        for child in children:
            child.start()
        watcher.start()
        while not stop.wait(LOOK_EVERY):
            for child in children:
                if child.has_ended() and not stop.is_set():
                    code = child.process.returncode
                    if not child.may_start_again():
                        logger.error(
                            "The %s ended with code %s and does not stay alive; Tearoff ends.", child.name, code
                        )
                        return 1
                    logger.error("The %s ended unexpectedly with code %s and is started again.", child.name, code)
                    child.start()
        return 0
    finally:
        stop.set()
        _end_all(children)


def _end_all(children: Sequence[Child]) -> None:
    deadline = time.monotonic() + LAST_WORDS
    begun = [child for child in children if hasattr(child, "process")]
    for child in begun:
        child.ask_to_end()
    for child in begun:
        child.wait_for_end(deadline - time.monotonic())


def _call_when_ready(url: str, when_ready: Callable[[], None], stop: threading.Event) -> None:
    while not stop.wait(0.05):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=10):
                break
        except (urllib.error.URLError, OSError):
            continue
    else:
        return
    try:
        when_ready()
    except BaseException:
        logger.exception("Ready, but it could not be said")
        os.kill(os.getpid(), signal.SIGTERM)


def web(host: str, port: int, processes: int) -> Child:
    return Child("web server", ["-m", "tearoff.config.web", host, str(port), str(processes or os.cpu_count() or 1)])


def worker() -> Child:
    return Child("worker", ["-m", "tearoff", "worker", "--with-parent"])
