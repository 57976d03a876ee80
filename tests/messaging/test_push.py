"""Web Push, end to end: a browser of ours and a push service that decrypts and checks who sends."""

import re
from collections.abc import Iterator

import httpx
import pytest
from django.test import override_settings

from tearoff.kit import clock
from tearoff.messaging import delivering, providers, pushing, vapid
from tearoff.messaging.models import Message, PushSubscription
from tests.street.messaging import work
from tests.street.pushing import Browser, PushService, push_key
from tests.webhooks.receiver import Answer, Receiver
from tests.world import Offer, Shop, refused


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    with push_key():
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
    mario.client.push.single(offer.id, couponsession=code, message="Still hungry? Ça va")
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


@pytest.mark.parametrize("letter", ["ж", "🍕"])
def test_the_longest_text_fits_a_push(mario: Shop, ann: httpx.Client, service: PushService, letter: str) -> None:
    """RFC 8291: one record of 4096 bytes; push services refuse what is longer."""
    offer = mario.campaign("Free slice", title=letter * 200)
    code, browser = offer.claimed(), service.browser("ann")
    allow(ann, offer, code, browser)
    mario.client.push.single(offer.id, couponsession=code, message=letter * 500)
    work()
    ((_, _, body),) = service.taken
    assert len(body) <= 4096 and browser.decrypted(body)["body"] == letter * 500


def test_to_all_who_allowed_it(mario: Shop, ann: httpx.Client, offer: Offer, service: PushService) -> None:
    other = mario.campaign("Other")
    for name in ("a", "b"):
        allow(ann, offer, offer.claimed(), service.browser(name))
    allow(ann, other, other.claimed(), service.browser("c"))
    mario.client.push.all(offer.id, message="Last day!")
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
    for number in range(pushing.MOST_BROWSERS + 1):
        last = allow(ann, offer, code, service.browser(str(number)))
    assert last.status_code == 422
    assert PushSubscription.objects.filter(campaign=offer.campaign.pk).count() == pushing.MOST_BROWSERS


def test_taken_back(mario: Shop, ann: httpx.Client, offer: Offer, service: PushService) -> None:
    code, browser = offer.claimed(), service.browser("ann")
    allow(ann, offer, code, browser)
    assert ann.post(f"/p/{offer.code}/{code}/push", data=browser.form | {"off": "1"}).status_code == 204
    nowhere = refused(mario.client.push.single, offer.id, couponsession=code, message="Hi")
    assert (nowhere.http_status, nowhere.codes, nowhere.reasons) == (422, (300,), ("not_saved",))


def test_dead_ones_are_removed_and_sick_ones_are_not(
    mario: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    service.answers = {
        "dead": Answer(410), "never": Answer(404), "busy": Answer(429, {"Retry-After": "600"}), "ill": Answer(500),
        "odd": Answer(400),
    }  # fmt: skip
    for name in (*service.answers, "well"):
        allow(ann, offer, offer.claimed(), service.browser(name))
    mario.client.push.all(offer.id, message="Hi")
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
    mario.client.push.all(offer.id, message="Hi")
    (job,) = delivering.claim(16, at=clock.now())
    allow(ann, offer, code, browser)
    service.answers = {"dead": Answer(410)}
    delivering.record(job, providers.send(job), at=clock.now())
    assert PushSubscription.objects.filter(campaign=offer.campaign.pk).count() == 1


def test_a_subscription_at_a_private_address_is_not_called(
    mario: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    allow(ann, offer, offer.claimed(), service.browser("inside"))
    mario.client.push.all(offer.id, message="Hi")
    with override_settings(TEAROFF_OUTBOUND_ALLOW=()):
        work()
    assert Message.objects.get(account=mario.account).outcome == "private_address"
    assert service.taken == []


def test_voided_and_neighbours_hear_nothing(
    mario: Shop, lucia: Shop, ann: httpx.Client, offer: Offer, service: PushService
) -> None:
    code = offer.claimed()
    allow(ann, offer, code, service.browser("ann"))
    assert refused(lucia.client.push.single, offer.id, couponsession=code, message="x").codes == (502,)
    assert refused(lucia.client.push.all, offer.id, message="x").codes == (502,)
    mario.client.sessions.update(couponsession=code, status="void")
    assert refused(mario.client.push.single, offer.id, couponsession=code, message="x").codes == (300,)
    mario.client.push.all(offer.id, message="x")
    assert not Message.objects.filter(campaign=offer.campaign).exists()
