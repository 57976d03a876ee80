"""Workers killed while they send: nobody is skipped, nobody gets it twice, and those in doubt are named (lesson 40)."""

import json
import random
from collections import Counter
from pathlib import Path

from tearoff.messaging import delivering
from tearoff.messaging.models import Message
from tests.street.messaging import connect, queued
from tests.street.server import start_worker
from tests.webhooks.receiver import Receiver, until
from tests.world import Shop

AMOUNT, KILLS = 150, 4


def test_workers_killed_at_random(mario: Shop, receiver: Receiver, tmp_path: Path) -> None:
    hands = tmp_path / "clock"
    hands.write_text("0")
    connect(mario, "sms", "http", url=receiver.url, template={"ref": "{id}"}, signing_secret="s")
    offer = mario.campaign()
    wanted = {queued(offer).pk for _ in range(AMOUNT)}
    dice = random.Random(40)
    for _ in range(KILLS):
        worker = start_worker(TEAROFF_TEST_CLOCK=str(hands))
        seen = len(receiver.received) + dice.randint(1, 25)
        until(lambda seen=seen: len(receiver.received) >= seen)
        worker.kill9()
    hands.write_text(str(int(delivering.LEASE.total_seconds()) + 1))
    last = start_worker(TEAROFF_TEST_CLOCK=str(hands))
    waiting = Message.objects.filter(account=mario.account, state__in=["queued", "sending"])
    until(lambda: not waiting.exists())
    assert last.stop() == 0, last.said()

    times = Counter(int(json.loads(request.body)["ref"]) for request in receiver.received)
    states = dict(Message.objects.filter(account=mario.account).values_list("pk", "state"))
    in_doubt = {pk for pk, state in states.items() if state == "unknown"}
    assert set(states) == wanted and set(states.values()) <= {"sent", "unknown"}
    assert max(times.values()) == 1
    assert set(times) >= wanted - in_doubt
    assert len(in_doubt) <= KILLS * delivering.SHARE
