"""E-mail over SMTP, against a real server."""

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from html import unescape
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from django.test import override_settings

from tearoff.kit import clock
from tearoff.messaging import delivering, providers
from tests.street.messaging import connect, now, queued, send, work
from tests.world import Shop, refused


class Post:
    """Keeps what it takes; refuses whom a test names."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refused = ""
        self.data_answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refused:
            return self.refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            self.taken.append(envelope)
        return self.data_answer


def log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"mario", b"pass word")
    return AuthResult(success=good, handled=False)  # the server itself then says 535


@pytest.fixture
def post() -> Iterator[Post]:
    handler = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, authenticator=log_in, auth_required=True, auth_require_tls=False
    )
    controller.start()
    handler.port = port  # type: ignore[attr-defined]
    yield handler
    controller.stop()


def connected(shop: Shop, post: Post, **settings: str) -> None:
    plain = {"host": "127.0.0.1", "port": str(post.port), "user": "mario", "password": "pass word"}  # type: ignore[attr-defined]
    connect(shop, "mail", "smtp", **(plain | {"sender": "Mario <mario@example.org>"} | settings))


def test_a_mail_arrives_with_its_link(mario: Shop, post: Post) -> None:
    connected(mario, post)
    offer = mario.campaign("Käse & Brot")
    message = send(offer, "ann@example.org", "mail", subject="Für\r\nBcc: all@example.org").message
    assert message
    work()
    (envelope,) = post.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("mario@example.org", ["ann@example.org"])
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert mail["Subject"] == "Für Bcc: all@example.org" and mail["Bcc"] is None  # one header, whatever they wrote
    assert (mail["From"], mail["To"]) == ("Mario <mario@example.org>", "ann@example.org")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert message.link in text and "Käse & Brot" in text
    assert f'<a href="{message.link}" style=' in html and "Käse &amp; Brot" in html
    assert now(message).state == "sent" and message.provider_id == mail["Message-ID"]


def test_a_mail_says_who_sends_it_and_how_to_end_it(mario: Shop, post: Post, ann: httpx.Client) -> None:
    """What a mail program does with the headers: one post, without cookies and without opening anything (RFC 8058)."""
    connected(mario, post)
    offer = mario.campaign()
    queued(offer, "Ann@example.org", "mail")
    waiting = queued(offer, "ann@example.org", "mail")
    (job,) = [job for job in delivering.claim(16, at=clock.now()) if job.message.pk != waiting.pk]
    delivering.record(job, providers.send(job), at=clock.now())

    (envelope,) = post.taken
    mail = message_from_bytes(envelope.content, policy=policy.default)
    way_out = mail["List-Unsubscribe"].strip(" <>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert text.rstrip().endswith(f"Unsubscribe: {way_out}") and f'href="{way_out}"' in html
    for body in (text, html):
        assert "You get this e-mail from Mario's Pizzeria (mario@example.org)." in unescape(body)
    assert "ann" not in way_out.casefold().rpartition("/u/")[0]

    path = way_out.removeprefix("http://127.0.0.1:8000")
    assert ann.get(path).status_code == 200
    answer = httpx.Client(transport=ann._transport, base_url=ann.base_url).post(
        path, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (answer.status_code, answer.text) == (200, "")
    assert refused(queued, offer, "ann@example.org", "mail").reasons == ("opted_out",)


@pytest.mark.parametrize(
    ("rcpt", "data", "state", "word"),
    [
        ("550 no such user", "250 OK", "failed", "recipient_refused"),
        ("450 later", "250 OK", "queued", "recipient_refused"),
        ("", "554 spam", "failed", "smtp_554"),
        ("", "451 later", "queued", "smtp_451"),
    ],
)
def test_refusals(mario: Shop, post: Post, rcpt: str, data: str, state: str, word: str) -> None:
    connected(mario, post)
    post.refused, post.data_answer = rcpt, data
    message = queued(mario.campaign(), "ann@example.org", "mail")
    work()
    assert (now(message).state, message.outcome, post.taken) == (state, word, [])


def test_wrong_password_no_server_private_address(mario: Shop, post: Post) -> None:
    offer = mario.campaign()
    connected(mario, post, password="old")
    message = queued(offer, "ann@example.org", "mail")
    work()
    assert (now(message).state, message.outcome) == ("queued", "log_in_refused")
    connected(mario, post, port="1")
    message = queued(offer, "bob@example.org", "mail")
    work()
    assert (now(message).state, message.outcome) == ("queued", "refused")
    connected(mario, post)
    message = queued(offer, "eve@example.org", "mail")
    with override_settings(TEAROFF_OUTBOUND_ALLOW=()):
        work()
    assert (now(message).state, message.outcome, post.taken) == ("failed", "private_address", [])
