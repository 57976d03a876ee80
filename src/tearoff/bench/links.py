"""Many single-use links in one call, and what others feel meanwhile."""

import time
from typing import TYPE_CHECKING

from tearoff.bench import calls, loading
from tearoff.bench.loading import Failed
from tearoff.bench.numbers import Walk
from tearoff.bench.place import Place
from tearoff.bench.report import Row, median, ms, percentile, row
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes

if TYPE_CHECKING:
    from tearoff.campaigns.models import Campaign

OWED = {10_000: 1.0, 100_000: 10.0}  # seconds
MOST_TIMES_SLOWER = 2.0
LONGEST_MEANWHILE = 20.0
"""Seconds for which there are sessions to validate while the large call runs."""


def measured(place: Place, sizes: Sizes, ours: Shop, walk: Walk) -> list[Row]:
    rows = []
    for amount in sizes.link_amounts:
        campaign = ours.campaign(f"{amount} links")
        times = [_made(place, ours, campaign, amount) for _ in sizes.rounds(sizes.link_rounds)]
        owed = OWED.get(amount)
        rows.append(
            row(
                f"links_{amount}",
                f"create {amount:,} single-use links in one call",
                median(times),
                f"{median(times):.2f} s",
                at_most=owed,
                owed=f"{owed:.0f} s" if owed else "",
                rounds=times,
            )
        )
    return [*rows, *_felt_by_others(place, sizes, ours, walk)]


def _made(place: Place, ours: Shop, campaign: "Campaign", amount: int) -> float:
    """Seconds until the last byte of the answer is here; every link is in it and in the table."""
    result = loading.load(calls.many_links(place, ours, campaign.pk, amount))
    loading.only(result, calls.ANSWERED.name, 1)
    if result.counted != amount:
        raise Failed(f"An answer with {amount} links had {result.counted}.")
    if campaign.sessions.count() % amount:
        raise Failed(f"The table has {campaign.sessions.count()} links, and {amount} were made in each call.")
    return result.seconds


def _felt_by_others(place: Place, sizes: Sizes, ours: Shop, walk: Walk) -> list[Row]:
    """Validations at a steady rate, and after a calm stretch the largest call beside them."""
    before: list[float] = []
    meanwhile: list[float] = []
    for _ in sizes.rounds(sizes.link_rounds):
        calm, felt = _calm_and_felt(place, sizes, ours, walk)
        before += calm
        meanwhile += felt
    calm_p99, felt_p99 = percentile(before, 0.99), percentile(meanwhile, 0.99)
    return [
        row(
            "links_others",
            f"p99 of validations at {sizes.link_rate:.0f}/s while {max(sizes.link_amounts):,} links are made, by p99 before",
            felt_p99 / calm_p99,
            f"{felt_p99 / calm_p99:.2f} x ({ms(calm_p99)} before, {ms(felt_p99)} meanwhile)",
            at_most=MOST_TIMES_SLOWER,
            owed=f"{MOST_TIMES_SLOWER:.0f} x",
            before_p50=percentile(before, 0.5),
            meanwhile_p50=percentile(meanwhile, 0.5),
            requests_before=len(before),
            requests_meanwhile=len(meanwhile),
        )
    ]


def _calm_and_felt(place: Place, sizes: Sizes, ours: Shop, walk: Walk) -> tuple[list[float], list[float]]:
    """Latencies of the requests that fell due before the large call began, and of those that fell due while it ran."""
    codes = walk.codes(int(sizes.link_rate * (sizes.link_calm + LONGEST_MEANWHILE)))
    campaign = ours.campaign("Links for others to feel")
    many = calls.many_links(place, ours, campaign.pk, max(sizes.link_amounts))
    others = calls.validations(place, ours, codes, connections=calls.CROWD, rate=sizes.link_rate)
    with loading.generator(others) as steady, loading.generator(many) as bulk:
        steady.start()
        time.sleep(sizes.link_calm)
        bulk.start()
        made = bulk.result()
        steady.stop()
        felt = steady.result()
    loading.only(made, calls.ANSWERED.name, 1)
    loading.only(felt, calls.VALIDATED.name, len(felt.latencies))
    timed = list(zip(felt.since, felt.latencies, strict=True))
    return (
        [latency for since, latency in timed if since < made.began],
        [latency for since, latency in timed if made.began <= since < made.began + made.seconds],
    )
