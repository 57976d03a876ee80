"""Apple's side of the street: a phone that reads pass files and asks for updates, and the push service.

Both check what comes as the real ones would; nothing of the sender's own code is used to read it.
"""

import hashlib
import io
import json
import socket
import ssl
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes

from tests.street.certificates import authority, pass_certificate, server_certificate
from tests.world import door

TEAM = "AB12CD34EF"


def apple_settings(pass_type: str = "pass.org.example.coupon", **more: str) -> dict[str, str]:
    ours = pass_certificate(pass_type, TEAM)
    return {
        "pass_type_id": pass_type,
        "team_id": TEAM,
        "certificate": ours.pem,
        "private_key": ours.key_pem,
        "wwdr": authority("WWDR").pem,
    } | more


# The phone


@dataclass
class PassFile:
    """A pass file that was opened as a phone opens it: anything wrong fails."""

    content: dict[str, Any]
    files: dict[str, bytes]

    def fields(self) -> dict[str, str]:
        """All fields of the pass by their keys."""
        style = self.content.get("coupon") or self.content["storeCard"]
        return {one["key"]: one["value"] for part in style.values() for one in part}


def opened(raw: bytes) -> PassFile:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = files["manifest.json"]
    digests = json.loads(manifest)
    rest = {name: content for name, content in files.items() if name not in ("manifest.json", "signature")}
    assert digests == {name: hashlib.sha1(content).hexdigest() for name, content in rest.items()}
    signer = verified(files["signature"], manifest)
    content = json.loads(files["pass.json"])
    names = {name.oid.dotted_string: name.value for name in signer.subject}
    assert names["0.9.2342.19200300.100.1.1"] == content["passTypeIdentifier"]
    assert names["2.5.4.11"] == content["teamIdentifier"]
    for name in ("icon.png", "icon@2x.png", "icon@3x.png"):
        assert files[name].startswith(b"\x89PNG")
    keys = [one["key"] for part in (content.get("coupon") or content["storeCard"]).values() for one in part]
    assert len(keys) == len(set(keys))
    assert content["formatVersion"] == 1 and content["webServiceURL"].startswith("https://")
    assert len(content["authenticationToken"]) >= 16
    return PassFile(content, files)


def verified(signature: bytes, manifest: bytes) -> x509.Certificate:
    """A detached CMS signature (RFC 5652): the signer's certificate, once chain, digest and signature hold."""
    certificates = load_der_pkcs7_certificates(signature)
    wwdr = authority("WWDR").certificate
    signer = next(one for one in certificates if one.subject != wwdr.subject)
    assert wwdr in certificates  # the phone gets the chain with the pass
    signer.verify_directly_issued_by(wwdr)
    signed_data = _parts(_parts(_parts(signature)[0][1])[1][1])[0][1]
    content = _parts(signed_data)
    assert len(_parts(content[2][1])) == 1  # detached: a type, and no content
    signer_info = _parts(_parts(content[-1][1])[0][1])
    attributes = next(body for tag, body in signer_info if tag == 0xA0)
    digest = b""
    for _, attribute in _parts(attributes):
        kind, values = _parts(attribute)
        if kind[1] == bytes.fromhex("2a864886f70d010904"):  # messageDigest
            digest = _parts(values[1])[0][1]
    assert digest == hashlib.sha256(manifest).digest()
    public = signer.public_key()
    assert isinstance(public, RSAPublicKey)
    as_set = b"\x31" + _length(len(attributes)) + attributes
    public.verify(signer_info[-1][1], as_set, padding.PKCS1v15(), hashes.SHA256())
    return signer


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """DER, one level: tags and bodies."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            amount = length & 0x7F
            length, at = int.from_bytes(data[at : at + amount], "big"), at + amount
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _length(number: int) -> bytes:
    if number < 0x80:
        return bytes([number])
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


@dataclass
class Device:
    """A phone of Apple's, by the protocol of its own documentation."""

    name: str
    token: str
    http: httpx.Client = field(default_factory=door)
    since: str = ""
    stamps: dict[str, str] = field(default_factory=dict)
    """Last-Modified of each pass it has."""

    def _base(self, one: PassFile) -> str:
        return one.content["webServiceURL"].removeprefix("https://tearoff.example") + "/v1"

    def _address(self, one: PassFile) -> str:
        return f"{self._base(one)}/devices/{self.name}/registrations/{one.content['passTypeIdentifier']}"

    def _headers(self, one: PassFile, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"ApplePass {token or one.content['authenticationToken']}"}

    def keep(self, one: PassFile, token: str | None = None) -> int:
        """Register for a pass; the status."""
        path = f"{self._address(one)}/{one.content['serialNumber']}"
        return self.http.post(path, json={"pushToken": self.token}, headers=self._headers(one, token)).status_code

    def drop(self, one: PassFile, token: str | None = None) -> int:
        path = f"{self._address(one)}/{one.content['serialNumber']}"
        return self.http.delete(path, headers=self._headers(one, token)).status_code

    def news(self, one: PassFile) -> list[str]:
        """Serials that changed since it asked last; it believes the tag without looking into it."""
        query = {"passesUpdatedSince": self.since} if self.since else {}
        answer = self.http.get(self._address(one), params=query)
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.text
        said = answer.json()
        self.since = said["lastUpdated"]
        return sorted(said["serialNumbers"])

    def fetch(self, one: PassFile, token: str | None = None) -> httpx.Response:
        serial = one.content["serialNumber"]
        headers = self._headers(one, token)
        if serial in self.stamps:
            headers["If-Modified-Since"] = self.stamps[serial]
        answer = self.http.get(
            f"{self._base(one)}/passes/{one.content['passTypeIdentifier']}/{serial}", headers=headers
        )
        if answer.status_code == 200:
            self.stamps[serial] = answer.headers["Last-Modified"]
        return answer


# The push service


@dataclass
class Nudge:
    token: str
    headers: dict[str, str]
    body: bytes
    client: str
    """The user id in the certificate that was shown."""


class PushService:
    """HTTP/2 over TLS with a client certificate. `answers` by token: status and Apple's word."""

    def __init__(self, folder: Path) -> None:
        self.nudges: list[Nudge] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.connections = 0
        self.hangs_up_after = 0
        """How many answers each connection gets before it is cut; 0: all."""
        mine, trusted = folder / "server.pem", folder / "wwdr.pem"
        mine.write_text(server_certificate().key_pem + server_certificate().pem)
        trusted.write_text(authority("WWDR").pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(mine)
        self._context.load_verify_locations(trusted)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.set_alpn_protocols(["h2"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, plain: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as line:
            self.connections += 1
            shown = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"")
            client = str(shown.subject.get_attributes_for_oid(x509.NameOID.USER_ID)[0].value)
            state = H2Connection(H2Configuration(client_side=False))
            state.initiate_connection()
            state.update_settings(
                {SettingCodes.MAX_CONCURRENT_STREAMS: 5}
            )  # fewer than are nudged at once, as Apple may
            line.sendall(state.data_to_send())
            answered = 0
            asked: dict[int, tuple[dict[str, str], bytes]] = {}
            while data := line.recv(65536):
                for event in state.receive_data(data):
                    if isinstance(event, events.RequestReceived):
                        heads = {name.decode(): value.decode() for name, value in event.headers}
                        asked[event.stream_id] = heads, b""
                    elif isinstance(event, events.DataReceived):
                        heads, body = asked[event.stream_id]
                        asked[event.stream_id] = heads, body + event.data
                    elif isinstance(event, events.StreamEnded):
                        self._answer(state, event.stream_id, *asked.pop(event.stream_id), client)
                        answered += 1
                        if answered == self.hangs_up_after:
                            line.sendall(state.data_to_send())
                            return
                line.sendall(state.data_to_send())

    def _answer(self, state: H2Connection, stream: int, headers: dict[str, str], body: bytes, client: str) -> None:
        token = headers[":path"].removeprefix("/3/device/")
        status, reason = self.answers.get(token, (200, ""))
        if headers[":method"] != "POST" or json.loads(body) != {}:
            status, reason = 400, "PayloadEmpty"
        elif headers.get("apns-topic") != client:
            status, reason = 400, "TopicDisallowed"
        elif not headers.get("apns-expiration", "").isdigit():
            status, reason = 400, "BadExpirationDate"
        else:
            self.nudges.append(Nudge(token, headers, body, client))
        head = [(":status", str(status))] + ([("retry-after", "600")] if status == 429 else [])
        state.send_headers(stream, head, end_stream=not reason)
        if reason:
            state.send_data(stream, json.dumps({"reason": reason}).encode(), end_stream=True)


@contextmanager
def push_service() -> Iterator[PushService]:
    with tempfile.TemporaryDirectory() as folder:
        service = PushService(Path(folder))
        try:
            yield service
        finally:
            service.stop()
