"""Lines to the server that are not as they should be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

from tests.world import inside

Trouble = httpx.Response | httpx.TransportError


class Troubled(httpx.BaseTransport):
    """The way to the real application, once the troubles are over. All requests are kept."""

    def __init__(self, *troubles: Trouble) -> None:
        self.troubles = list(troubles)
        self.requests: list[httpx.Request] = []
        self._inner = inside()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if not self.troubles:
            return self._inner.handle_request(request)
        trouble = self.troubles.pop(0)
        if isinstance(trouble, httpx.Response):
            return trouble
        raise trouble

    @property
    def keys(self) -> list[str | None]:
        return [request.headers.get("Idempotency-Key") for request in self.requests]


@dataclass
class Line:
    """A real line: `cuts` requests reach the server, whose answer, given after its commit, never comes back."""

    server: str
    cuts: int
    url: str = ""
    answered: list[int] = field(default_factory=list)
    """HTTP statuses, those that got lost included."""


@contextmanager
def line(server: str, cuts: int, keeps: Callable[[str], bool] = lambda name: True) -> Iterator[Line]:
    """`keeps` says which headers are carried."""
    made = Line(server, cuts)

    class Carrier(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name != "Host" and keeps(name)}
            answer = httpx.post(made.server + self.path, content=body, headers=headers)
            made.answered.append(answer.status_code)
            self.close_connection = True
            if made.cuts:
                made.cuts -= 1
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    carrier = ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    made.url = f"http://127.0.0.1:{carrier.server_address[1]}"
    thread = Thread(target=carrier.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        carrier.shutdown()
        carrier.server_close()
        thread.join()
