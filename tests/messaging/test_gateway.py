"""The gateway anybody can write (docs/sending.md), the console, and what all of them share."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tearoff.messaging import connecting
from tearoff.messaging.models import Connection
from tests.street.messaging import connect, now, queued, work
from tests.webhooks.receiver import Answer, Receiver
from tests.world import Shop, refused

TEMPLATE = {
    "messages": [{"to": "{to}", "body": "{text}", "from": "{sender}"}],
    "ref": "t-{id}",
    "status": "{report_url}",
    "n": 1,
}


def test_the_template_is_filled_in_without_changing_its_structure(mario: Shop, receiver: Receiver) -> None:
    echo = json.dumps({"text": "☕" * 600, "message_id": "gw-77"}).encode()
    receiver.answering = lambda request: Answer(202, {}, echo)
    connection = connect(
        mario, "sms", "http", url=receiver.url, template=TEMPLATE, headers={"Authorization": "Bearer t"},
        signing_secret="s3cret", id_field="message_id", sender="Mario",
    )  # fmt: skip
    message = queued(mario.campaign(), body='He said "hi" {to} \\ {link}')
    work()
    (request,) = receiver.received
    assert request.headers["authorization"] == "Bearer t"
    assert json.loads(request.body) == {
        "messages": [{"to": "+32470000001", "body": message.text, "from": "Mario"}],
        "ref": f"t-{message.pk}",
        "status": f"{connection.hook}/report/{message.pk}",
        "n": 1,
    }
    assert (now(message).state, message.provider_id) == ("sent", "gw-77")

    def reported(secret: str) -> int:
        body = json.dumps({"id": "gw-77", "status": "failed", "reason": "opted_out"}).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Signature": signature, "Content-Type": "application/json"}
        path = connection.hook[connection.hook.index("/hooks/") :]
        return mario.http.post(f"{path}/report", content=body, headers=headers).status_code

    assert reported("guess") == 403
    assert now(message).state == "sent"
    assert reported("s3cret") == 200
    assert (now(message).state, message.outcome) == ("failed", "opted_out")
    assert refused(queued, mario.campaign()).reasons == ("opted_out",)


@pytest.mark.parametrize(
    ("answer", "state", "word"),
    [
        (Answer(400), "failed", "http_400"),
        (Answer(429), "queued", "rate_limited"),
        (Answer(502), "unknown", "http_502"),
    ],
)
def test_errors(mario: Shop, receiver: Receiver, answer: Answer, state: str, word: str) -> None:
    receiver.answering = lambda request: answer
    connect(mario, "sms", "http", url=receiver.url, template=TEMPLATE, signing_secret="s")
    message = queued(mario.campaign())
    work()
    assert (now(message).state, message.outcome) == (state, word)


def test_a_gateway_at_a_private_address_is_not_called(mario: Shop, receiver: Receiver) -> None:
    connect(mario, "sms", "http", url=receiver.url, template=TEMPLATE, signing_secret="s")
    message = queued(mario.campaign())
    with override_settings(TEAROFF_OUTBOUND_ALLOW=()):
        work()
    assert (now(message).state, message.outcome, receiver.received) == ("failed", "private_address", [])


def test_nobody_there_is_tried_again(mario: Shop) -> None:
    connect(mario, "sms", "http", url="http://127.0.0.1:1/", template=TEMPLATE, signing_secret="s")
    message = queued(mario.campaign())
    work()
    assert (now(message).state, message.outcome) == ("queued", "refused")


def test_the_console_writes_rows_only_and_nobody_reports_to_it(mario: Shop) -> None:
    connection = connect(mario)
    message = queued(mario.campaign())
    work()
    assert now(message).state == "sent"
    path = connection.hook[connection.hook.index("/hooks/") :]
    assert mario.http.post(f"{path}/report/{message.pk}", json={"status": "failed"}).status_code == 403


def test_what_a_provider_cannot_do_without_is_asked_for(mario: Shop) -> None:
    with pytest.raises(connecting.BadConnection, match="auth_token"):
        connect(mario, "sms", "twilio", account_sid="AC", sender="M")
    with pytest.raises(connecting.BadConnection, match="no provider twilio for mail"):
        connect(mario, "mail", "twilio")
    assert not Connection.objects.filter(account=mario.account).exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sender": "Mario\r\nBcc: eve@example.org <mario@example.org>"}, "sender holds a line break"),
        ({"sender": "Mario <mario@example.org\n>"}, "sender holds a line break"),
        ({"sender": "Mario\u2028 <mario@example.org>"}, "sender holds a line break"),
        ({"sender": "Mario"}, "sender must be like"),
        ({"sender": "Mario, Luigi <mario@example.org>"}, "sender must be like"),
        ({"host": "mail.example.org\n"}, "host holds a line break"),
        ({"password": "pass\0word"}, "password holds a line break"),
        ({"tls": "yes"}, "tls must be"),
        ({"port": "smtp"}, "port must be"),
    ],
)
def test_what_no_mail_could_be_sent_with_is_refused(mario: Shop, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(connecting.BadConnection, match=sentence):
        connect(
            mario, "mail", "smtp", **({"host": "mail.example.org", "sender": "Mario <mario@example.org>"} | settings)
        )
    assert not Connection.objects.filter(account=mario.account).exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"headers": {"Authorization": "Bearer x\r\nX-Other: y"}}, "headers holds a line break"),
        ({"headers": {"X-A\n": "y"}}, "headers holds a line break"),
        ({"template": "{text}"}, "must be objects"),
        ({"headers": "Bearer x"}, "must be objects"),
    ],
)
def test_what_no_gateway_could_be_asked_with_is_refused(mario: Shop, settings: dict[str, Any], sentence: str) -> None:
    plain = {"url": "https://sms.example.org", "template": {"text": "{text}\n"}, "signing_secret": "s" * 32}
    connect(mario, "sms", "http", **plain)
    with pytest.raises(connecting.BadConnection, match=sentence):
        connect(mario, "sms", "http", **(plain | settings))


def test_secrets_lie_sealed(mario: Shop) -> None:
    connection = connect(mario, "sms", "twilio", account_sid="AC1", auth_token="very-secret", sender="M")
    sealed = bytes(Connection.objects.get(pk=connection.id).settings_sealed)
    assert b"very-secret" not in sealed and connection.settings["hook_secret"].encode() not in sealed


def test_the_protocol_is_written_down() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sending.md").read_text()
    for word in (
        "{to}",
        "{text}",
        "{sender}",
        "{id}",
        "{report_url}",
        "X-Signature",
        "HMAC-SHA256",
        "inbound",
        "21610",
    ):
        assert word in text


@pytest.mark.parametrize(("provider", "settings", "sentence"), [
    ("vonage", {"api_key": "k", "api_secret": "s", "signature_secret": "s", "sender": "M", "signature_method": "md5 hash"}, "md5hash, md5"),
    ("http", {"url": "gateway.example/send", "template": TEMPLATE, "signing_secret": "s"}, "url must be like"),
    ("http", {"url": "ftp://gateway.example", "template": TEMPLATE, "signing_secret": "s"}, "url must be like"),
])  # fmt: skip
def test_what_no_sms_or_stop_could_come_through_is_refused(
    mario: Shop, provider: str, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(connecting.BadConnection, match=sentence):
        connect(mario, "sms", provider, **settings)
