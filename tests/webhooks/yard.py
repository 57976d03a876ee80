"""The worker's part, step by step in this thread, so that a test decides when what happens."""

import json
from datetime import datetime
from typing import Any

from tearoff.kit import clock
from tearoff.webhooks import claiming, delivery, taking
from tearoff.webhooks.models import Delivery, Endpoint
from tests.webhooks.receiver import Receiver


def take() -> None:
    """Take everything out of the outbox."""
    while taking.take():
        pass


def deliver(limit: int, *, at: datetime) -> int:
    """Claim up to `limit` deliveries and carry each through, one after the other; how many there were."""
    jobs = claiming.claim(limit, at=at)
    for job in jobs:
        delivery.record(job, delivery.send(job), at=at)
    return len(jobs)


def work() -> None:
    """Take everything, and send whatever is due at this moment of the clock."""
    take()
    while deliver(50, at=clock.now()):
        pass
    while delivery.hold(1000, at=clock.now()):
        pass


def next_try(endpoint: Endpoint) -> datetime:
    """When the earliest delivery of the endpoint is due."""
    due = Delivery.objects.filter(endpoint=endpoint, state="due").order_by("next_try_at").first()
    assert due is not None, "Nothing is due."
    return due.next_try_at


def only_delivery(endpoint: Endpoint) -> Delivery:
    return Delivery.objects.select_related("notification").get(endpoint=endpoint)


def told(receiver: Receiver) -> list[dict[str, Any]]:
    """The bodies, sorted as a receiver sorts them: by the sequence header."""
    in_order = sorted(receiver.received, key=lambda request: int(request.headers["x-webhook-sequence"]))
    return [json.loads(request.body) for request in in_order]


def kinds(receiver: Receiver) -> list[str]:
    return [body["type"] for body in told(receiver)]
