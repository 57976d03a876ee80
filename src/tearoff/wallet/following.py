"""What happens to coupons and cards, as their passes must show it (product.md 5, last column).

This room reads events as every reader does (architecture.md 3); only accounts that make passes, and those above them, have a
slip for it. A worker calls `take` again and again.
"""

from collections import defaultdict

from django.db import transaction

from tearoff.kit import clock, sql
from tearoff.wallet import updating
from tearoff.wallet.connecting import READER

BATCH = 200

SESSION = (
    "coupon.claimed", "coupon.validated", "coupon.unvalidated", "coupon.voided", "coupon.unvoided", "coupon.locked",
    "coupon.unlocked", "coupon.edited",
)  # fmt: skip
HOLDER = ("loyalty.points_changed", "loyalty.voided", "loyalty.unvoided", "loyalty.edited")
CAMPAIGN = ("campaign.updated", "campaign.removed")
CARD = ("card.updated", "card.removed")

ACCOUNT = ("account.updated",)

_PASSES = """
    with v as (select kind, account, campaign, session, data from event where id = any(%(events)s))
    select p.account, p.id from v join wallet_pass p on p.account = v.account and p.kind = 'coupon' and p.subject = v.session
    where v.kind = any(%(session)s)
    union
    select p.account, p.id from v join wallet_pass p on p.account = v.account and p.kind = 'coupon' and p.family = v.campaign
    where v.kind = any(%(campaign)s)
    union
    select p.account, p.id from v join wallet_pass p
        on p.account = v.account and p.kind = 'card' and p.subject = (v.data->>'holder')::bigint
    where v.kind = any(%(holder)s)
    union
    select p.account, p.id from v join wallet_pass p
        on p.account = v.account and p.kind = 'card' and p.family = (v.data->>'card')::bigint
    where v.kind = any(%(card)s)
    union
    select p.account, p.id from v join account a on v.account = any(a.ancestors) join wallet_pass p on p.account = a.id
    where v.kind = any(%(account)s)
    order by 1, 2
"""
"""One part for each way an event names passes, each by an index of its own. The last one is for what happens to an account:
that is felt by all below it."""


def take(limit: int = BATCH) -> int:
    """Take up to `limit` events off the outbox and move the passes they concern on; how many events there were.

    Accounts in their order, so that no two workers wait for each other's clocks crosswise.
    """
    with transaction.atomic():
        slips = sql.rows(
            "delete from outbox where id in (select id from outbox where reader = %s order by id limit %s "
            "for update skip locked) returning event",
            [READER, limit],
        )
        found = sql.rows(
            _PASSES,
            {
                "events": [event for (event,) in slips],
                "session": list(SESSION),
                "holder": list(HOLDER),
                "campaign": list(CAMPAIGN),
                "card": list(CARD),
                "account": list(ACCOUNT),
            },
        )
        passes: dict[int, list[int]] = defaultdict(list)
        for account, one in found:
            passes[account].append(one)
        for account in sorted(passes):
            updating.change(account, passes[account], at=clock.now())
    return len(slips)
