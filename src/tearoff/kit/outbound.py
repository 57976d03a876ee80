"""The only door to other people's servers: how long, how much and whereto are decided here, once.

An address from a user is hostile (lesson 39). Its name is resolved once, every address it gives is checked, and a
checked one is called under the original name: a resolver that changes its answer gains nothing. Redirects are not
followed and proxies of the environment are not asked. Trouble on the way is a word, not an exception:

    bad_url           no http(s) address, or one with credentials in it
    name_not_found    the name has no address, or the resolver does not answer
    private_address   one of its addresses is not for us
    refused           nobody listens there
    unreachable       no way there
    timed_out         the deadline passed before the answer's head was complete
    tls_failed        no trustworthy encryption
    broken_off        the connection ended before an answer came
    bad_answer        the answer is no HTTP
"""

import http.client
import importlib.util
import io
import ipaddress
import os
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

DEADLINE = 10.0
"""Seconds for all of it: name resolution, connection, encryption, request, and the answer with its body."""

EXCERPT = 2_000
"""Bytes of the answer's body that are read."""

_HEAD = 64 * 1024
_CHECKING = 2.0
_PORTS = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request went: the answer's status, or the word for why there is none.

    A body that is too long or too slow is cut and changes nothing about the status.
    """

    code: int | None
    problem: str = ""
    excerpt: str = ""
    retry_after: str = ""
    """The header of that name, as it came."""
    milliseconds: int = 0

    @property
    def arrived(self) -> bool:
        return self.code is not None and 200 <= self.code < 300


def post(url: str, body: bytes, headers: dict[str, str], deadline: float = DEADLINE) -> Outcome:
    """Send one POST and read the beginning of its answer, within `deadline` seconds in all."""
    return request("POST", url, body, headers, deadline=deadline)


def request(
    method: str, url: str, body: bytes, headers: dict[str, str], *, deadline: float = DEADLINE, most: int = EXCERPT
) -> Outcome:
    """As `post`, with another method, and `most` bytes of the answer's body."""
    started = time.monotonic()
    until = _Deadline(started + deadline)
    try:
        target = _target(url)
        addresses = _resolved(target, until)
        _refuse_forbidden(addresses)
        with closing(_connected(target, addresses, until)) as line:
            outcome = _exchanged(line, _request(method, target, body, headers), until, most)
    except _Trouble as trouble:
        outcome = Outcome(None, trouble.word)
    return replace(outcome, milliseconds=round((time.monotonic() - started) * 1000))


class Unreachable(OSError):
    """No connection was made, so nothing was sent; `word` is one of the words above."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def connect(host: str, port: int, deadline: float = DEADLINE) -> socket.socket:
    """A plain connection, checked like every other, for protocols that are no HTTP (SMTP).

    Raises:
        Unreachable: with the word for why.
    """
    until = _Deadline(time.monotonic() + deadline)
    try:
        target = _target(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")
        addresses = _resolved(target, until)
        _refuse_forbidden(addresses)
        line = _connected(target, addresses, until)
    except _Trouble as trouble:
        raise Unreachable(trouble.word) from None
    line.settimeout(deadline)
    return line


def is_address(url: str) -> bool:
    """Whether it can be an address at all; nobody is asked where it leads."""
    try:
        _target(url)
    except _Trouble:
        return False
    return True


def check_url(url: str) -> str | None:
    """Why no request may ever go there: `bad_url`, `private_address`, or None.

    A name that cannot be resolved at the moment passes: it is checked again at every try.
    """
    try:
        target = _target(url)
        _refuse_forbidden(_resolved(target, _Deadline(time.monotonic() + _CHECKING)))
    except _Trouble as trouble:
        return trouble.word if trouble.word in ("bad_url", "private_address") else None
    return None


class _Trouble(Exception):
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class _Deadline:
    at: float

    def left(self) -> float:
        """Seconds; raises `timed_out` when there are none."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise _Trouble("timed_out")
        return seconds


# Where to


@dataclass(frozen=True, slots=True)
class _Target:
    is_encrypted: bool
    host: str
    """The name as resolvers and certificates know it: ASCII, small letters, an IPv6 address without brackets."""
    port: int
    path: str
    """Path and query, as they go into the request line."""

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS["https" if self.is_encrypted else "http"] else f"{name}:{self.port}"


def _target(url: str) -> _Target:
    """Strict on purpose: where two programs could read an address differently, one of them is being fooled."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise _Trouble("bad_url")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        host = host if ":" in host else host.encode("idna").decode("ascii")
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]") if parts.query else ""
    except ValueError:  # UnicodeError is one; brackets that do not close, names that are too long
        raise _Trouble("bad_url") from None
    if parts.scheme not in _PORTS or "@" in parts.netloc or port == 0 or not re.fullmatch(r"[a-z0-9._:-]+", host):
        raise _Trouble("bad_url")
    return _Target(parts.scheme == "https", host, port or _PORTS[parts.scheme], path + query)


def _resolved(target: _Target, until: _Deadline) -> list[tuple[socket.AddressFamily, Any]]:
    """Every address of the name, as the system's resolver has them, in its order.

    The resolver has time limits of its own, far beyond ours, and cannot be interrupted: it runs in a thread of its own
    that is left behind when it is late.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as problem:
            answers.put(problem)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        found = answers.get(timeout=until.left())
    except queue.Empty:
        raise _Trouble("timed_out") from None
    if isinstance(found, Exception) or not found:
        raise _Trouble("name_not_found")
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


# Who may be called

_METADATA = [
    ipaddress.ip_network(text)
    for text in (
        "169.254.169.0/24",  # most clouds
        "169.254.170.0/24",  # container credentials
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::/32",
        "fd20:ce::/32",
    )
]
"""Where clouds tell a machine its own secrets. No setting opens these."""

_SPECIAL = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
]
"""From the IANA registries of special-purpose addresses; Python's own list differs from release to release."""

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out for general use; everything else is special."""

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")

_BRIDGES = (_MAPPED, _NAT64, _SIX_TO_FOUR)
"""Only other spellings of the IPv4 address they carry, which is what decides about them."""


def is_forbidden(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether no request may go to this address. An address that carries another one is as bad as what it carries."""
    carried = _carried(address)
    if any(_is_in(one, _METADATA) for one in (address, *carried)):
        return True
    judged = carried if any(address in network for network in _BRIDGES) else [address, *carried]
    return any(_is_special(one) and not _is_in(one, allowed) for one in judged)


def _refuse_forbidden(addresses: Sequence[tuple[socket.AddressFamily, Any]]) -> None:
    """One forbidden address among many is enough: whoever mixes them plays with us."""
    for _, (host, *_rest) in addresses:
        if is_forbidden(ipaddress.ip_address(host.split("%")[0]), settings.TEAROFF_OUTBOUND_ALLOW):
            raise _Trouble("private_address")


def _carried(address: Address) -> list[Address]:
    """The IPv4 addresses inside an IPv6 one: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = [*(address.teredo or ())]
    if address.sixtofour:
        found.append(address.sixtofour)
    is_isatap = int(address) >> 32 & 0xFCFF_FFFF == 0x0000_5EFE
    if is_isatap or any(address in network for network in (_MAPPED, _NAT64, _TRANSLATED, _COMPATIBLE)):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return found


def _is_special(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return True
    return _is_in(address, _SPECIAL)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


# The way there


def _connected(
    target: _Target, addresses: Sequence[tuple[socket.AddressFamily, Any]], until: _Deadline
) -> socket.socket:
    """A connection to the first address that answers; each gets its share of the time that is left."""
    trouble = _Trouble("unreachable")
    for place, (family, address) in enumerate(addresses):
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(until.left() / (len(addresses) - place))
            line.connect(address)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _encrypted(line, target.host, until) if target.is_encrypted else line
        except TimeoutError:
            trouble = _Trouble("timed_out")
        except ConnectionRefusedError:
            trouble = _Trouble("refused")
        except OSError:
            trouble = _Trouble("unreachable")
        except _Trouble:
            line.close()
            raise
        line.close()
    raise trouble


def _encrypted(line: socket.socket, host: str, until: _Deadline) -> socket.socket:
    """The handshake as a whole is held to the time-out; the certificate must be the original name's."""
    line.settimeout(until.left())
    try:
        return _tls().wrap_socket(line, server_hostname=host.rstrip("."))
    except TimeoutError:
        raise _Trouble("timed_out") from None
    except (OSError, ValueError):
        raise _Trouble("tls_failed") from None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return trusting()


def trusting() -> ssl.SSLContext:
    """A context of one's own, for who has a certificate to show. It trusts the system's authorities, or those
    SSL_CERT_FILE names; a bare system has none, then certifi's if it is there."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    has_folder = paths.capath is not None and any(os.scandir(paths.capath))
    if paths.cafile is None and not has_folder and importlib.util.find_spec("certifi"):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


# What is said


def _request(method: str, target: _Target, body: bytes, headers: dict[str, str]) -> bytes:
    lines = {
        "Host": target.host_header,
        "Content-Length": str(len(body)),
        "Accept-Encoding": "identity",
        "Connection": "close",
    } | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    if head.count("\r\n") != len(lines) or head.count("\n") != len(lines) or head.count("\r") != len(lines):
        raise ValueError("A header holds a line end.")
    return f"{method} {target.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def _exchanged(line: socket.socket, request: bytes, until: _Deadline, most: int) -> Outcome:
    """Send and read. A server may answer and hang up before it has read everything; its answer counts."""
    with suppress(OSError):
        _send(line, request, until)
    try:
        answer = _answered(line, until)
    except TimeoutError:
        raise _Trouble("timed_out") from None
    except (http.client.RemoteDisconnected, ConnectionError):
        raise _Trouble("broken_off") from None
    except (http.client.HTTPException, OSError, ValueError):
        raise _Trouble("bad_answer") from None
    return Outcome(answer.status, "", _excerpt(answer, most), answer.getheader("Retry-After") or "")


def _send(line: socket.socket, request: bytes, until: _Deadline) -> None:
    rest = memoryview(request)
    while rest:
        line.settimeout(until.left())
        try:
            rest = rest[line.send(rest) :]
        except TimeoutError:
            raise _Trouble("timed_out") from None


def _answered(line: socket.socket, until: _Deadline) -> http.client.HTTPResponse:
    """The answer's head. Interim answers (100, 103 and the like) are passed over."""
    reader = io.BufferedReader(_Limited(line, until), 4096)
    while True:
        answer = http.client.HTTPResponse(_Opened(reader), method="POST")  # type: ignore[arg-type]
        answer.begin()
        if not 100 <= answer.status < 200 or answer.status == 101:
            return answer
        answer.fp = None  # type: ignore[assignment]  # or it would close the reader when it is forgotten


def _excerpt(answer: http.client.HTTPResponse, most: int) -> str:
    """The beginning of the body; whatever goes wrong from here on, the status has been said."""
    read = b""
    with suppress(OSError, ValueError, http.client.HTTPException, _Trouble):
        while len(read) < most and (piece := answer.read1(most - len(read))):
            read += piece
    return read.decode("utf-8", "replace").replace("\x00", "\ufffd")


class _Limited(io.RawIOBase):
    """Reads from the connection until the deadline, however slowly it drips, and never more than a head's size."""

    def __init__(self, line: socket.socket, until: _Deadline) -> None:
        self._line, self._until, self._left = line, until, _HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise ValueError("The answer's head is too long.")
        self._line.settimeout(self._until.left())
        amount = self._line.recv_into(buffer)
        self._left -= amount
        return amount


@dataclass(frozen=True, slots=True)
class _Opened:
    """What `HTTPResponse` wants of a socket: the one reader, so that nothing buffered is lost between two answers."""

    reader: io.BufferedReader

    def makefile(self, mode: str) -> io.BufferedReader:
        return self.reader
