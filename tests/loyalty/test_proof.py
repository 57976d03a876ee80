"""The nightly proof finds what no verb would ever leave behind."""

import pytest
from django.db import transaction

from tearoff.kit import sql
from tearoff.loyalty import proof
from tests.street.loyalty import club
from tests.world import Shop


class Undo(Exception):
    """Takes the damage back before another test sees it."""


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("update loyalty_holder set balance = balance + 1 where id = %s", "differ from the sum"),
        ("update loyalty_entry set balance = balance + 1 where holder_id = %s and number = 1", "leave another balance"),
        ("delete from loyalty_entry where holder_id = %s and number = 2", "differ from the sum"),
        ("update loyalty_holder set account_id = -1 where id = %s", "no card of their account"),
        ("delete from loyalty_holder where id = %s", "entries have no holder"),
        ("delete from loyalty_holder where id = %s", "rewards have no holder"),
    ],
)
def test_damage_is_told(mario: Shop, damage: str, sentence: str) -> None:
    lunch = club(mario)
    lunch.reward(2)
    holder = lunch.joined()
    lunch.grant(holder, 1), lunch.grant(holder, 2)
    assert proof.contradictions() == []
    with pytest.raises(Undo), transaction.atomic():
        sql.run(damage, [holder])
        assert any(sentence in one for one in proof.contradictions())
        raise Undo
