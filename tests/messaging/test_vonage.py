"""Vonage, played by a server that knows its documented protocol."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from tearoff.accounts.models import Account
from tearoff.messaging.connecting import Connected
from tearoff.messaging.models import OptOut
from tests.street.messaging import connect, now, queued, work
from tests.webhooks.receiver import Answer, Received, Receiver
from tests.world import Offer, Shop, refused

KEY, SECRET, SIGNING = "abcd1234", "api-s3cret", "signing-s3cret"


class Vonage:
    """Checks keys and form; `statuses` are what it says of each part."""

    def __init__(self, receiver: Receiver) -> None:
        self.forms: list[dict[str, str]] = []
        self.statuses = ["0"]
        receiver.answering = self.answer

    def answer(self, request: Received) -> Answer:
        form = dict(parse_qsl(request.body.decode(), strict_parsing=True))
        if request.path != "/sms/json" or request.headers["content-type"] != "application/x-www-form-urlencoded":
            return Answer(404)
        if (form.get("api_key"), form.get("api_secret")) != (KEY, SECRET):
            return self.said([{"status": "4", "error-text": "Bad Credentials"}])
        if not {"from", "to", "text"} <= set(form) or not form["to"].isdigit():
            return self.said([{"status": "2", "error-text": "Missing to param"}])
        self.forms.append(form)
        return self.said(
            [
                {"to": form["to"], "message-id": f"0A{n}", "status": status, "remaining-balance": "3.14159265",
                 "message-price": "0.03330000", "network": "20610", "client-ref": form["client-ref"], "account-ref": "mario"}
                for n, status in enumerate(self.statuses)
            ]
        )  # fmt: skip

    def said(self, parts: list[dict[str, str]]) -> Answer:
        body: dict[str, Any] = {"message-count": str(len(parts)), "messages": parts}
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(body, indent=2).encode())


@pytest.fixture
def cloud(receiver: Receiver) -> Vonage:
    return Vonage(receiver)


def connected(shop: Shop, receiver: Receiver, **settings: str) -> Connected:
    base = receiver.url.removesuffix("/hook")
    keys = {"api_key": KEY, "api_secret": SECRET, "signature_secret": SIGNING, "sender": "Mario", "base": base}
    return connect(shop, "sms", "vonage", **(keys | settings))


@pytest.fixture
def offer(mario: Shop, receiver: Receiver) -> Offer:
    connected(mario, receiver)
    return mario.campaign()


def test_a_message_is_handed_over(offer: Offer, cloud: Vonage) -> None:
    plain, other = queued(offer, body="Café"), queued(offer, body="Žižkov")
    work()
    assert sorted((form["type"], form["text"]) for form in cloud.forms) == [
        ("text", plain.text),
        ("unicode", other.text),
    ]
    assert {form["type"] for form in cloud.forms} == {"text", "unicode"}
    form = next(form for form in cloud.forms if form["client-ref"] == str(plain.pk))
    assert (form["from"], form["to"], form["text"]) == ("Mario", "32470000001", plain.text)
    assert form["callback"].endswith(f"/report/{plain.pk}")
    assert (now(plain).state, plain.provider_id) == ("sent", "0A0")


@pytest.mark.parametrize(
    ("statuses", "state", "word"),
    [
        (["1"], "queued", "rate_limited"),
        (["9"], "failed", "vonage_9"),
        (["5"], "unknown", "vonage_5"),
        (["7"], "failed", "vonage_7"),
        (["0", "1"], "sent", ""),  # one part has left: sending all again would repeat it
    ],
)
def test_errors(offer: Offer, cloud: Vonage, statuses: list[str], state: str, word: str) -> None:
    cloud.statuses = statuses
    message = queued(offer)
    work()
    assert (now(message).state, message.outcome) == (state, word)
    assert OptOut.objects.filter(account=offer.shop.account).exists() == (statuses == ["7"])


def test_the_longest_message_has_an_answer_of_ten_parts(offer: Offer, cloud: Vonage) -> None:
    """More than an excerpt holds; cut, it would look as if nobody knew whether the message left."""
    cloud.statuses = ["0"] * 10
    message = queued(offer, body="x" * 1400)
    work()
    assert (now(message).segments, message.state, message.provider_id) == (10, "sent", "0A0")


def test_wrong_keys(mario: Shop, receiver: Receiver, cloud: Vonage) -> None:
    connected(mario, receiver, api_secret="old")
    message = queued(mario.campaign())
    work()
    assert (now(message).state, message.outcome) == ("failed", "vonage_4")


def signed(
    shop: Shop, address: str, fields: dict[str, str], method: str = "md5hash", by: str = "form"
) -> httpx.Response:
    fields = fields | {"timestamp": "1764000000", "nonce": "a=b&c"}
    text = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(fields.items()))
    if method == "md5hash":
        fields["sig"] = hashlib.md5((text + SIGNING).encode()).hexdigest()
    else:
        fields["sig"] = hmac.new(SIGNING.encode(), text.encode(), method).hexdigest().upper()
    path = address[address.index("/hooks/") :]
    if by == "query":
        return shop.http.get(path, params=fields)
    if by == "json":
        return shop.http.post(path, json=fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return shop.http.post(path, content=urlencode(fields), headers=headers)


@pytest.mark.parametrize(("method", "by"), [("md5hash", "form"), ("md5hash", "query"), ("sha256", "json")])
def test_receipts(mario: Shop, receiver: Receiver, cloud: Vonage, method: str, by: str) -> None:
    connection = connected(mario, receiver, signature_method=method)
    message = queued(mario.campaign())
    work()
    receipt = {"msisdn": "32470000001", "messageId": now(message).provider_id, "status": "delivered", "err-code": "0"}
    address = f"{connection.hook}/report/{message.pk}"
    wrong = "sha1" if method == "md5hash" else "md5hash"
    assert signed(mario, address, receipt, wrong, by).status_code == 403
    assert now(message).state == "sent"
    assert signed(mario, address, receipt, method, by).status_code == 200
    assert now(message).state == "delivered"


def test_a_barred_number_opts_out_and_a_stop_too(offer: Offer, cloud: Vonage, receiver: Receiver) -> None:
    connection = connected(offer.shop, receiver)
    message = queued(offer)
    work()
    receipt = {"messageId": "0A0", "status": "failed", "err-code": "4"}
    signed(offer.shop, f"{connection.hook}/report", receipt)  # by its own id, as an account-wide address would
    assert (now(message).state, message.outcome) == ("failed", "vonage_4")
    assert refused(queued, offer).reasons == ("opted_out",)
    signed(offer.shop, f"{connection.hook}/inbound", {"msisdn": "32470000002", "text": "Arrêt", "keyword": "ARRET"})
    assert refused(queued, offer, "+32470000002").reasons == ("opted_out",)


@pytest.mark.parametrize(
    ("country", "msisdn"),
    [("DE", "4915112345678"), ("DE", "32470000002"), ("LU", "33612345678"), ("DE", "493012345678")],
)
def test_a_stop_counts_for_the_number_it_came_from(
    offer: Offer, cloud: Vonage, receiver: Receiver, country: str, msisdn: str
) -> None:
    """Lesson 41. Vonage writes numbers with their country and without a plus; read as a German landline, the STOP would be nobody's."""
    Account.objects.filter(pk=offer.shop.account.pk).update(country=country)
    offer.campaign.account.refresh_from_db()
    connection = connected(offer.shop, receiver)
    signed(offer.shop, f"{connection.hook}/inbound", {"msisdn": msisdn, "text": "STOP"})
    assert refused(queued, offer, f"+{msisdn}").reasons == ("opted_out",)
