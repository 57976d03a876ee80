"""Hot rows carry their owners' ids without a foreign key; a check proves them (architecture.md 3.1)."""

import pytest
from django.db import transaction

from tearoff.coupons.orphans import orphans
from tearoff.kit import sql
from tests.world import Shop


class Undo(Exception): ...


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("update coupon_session set campaign_id = 999999999 where code = %(code)s", "coupon sessions"),
        ("update validation set campaign = 999999999 where campaign = %(campaign)s", "validations"),
        ("update campaign_counter set claims = claims + 1 where campaign = %(campaign)s", "counters"),
    ],
)
def test_what_lost_its_owner_is_told(mario: Shop, harm: str, told: str) -> None:
    offer = mario.campaign(max_claims=5)
    code = offer.claimed()
    offer.use(code)
    before = [sentence for sentence in orphans() if told in sentence]  # of tests that set a row behind everybody's back

    with pytest.raises(Undo), transaction.atomic():
        sql.run(harm, {"code": code, "campaign": offer.campaign.pk})
        now = [sentence for sentence in orphans() if told in sentence]
        assert now and now != before
        raise Undo
