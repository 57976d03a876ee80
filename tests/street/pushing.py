"""Browsers that allow notifications, and a push service that decrypts (RFC 8291) and checks the token (RFC 8292)."""

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings

from tearoff.kit import clock
from tearoff.messaging import vapid
from tests.webhooks.receiver import Answer, Received, Receiver


def text64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
    """What a browser keeps for itself: its key and its secret."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def form(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": text64(point(self.key.public_key())), "auth": text64(self.auth)}

    def decrypted(self, body: bytes) -> dict[str, Any]:
        """RFC 8291 section 3.4 and RFC 8188, written from the text: no library of the sender's is used."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(sealed) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\0" + point(self.key.public_key()) + theirs
        mixed = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        secret = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(mixed)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(mixed)
        plain = AESGCM(secret).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\x02"  # the mark of the last record
        found: dict[str, Any] = json.loads(plain[:-1])
        return found


class PushService:
    """Takes a push only with a good token for itself; `answers` gives other answers by path."""

    def __init__(self, receiver: Receiver) -> None:
        self.origin = receiver.url.removesuffix("/hook")
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, Answer] = {}
        receiver.answering = self.answer

    def browser(self, name: str) -> Browser:
        return Browser(f"{self.origin}/push/{name}")

    def answer(self, request: Received) -> Answer:
        name = request.path.removeprefix("/push/")
        if name in self.answers:
            return self.answers[name]
        if not self.is_ours(request.headers.get("authorization", "")):
            return Answer(403)
        if request.headers.get("content-encoding") != "aes128gcm" or not request.headers.get("ttl", "").isdigit():
            return Answer(400)
        self.taken.append((name, request.headers, request.body))
        return Answer(201)

    def is_ours(self, header: str) -> bool:
        found = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", header)
        if not found:
            return False
        head, claims, signature, key = found.groups()
        raw = bytes64(signature)
        number = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        signer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes64(key))
        signer.verify(number, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))  # raises if it is not theirs
        said = json.loads(bytes64(claims))
        assert json.loads(bytes64(head))["alg"] == "ES256"
        seconds = said["exp"] - clock.now().timestamp()
        return (
            key == vapid.public_key()
            and said["aud"] == self.origin
            and said["sub"] == "mailto:owner@example.org"
            and 0 < seconds <= 24 * 3600
        )


@contextmanager
def push_key() -> Iterator[None]:
    """This server may push meanwhile."""
    key = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    with override_settings(TEAROFF_PUSH_KEY=text64(key), TEAROFF_PUSH_CONTACT="mailto:owner@example.org"):
        yield
