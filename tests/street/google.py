"""Google's side of the street: the token server and the wallet's REST interface, and whoever opens a save link."""

import base64
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.street.certificates import key, pem_of
from tests.webhooks.receiver import Answer, Received, Receiver

ISSUER = "3388000000022"
ACCOUNT = "passes@project.iam.example"
SAVE = "https://pay.google.com/gp/v/save/"
STATES = {"ACTIVE", "COMPLETED", "EXPIRED", "INACTIVE"}
_ID = re.compile(rf"{ISSUER}\.[\w.-]+")


def google_settings(base: str = "", **more: str) -> dict[str, str]:
    servers = {"api_base": base, "token_base": base} if base else {}
    return {"issuer_id": ISSUER, "service_account": ACCOUNT, "private_key": pem_of(key("google"))} | servers | more


def claims_of(token: str) -> dict[str, Any] | None:
    """What a JWT says, if it is signed by our service account with RS256; None if it is not."""
    head, body, signature = token.split(".")
    if json.loads(_bytes64(head)) != {"alg": "RS256", "typ": "JWT"}:
        return None
    public = key("google").public_key()
    try:
        public.verify(_bytes64(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return None
    found: dict[str, Any] = json.loads(_bytes64(body))
    return found


def saved(link: str) -> dict[str, Any]:
    """The object that a save link would put into the wallet."""
    assert link.startswith(SAVE)
    token = link.removeprefix(SAVE)
    assert len(token) <= 1800, len(token)
    claims = claims_of(token)
    assert claims and (claims["iss"], claims["aud"], claims["typ"]) == (ACCOUNT, "google", "savetowallet")
    (made,) = claims["payload"]["genericObjects"]
    assert claims["payload"]["genericClasses"] == [{"id": made["classId"]}]
    assert wrong_with(made) is None
    found: dict[str, Any] = made
    return found


def wrong_with(one: dict[str, Any]) -> str | None:
    if not _ID.fullmatch(one.get("id", "")) or not _ID.fullmatch(one.get("classId", "")):
        return "id"
    if one.get("state") not in STATES:
        return "state"
    for name in ("cardTitle", "header"):
        if not one.get(name, {}).get("defaultValue", {}).get("value"):
            return name
    if "barcode" in one and one["barcode"]["type"] not in ("QR_CODE", "CODE_128"):
        return "barcode"
    return None


class GoogleWallet:
    """Answers as documented: 401 without a token it gave, 400 for what is malformed, 404, 409. `next` goes before."""

    def __init__(self, receiver: Receiver) -> None:
        self.base = receiver.url.removesuffix("/hook")
        self.tokens: set[str] = set()
        self.classes: set[str] = set()
        self.objects: dict[str, dict[str, Any]] = {}
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.sick: Answer | None = None
        """What its token server says instead of giving tokens."""
        self.token_asks = 0
        self.next: list[Answer] = []
        receiver.answering = self.answer

    @property
    def heard(self) -> list[str]:
        return [said["body"] for _, said in self.messages if said["messageType"] == "TEXT_AND_NOTIFY"]

    def answer(self, request: Received) -> Answer:
        if request.path == "/token":
            return self._token(request)
        path = request.path.removeprefix("/walletobjects/v1/")
        self.asked.append(
            f"{request.method} {path.split('/')[0]}{'/addMessage' if path.endswith('/addMessage') else ''}"
        )
        if self.next:
            return self.next.pop(0)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Answer(401)
        body = json.loads(request.body)
        if (request.method, path) == ("POST", "genericClass"):
            return self._new_class(body["id"])
        if (request.method, path) == ("POST", "genericObject"):
            return self._new_object(body)
        name = unquote(path.split("/")[1])
        if name not in self.objects:
            return Answer(404)
        if request.method == "PATCH":
            merged = self.objects[name] | body
            self.objects[name] = {key: value for key, value in merged.items() if value is not None}
            return Answer(400 if wrong_with(self.objects[name]) else 200)
        said = body["message"]
        if (
            not path.endswith("/addMessage")
            or said["messageType"] not in ("TEXT", "TEXT_AND_NOTIFY")
            or not said["body"]
        ):
            return Answer(400)
        self.messages.append((name, said))
        return Answer(200)

    def _token(self, request: Received) -> Answer:
        self.token_asks += 1
        if self.sick:
            return self.sick
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        claims = claims_of(form["assertion"])
        is_good = (
            claims is not None
            and form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
            and claims["iss"] == ACCOUNT
            and claims["aud"] == f"{self.base}/token"
            and claims["scope"] == "https://www.googleapis.com/auth/wallet_object.issuer"
            and 0 < claims["exp"] - claims["iat"] <= 3600
        )
        if not is_good:
            return Answer(400, body=b'{"error": "invalid_grant"}')
        token = secrets.token_urlsafe(900)  # real ones are long too
        self.tokens.add(token)
        return Answer(body=json.dumps({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}).encode())

    def _new_class(self, name: str) -> Answer:
        if not _ID.fullmatch(name):
            return Answer(400)
        if name in self.classes:
            return Answer(409)
        self.classes.add(name)
        return Answer(200)

    def _new_object(self, one: dict[str, Any]) -> Answer:
        if wrong_with(one) or one["classId"] not in self.classes:
            return Answer(400)
        if one["id"] in self.objects:
            return Answer(409)
        self.objects[one["id"]] = one
        return Answer(200)


def _bytes64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
