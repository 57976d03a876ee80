"""Many small POSTs to one server at once, over one HTTP/2 connection. Who may be called is decided by `kit.outbound`.

Only what a push service needs: requests with short bodies, answers of a few hundred bytes.
"""

import ssl
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import ProtocolError

from tearoff.kit import outbound
from tearoff.kit.outbound import DEADLINE, EXCERPT, Outcome

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Post:
    """One request: the path, its headers (names in small letters), its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class _Heard:
    """What came back on one stream so far."""

    code: int | None = None
    retry_after: str = ""
    body: bytes = b""
    has_ended: bool = False
    problem: str = ""

    def outcome(self, otherwise: str) -> Outcome:
        """`otherwise` is the word for an answer that never came."""
        if self.code is None:
            return Outcome(None, self.problem or otherwise)
        return Outcome(self.code, "", self.body.decode("utf-8", "replace"), self.retry_after)


def post_all(base: str, posts: Sequence[Post], *, context: ssl.SSLContext, deadline: float = DEADLINE) -> list[Outcome]:
    """Send all and wait for all answers, within `deadline` seconds; one outcome for each, in order.

    `base` is an https address without a path. The words for trouble are those of `kit.outbound`. A request whose answer
    is missing may have been carried out.
    """
    parts = urlsplit(base)
    host, port = parts.hostname or "", parts.port or 443
    until = time.monotonic() + deadline
    try:
        line = _connected(host, port, context, deadline)
    except outbound.Unreachable as trouble:
        return [Outcome(None, trouble.word) for _ in posts]
    with closing(line):
        return _Conversation(line, parts.netloc, until).hold(posts)


def _connected(host: str, port: int, context: ssl.SSLContext, deadline: float) -> ssl.SSLSocket:
    context.set_alpn_protocols(["h2"])
    plain = outbound.connect(host, port, deadline)
    try:
        line = context.wrap_socket(plain, server_hostname=host)
    except (OSError, ValueError):
        plain.close()
        raise outbound.Unreachable("tls_failed") from None
    if line.selected_alpn_protocol() != "h2":
        line.close()
        raise outbound.Unreachable("tls_failed")
    return line


@dataclass
class _Conversation:
    line: ssl.SSLSocket
    authority: str
    until: float
    heard: dict[int, _Heard] = field(default_factory=dict)
    state: H2Connection = field(default_factory=lambda: H2Connection(H2Configuration(client_side=True)))

    def hold(self, posts: Sequence[Post]) -> list[Outcome]:
        """As many at once as the server allows; the others follow as answers come."""
        waiting = list(posts)
        problem = "broken_off"
        self.state.initiate_connection()
        try:
            self._flush()
            self._listen()  # the server's settings say how many streams it takes
            while waiting or not all(one.has_ended for one in self.heard.values()):
                while waiting and self.state.open_outbound_streams < self.state.remote_settings.max_concurrent_streams:
                    self._say(waiting.pop(0))
                self._flush()
                self._listen()
        except TimeoutError:
            problem = "timed_out"
        except ProtocolError:
            problem = "bad_answer"
        except OSError:
            problem = "broken_off"
        said = [one.outcome(problem) for one in self.heard.values()]
        return said + [Outcome(None, "unreachable") for _ in waiting]

    def _say(self, post: Post) -> None:
        stream = self.state.get_next_available_stream_id()
        head = {":method": "POST", ":scheme": "https", ":authority": self.authority, ":path": post.path}
        self.heard[stream] = _Heard()
        self.state.send_headers(stream, list((head | post.headers).items()))
        self.state.send_data(stream, post.body, end_stream=True)

    def _flush(self) -> None:
        self.line.settimeout(self._left())
        self.line.sendall(self.state.data_to_send())

    def _listen(self) -> None:
        self.line.settimeout(self._left())
        data = self.line.recv(_PIECE)
        if not data:
            raise ConnectionResetError
        for event in self.state.receive_data(data):
            self._hear(event)
        self._flush()

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.ConnectionTerminated):
            raise ConnectionResetError
        one = self.heard.get(getattr(event, "stream_id", None) or 0)
        if one is None:
            return
        if isinstance(event, events.ResponseReceived):
            headers = dict(event.headers)
            one.code = int(headers[b":status"])
            one.retry_after = headers.get(b"retry-after", b"").decode("latin-1")
        elif isinstance(event, events.DataReceived):
            one.body = (one.body + event.data)[:EXCERPT]
            self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, events.StreamReset):
            one.has_ended, one.problem = True, "broken_off"
        elif isinstance(event, events.StreamEnded):
            one.has_ended = True

    def _left(self) -> float:
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds
