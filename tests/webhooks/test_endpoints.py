"""Endpoints: made and changed through the account, and told only what they asked for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings

from tearoff.accounts import subaccounts
from tearoff.activity.models import Outbox, Reader
from tearoff.campaigns.models import Grant
from tearoff.kit import clock
from tearoff.webhooks import delivery, endpoints, notifications
from tearoff.webhooks.models import Delivery, Endpoint, Notification
from tests.webhooks.receiver import Receiver, open_receiver
from tests.webhooks.yard import kinds, only_delivery, take, told, work
from tests.world import Shop, open_shop

Listen = Callable[..., Endpoint]


@pytest.fixture
def second() -> Iterator[Receiver]:
    with open_receiver() as receiver:
        yield receiver


def slips(shop: Shop) -> int:
    return Outbox.objects.filter(reader="webhooks", event__in=[n for (n,) in _events_of(shop)]).count()


def _events_of(shop: Shop) -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute("select id from event where account = %s", [shop.account.pk])
        return cursor.fetchall()


def test_the_secret_is_told_once(mario: Shop, listen: Listen) -> None:
    made = listen(mario)
    assert made.new_secret and made.new_secret.startswith("whsec_")
    [row] = endpoints.listed(mario.account.pk)
    assert row.new_secret is None
    assert made.new_secret.encode() not in bytes(row.secret_sealed)
    updated = endpoints.update(mario.account.pk, made.pk, active=False, at=clock.now())
    assert updated and updated.new_secret is None


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://shop.example/", "bad_url"),
        ("http://user:secret@shop.example/", "bad_url"),
        ("http://10.0.0.1/hook", "private_address"),
        ("http://[::ffff:169.254.169.254]/", "private_address"),
        ("http://" + "a" * 2000 + ".example/", "bad_url"),
    ],
)
def test_an_address_nothing_may_go_to_is_refused(mario: Shop, listen: Listen, url: str, word: str) -> None:
    made = listen(mario)
    with pytest.raises(endpoints.BadUrl, match=word):
        listen(mario, url=url)
    with pytest.raises(endpoints.BadUrl, match=word):
        endpoints.update(mario.account.pk, made.pk, url=url, active=False, at=clock.now())
    [row] = endpoints.listed(mario.account.pk)
    assert (row.url, row.is_active) == (made.url, True)


def test_plain_http_can_be_forbidden_and_then_nothing_goes_there(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    old = listen(mario, ["coupon_claimed"])
    with override_settings(TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS=True):
        with pytest.raises(endpoints.BadUrl, match="not_encrypted"):
            listen(mario)
        mario.campaign().claimed()
        work()
        assert receiver.received == []
        assert only_delivery(old).attempts.get().problem == "not_encrypted"


def test_unknown_kinds_and_unreachable_coupons_are_bugs_of_the_caller(mario: Shop, lucia: Shop, listen: Listen) -> None:
    with pytest.raises(ValueError, match="coupon_eaten"):
        listen(mario, ["coupon_eaten"])
    with pytest.raises(ValueError, match="does not reach"):
        listen(mario, None, lucia.campaign().campaign.pk)
    assert endpoints.listed(mario.account.pk) == []


def test_kinds_and_coupon_are_filters(mario: Shop, receiver: Receiver, second: Receiver, listen: Listen) -> None:
    slice_, coffee = mario.campaign("Slice"), mario.campaign("Coffee")
    listen(mario, ["coupon_claimed", "coupon_validated"])
    listen(mario, None, coffee.campaign.pk, url=second.url)
    for offer in (slice_, coffee):
        offer.use(offer.claimed())
    work()
    assert sorted(kinds(receiver)) == ["coupon_claimed"] * 2 + ["coupon_validated"] * 2
    assert kinds(second) == ["coupon_opened", "coupon_claimed", "coupon_validated"]
    assert {body["campaign"] for body in told(second)} == {coffee.id}


def test_filters_can_be_changed_and_taken_away(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    slice_, coffee = mario.campaign("Slice"), mario.campaign("Coffee")
    made = listen(mario, ["coupon_claimed"], slice_.campaign.pk)
    account, at = mario.account.pk, clock.now()

    endpoints.update(account, made.pk, kinds=["coupon_opened"], campaign=coffee.campaign.pk, at=at)
    slice_.claimed()
    coffee.claimed()
    take()
    changed = endpoints.update(account, made.pk, kinds=[], campaign=0, at=at)
    assert changed and (changed.kinds, changed.campaign_id) == ([], None)
    slice_.claimed()
    work()
    assert [(body["type"], body["campaign"]) for body in told(receiver)] == [
        ("coupon_opened", coffee.id),
        ("coupon_opened", slice_.id),
        ("coupon_claimed", slice_.id),
    ]


def test_one_event_to_several_endpoints_is_one_notification(
    mario: Shop, receiver: Receiver, second: Receiver, listen: Listen
) -> None:
    listen(mario, ["coupon_claimed"])
    listen(mario, url=second.url, kinds=["coupon_claimed"])
    mario.campaign().claimed()
    work()
    assert receiver.received[0].body == second.received[0].body
    assert Notification.objects.filter(account=mario.account.pk).count() == 1


def test_the_neighbour_hears_and_changes_nothing(mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen) -> None:
    mine = listen(mario)
    at = clock.now()
    lucia.campaign().claimed()
    work()
    assert receiver.received == []
    assert endpoints.listed(lucia.account.pk) == []
    assert endpoints.update(lucia.account.pk, mine.pk, active=False, at=at) is None
    assert endpoints.rotate_secret(lucia.account.pk, mine.pk, at=at) is None
    assert not endpoints.send_test(lucia.account.pk, mine.pk, at=at)
    assert not endpoints.remove(lucia.account.pk, mine.pk, at=at)
    assert [row.pk for row in endpoints.listed(mario.account.pk)] == [mine.pk]


def test_verbs_leave_slips_only_where_somebody_listens(mario: Shop, listen: Listen) -> None:
    offer = mario.campaign()
    offer.claimed()
    assert slips(mario) == 0
    first, other = listen(mario), listen(mario)
    before = slips(mario)
    offer.claimed()
    assert slips(mario) == before + 2
    endpoints.remove(mario.account.pk, first.pk, at=clock.now())
    assert Reader.objects.filter(account=mario.account.pk, name="webhooks").exists()
    endpoints.remove(mario.account.pk, other.pk, at=clock.now())
    before = slips(mario)
    offer.claimed()
    assert slips(mario) == before


def test_endpoints_made_and_removed_at_once_leave_the_reader_right(mario: Shop, listen: Listen) -> None:
    def one(turn: int) -> None:
        try:
            made = listen(mario)
            if turn % 3:
                assert endpoints.remove(mario.account.pk, made.pk, at=clock.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))
    assert len(endpoints.listed(mario.account.pk)) == 8
    assert Reader.objects.filter(account=mario.account.pk, name="webhooks").count() == 1


def test_a_removed_endpoint_gets_nothing_more(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    made = listen(mario)
    mario.campaign().claimed()
    take()
    assert endpoints.remove(mario.account.pk, made.pk, at=clock.now())
    assert not endpoints.remove(mario.account.pk, made.pk, at=clock.now())
    work()
    assert receiver.received == []


def test_a_parent_hears_of_a_coupon_granted_to_it_under_its_own_keys(
    mario: Shop, receiver: Receiver, second: Receiver, listen: Listen
) -> None:
    from tearoff.webhooks import signing

    branch = open_shop("Mario North", parent=mario.account)
    granted, other = branch.campaign("Granted"), branch.campaign("Other")
    Grant.objects.create(parent=mario.account, campaign=granted.campaign)
    parents = listen(mario, ["coupon_claimed"], granted.campaign.pk)
    listen(branch, ["coupon_claimed"], url=second.url)
    code = granted.claimed()
    other.claimed()
    work()

    [request] = receiver.received
    assert told(receiver)[0]["session"] == code
    assert request.headers["x-hmac"] == signing.legacy_signature(mario.client_secret, request.body)
    assert len(second.received) == 2
    assert notifications.find(mario.account.pk, request.id)
    assert notifications.find(branch.account.pk, request.id) is None

    Grant.objects.filter(parent=mario.account).delete()
    granted.claimed()
    work()
    assert len(receiver.received) == 1
    endpoints.remove(mario.account.pk, parents.pk, at=clock.now())
    assert Reader.objects.filter(account=branch.account.pk, name="webhooks").exists()


def test_a_test_goes_to_one_endpoint_whatever_it_listens_to(
    mario: Shop, receiver: Receiver, second: Receiver, listen: Listen
) -> None:
    made = listen(mario, ["coupon_removed"], mario.campaign().campaign.pk)
    listen(mario, url=second.url)
    assert endpoints.send_test(mario.account.pk, made.pk, at=clock.now())
    work()
    [body] = told(receiver)
    assert list(body) == ["id", "type", "datetime", "campaign", "coupon"]
    assert (body["type"], body["campaign"], body["coupon"]) == ("test", "", "")
    assert "test" not in kinds(second)
    assert notifications.find(mario.account.pk, body["id"])


# Verification


def test_what_was_sent_can_be_verified_by_its_receiver_alone(
    mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen
) -> None:
    offer = mario.campaign()
    listen(mario, ["coupon_claimed"])
    code = offer.claimed()
    work()
    [body] = told(receiver)
    found = notifications.find(mario.account.pk, body["id"])
    assert found
    assert (found.code, found.kind, found.campaign_id, found.session_code) == (
        body["id"],
        "coupon_claimed",
        offer.campaign.pk,
        code,
    )
    assert found.at.strftime("%Y-%m-%d %H:%M:%S") == body["datetime"]
    assert notifications.find(lucia.account.pk, body["id"]) is None
    assert notifications.find(mario.account.pk, "evt_" + "x" * 20) is None


def test_what_never_left_is_unknown(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    made = listen(mario, ["coupon_claimed"])
    endpoints.update(mario.account.pk, made.pk, active=False, at=clock.now())
    mario.campaign().claimed()
    work()
    held = Delivery.objects.select_related("notification").get(endpoint=made)
    assert held.state == "held"
    assert notifications.find(mario.account.pk, held.notification.code) is None


def test_a_receiver_may_verify_before_it_answers(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    from tests.webhooks.receiver import Answer, Received

    def asks_first(request: Received) -> Answer:
        try:
            return Answer(200 if notifications.find(mario.account.pk, request.id) else 401)
        finally:
            connection.close()

    receiver.answering = asks_first
    made = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    work()
    assert only_delivery(made).state == "delivered"


def test_an_account_without_the_right_is_told_nothing(
    mario: Shop, receiver: Receiver, listen: Callable[..., Endpoint]
) -> None:
    """Neither of what happens from then on, nor of what was due: that is held, and can be replayed."""
    endpoint = listen(mario, ["coupon_opened"])
    offer = mario.campaign()
    offer.opened()
    take()
    subaccounts.update(mario.account, subaccounts.Changes({"denied": ["webhooks"]}), actor="test", at=clock.now())
    offer.opened()
    work()

    assert not receiver.received
    assert [one.state for one in Delivery.objects.filter(endpoint=endpoint)] == ["held"]

    subaccounts.update(mario.account, subaccounts.Changes({"denied": []}), actor="test", at=clock.now())
    offer.opened()
    delivery.replay(endpoint, since=clock.now() - timedelta(hours=1), until=clock.now(), at=clock.now())
    work()
    assert len(receiver.received) == 2


def test_a_parent_without_the_right_is_not_told_of_a_client_s_coupon_either(
    mario: Shop, receiver: Receiver, listen: Callable[..., Endpoint]
) -> None:
    roma = open_shop("Pizza Roma", parent=mario.account)
    offer = roma.campaign()
    Grant.objects.create(parent_id=mario.account.pk, campaign=offer.campaign)
    listen(mario, ["coupon_opened"], campaign=offer.campaign.pk)
    subaccounts.update(mario.account, subaccounts.Changes({"denied": ["webhooks"]}), actor="test", at=clock.now())

    offer.opened()
    work()

    assert not receiver.received
