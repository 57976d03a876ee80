"""What happens to a reward after it was given: its coupon is used, or a use is taken back.

The coupon's room does not know of loyalty cards; this room reads its events, as every reader does (architecture.md 3).
A worker calls `take` again and again.
"""

import json
from typing import Any

from django.db import transaction

from tearoff.activity.recording import record
from tearoff.kit import sql
from tearoff.loyalty.cards import READER

BATCH = 200


@transaction.atomic
def take(limit: int = BATCH) -> int:
    """Take up to `limit` events off the outbox and note the rewards that were used; how many events there were."""
    slips = sql.rows(
        "delete from outbox where id in (select id from outbox where reader = %s order by id limit %s "
        "for update skip locked) returning event",
        [READER, limit],
    )
    rows = sql.rows(
        "select v.kind, v.at, v.actor, v.location, v.data, e.id, e.account, e.holder_id, e.card, e.campaign, e.session, "
        "e.session_code, e.reward_id, h.person "
        "from event v join loyalty_earned e on e.session = v.session join loyalty_holder h on h.id = e.holder_id "
        "where v.id = any(%s) and v.kind in ('coupon.validated', 'coupon.unvalidated') order by v.id",
        [[event for (event,) in slips]],
    )
    for row in rows:
        _note(*row)
    return len(slips)


def _note(
    kind: str,
    at: Any,
    actor: str,
    location: int | None,
    data: str,
    earned: int,
    account: int,
    holder: int,
    card: int,
    campaign: int,
    session: int,
    code: str,
    reward: int,
    person: int,
) -> None:
    """Keep when the reward was last used, and tell others of a use; one that was taken back is only kept."""
    used_at = json.loads(data).get("validated_at")
    sql.run("update loyalty_earned set used_at = %s where id = %s", [used_at, earned])
    if kind != "coupon.validated":
        return
    told = {"card": card, "holder": holder, "person": person, "reward": reward, "earned": earned}
    record(
        "loyalty.reward_validated",
        account=account,
        subject=code,
        campaign=campaign,
        session=session,
        location=location,
        actor=actor,
        at=at,
        data=told,
    )
