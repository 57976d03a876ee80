"""A client is opened: what it takes as an address and as keys, what it tells of them, and who may share it."""

import io
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread

import httpx
import msgspec
import pytest

from tearoff.client import Client, Unavailable, Unreadable
from tests.street.directories import directory
from tests.street.server import Server
from tests.world import Shop

SECRET = "s3cret-of-mario"


def asked(base_url: str) -> httpx.Request:
    """What goes out for one call of a client that was opened so."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(404, text="Nobody here")

    with Client(base_url, "id", SECRET, transport=httpx.MockTransport(answer)) as client, pytest.raises(Unreadable):
        client.coupons.list()
    return seen[0]


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://coupons.example", "https://coupons.example/v3/coupon/list"),
        ("https://coupons.example/", "https://coupons.example/v3/coupon/list"),
        ("http://10.0.0.7:8000", "http://10.0.0.7:8000/v3/coupon/list"),
        ("http://[::1]:8000/", "http://[::1]:8000/v3/coupon/list"),
        ("https://shop.example/tearoff", "https://shop.example/tearoff/v3/coupon/list"),
        ("https://shop.example/tearoff/", "https://shop.example/tearoff/v3/coupon/list"),
    ],
)
def test_the_address_with_and_without_a_slash_or_a_path(base_url: str, url: str) -> None:
    assert str(asked(base_url).url) == url


@pytest.mark.parametrize(
    "base_url",
    ["", "coupons.example", "localhost:8000", "ftp://coupons.example", "https://", " https://coupons.example",
     "https://coupons.example ", "https://coupons.example\n", "https://coupons.example?x=1", None],
)  # fmt: skip
def test_what_is_no_address_is_told_at_once(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url is no address"):
        Client(base_url, "id", SECRET)


@pytest.mark.parametrize("base_url", ["https://api.example/v3", "https://api.example/v3/", "https://api.example/x/v4"])
def test_an_address_brought_along_with_its_version_is_told_at_once(base_url: str) -> None:
    """As programs have it that talked to another server before."""
    with pytest.raises(ValueError, match="without /v3"):
        Client(base_url, "id", SECRET)


@pytest.mark.parametrize(
    "key", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r\nX-Other: 1", f"é{SECRET}", SECRET.encode(), "", None]
)
def test_what_is_no_key_is_told_at_once_and_never_quoted(key: str, server: Server) -> None:
    """A key read from a file has a line break at its end; the line itself would quote it in its complaint."""
    for name, keys in (("client_secret", ("id", key)), ("client_id", (key, SECRET))):
        with pytest.raises(ValueError, match=f"{name} is no key") as told:
            Client(server.url, *keys).coupons.list()
        assert SECRET not in "".join(traceback.format_exception(told.value))


def test_the_secret_is_in_no_text_of_the_client_and_in_no_log(server: Server) -> None:
    noise = io.StringIO()
    handler, root = logging.StreamHandler(noise), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with Client(server.url, "id", SECRET) as client:
            with pytest.raises(Exception) as told:
                client.coupons.list()
            texts = [repr(client), repr(client.coupons), repr(vars(client)), repr(told.value), repr(vars(told.value))]
        with Client("http://127.0.0.1:9", "id", SECRET, retries=0) as client, pytest.raises(Unavailable) as broken:
            client.coupons.list()
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    texts += ["".join(traceback.format_exception(error)) for error in (told.value, broken.value)]
    assert "/v3/coupon/list" in noise.getvalue(), "there is a log of it"
    assert not [text for text in (*texts, noise.getvalue()) if SECRET in text]


def test_answers_do_not_show_the_secrets_they_bring(mario: Shop) -> None:
    deals = directory(mario)
    client = mario.client
    child = client.subaccounts.create(email=f"child-{mario.email}")
    hook = client.webhooks.create(url="https://shop.example/hook", types=["coupon_claimed"])
    sso, reset = client.account.sso(), client.subaccounts.reset_url(child.subaccount.ID)
    sign_on = client.v4.directories.users.sso(deals.directory.pk, deals.member().pk)
    brought = [
        (child, child.subaccount.api_secret), (client.subaccounts.list(), child.subaccount.api_secret),
        (hook, hook.webhook.secret), (sso, sso.account.token), (sso, sso.account.url), (reset, reset.subaccount.url),
        (sign_on, sign_on.token), (sign_on, sign_on.url),
    ]  # fmt: skip
    for answer, secret in brought:
        assert secret and secret not in repr(answer)
        assert secret in str(msgspec.to_builtins(answer)), "a program still gets it"
    assert child.subaccount.email in repr(child) and hook.webhook.ID in repr(hook)
    assert dict(hook.webhook.__rich_repr__())["secret"] == "..."  # type: ignore[attr-defined]


def test_it_says_who_it_is() -> None:
    assert asked("https://coupons.example").headers["User-Agent"] == f"tearoff-client/{version('tearoff')}"


def test_it_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.send_response(403)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        try:
            with Client("http://coupons.example", "id", SECRET) as client, pytest.raises(Unreadable) as told:
                client.coupons.list()
        finally:
            proxy.shutdown()
            thread.join()
    assert seen == ["http://coupons.example/v3/coupon/list"]
    assert told.value.http_status == 403, "what a proxy refuses is no refusal of the server's"


def test_threads_share_a_client(mario: Shop, server: Server) -> None:
    """Each gets the answer to its own question."""
    offer = mario.campaign()
    with Client(server.url, mario.client_id, mario.client_secret) as client, ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda n: client.links.create(offer.id, customid=str(n)).single_use_code, range(40)))
        found = list(threads.map(lambda code: client.sessions.info(code).customid, codes))
    assert found == [str(n) for n in range(40)]
