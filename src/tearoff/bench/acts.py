"""What a validation and a first opening cost, beside what PostgreSQL alone spends on the validation's own statement.

Yardstick, API and page take turns, again and again, because a machine has moods: each API window is compared with the
yardsticks right before and after it, and the median of these ratios is told.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tearoff.bench import calls, loading, shop, yardstick
from tearoff.bench.loading import Cost, Failed
from tearoff.bench.numbers import Walk
from tearoff.bench.place import Place
from tearoff.bench.report import Row, median, ms, percentile, quartiles, row
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes
from tearoff.bench.yardstick import Script, Spell

if TYPE_CHECKING:
    from tearoff.campaigns.models import Campaign

MOST_TIMES_THE_DATABASE = 2.5
MOST_TIMES_A_VALIDATION = 1.5
P95, P99 = 0.050, 0.100  # seconds


@dataclass(frozen=True)
class Window:
    """A stretch of answered requests."""

    acts: int
    cost: Cost
    per_second: float

    @property
    def each(self) -> float:
        """Processor seconds of web and database per act."""
        return (self.cost.web + self.cost.database) / self.acts


def measured(place: Place, sizes: Sizes, ours: Shop, campaign: "Campaign", walk: Walk) -> list[Row]:
    script, statements = statement_of_validation(ours, walk)
    opened = ours.campaign("Opened by people")
    before = shop.uses(campaign.pk)
    taken = walk.taken
    validate(place, ours, walk, max(sizes.acts // 4, 16))  # the first calls prepare statements and fill caches
    open_first(place, opened, max(sizes.acts // 4, 16))
    yardsticks, validations, openings = [yardstick.run(place, script, walk, sizes.yardstick_acts)], [], []
    for _ in sizes.rounds(sizes.windows):
        validations.append(validate(place, ours, walk, sizes.acts))
        openings.append(open_first(place, opened, sizes.acts))
        yardsticks.append(yardstick.run(place, script, walk, sizes.yardstick_acts))
    steady = at_a_steady_rate(place, ours, walk, sizes)
    _ledger_agrees(campaign.pk, before + walk.taken - taken)
    return [
        *_of_validations(yardsticks, validations, statements),
        *steady,
        *_of_openings(validations, openings),
    ]


def statement_of_validation(ours: Shop, walk: Walk) -> tuple[Script, int]:
    """The statement by which the API validates, as a script for pgbench; and how many statements such a call sends."""
    first, second = walk.codes(2)
    for code in (first, second):  # the first call also looks up the keys, which are then remembered for some seconds
        caught = yardstick.statements_of(
            partial(yardstick.ask_here, calls.UPDATE, {"couponsession": code, "status": "validated"}, ours.keys)
        )
    found = [statement for statement in caught if "coupon_validate" in statement.text and statement.holds(second)]
    if len(found) != 1:
        raise Failed(f"A validation by API sends {len(found)} statements that validate, and one is what we measure.")
    return yardstick.script_of(found[0], second, walk), len(caught)


def validate(place: Place, ours: Shop, walk: Walk, acts: int) -> Window:
    """As fast as the server will."""
    result, cost = loading.costed(place, calls.validations(place, ours, walk.codes(acts)))
    loading.only(result, calls.VALIDATED.name, acts)
    return Window(acts, cost, acts / result.seconds)


def open_first(place: Place, campaign: "Campaign", acts: int) -> Window:
    result, cost = loading.costed(place, calls.openings(place, campaign.code, acts))
    loading.only(result, calls.MADE.name, acts)
    return Window(acts, cost, acts / result.seconds)


def at_a_steady_rate(place: Place, ours: Shop, walk: Walk, sizes: Sizes) -> list[Row]:
    codes = walk.codes(sizes.steady_acts)
    job = calls.validations(place, ours, codes, connections=calls.CROWD * 4, rate=sizes.steady_rate)
    result, cost = loading.costed(place, job)
    loading.only(result, calls.VALIDATED.name, len(codes))
    at = f"validate by API at {sizes.steady_rate:.0f}/s: "
    p50, p95, p99 = (percentile(result.latencies, share) for share in (0.50, 0.95, 0.99))
    return [
        row("steady_p50", at + "p50", p50, ms(p50), others=cost.others),
        row("steady_p95", at + "p95", p95, ms(p95), at_most=P95, owed=ms(P95)),
        row("steady_p99", at + "p99", p99, ms(p99), at_most=P99, owed=ms(P99), slowest=max(result.latencies)),
    ]


def _of_validations(yardsticks: list[Spell], validations: list[Window], statements: int) -> list[Row]:
    bare = [spell.cost.database / spell.acts for spell in yardsticks]
    ratios = [
        window.each / ((before + after) / 2) for window, before, after in zip(validations, bare, bare[1:], strict=False)
    ]
    web, database = (
        median([getattr(window.cost, side) / window.acts * 1000 for window in validations])
        for side in ("web", "database")
    )
    ratio, alone = median(ratios), median(bare) * 1000
    rate, rate_alone = median([w.per_second for w in validations]), median([spell.per_second for spell in yardsticks])
    others = _others(validations)
    return [
        row(
            "validate_ratio",
            "validate by API: CPU of web and database, by what the database alone spends on the statement",
            ratio,
            f"{ratio:.2f} x ({quartiles(ratios)})",
            at_most=MOST_TIMES_THE_DATABASE,
            owed=f"{MOST_TIMES_THE_DATABASE} x (aim 2.0)",
            ratios=ratios,
            statements=statements,
        ),
        row("validate_web", "validate by API: CPU of web per 1,000", web, f"{web:.2f} s"),
        row("validate_database", "validate by API: CPU of database per 1,000", database, f"{database:.2f} s"),
        row("pgbench_database", "the same statement under pgbench: CPU of database per 1,000", alone, f"{alone:.2f} s"),
        row("validate_rate", "validate by API: as many as go", rate, f"{rate:.0f}/s"),
        row("pgbench_rate", "the same statement under pgbench: as many as go", rate_alone, f"{rate_alone:.0f}/s"),
        row("others", "share of the machine that other programs took meanwhile", others, f"{others:.0%}"),
    ]


def _of_openings(validations: list[Window], openings: list[Window]) -> list[Row]:
    ratios = [opening.each / validation.each for opening, validation in zip(openings, validations, strict=True)]
    ratio = median(ratios)
    web, database = (
        median([getattr(window.cost, side) / window.acts * 1000 for window in openings]) for side in ("web", "database")
    )
    return [
        row(
            "open_ratio",
            "first open of a coupon page: CPU, by a validation's",
            ratio,
            f"{ratio:.2f} x ({quartiles(ratios)})",
            at_most=MOST_TIMES_A_VALIDATION,
            owed=f"{MOST_TIMES_A_VALIDATION} x",
            ratios=ratios,
        ),
        row("open_web", "first open: CPU of web per 1,000", web, f"{web:.2f} s"),
        row("open_database", "first open: CPU of database per 1,000", database, f"{database:.2f} s"),
    ]


def _others(windows: list[Window]) -> float:
    return median([window.cost.others for window in windows])


def _ledger_agrees(campaign: int, expected: int) -> None:
    found: Any = shop.uses(campaign)
    if found != expected:
        raise Failed(f"{expected} validations were answered, and the ledger has {found}.")
