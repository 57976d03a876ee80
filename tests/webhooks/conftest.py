"""Read before Django is set up when this folder is named on the command line, hence the imports inside."""

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.webhooks.receiver import Receiver, open_receiver

if TYPE_CHECKING:
    from tearoff.webhooks.models import Endpoint
    from tests.world import Shop


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    """Nothing of earlier tests, which share this database, is sent while this test looks."""
    from tearoff.kit import sql

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
def listen(receiver: Receiver) -> "Callable[..., Endpoint]":
    """Make an endpoint of a shop at the receiver (or at another `url`)."""
    from tearoff.kit import clock
    from tearoff.webhooks import endpoints

    def make(shop: "Shop", kinds: list[str] | None = None, campaign: int | None = None, url: str = "") -> "Endpoint":
        return endpoints.create(
            shop.account.pk, url=url or receiver.url, kinds=kinds, campaign=campaign, at=clock.now()
        )

    return make
