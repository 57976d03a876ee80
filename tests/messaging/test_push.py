"""Web Push, end to end: a browser of ours and a push service that decrypts (RFC 8291) and checks the token (RFC 8292)."""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings

from tearoff.kit import clock
from tearoff.messaging import delivering, providers, pushing, vapid
from tearoff.messaging.models import Message, PushSubscription
from tests.api.reading import good, told
from tests.street.messaging import work
from tests.webhooks.receiver import Answer, Received, Receiver
from tests.world import Offer, Shop

ONE, ALL = "/v3/coupon/pushnotification/single", "/v3/coupon/pushnotification/all"


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


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    key = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    with override_settings(TEAROFF_PUSH_KEY=text64(key), TEAROFF_PUSH_CONTACT="mailto:owner@example.org"):
        yield


@pytest.fixture
def service(receiver: Receiver) -> PushService:
    return PushService(receiver)


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign("Free slice")


def allow(phone: httpx.Client, offer: Offer, code: str, browser: Browser) -> httpx.Response:
    return phone.post(f"/p/{offer.code}/{code}/push", data=browser.form)


def test_a_push_arrives_and_can_be_read_by_that_browser_only(
    mario: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    code, browser = offer.claimed(), service.browser("ann")
    assert allow(ann, offer, code, browser).status_code == 204
    answer = mario.api(ONE, {"campaign": offer.id, "couponsession": code, "message": "Still hungry? Ça va"})
    assert answer.json() == {"status": {"status": "OK"}}
    work()
    ((name, headers, body),) = service.taken
    assert name == "ann" and b"hungry" not in body
    assert browser.decrypted(body) == {
        "title": "Free slice",
        "body": "Still hungry? Ça va",
        "url": f"http://127.0.0.1:8000/p/{offer.code}/{code}",
    }
    assert re.fullmatch(r"[\w-]{32}", headers["topic"])
    message = Message.objects.get(account=mario.account)
    assert (message.state, message.channel, message.session) == ("sent", "push", offer.session(code).pk)


def test_to_all_who_allowed_it(mario: Shop, ann: httpx.Client, offer: Offer, service: PushService) -> None:
    other = mario.campaign("Other")
    for name in ("a", "b"):
        allow(ann, offer, offer.claimed(), service.browser(name))
    allow(ann, other, other.claimed(), service.browser("c"))
    good(mario.api(ALL, {"campaign": offer.id, "message": "Last day!"}))
    work()
    assert sorted(name for name, _, _ in service.taken) == ["a", "b"]


def test_the_page_offers_it_where_the_server_can(ann: httpx.Client, offer: Offer) -> None:
    code = offer.claimed()
    page = ann.get(f"/p/{offer.code}/{code}")
    assert f'data-push="/p/{offer.code}/{code}/push"' in page.text and vapid.public_key() in page.text
    for file in re.findall(r'(?:src|data-worker)="(/static/look/push[^"]*)"', page.text):
        assert ann.get(file).status_code == 200
    assert len(re.findall(r"/static/look/push(?:-worker)?\.js", page.text)) == 2
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    with override_settings(TEAROFF_PUSH_KEY=""):
        assert "data-push" not in ann.get(f"/p/{offer.code}/{code}").text
        assert allow(ann, offer, code, Browser("https://push.example.org/x")).status_code == 404


def test_what_is_no_subscription_is_not_kept(ann: httpx.Client, offer: Offer, service: PushService) -> None:
    code, path = offer.claimed(), f"/p/{offer.code}"
    fine = service.browser("x").form
    for change in ({"p256dh": "x"}, {"auth": ""}, {"endpoint": "javascript:x"}, {"endpoint": "https://u:p@x.org/"},
                   {"endpoint": "https://x.org/" + "x" * 2000}):  # fmt: skip
        assert ann.post(f"{path}/{code}/push", data=fine | change).status_code == 422
    assert ann.post(f"{path}/{'z' * 21}/push", data=fine).status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert ann.post(f"{path}/{code}/push", data=fine, headers=foreign).status_code == 403
    assert not PushSubscription.objects.filter(campaign=offer.campaign.pk).exists()
    for number in range(pushing.MOST_PER_SESSION + 1):
        last = allow(ann, offer, code, service.browser(str(number)))
    assert last.status_code == 422
    assert PushSubscription.objects.filter(campaign=offer.campaign.pk).count() == pushing.MOST_PER_SESSION


def test_taken_back(mario: Shop, ann: httpx.Client, offer: Offer, service: PushService) -> None:
    code, browser = offer.claimed(), service.browser("ann")
    allow(ann, offer, code, browser)
    assert ann.post(f"/p/{offer.code}/{code}/push", data=browser.form | {"off": "1"}).status_code == 204
    answer = mario.api(ONE, {"campaign": offer.id, "couponsession": code, "message": "Hi"})
    assert told(answer) == (422, [300], ["not_saved"])


def test_dead_ones_are_removed_and_sick_ones_are_not(
    mario: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    service.answers = {
        "dead": Answer(410), "never": Answer(404), "busy": Answer(429, {"Retry-After": "600"}), "ill": Answer(500),
        "odd": Answer(400),
    }  # fmt: skip
    for name in (*service.answers, "well"):
        allow(ann, offer, offer.claimed(), service.browser(name))
    good(mario.api(ALL, {"campaign": offer.id, "message": "Hi"}))
    work()
    left = PushSubscription.objects.filter(campaign=offer.campaign.pk).values_list("endpoint", flat=True)
    assert sorted(endpoint.rpartition("/")[2] for endpoint in left) == ["busy", "ill", "odd", "well"]
    found = Message.objects.filter(account=mario.account).order_by("pk").values_list("state", "outcome")
    assert list(found) == [
        ("failed", "http_410"),
        ("failed", "http_404"),
        ("queued", "rate_limited"),
        ("queued", "http_500"),
        ("failed", "http_400"),
        ("sent", ""),
    ]


def test_who_subscribes_anew_while_we_send_stays(
    mario: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    code, browser = offer.claimed(), service.browser("dead")
    allow(ann, offer, code, browser)
    good(mario.api(ALL, {"campaign": offer.id, "message": "Hi"}))
    (job,) = delivering.claim(16, at=clock.now())
    allow(ann, offer, code, browser)
    service.answers = {"dead": Answer(410)}
    delivering.record(job, providers.send(job), at=clock.now())
    assert PushSubscription.objects.filter(campaign=offer.campaign.pk).count() == 1


def test_a_subscription_at_a_private_address_is_not_called(
    mario: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    allow(ann, offer, offer.claimed(), service.browser("inside"))
    good(mario.api(ALL, {"campaign": offer.id, "message": "Hi"}))
    with override_settings(TEAROFF_OUTBOUND_ALLOW=()):
        work()
    assert Message.objects.get(account=mario.account).outcome == "private_address"
    assert service.taken == []


def test_voided_and_neighbours_hear_nothing(
    mario: Shop, lucia: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    code = offer.claimed()
    allow(ann, offer, code, service.browser("ann"))
    assert told(lucia.api(ONE, {"campaign": offer.id, "couponsession": code, "message": "x"}))[1] == [502]
    assert told(lucia.api(ALL, {"campaign": offer.id, "message": "x"}))[1] == [502]
    good(mario.api("/v3/couponsession/update", {"couponsession": code, "action": "void"}))
    assert told(mario.api(ONE, {"campaign": offer.id, "couponsession": code, "message": "x"}))[1] == [300]
    good(mario.api(ALL, {"campaign": offer.id, "message": "x"}))
    assert not Message.objects.filter(campaign=offer.campaign).exists()
