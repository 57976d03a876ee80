"""What docs/webhooks.md says is true: its code runs, its lists are complete."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tearoff.kit import outbound
from tearoff.webhooks import payloads, schedule
from tearoff.webhooks.models import Endpoint
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import work
from tests.world import Shop

DOCS = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def test_the_receiver_of_the_docs_knows_a_genuine_request(
    mario: Shop, receiver: Receiver, listen: Callable[..., Endpoint]
) -> None:
    code: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", DOCS, re.S)[0], code)
    is_genuine = code["is_genuine"]
    endpoint = listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    work()
    [request] = receiver.received
    assert is_genuine(request.body, request.headers, endpoint.new_secret)
    assert not is_genuine(request.body + b" ", request.headers, endpoint.new_secret)
    old = request.headers | {"webhook-timestamp": "1743581551"}
    assert not is_genuine(request.body, old, endpoint.new_secret)


def test_every_header_is_explained(mario: Shop, receiver: Receiver, listen: Callable[..., Endpoint]) -> None:
    listen(mario, ["coupon_claimed"])
    mario.campaign().claimed()
    work()
    ordinary = {"host", "content-length", "accept-encoding", "connection", "user-agent"}
    assert {name for name in receiver.received[0].headers if f"{name}:" not in DOCS.lower()} <= ordinary


def test_every_kind_that_can_come_is_listed() -> None:
    of_parts_that_are_not_there = {"coupon_played"}
    listed = {kind for kind in payloads.WIRE_KINDS.values() if f"| `{kind}` |" in DOCS}
    assert set(payloads.WIRE_KINDS.values()) - listed == of_parts_that_are_not_there


def test_every_word_of_the_log_is_explained() -> None:
    words = set(re.findall(r"^    (\w+) {2,}", outbound.__doc__ or "", re.M))
    assert "private_address" in words
    assert {word for word in words if f"`{word}`" not in DOCS} == {"bad_url"}


def test_the_waits_are_those_of_the_schedule() -> None:
    hours = [int(wait.total_seconds() // 3600) for wait in schedule.WAITS[3:]]
    assert "5 s, 5 min, 30 min, " + ", ".join(map(str, hours[:-1])) + f" and {hours[-1]} h" in DOCS
    assert [wait.total_seconds() for wait in schedule.WAITS[:3]] == [5, 300, 1800]
