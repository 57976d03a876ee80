"""What the worker does, loop by loop. Each call of `run_once` does one batch and tells whether there was anything to do.

The clock is read here and handed down, so that tests move it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tearoff.accounts import ownermail, tokens
from tearoff.activity import throttling
from tearoff.coupons.orphans import orphans
from tearoff.directories import entering
from tearoff.directories import proof as directories
from tearoff.kit import clock, sql
from tearoff.loyalty import following
from tearoff.loyalty import proof as loyalty
from tearoff.messaging import delivering
from tearoff.statistics import rollup
from tearoff.wallet import delivering as wallet_delivering
from tearoff.wallet import following as wallet_following
from tearoff.webhooks import delivery, forgetting, taking
from tearoff.worker.delivering import Delivering

REQUEST_KEYS_STAY = timedelta(hours=48)
THROTTLES_STAY = timedelta(days=1)
SENT_MAILS_STAY = timedelta(days=90)
CHUNK = 2_000

logger = logging.getLogger("tearoff.worker")


@dataclass(frozen=True)
class Loop:
    name: str
    idle: float
    """Seconds to wait when there was nothing to do."""
    act: Callable[[], int]
    """One batch; how much it did."""

    def run_once(self) -> bool:
        return self.act() > 0


def keep_house() -> int:
    """Throw away what has had its time, a chunk of each kind."""
    at = clock.now()
    gone = [
        sql.run(
            "delete from request_key where id in (select id from request_key where created_at < %s limit %s)",
            [at - REQUEST_KEYS_STAY, CHUNK],
        ),
        throttling.forget_before(at - THROTTLES_STAY),
        sql.run("delete from campaign_try where hour < %s", [at - THROTTLES_STAY]),
        sql.run("delete from owner_mail where created_at < %s", [at - SENT_MAILS_STAY]),
        tokens.forget_before(at),
        entering.forget_before(at),
        forgetting.forget(at),
        wallet_delivering.forget(at, CHUNK),
    ]
    return sum(gone)


def prove_owners() -> int:
    """Once a day, whichever worker comes first: hot rows have their owners and counters agree with the ledger."""
    if throttling.count_up("prove-owners", at=clock.now(), window=timedelta(days=1)) == 1:
        for sentence in (*orphans(), *loyalty.contradictions(), *directories.contradictions()):
            logger.error("The database contradicts itself: %s", sentence)
    return 0


LOOPS = [
    Loop("take events for webhooks", 0.25, taking.take),
    Delivering(),
    Loop("hold webhooks of endpoints that are off", 5.0, lambda: delivery.hold(CHUNK, at=clock.now())),
    Loop("messages", 0.5, delivering.deliver),
    Loop("follow rewards of loyalty cards", 1.0, following.take),
    Loop("take events for wallet passes", 1.0, wallet_following.take),
    Loop("tell wallets", 0.5, wallet_delivering.deliver),
    Loop("roll up statistics", 1.0, rollup.roll_up),
    Loop("send mails to owners", 5.0, lambda: ownermail.send_due(20, at=clock.now())),
    Loop("keep house", 300.0, keep_house),
    Loop("prove owners", 3600.0, prove_owners),
]
