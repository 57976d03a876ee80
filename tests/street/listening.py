"""Somebody who listens to webhooks, and the quiet in which what is sent can be told. Fixtures of every room's tests."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tearoff.kit import clock, sql
from tearoff.webhooks import endpoints
from tearoff.webhooks.models import Endpoint
from tests.webhooks.receiver import Receiver, open_receiver
from tests.world import Shop


@pytest.fixture
def quiet_webhooks() -> None:
    """Nothing of earlier tests, which share this database, is sent while this test looks.

    Whoever drives the worker (`tests/webhooks/yard.py`) needs it: sending what others left can take longer than the
    first pause of the schedule, and then a try that this test does not expect is due as well.
    """
    sql.run("update webhook_endpoint set is_active = false")
    sql.run("delete from outbox where reader = 'webhooks'")
    sql.run("update webhook_delivery set state = 'held', leased_until = null where state = 'due'")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as receiver:
        yield receiver


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging receiver waits for; opened at the end at the latest."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def listen(receiver: Receiver, quiet_webhooks: None) -> Callable[..., Endpoint]:
    """Make an endpoint of a shop at the receiver (or at another `url`)."""

    def make(shop: Shop, kinds: list[str] | None = None, campaign: int | None = None, url: str = "") -> Endpoint:
        return endpoints.create(
            shop.account.pk, url=url or receiver.url, kinds=kinds, campaign=campaign, at=clock.now()
        )

    return make
