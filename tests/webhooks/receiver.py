"""Somebody else's server: a real one on loopback, which remembers what it got and answers as a test pleases."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 60.0  # seconds; how long a condition may take on a busy machine


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


Answering = Callable[[Received], Answer]


class Receiver:
    """`answering` decides each answer; by default all is well. It may also block: each request has its own thread."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answering: Answering = lambda request: Answer()
        self.inside = 0
        self.most_inside = 0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._got(self, Received(self.path, headers, body, self.command))

            do_GET = do_PATCH = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def say(self, *statuses: int, then: int = 200) -> None:
        """Answer with these statuses in turn, then with `then` for ever."""
        left = list(statuses)
        self.answering = lambda request: Answer(left.pop(0) if left else then)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _got(self, handler: BaseHTTPRequestHandler, request: Received) -> None:
        with self._lock:
            self.received.append(request)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        try:
            answer = self.answering(request)
            handler.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(answer.body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the sender has lost patience or its life
        finally:
            with self._lock:
                self.inside -= 1


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.stop()


def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; fail after a long while."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "It never came true."
        time.sleep(0.005)
