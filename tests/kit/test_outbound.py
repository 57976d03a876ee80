"""The door to other people's servers: who may be called, how long we wait, what we take for an answer (lessons 38, 39)."""

import datetime
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

from tearoff.kit import outbound
from tests.webhooks.receiver import Answer, Receiver, open_receiver

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
NOBODY = override_settings(TEAROFF_OUTBOUND_ALLOW=())


def post(url: str, **options: Any) -> outbound.Outcome:
    return outbound.post(url, b'{"a":1}', {"Content-Type": "application/json"}, **options)


# What is said and heard


def test_a_post_arrives_as_it_was_sent(receiver: Receiver) -> None:
    receiver.answering = lambda request: Answer(202, {"Retry-After": "7"}, "très bien".encode())

    outcome = post(receiver.url + "?a=b&c=%20d")

    assert (outcome.code, outcome.arrived, outcome.problem) == (202, True, "")
    assert (outcome.excerpt, outcome.retry_after) == ("très bien", "7")
    [request] = receiver.received
    assert (request.path, request.body) == ("/hook?a=b&c=%20d", b'{"a":1}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == receiver.url.removeprefix("http://").removesuffix("/hook")


@pytest.mark.parametrize(
    ("status", "arrived"),
    [(200, True), (204, True), (299, True), (301, False), (400, False), (410, False), (500, False)],
)
def test_only_2xx_has_arrived(receiver: Receiver, status: int, arrived: bool) -> None:
    receiver.say(status)
    assert (post(receiver.url).code, post(receiver.url).arrived) == (status, True)
    receiver.say(status)
    assert post(receiver.url).arrived is arrived


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    with open_receiver() as inside:
        receiver.answering = lambda request: Answer(status, {"Location": inside.url})
        assert post(receiver.url).code == status
        assert inside.received == []


def test_proxies_of_the_environment_are_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(receiver.url).arrived
        assert proxy.received == []


def test_a_long_answer_is_cut_and_counts(receiver: Receiver) -> None:
    receiver.answering = lambda request: Answer(200, {}, b"x" * 100_000)
    outcome = post(receiver.url)
    assert outcome.arrived
    assert len(outcome.excerpt) == outbound.EXCERPT


def test_bytes_that_are_no_text_can_be_kept(receiver: Receiver) -> None:
    receiver.answering = lambda request: Answer(500, {}, b"\x00\xff\xfe ok \x00")
    assert "\x00" not in post(receiver.url).excerpt


def test_a_line_end_in_a_header_is_a_bug_and_loud(receiver: Receiver) -> None:
    with pytest.raises(ValueError, match="line end"):
        outbound.post(receiver.url, b"", {"X-Trick": "a\r\nX-Other: b"})
    assert receiver.received == []


# Servers that misbehave: each is a script that gets the connection after the request has been read


@contextmanager
def playing(script: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that plays one script on every connection; gives its address."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=play, args=(line,), daemon=True).start()

    def play(line: socket.socket) -> None:
        with line:
            try:
                line.recv(65536)
                script(line)
            except OSError:
                pass  # they hung up on us

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        over.set()
        server.close()


def dripping(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def script(line: socket.socket) -> None:
        line.sendall(first)
        while True:  # until they hang up
            line.sendall(drop)
            threading.Event().wait(0.02)

    return script


def silent(line: socket.socket) -> None:
    line.recv(1)  # until they hang up


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(silent, id="says nothing"),
        pytest.param(dripping(b"HTTP/1.1 2", b"0"), id="never ends its first line"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), id="never ends its headers"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="only ever says continue"),
    ],
)
def test_the_deadline_holds_whatever_the_server_does(script: Callable[[socket.socket], None]) -> None:
    with playing(script) as url:
        outcome = post(url, deadline=0.5)
    assert (outcome.code, outcome.problem) == (None, "timed_out")


def test_a_body_that_never_ends_does_not_undo_the_status() -> None:
    with playing(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"y")) as url:
        outcome = post(url, deadline=0.5)
    assert outcome.arrived
    assert set(outcome.excerpt) == {"y"}


def test_an_endless_stream_is_left_after_its_beginning() -> None:
    heard: list[int] = []

    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                heard.append(line.send(b"400\r\n" + b"z" * 1024 + b"\r\n"))
        except OSError:
            pass

    with playing(flood) as url:
        outcome = post(url)
    assert (outcome.code, outcome.excerpt) == (500, "z" * outbound.EXCERPT)


def test_a_head_without_end_is_not_kept_in_memory() -> None:
    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            line.sendall(b"X-A: " + b"b" * 8000 + b"\r\n")

    with playing(flood) as url:
        assert post(url).problem == "bad_answer"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (b"", "broken_off"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "bad_answer"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 99999 x\r\n\r\n", "bad_answer"),
    ],
)
def test_an_answer_that_is_none_is_a_word(said: bytes, word: str) -> None:
    with playing(lambda line: line.sendall(said)) as url:
        outcome = post(url)
    assert (outcome.code, outcome.problem) == (None, word)


def test_interim_answers_are_passed_over() -> None:
    said = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nhi"
    with playing(lambda line: line.sendall(said)) as url:
        outcome = post(url)
    assert (outcome.code, outcome.excerpt) == (201, "hi")


def test_an_answer_before_the_request_was_read_counts() -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def refuse_early() -> None:
        line, _ = server.accept()
        with line:
            line.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            line.shutdown(socket.SHUT_WR)
            while line.recv(65536):
                pass

    threading.Thread(target=refuse_early, daemon=True).start()
    with server:
        assert outbound.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"x" * 3_000_000, {}).code == 413


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/").problem == "refused"


# Names


class Resolver:
    """Stands in for the system's resolver: answers in turn, the last one for ever."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in answer
        ]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Resolver]:
    def put(*answers: list[str] | Exception) -> Resolver:
        made = Resolver(*answers)
        monkeypatch.setattr(outbound.socket, "getaddrinfo", made)
        return made

    return put


def at_name(receiver: Receiver, name: str = "shop.example") -> str:
    return receiver.url.replace("127.0.0.1", name)


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, resolver: Callable[..., Resolver]
) -> None:
    asked = resolver(["127.0.0.1"], ["127.0.0.2"])
    with override_settings(TEAROFF_OUTBOUND_ALLOW=(ipaddress.ip_network("127.0.0.1/32"),)):
        assert post(at_name(receiver)).arrived
        assert asked.asked == 1
        assert receiver.received[0].headers["host"].startswith("shop.example:")
        assert post(at_name(receiver)).problem == "private_address"
    assert len(receiver.received) == 1


def test_one_private_address_among_public_ones_is_enough(receiver: Receiver, resolver: Callable[..., Resolver]) -> None:
    resolver(["93.184.215.14", "10.0.0.5"])
    assert post("http://shop.example/").problem == "private_address"
    assert outbound.check_url("http://shop.example/") == "private_address"


def test_the_second_address_is_tried_when_nobody_answers_at_the_first(
    receiver: Receiver, resolver: Callable[..., Resolver]
) -> None:
    resolver(["127.0.0.9", "127.0.0.1"])
    assert post(at_name(receiver)).arrived


def test_a_name_nobody_knows(resolver: Callable[..., Resolver]) -> None:
    resolver(socket.gaierror(-2, "Name or service not known"))
    assert post("http://shop.example/").problem == "name_not_found"
    assert outbound.check_url("http://shop.example/") is None


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: over.wait())
    try:
        assert post("http://shop.example/", deadline=0.2).problem == "timed_out"
    finally:
        over.set()


# Addresses


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "localhost",
        "LOCALHOST",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.1.1",
        "169.254.169.254",
        "2852039166",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::8.8.8.8]",
        "[2002:7f00:1::]",
        "[2002:c0a8:101::1]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "[2600::5efe:10.0.0.1]",
        "[fc00::1]",
        "[fd00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[100::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[5f00::1]",
    ],
)
@NOBODY
def test_no_spelling_of_a_private_address_gets_through(host: str) -> None:
    outcome = post(f"http://{host}:9/")
    assert outcome.problem in ("private_address", "name_not_found", "bad_url"), host
    if outcome.problem == "private_address":
        assert outbound.check_url(f"https://{host}/") == "private_address"


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.215.14",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_open(address: str) -> None:
    assert not outbound.is_forbidden(ipaddress.ip_address(address), ())


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200"]
)
def test_no_setting_opens_the_metadata_of_a_cloud(address: str) -> None:
    everything = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    assert outbound.is_forbidden(ipaddress.ip_address(address), everything)


def test_a_setting_opens_its_own_network_only() -> None:
    assert not outbound.is_forbidden(ipaddress.ip_address("127.0.0.1"), LOOPBACK)
    assert not outbound.is_forbidden(ipaddress.ip_address("::ffff:127.0.0.1"), LOOPBACK)
    assert outbound.is_forbidden(ipaddress.ip_address("::1"), LOOPBACK)
    assert outbound.is_forbidden(ipaddress.ip_address("10.0.0.1"), LOOPBACK)


def test_python_knows_of_no_special_address_that_we_take_for_public() -> None:
    """An independent table: whatever the standard library calls private, reserved or multicast is closed here too."""
    for number in range(0, 2**32, 2**32 // 65536 - 7):
        address = ipaddress.IPv4Address(number)
        if address.is_private or address.is_reserved or address.is_multicast or address.is_loopback:
            assert outbound.is_forbidden(address, ()), address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "//shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://user@shop.example/",
        "http://user:secret@shop.example/",
        "http://@shop.example/",
        "http://shop.example@127.0.0.1/",
        "http://shop.example\\@127.0.0.1/",
        "http://shop.example/\r\nX-Trick: 1",
        "http://shop example/",
        "http://shop.example:0/",
        "http://shop.example:99999/",
        "http://shop.example:http/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://%31%32%37.0.0.1/",
        "http://" + "a" * 64 + ".example/",
        "http://a..example/",
        "http://shop.example\x00.evil/",
        "http://shop.example/\ud800",
        "http://\ud800.example/",
    ],
)
def test_what_is_no_address_of_a_web_server(url: str) -> None:
    assert outbound.check_url(url) == "bad_url"
    assert post(url).problem == "bad_url"


def test_an_address_with_letters_of_other_scripts_is_sent_as_the_wire_wants_it(
    receiver: Receiver, resolver: Callable[..., Resolver]
) -> None:
    resolver(["127.0.0.1"])
    assert post(at_name(receiver, "bücher.example") + "/straße?q=é#part").arrived
    [request] = receiver.received
    assert request.headers["host"].startswith("xn--bcher-kva.example:")
    assert request.path == "/hook/stra%C3%9Fe?q=%C3%A9"


# Encryption


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """A server with a certificate of our own authority; gives the port for a certificate's name."""
    stops: list[socket.socket] = []

    def serve(name: str, *, trusted: bool = True) -> str:
        pem = _certificate(tmp_path, name)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem) if trusted else os.devnull)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server = socket.create_server(("127.0.0.1", 0))
        stops.append(server)

        def answer() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(line, server_side=True) as safe:
                        safe.recv(65536)
                        safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe")
                except OSError:
                    line.close()

        threading.Thread(target=answer, daemon=True).start()
        outbound._tls.cache_clear()
        return str(server.getsockname()[1])

    yield serve
    for server in stops:
        server.close()
    outbound._tls.cache_clear()


def _certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_certificate_is_checked_against_the_original_name(
    encrypted: Callable[..., str], resolver: Callable[..., Resolver]
) -> None:
    resolver(["127.0.0.1"])
    port = encrypted("shop.example")
    assert post(f"https://shop.example:{port}/").excerpt == "safe"
    assert post(f"https://other.example:{port}/").problem == "tls_failed"
    assert post(f"https://127.0.0.1:{port}/").problem == "tls_failed"


def test_a_certificate_nobody_vouches_for_is_refused(
    encrypted: Callable[..., str], resolver: Callable[..., Resolver]
) -> None:
    resolver(["127.0.0.1"])
    port = encrypted("shop.example", trusted=False)
    assert post(f"https://shop.example:{port}/").problem == "tls_failed"


def test_plain_words_on_an_encrypted_port(receiver: Receiver) -> None:
    assert post(receiver.url.replace("http:", "https:")).problem == "tls_failed"


def test_a_handshake_that_hangs_ends_with_the_deadline() -> None:
    with playing(silent) as url:
        assert post(url.replace("http:", "https:"), deadline=0.3).problem == "timed_out"
