"""The nightly proof finds what no verb would ever leave behind."""

import pytest
from django.db import transaction

from tearoff.directories import proof
from tearoff.kit import sql
from tests.street.directories import directory
from tests.street.loyalty import club
from tests.world import Shop, open_shop


class Undo(Exception):
    """Takes the damage back before another test sees it."""


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("update directory_member set account_id = -1 where directory_id = %s", "members are of no directory"),
        ("update directory_listing set account = -1 where directory_id = %s", "listings are of no directory"),
        (
            "update directory_listing set card = -1 where directory_id = %s and card is not null",
            "not of their account or",
        ),
    ],
)
def test_damage_is_told(mario: Shop, damage: str, sentence: str) -> None:
    deals = directory(mario)
    deals.member(), deals.lists(club(mario)), deals.lists(mario.campaign())
    assert proof.contradictions() == []
    with pytest.raises(Undo), transaction.atomic():
        sql.run(damage, [deals.directory.pk])
        assert any(sentence in one for one in proof.contradictions())
        raise Undo


def test_a_card_of_an_account_below_is_no_damage(mario: Shop) -> None:
    """The operator may put it there (`dashboard.directory_form`), and people see it."""
    directory(mario).puts(club(open_shop("Roma", parent=mario.account)))
    assert proof.contradictions() == []
