"""Twilio, played by a server that knows its documented protocol."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from tearoff.messaging.connecting import Connected
from tearoff.messaging.models import Message, OptOut
from tearoff.messaging.providers import twilio
from tests.street.messaging import connect, now, queued, work
from tests.webhooks.receiver import Answer, Received, Receiver
from tests.world import Offer, Shop, refused

SID, TOKEN = "AC" + "5" * 32, "s3cret-token"


class Twilio:
    """Checks authentication, path and form; `next` is what it says to a good request."""

    def __init__(self, receiver: Receiver) -> None:
        self.forms: list[dict[str, str]] = []
        self.next = Answer(201, {}, b"")
        receiver.answering = self.answer

    def answer(self, request: Received) -> Answer:
        pair = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return self.error(401, 20003, "Authenticate")
        if request.path != f"/2010-04-01/Accounts/{SID}/Messages.json":
            return self.error(404, 20404, "The requested resource was not found")
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return self.error(415, 20001, "Unsupported media type")
        form = dict(parse_qsl(request.body.decode(), strict_parsing=True))
        if not {"To", "From", "Body"} <= set(form):
            return self.error(400, 21604, "A 'To' phone number is required")
        self.forms.append(form)
        if self.next.status != 201:
            return self.next
        body = {
            "account_sid": SID, "api_version": "2010-04-01", "body": form["Body"], "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
            "direction": "outbound-api", "error_code": None, "from": form["From"], "num_segments": "1",
            "sid": f"SM{len(self.forms):032}", "status": "queued", "to": form["To"],
        }  # fmt: skip
        return Answer(201, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def error(self, status: int, code: int, text: str, **headers: str) -> Answer:
        body = {
            "code": code,
            "message": text,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return Answer(status, {"Content-Type": "application/json"} | headers, json.dumps(body).encode())


@pytest.fixture
def cloud(receiver: Receiver) -> Twilio:
    return Twilio(receiver)


@pytest.fixture
def connection(mario: Shop, receiver: Receiver) -> Connected:
    base = receiver.url.removesuffix("/hook")
    return connect(mario, "sms", "twilio", account_sid=SID, auth_token=TOKEN, sender="+3225550100", base=base)


@pytest.fixture
def offer(mario: Shop, connection: Connected) -> Offer:
    return mario.campaign()


def test_an_answer_that_repeats_a_long_text_is_read_to_its_end(offer: Offer, cloud: Twilio) -> None:
    """Its id comes after the text, whose letters are written as six each."""
    message = queued(offer, body="é☕" * 280)
    work()
    assert (now(message).state, message.provider_id) == ("sent", f"SM{1:032}")


def test_a_message_is_handed_over(offer: Offer, cloud: Twilio, connection: Connected) -> None:
    message = queued(offer, body="Très bon & 100% {link}")
    work()
    (form,) = cloud.forms
    assert form == {
        "To": "+32470000001",
        "From": "+3225550100",
        "Body": message.text,
        "StatusCallback": f"{connection.hook}/report/{message.pk}",
    }
    assert (now(message).state, message.provider_id) == ("sent", f"SM{1:032}")


def test_a_sender_of_its_own_goes_along(offer: Offer, cloud: Twilio) -> None:
    queued(offer, sender="Mario")
    work()
    assert cloud.forms[0]["From"] == "Mario"


def test_wrong_keys_are_tried_again_as_nothing_was_sent(mario: Shop, receiver: Receiver, cloud: Twilio) -> None:
    base = receiver.url.removesuffix("/hook")
    connect(mario, "sms", "twilio", account_sid=SID, auth_token="old", sender="+3225550100", base=base)
    message = queued(mario.campaign())
    work()
    assert (now(message).state, message.outcome, cloud.forms) == ("queued", "twilio_20003", [])


def test_their_opt_out_becomes_ours(offer: Offer, cloud: Twilio) -> None:
    cloud.next = cloud.error(400, 21610, "Attempt to send to unsubscribed recipient")
    message = queued(offer)
    work()
    assert (now(message).state, message.outcome) == ("failed", "twilio_21610")
    assert OptOut.objects.get(account=offer.shop.account).key == "32470000001"
    assert refused(queued, offer).reasons == ("opted_out",)


@pytest.mark.parametrize(
    ("status", "code", "state", "word"),
    [
        (400, 21211, "failed", "twilio_21211"),
        (429, 20429, "queued", "rate_limited"),
        (503, 20503, "queued", "provider_busy"),
        (500, 20500, "unknown", "http_500"),  # it may have been taken: not sent again
    ],
)
def test_errors(offer: Offer, cloud: Twilio, status: int, code: int, state: str, word: str) -> None:
    cloud.next = cloud.error(status, code, "no")
    message = queued(offer)
    work()
    assert (now(message).state, message.outcome) == (state, word)
    assert len(cloud.forms) == 1


def test_a_rate_limit_is_respected(offer: Offer, cloud: Twilio) -> None:
    cloud.next = cloud.error(429, 20429, "Too many requests", **{"Retry-After": "1800"})
    message = queued(offer)
    before = message.next_try_at
    work()
    assert (now(message).next_try_at - before).total_seconds() >= 1800


def test_an_answer_that_never_comes_is_unknown(offer: Offer, cloud: Twilio, receiver: Receiver) -> None:
    def hang_up(request: Received) -> Answer:
        raise ConnectionResetError

    receiver.answering = hang_up
    message = queued(offer)
    work()
    assert (now(message).state, message.outcome) == ("unknown", "broken_off")


# What it reports


def signed(shop: Shop, address: str, form: dict[str, str], token: str = TOKEN) -> httpx.Response:
    text = address + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    path = address[address.index("/hooks/") :]
    return shop.http.post(path, content=urlencode(form), headers=headers)


def test_the_signature_is_the_documented_one() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.is_genuine(url, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
    assert not twilio.is_genuine(url, form | {"Digits": "1235"}, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")


@pytest.mark.parametrize(
    ("status", "error", "state", "word"),
    [
        ("sent", "", "sent", ""),
        ("delivered", "", "delivered", ""),
        ("undelivered", "30003", "failed", "twilio_30003"),
        ("sending", "", "sent", ""),  # on its way: no news
    ],
)
def test_reports(
    offer: Offer, cloud: Twilio, connection: Connected, status: str, error: str, state: str, word: str
) -> None:
    message = queued(offer)
    work()
    form = {"MessageSid": now(message).provider_id, "MessageStatus": status} | ({"ErrorCode": error} if error else {})
    address = f"{connection.hook}/report/{message.pk}"
    assert signed(offer.shop, address, form).status_code == 200
    assert signed(offer.shop, address, form).status_code == 200  # they repeat themselves
    assert (now(message).state, message.outcome) == (state, word)


def test_a_late_report_does_not_undo_a_delivery(offer: Offer, cloud: Twilio, connection: Connected) -> None:
    message = queued(offer)
    work()
    for status in ("delivered", "sent"):
        signed(offer.shop, f"{connection.hook}/report/{message.pk}", {"MessageSid": "SM1", "MessageStatus": status})
    assert now(message).state == "delivered"


def test_a_report_without_their_signature_is_nobodys(
    offer: Offer, cloud: Twilio, connection: Connected, lucia: Shop
) -> None:
    message = queued(offer)
    work()
    form = {"MessageSid": now(message).provider_id, "MessageStatus": "failed"}
    address = f"{connection.hook}/report/{message.pk}"
    assert signed(offer.shop, address, form, token="guessed").status_code == 403
    assert offer.shop.http.post(address[address.index("/hooks/") :], content=urlencode(form)).status_code == 403
    assert signed(offer.shop, address.replace("/hooks/sms/", "/hooks/sms/9"), form).status_code == 404
    wrong = address.replace(connection.settings["hook_secret"], "x" * 32)
    assert signed(offer.shop, wrong, form).status_code == 404
    other = connect(lucia, "sms", "twilio", account_sid=SID, auth_token=TOKEN, sender="L")
    assert signed(lucia, f"{other.hook}/report/{message.pk}", form).status_code == 200  # told, and not believed
    assert now(message).state == "sent"


def test_stop_start_help(offer: Offer, cloud: Twilio, connection: Connected) -> None:
    def writes(text: str, **more: str) -> None:
        answer = signed(offer.shop, f"{connection.hook}/inbound", {"From": "+32470000001", "Body": text} | more)
        assert answer.status_code == 200
        assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'

    def replies() -> list[str]:
        work()
        return [form["Body"] for form in cloud.forms]

    writes("please stop by")
    queued(offer)
    assert len(replies()) == 1
    writes(" Stop\n")
    writes("STOP")  # once is enough
    assert refused(queued, offer).reasons == ("opted_out",)
    assert len(replies()) == 2 and "START" in replies()[-1]  # one confirmation, although they are out
    writes("help")
    assert len(replies()) == 3
    writes("Start")
    queued(offer)
    writes("stop", OptOutType="STOP")  # the provider has confirmed by itself
    before = Message.objects.filter(account=offer.shop.account, purpose="reply").count()
    assert before == 3
