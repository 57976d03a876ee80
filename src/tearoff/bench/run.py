"""One run: a place, a shop of its own in it, one measurement after the other, and everything put away."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tearoff.bench import acts, growth, links, listing, machine, people, place, rivals, shop
from tearoff.bench.numbers import Numbers, Walk
from tearoff.bench.place import Place
from tearoff.bench.report import Row, as_json
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes

if TYPE_CHECKING:
    from tearoff.campaigns.models import Campaign

Outcome = dict[str, Any]


def in_a_throwaway(sizes: Sizes) -> tuple[list[Row], Outcome]:
    """A server and a durable database of our own, gone afterwards."""
    kept = place.without_settings()  # a developer's own settings decide nothing here
    os.environ.clear()
    os.environ.update(kept)
    with place.throwaway_folder() as data:
        _stand_on(data)
        _migrate()
        ours = shop.open_shop("bench")
        campaign = ours.campaign("Validated by programs")
        _let_go()
        with growth.two_databases(data) as databases:
            about = machine.described(data)
            walk = _sessions(campaign, sizes)
            with place.server(data) as here:
                rows = list(_all(here, sizes, ours, campaign, walk))
            _told(f"growth: {sizes.growth_rows:,} sessions by plain SQL, and {sizes.growth_small:,} beside them")
            rows += growth.measured(data, databases, sizes, ours, campaign.pk)
        _let_go()
    return rows, _outcome(rows, about, sizes, is_throwaway=True)


def in_a_running_shop(data: Path, url: str, sizes: Sizes) -> tuple[list[Row], Outcome]:
    """The demo shop that runs in `data`, in an account of our own, whose rows are removed afterwards. Growth is left out."""
    with place.running_shop(data, url) as here:
        _stand_on(data)
        about = machine.described(data)
        ours = shop.open_shop(f"bench-{time.time_ns()}")
        try:
            campaign = ours.campaign("Validated by programs")
            rows = list(_all(here, sizes, ours, campaign, _sessions(campaign, sizes)))
        finally:
            _told("removing the bench's account")
            shop.remove(ours)
            _let_go()
    return rows, _outcome(rows, about, sizes, is_throwaway=False)


def _all(here: Place, sizes: Sizes, ours: Shop, campaign: "Campaign", walk: Walk) -> Iterator[Row]:
    steps: list[tuple[str, Callable[[], list[Row]]]] = [
        ("validations, openings and pgbench in turns", lambda: acts.measured(here, sizes, ours, campaign, walk)),
        ("rivals", lambda: rivals.measured(here, sizes, ours, walk.numbers.size)),
        ("lists", lambda: listing.measured(here, sizes, ours, campaign, walk.numbers.size)),
        ("many links", lambda: links.measured(here, sizes, ours, walk)),
        ("many people", lambda: people.measured(here, sizes, ours)),
    ]
    for what, measure in steps:
        _told(what)
        for row in measure():
            _told(f"  {row.what}: {row.measured}")
            yield row


def _sessions(campaign: "Campaign", sizes: Sizes) -> Walk:
    amount = sizes.sessions
    _told(f"{amount:,} claimed sessions, through the verbs")
    walk = shop.claimed_sessions(campaign, Numbers(amount))
    shop.tidy()
    return walk


def _stand_on(data: Path) -> None:
    """Django on the database of `data`."""
    os.environ.pop("DATABASE_URL", None)
    os.environ["TEAROFF_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tearoff.config.settings"
    import django

    django.setup()


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def _let_go() -> None:
    from django.db import connections

    connections.close_all()


def _outcome(rows: list[Row], about: dict[str, Any], sizes: Sizes, *, is_throwaway: bool) -> Outcome:
    return as_json(rows, machine=about, sizes=asdict(sizes), is_throwaway=is_throwaway)


def _told(what: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')}  {what}", file=sys.stderr, flush=True)
