"""Exactly 50 of 200 who come at once on one campaign of limit 50, and how long the last of them waits."""

from tearoff.bench import calls, loading, shop
from tearoff.bench.loading import Failed
from tearoff.bench.numbers import Numbers
from tearoff.bench.place import Place
from tearoff.bench.report import Row, median, row
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes

RIVALS = 200
LIMIT = 50
LONGEST = 2.0  # seconds


def measured(place: Place, sizes: Sizes, ours: Shop, first: int) -> list[Row]:
    """`first` is where the session numbers of the account are still free."""
    times = []
    for number in sizes.rounds(sizes.rival_rounds):
        times.append(_round(place, ours, Numbers(RIVALS, skipped=first + number * RIVALS)))
    slowest = max(times)
    return [
        row(
            "rivals",
            f"exactly {LIMIT} of {RIVALS} rivals on one campaign of limit {LIMIT}: all answered, slowest round",
            slowest,
            f"{slowest:.2f} s (median {median(times):.2f} s, {len(times)} rounds)",
            at_most=LONGEST,
            owed=f"{LONGEST:.0f} s",
            rounds=times,
        )
    ]


def _round(place: Place, ours: Shop, numbers: Numbers) -> float:
    campaign = ours.campaign("Fifty only", max_validations=LIMIT)
    walk = shop.claimed_sessions(campaign, numbers)
    result = loading.load(calls.validations(place, ours, walk.codes(RIVALS), connections=RIVALS))
    expected = {calls.VALIDATED.name: LIMIT, calls.SOLD_OUT.name: RIVALS - LIMIT}
    if result.kinds != expected:
        raise Failed(f"Of {RIVALS} rivals came {result.kinds} instead of {expected}. {result.strange}")
    if shop.uses(campaign.pk) != LIMIT:
        raise Failed(f"The ledger has {shop.uses(campaign.pk)} validations on a limit of {LIMIT}.")
    return result.seconds
