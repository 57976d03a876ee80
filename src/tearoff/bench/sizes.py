"""How much is measured: the numbers behind the default, `--quick` and `--tiny`."""

import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Amounts of acts, rows and rounds. A window is a stretch of one kind of work whose cost is taken."""

    windows: int
    acts: int
    """API calls, and page openings, per window."""
    yardstick_acts: int
    """pgbench's transactions per window."""
    steady_rate: float
    steady_acts: int
    rival_rounds: int
    listings: int
    link_amounts: tuple[int, ...]
    link_rounds: int
    link_rate: float
    """Other requests per second while many links are made."""
    link_calm: float
    """Seconds of them alone before."""
    people: int
    """Holders of a card, and contacts of a group, in whose lists the first and the last page are compared."""
    people_at_once: int
    growth_small: int
    growth_rows: int
    growth_windows: int
    growth_acts: int
    patience: float
    """Seconds after which a measurement begins no further round, be the machine as busy as it may."""

    def rounds(self, amount: int) -> Iterator[int]:
        """At least one round and at most so many."""
        began = time.monotonic()
        for number in range(amount):
            if number and time.monotonic() - began > self.patience:
                return
            yield number

    @property
    def sessions(self) -> int:
        """How many claimed sessions all of it uses up at most, growth and rivals apart; pgbench's share is rounded up."""
        api = (self.windows + 1) * self.acts + self.steady_acts
        bare = (self.windows + 1) * (self.yardstick_acts + 500)
        meanwhile = self.link_rounds * int(self.link_rate * (self.link_calm + 20))
        return api + bare + meanwhile + 100


FULL = Sizes(
    windows=5,
    acts=2_000,
    yardstick_acts=3_000,
    steady_rate=300.0,
    steady_acts=3_000,
    rival_rounds=5,
    listings=15,
    link_amounts=(10_000, 100_000),
    link_rounds=3,
    link_rate=100.0,
    link_calm=4.0,
    people=100_000,
    people_at_once=10_000,
    growth_small=20_000,
    growth_rows=1_000_000,
    growth_windows=6,
    growth_acts=1_000,
    patience=45.0,
)
"""About two minutes on two cores that have nothing else to do."""

QUICK = Sizes(
    windows=2,
    acts=1_000,
    yardstick_acts=1_000,
    steady_rate=300.0,
    steady_acts=600,
    rival_rounds=2,
    listings=5,
    link_amounts=(10_000, 100_000),
    link_rounds=1,
    link_rate=100.0,
    link_calm=2.0,
    people=20_000,
    people_at_once=10_000,
    growth_small=6_000,
    growth_rows=50_000,
    growth_windows=1,
    growth_acts=800,
    patience=10.0,
)
"""About twenty seconds; tells whether something is badly wrong, not how good it is."""

TINY = Sizes(
    windows=1,
    acts=60,
    yardstick_acts=60,
    steady_rate=100.0,
    steady_acts=30,
    rival_rounds=1,
    listings=2,
    link_amounts=(10, 100),
    link_rounds=1,
    link_rate=50.0,
    link_calm=0.5,
    people=200,
    people_at_once=20,
    growth_small=500,
    growth_rows=1_000,
    growth_windows=1,
    growth_acts=40,
    patience=5.0,
)
"""For tests: everything happens, nothing is measured."""
