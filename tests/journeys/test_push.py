"""The button that allows notifications, in a browser that allowed them to this server before."""

from collections.abc import Callable, Iterator

import pytest

from tearoff.messaging.models import PushSubscription
from tests.journeys.conftest import Phone
from tests.street.pushing import Browser, text64
from tests.street.server import Server, start_server
from tests.world import Shop

PUSH_SERVICE = """(told) => {
  let mine = { key: "of the server as it was", unsubscribe: async () => { mine = null; return true; } };
  const same = (key) => mine && mine.key === key.join();
  PushManager.prototype.getSubscription = async () => mine;
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
    if (mine && !same(key)) throw new DOMException("another key", "InvalidStateError");
    mine = { key: key.join(), toJSON: () => told, unsubscribe: async () => { mine = null; return true; } };
    return mine;
  };
  Notification.requestPermission = async () => "granted";
}"""
"""What the Push API says of a browser's service, which is the maker's own server: one subscription, of one key."""


@pytest.fixture(scope="module")
def pushing() -> Iterator[Server]:
    """A server that has a key for push."""
    server = start_server(TEAROFF_PUSH_KEY=text64(b"k" * 32), TEAROFF_PUSH_CONTACT="mailto:owner@example.org")
    yield server
    server.stop()


def test_under_a_new_key_a_browser_can_allow_again(mario: Shop, pushing: Server, phones: Callable[..., Phone]) -> None:
    offer = mario.campaign("Free coffee")
    code, browser = offer.claimed(), Browser("https://push.example/ann")
    ann = phones()
    ann.context.grant_permissions(["notifications"])
    ann.open(f"{pushing.url}/p/{offer.code}/{code}")
    keys = {name: browser.form[name] for name in ("p256dh", "auth")}
    ann.page.evaluate(PUSH_SERVICE, {"endpoint": browser.endpoint, "keys": keys})
    button = ann.page.locator("[data-push]")
    done = str(button.get_attribute("data-done"))
    button.evaluate("one => { one.hidden = false; one.click(); }")
    ann.sees(done)
    assert PushSubscription.objects.get(session=offer.session(code).pk).endpoint == browser.endpoint
