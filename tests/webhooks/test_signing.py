"""Both signatures over the same bytes (webhooks.md 4, lesson 36), checked by an independent library."""

import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tearoff.accounts import keys
from tearoff.accounts.models import ApiClient
from tearoff.kit import clock
from tearoff.webhooks import endpoints, signing
from tearoff.webhooks.models import Endpoint
from tests.webhooks.receiver import Received, Receiver
from tests.webhooks.yard import next_try, work
from tests.world import Shop

Listen = Callable[..., Endpoint]


def test_the_contracts_own_value() -> None:
    body = (
        b'{"id":"evt_Qm3ZtL8vKpYw2RbXc7Ha","type":"coupon_validated","datetime":"2025-04-02 16:20:11",'
        b'"campaign":"cam_204417","coupon":"tq7m2d","session":"h4k9r2m7x1c8v5b3n6z0q"}'
    )
    assert (
        signing.legacy_signature("exampleSecretForTests0123456789", body)
        == "da8d8c1be2cd1113349ff1e90984d7ee8bbeac2c0e8b0ccf6e600ab80eff6286"
    )


def test_a_delivery_carries_both_signatures(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    work()

    [request] = receiver.received
    assert endpoint.new_secret
    assert Webhook(endpoint.new_secret).verify(request.body, request.headers)["type"] == "coupon_claimed"
    assert request.headers["x-hmac"] == hmac.new(mario.client_secret.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-webhook-id"] == request.id
    assert request.headers["x-webhook-attempt"] == "1"
    assert request.headers["x-webhook-sequence"].isdigit()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("Tearoff/")


def _is_genuine(secret: str | None, request: Received, body: bytes | None = None, **headers: str) -> bool:
    assert secret
    try:
        Webhook(secret).verify(body or request.body, request.headers | headers)
    except WebhookVerificationError:
        return False
    return True


def test_what_was_tampered_with_fails(mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen) -> None:
    mine, other = listen(mario, ["coupon_claimed"]), listen(lucia)
    mario.campaign().claimed()
    work()
    [request] = receiver.received
    assert _is_genuine(mine.new_secret, request)
    assert not _is_genuine(other.new_secret, request)
    assert not _is_genuine(mine.new_secret, request, request.body.replace(b"claimed", b"clbimed", 1))
    old = {"webhook-timestamp": str(int(time.time()) - 600)}
    assert not _is_genuine(mine.new_secret, request, **old)
    assert not _is_genuine(mine.new_secret, request, **{"webhook-id": "evt_" + "x" * 20})


def test_during_a_rotation_both_secrets_work_and_afterwards_one(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    offer = mario.campaign()
    rotated = endpoints.rotate_secret(mario.account.pk, endpoint.pk, at=clock.now())
    assert rotated
    assert rotated.new_secret != endpoint.new_secret
    offer.claimed()
    work()
    [request] = receiver.received
    assert _is_genuine(endpoint.new_secret, request)
    assert _is_genuine(rotated.new_secret, request)

    with clock.moved(clock.now() + timedelta(hours=25)):
        offer.claimed()
        work()
    assert len(receiver.received[1].headers["webhook-signature"].split(" ")) == 1


def test_a_retry_is_signed_with_the_secret_the_account_has_then(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    receiver.say(500)
    mario.campaign().claimed()
    work()
    fresh = keys.rotate(ApiClient.objects.get(account=mario.account), actor="test", at=clock.now())
    with clock.moved(next_try(endpoint)):
        work()
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["x-hmac"] == signing.legacy_signature(mario.client_secret, first.body)
    assert second.headers["x-hmac"] == signing.legacy_signature(fresh.client_secret, second.body)


def test_without_a_primary_pair_the_standard_signature_remains(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    endpoint = listen(mario, ["coupon_claimed"])
    ApiClient.objects.filter(account=mario.account).update(revoked_at=clock.now())
    mario.campaign().claimed()
    work()
    [request] = receiver.received
    assert "x-hmac" not in request.headers
    assert _is_genuine(endpoint.new_secret, request)


def test_a_secret_that_cannot_be_read_stops_only_its_own_endpoint(
    mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    broken = listen(mario, ["coupon_claimed"])
    Endpoint.objects.filter(pk=broken.pk).update(secret_sealed=b"sealed under another key")
    listen(lucia, ["coupon_claimed"])
    mario.campaign().claimed()
    lucia.campaign().claimed()
    work()
    assert [request.headers["x-hmac"] for request in receiver.received] == [
        signing.legacy_signature(lucia.client_secret, receiver.received[0].body)
    ]
    assert "cannot be read" in caplog.text
