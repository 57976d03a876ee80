"""What notifications about members of directories hold once the member has left (lesson 53)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tearoff.directories import members
from tearoff.kit import clock
from tearoff.webhooks.models import Endpoint, Notification
from tests.street.directories import directory
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import next_try, take, told, work
from tests.world import Shop

Listen = Callable[..., Endpoint]
NOON = datetime(2031, 5, 1, 9, 0, tzinfo=UTC)
MARKS = (b"pau@", b"Pau", b"Vip", b"Ghent", b"32470000001")


def kept(shop: Shop) -> bytes:
    return b"".join(bytes(one.body) for one in Notification.objects.filter(account=shop.account.pk))


def test_lesson_53_who_is_erased_leaves_what_was_told_and_what_is_still_to_be_told(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    endpoint = listen(mario, ["directory_user_registered", "directory_user_paid"])
    receiver.say(500)
    deals = directory(mario)
    with clock.moved(NOON):
        pau = deals.member(first_name="Pau", custom_1="Vip", city="Ghent", phone="+32470000001")
        eva = deals.member("eva@mail.example")
        work()
        members.give_access(pau, None, at=NOON, actor="test")
        members.erase(pau, at=NOON, actor="test")  # before the payment was told of
        assert any(mark in kept(mario) for mark in MARKS)
        take()
    assert not any(mark in kept(mario) for mark in MARKS) and b"eva@mail.example" in kept(mario)
    first = told(receiver)
    with clock.moved(next_try(endpoint) + timedelta(hours=1)):
        work()
    again = [body for body in told(receiver) if body not in first]
    of_pau = [body for body in again if body["user"]["ID"] == f"reg_{pau.pk}"]
    assert {body["type"] for body in of_pau} == {"directory_user_registered", "directory_user_paid"}
    assert all(body["user"]["email"] == body["user"]["first_name"] == body["user"]["city"] == "" for body in of_pau)
    assert {body["id"] for body in first} & {body["id"] for body in of_pau}, "the same notification, tried again"
    assert [body["user"]["ID"] for body in first if body["user"]["email"] == "eva@mail.example"] == [f"reg_{eva.pk}"]
