"""The load generator: HTTP/1.1 over raw keep-alive sockets, one thread, in a process of its own.

`python -m tearoff.bench.load` reads one job as a line of JSON, connects, says "ready", waits for a line, works, and
writes the result as a line of JSON. All requests are written out before it says so: what it costs while the clock runs
is a send, a receive and a look at the answer.

With a rate the requests have moments of their own, drawn in advance, and a latency counts from that moment, also when
no connection was free to send it: a server that stalls is charged for everybody who had to wait (no coordinated omission).
A second line on standard input ends a job early: what was asked is still answered, the rest is left.
"""

import json
import random
import re
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

PIECE = 1 << 18
PATIENCE = 60.0  # seconds without any answer: then the rest counts as lost


@dataclass(frozen=True)
class Kind:
    """A kind of answer: its name, its HTTP status, and a pattern its body must have somewhere."""

    name: str
    status: int
    pattern: str = ""


@dataclass(frozen=True)
class Job:
    """Requests to one server. `{}` in path and body stands for the word of each request."""

    host: str
    port: int
    method: str
    path: str
    words: list[str]
    kinds: list[Kind]
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    connections: int = 16
    rate: float | None = None
    """Requests per second at random moments (Poisson); None: each connection asks again once it is answered."""
    counted: str = ""
    """A text whose occurrences in all answers are counted."""


@dataclass
class Result:
    seconds: float
    """From the first request to the last answer."""
    kinds: dict[str, int]
    began: float
    """The first request's moment on the machine's monotonic clock, which all processes share."""
    since: list[float]
    """When each request fell due, in order of the answers, on the same clock."""
    latencies: list[float]
    """Seconds, in the same order."""
    counted: int
    strange: str
    """The first answer of no kind, for people."""


def main() -> None:
    job = job_of(json.loads(sys.stdin.readline()))
    run = Run(job, stop=sys.stdin.fileno())
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(run.result())), flush=True)


def job_of(given: dict[str, Any]) -> Job:
    return Job(**{**given, "kinds": [Kind(**kind) for kind in given["kinds"]]})


class Connection:
    """A socket, what has come in on it for the present request, and since when its latency counts."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self.answer = Answer()

    def fileno(self) -> int:
        return self.socket.fileno()

    def ask(self, request: bytes, since: float) -> None:
        self.since = since
        self.answer = Answer()
        self.socket.sendall(request)

    def has_all(self) -> bool:
        """Takes what has come in; True once the answer is complete."""
        piece = self.socket.recv(PIECE)
        if not piece:
            raise ConnectionError("The server closed a connection in the middle of an answer.")
        return self.answer.take(piece)


class Answer:
    """An HTTP answer as it comes in: by length or in chunks."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self.status = 0
        self.start = 0  # of the body; 0 while the head is incomplete
        self.length: int | None = None
        self.next_chunk = 0
        self.chunks: list[bytes] = []

    def take(self, piece: bytes) -> bool:
        self.raw += piece
        if not self.start and not self._head():
            return False
        if self.length is not None:
            return len(self.raw) >= self.start + self.length
        return self._chunks()

    def body(self) -> bytes:
        return bytes(self.raw[self.start :]) if self.length is not None else b"".join(self.chunks)

    def _head(self) -> bool:
        end = self.raw.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.raw[:end].decode("latin-1").lower()
        self.start = self.next_chunk = end + 4
        self.status = int(head[9:12])
        length = re.search(r"\r\ncontent-length: *(\d+)", head)
        if length:
            self.length = int(length[1])
        elif "\r\ntransfer-encoding: chunked" not in head:
            raise ConnectionError(f"An answer without a length: {head[:200]}")
        return True

    def _chunks(self) -> bool:
        while True:
            end = self.raw.find(b"\r\n", self.next_chunk)
            if end < 0:
                return False
            size = int(self.raw[self.next_chunk : end].split(b";")[0], 16)
            if len(self.raw) < end + 2 + size + 2:
                return False
            if size == 0:
                return True
            self.chunks.append(bytes(self.raw[end + 2 : end + 2 + size]))
            del self.raw[: end + 2 + size + 2]
            self.next_chunk = 0


class Run:
    """One job: connected when made, worked through by `result`, until something can be read from `stop`."""

    def __init__(self, job: Job, stop: int | None = None) -> None:
        self.job = job
        self.stop = stop
        self.requests = [_request(job, word) for word in job.words]
        self.idle = [Connection(job.host, job.port) for _ in range(job.connections)]
        self.patterns = [(kind, re.compile(kind.pattern.encode())) for kind in job.kinds]
        self.needle = job.counted.encode()
        self.busy: dict[int, Connection] = {}
        self.asked = 0
        self.kinds: Counter[str] = Counter()
        self.since: list[float] = []
        self.latencies: list[float] = []
        self.is_stopped = False
        self.counted = 0
        self.strange = ""

    def result(self) -> Result:
        moments = self._moments()
        started = time.perf_counter()
        while self._has_more() or self.busy:
            now = time.perf_counter() - started
            while self.idle and self._has_more() and moments[self.asked] <= now:
                self._ask(started + (moments[self.asked] if self.job.rate else now))
                now = time.perf_counter() - started
            self._listen(moments[self.asked] - now if self.idle and self._has_more() else PATIENCE)
        seconds = time.perf_counter() - started
        return Result(seconds, dict(self.kinds), started, self.since, self.latencies, self.counted, self.strange)

    def _has_more(self) -> bool:
        return not self.is_stopped and self.asked < len(self.requests)

    def _moments(self) -> list[float]:
        """Seconds after the start at which each request falls due; the same in every run of as many."""
        if not self.job.rate:
            return [0.0] * len(self.requests)
        chance = random.Random(len(self.requests))
        moments, at = [], 0.0
        for _ in self.requests:
            at += chance.expovariate(self.job.rate)
            moments.append(at)
        return moments

    def _ask(self, since: float) -> None:
        connection = self.idle.pop(0)  # the one that rested longest, so that all are in use
        connection.ask(self.requests[self.asked], since)
        self.busy[connection.fileno()] = connection
        self.asked += 1

    def _listen(self, seconds: float) -> None:
        wanted = list(self.busy) if self.is_stopped or self.stop is None else [self.stop, *self.busy]
        readable, _, _ = select.select(wanted, [], [], max(seconds, 0))
        if not readable and seconds >= PATIENCE:
            raise TimeoutError(f"{len(self.busy)} requests were not answered within {PATIENCE:.0f} seconds.")
        for descriptor in readable:
            if descriptor == self.stop:
                self.is_stopped = True
                continue
            connection = self.busy[descriptor]
            if connection.has_all():
                self.since.append(connection.since)
                self.latencies.append(time.perf_counter() - connection.since)
                self._file(connection.answer)
                del self.busy[descriptor]
                self.idle.append(connection)

    def _file(self, answer: Answer) -> None:
        body = answer.body()
        if self.needle:
            self.counted += body.count(self.needle)
        for kind, pattern in self.patterns:
            if answer.status == kind.status and pattern.search(body):
                self.kinds[kind.name] += 1
                return
        self.kinds["strange"] += 1
        self.strange = self.strange or f"HTTP {answer.status}: {body[:400].decode(errors='replace')}"


def _request(job: Job, word: str) -> bytes:
    body = job.body.replace("{}", word).encode()
    lines = [
        f"{job.method} {job.path.replace('{}', word)} HTTP/1.1",
        f"Host: {job.host}:{job.port}",
        *(f"{name}: {value.replace('{}', word)}" for name, value in job.headers.items()),
    ]
    if job.method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    main()
