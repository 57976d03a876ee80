"""Caps on claims and validations, and the counter row a capped campaign has.

An uncapped campaign has no counter. When a cap is first set on a live one, what it has given out so far must be
counted while others go on: first the row is made, so that every later act counts itself; then all acts that began
before it could be seen are waited for; then the row is locked and set to what the ledgers say. Nothing is counted twice or
missed, and until then the row says of itself that it is not counted yet.
"""

import time

from django.db import transaction

from tearoff.campaigns.models import Campaign, Counter
from tearoff.kit import sql

PATIENCE_SECONDS = 3.0


COUNTED = ("max_claims", "max_validations", "uses_own_codes")
"""Settings that make something scarce: each needs the counter row, which is also what rivals queue at."""


def is_capped(campaign: Campaign) -> bool:
    return any(is_cap(name, getattr(campaign, name)) for name in COUNTED)


def is_cap(name: str, value: object) -> bool:
    """Whether this value of this setting makes something scarce; a limit of nothing does, too."""
    return name in COUNTED and value is not None and value is not False


def start_counting(campaign: Campaign) -> None:
    """Make sure a right counter row exists. Call it before the cap is saved and outside a transaction for a live campaign.

    Raises:
        tearoff.kit.sql.Busy: acts that began earlier did not end in time; nothing is capped yet, and the next call counts.
    """
    if Counter.objects.filter(campaign=campaign, is_counted=True).exists():
        return
    sql.run(
        "insert into campaign_counter (campaign, claims, validations, is_counted) values (%s, 0, 0, false) "
        "on conflict do nothing",
        [campaign.pk],
    )
    _wait_for_all_before(_fence())
    with transaction.atomic():
        sql.run("select from campaign_counter where campaign = %s for no key update", [campaign.pk])
        sql.run(
            "update campaign_counter set is_counted = true, "
            "claims = (select count(*) from coupon_session s where s.campaign_id = %(c)s and s.claimed_at is not null), "
            "validations = (select count(*) from validation v where v.campaign = %(c)s and v.undone_at is null) "
            "where campaign = %(c)s",
            {"c": campaign.pk},
        )


def _fence() -> int:
    """A transaction's number, drawn after the row was committed: who got a later one sees the row. The number under which
    the row was made would not do, as others begin and end while its commit is on the way to the disk."""
    drawn = sql.one("select pg_current_xact_id()::text::bigint")
    assert drawn is not None
    return int(drawn[0])


def _wait_for_all_before(transaction_id: int) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        oldest = sql.one("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        if oldest is not None and oldest[0] > transaction_id:
            return
        if time.monotonic() > give_up:
            raise sql.Busy
        time.sleep(0.01)
