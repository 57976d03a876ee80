"""Endpoints and deliveries: what was sent, what came back, and once more."""

import re

import pytest

from tearoff.activity.models import Reader
from tearoff.kit import clock
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Delivery, Endpoint
from tests.dashboard.browsing import Operator, errors_in
from tests.webhooks import yard
from tests.webhooks.receiver import open_receiver
from tests.world import Shop

ENDPOINTS, DELIVERIES = "/admin/webhooks/endpoint/", "/admin/webhooks/delivery/"
NOBODY = "http://127.0.0.1:9/hook"

pytestmark = pytest.mark.usefixtures("quiet_webhooks")


def failed_delivery(shop: Shop, url: str = NOBODY) -> Delivery:
    """A claim that nobody could be told of."""
    endpoint = endpoints.create(shop.account.pk, url=url, kinds=["coupon_claimed"], campaign=None, at=clock.now())
    shop.campaign().claimed(customer={"firstname": "<Ann>"})
    yard.take()
    yard.work()
    return yard.only_delivery(endpoint)


def test_a_delivery_tells_every_request_and_what_was_sent(olga: Operator, mario: Shop):
    delivery = failed_delivery(mario)

    page = olga.get(f"{DELIVERIES}{delivery.pk}/change/").text

    assert "coupon_claimed" in page and NOBODY in page and delivery.notification.code in page
    assert delivery.attempts.get().problem in page
    assert "&lt;Ann&gt;" in page and "<Ann>" not in page, "what a consumer typed is shown, not run"
    assert delivery.notification.code in olga.get(f"{DELIVERIES}{delivery.pk}/change/").text
    assert f"/{delivery.pk}/change/" in olga.get(f"{DELIVERIES}?q={delivery.notification.code}").text


def test_another_try_goes_out_at_once(olga: Operator, mario: Shop):
    with open_receiver() as receiver:
        delivery = failed_delivery(mario)
        Endpoint.objects.filter(pk=delivery.endpoint_id).update(url=receiver.url)
        Delivery.objects.filter(pk=delivery.pk).update(state="failed")

        olga.press(f"{DELIVERIES}{delivery.pk}/change/", "retry")
        assert "It will be sent again now." in olga.get(DELIVERIES).text
        yard.work()

        assert yard.kinds(receiver) == ["coupon_claimed"]
    assert yard.only_delivery(delivery.endpoint).state == "delivered"


def test_many_are_sent_again_from_the_list(olga: Operator, mario: Shop):
    delivery = failed_delivery(mario)
    Delivery.objects.filter(pk=delivery.pk).update(state="failed")
    form = olga.form(DELIVERIES, "action")

    olga.client.post(DELIVERIES, data=form.typed({"action": "send_again", "_selected_action": [delivery.pk]}))

    assert "1 will be sent again now." in olga.get(DELIVERIES).text
    delivery.refresh_from_db()
    assert delivery.state == "due"


def test_to_an_endpoint_that_is_off_nothing_is_sent_again(olga: Operator, mario: Shop):
    delivery = failed_delivery(mario)
    endpoints.update(mario.account.pk, delivery.endpoint_id, active=False, at=clock.now())

    olga.press(f"{DELIVERIES}{delivery.pk}/change/", "retry")

    assert "Not sent: its endpoint is off" in olga.get(DELIVERIES).text
    yard.work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts.count()) == ("held", 1)


def test_an_endpoint_is_made_with_a_secret_shown_once(olga: Operator, mario: Shop):
    typed = {"account": mario.account.pk, "url": NOBODY, "kinds": ["coupon_claimed", "coupon_validated"]}

    answer = olga.fill(f"{ENDPOINTS}add/", typed, having="url")

    endpoint = Endpoint.objects.get(account=mario.account)
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    assert endpoint.kinds == ["coupon_claimed", "coupon_validated"] and "no-store" in answer.headers["cache-control"]
    assert secret not in olga.get(f"{ENDPOINTS}{endpoint.pk}/change/").text
    assert Reader.objects.filter(account=mario.account.pk, name="webhooks").exists(), (
        "its events are kept for it from now on"
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not an address", "This is no address"),
        ("file:///etc/passwd", "This is no address"),
        ("http://10.0.0.1/", "private network"),
    ],
)
def test_an_address_no_server_of_ours_may_call_is_refused(olga: Operator, mario: Shop, url: str, said: str):
    answer = olga.fill(f"{ENDPOINTS}add/", {"account": mario.account.pk, "url": url}, having="url")

    assert any(said in error for error in errors_in(answer.text)), errors_in(answer.text)
    assert not Endpoint.objects.filter(account=mario.account).exists()


def test_an_endpoint_is_changed_tested_rotated_and_removed(olga: Operator, mario: Shop, lucia: Shop):
    endpoint = endpoints.create(mario.account.pk, url=NOBODY, kinds=None, campaign=None, at=clock.now())
    here = f"{ENDPOINTS}{endpoint.pk}/change/"

    theirs = olga.fill(here, {"campaign": lucia.campaign().campaign.pk}, having="url")
    assert any("belongs to another account" in error for error in errors_in(theirs.text))
    olga.fill(here, {"is_active": None, "kinds": ["coupon_claimed"]}, having="url")
    endpoint.refresh_from_db()
    assert not endpoint.is_active and endpoint.kinds == ["coupon_claimed"] and endpoint.switched_off_because == "owner"
    olga.fill(here, {"is_active": "on"}, having="url")

    assert "whsec_" in olga.press(here, "rotate").text
    olga.press(here, "test")
    yard.take()
    assert yard.only_delivery(endpoint).notification.kind == "test"

    olga.fill(f"{ENDPOINTS}{endpoint.pk}/delete/", {"post": "yes"})
    assert not Endpoint.objects.filter(pk=endpoint.pk).exists()
    assert not Reader.objects.filter(account=mario.account.pk, name="webhooks").exists()
