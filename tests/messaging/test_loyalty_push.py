"""Push to the users of a loyalty card, end to end (contract/loyalty.md L8 and L9)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.test import override_settings

from tearoff.activity.models import Event
from tearoff.messaging import pushing, vapid
from tearoff.messaging.models import Message, PushSubscription
from tests.api.reading import WRONG_KEYS, told
from tests.street.loyalty import Club, club
from tests.street.messaging import work
from tests.street.pushing import Browser, PushService, push_key
from tests.webhooks.receiver import Receiver
from tests.world import Shop, door, refused

ONE, ALL = "/v3/loyalty/pushnotification/single", "/v3/loyalty/pushnotification/all"
NOBODY = {
    "status": {"status": "failed"},
    "errors": {
        "error_message": "HTTP/1.0 422 Unprocessable entity.",
        "error_message_description": ["Loyalty card is not saved to a wallet."],
        "error_code": [300],
        "error_reason": ["not_saved"],
    },
    "message": "Loyalty card is not saved to a wallet.",
}


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    with push_key():
        yield


@pytest.fixture
def service(receiver: Receiver) -> PushService:
    return PushService(receiver)


@pytest.fixture
def lunch(mario: Shop) -> Club:
    return club(mario, title="Lunch  club")


def address(lunch: Club, holder: int) -> str:
    return f"/l/{lunch.card.code}/{lunch.holder(holder).key}"


def user(lunch: Club, holder: int) -> str:
    return f"usr_{lunch.holder(holder).person}"


def allow(phone: httpx.Client, lunch: Club, holder: int, browser: Browser) -> httpx.Response:
    return phone.post(f"{address(lunch, holder)}/push", data=browser.form)


def test_a_push_opens_the_holders_own_card(mario: Shop, ann: httpx.Client, lunch: Club, service: PushService) -> None:
    holder, browser = lunch.joined(), service.browser("ann")
    assert allow(ann, lunch, holder, browser).status_code == 204
    assert allow(ann, lunch, holder, browser).status_code == 204, "the same browser again only renews its keys"
    mario.client.loyalty.push.single(lunch.id, user=user(lunch, holder), message="Double stamps today!")
    work()
    ((name, _, sealed),) = service.taken
    assert name == "ann"
    assert browser.decrypted(sealed) == {
        "title": "Lunch club",
        "body": "Double stamps today!",
        "url": f"http://127.0.0.1:8000{address(lunch, holder)}",
    }
    assert Message.objects.get(account=mario.account).state == "sent"
    noted = Event.objects.get(account=mario.account.pk, kind="push.queued")
    assert (noted.subject, noted.data) == (lunch.id, {"amount": 1})


def test_to_all_users_of_this_card_and_nobody_else(
    mario: Shop, lucia: Shop, ann: httpx.Client, lunch: Club, service: PushService
) -> None:
    other, offer, hers = club(mario), mario.campaign(), club(lucia)
    voided = lunch.joined()
    for name in ("a", "b"):
        allow(ann, lunch, lunch.joined(), service.browser(name))
    allow(ann, lunch, voided, service.browser("voided"))
    allow(ann, other, other.joined(), service.browser("other card"))
    allow(ann, hers, hers.joined(), service.browser("her card"))
    ann.post(f"/p/{offer.code}/{offer.claimed()}/push", data=service.browser("coupon").form)
    lunch.void(voided)
    mario.client.loyalty.push.all(lunch.id, message="Last day!")
    work()
    assert sorted(name for name, _, _ in service.taken) == ["a", "b"]
    nobody = refused(mario.client.loyalty.push.single, lunch.id, user=user(lunch, voided), message="x")
    assert (nobody.codes, nobody.reasons) == ((300,), ("not_saved",))
    assert refused(lucia.client.loyalty.push.all, lunch.id, message="x").codes == (505,)


def test_to_nobody(mario: Shop, lunch: Club) -> None:
    body = {"loyaltycard": lunch.id, "user": user(lunch, lunch.joined()), "message": "Hi"}
    answer = mario.api(ONE, body)
    assert (answer.status_code, answer.json()) == (422, NOBODY)
    assert mario.api(ALL, {"loyaltycard": lunch.id, "message": "Hi"}).json() == {"status": {"status": "OK"}}
    assert not Message.objects.filter(account=mario.account).exists()


@pytest.mark.parametrize(
    ("path", "parameters", "codes"),
    [
        (ONE, {"user": "usr_999999999"}, [505]),
        (ONE, {"loyaltycard": "loy_999999999"}, [505]),
        (ONE, {"loyaltycard": None, "user": None, "message": None}, [200, 200, 200]),
        (ONE, {"loyaltycard": "x", "user": "y", "message": "z" * 501}, [301, 301, 300]),
        (ALL, {"loyaltycard": "loy_999999999"}, [505]),
        (ALL, {"loyaltycard": None, "message": None}, [200, 200]),
        (ALL, {"loyaltycard": "x"}, [301]),
    ],
)
def test_failures_are_in_envelope_c(
    mario: Shop, lunch: Club, path: str, parameters: dict[str, Any], codes: list[int]
) -> None:
    body = {"loyaltycard": lunch.id, "user": user(lunch, lunch.joined()), "message": "Hi"} | parameters
    answer = mario.api(path, body)
    assert list(answer.json()) == ["status", "errors", "message"]
    assert told(answer)[1] == codes


def test_users_of_other_cards_are_not_found_and_wrong_keys_are_in_envelope_a(
    mario: Shop, lucia: Shop, lunch: Club
) -> None:
    for other in (club(mario), club(lucia)):
        hers = user(other, other.joined())
        assert refused(mario.client.loyalty.push.single, lunch.id, user=hers, message="Hi").codes == (505,)
    for path in (ONE, ALL):
        assert door().post(path, json={}).json() == WRONG_KEYS


def test_the_holders_page_offers_it_where_the_server_can(ann: httpx.Client, lunch: Club, service: PushService) -> None:
    holder = lunch.joined()
    page = ann.get(address(lunch, holder))
    assert f'data-push="{address(lunch, holder)}/push"' in page.text and vapid.public_key() in page.text
    assert "Send me news about this card" in page.text and "/static/look/push.js" in page.text
    with override_settings(TEAROFF_PUSH_KEY=""):
        assert "data-push" not in ann.get(address(lunch, holder)).text
        assert allow(ann, lunch, holder, service.browser("x")).status_code == 404


def test_whose_subscriptions_are_kept(ann: httpx.Client, lunch: Club, service: PushService) -> None:
    holder = lunch.joined()
    here, fine = f"{address(lunch, holder)}/push", service.browser("x").form
    assert ann.get(here).status_code == 405
    assert ann.post(here, data=fine | {"auth": ""}).status_code == 422
    assert ann.post(f"/l/{lunch.card.code}/{'z' * 21}/push", data=fine).status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert ann.post(here, data=fine, headers=foreign).status_code == 403
    mine = PushSubscription.objects.filter(holder=holder)
    assert not mine.exists()
    for number in range(pushing.MOST_BROWSERS + 1):
        last = allow(ann, lunch, holder, service.browser(str(number)))
    assert last.status_code == 422 and mine.count() == pushing.MOST_BROWSERS
    assert ann.post(here, data=service.browser("0").form | {"off": "1"}).status_code == 204
    assert mine.count() == pushing.MOST_BROWSERS - 1
    lunch.void(holder)
    assert ann.post(here, data=fine).status_code == 409
