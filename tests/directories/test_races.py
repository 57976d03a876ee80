"""Whoever comes at the same moment. Each race has its twin without the guard, which must go wrong (lessons K)."""

from datetime import UTC, datetime

from tearoff.directories import entering, members
from tearoff.directories.models import Key, Member
from tearoff.kit import sql
from tests.street.directories import directory
from tests.street.rivals import race
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
RIVALS = 8


def test_lesson_30_one_token_used_by_many_at_once_signs_in_one(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    token = deals.token(pau, NOON)
    results = race([lambda: entering.sign_on(deals.directory, token, at=NOON)] * RIVALS)
    assert sorted(isinstance(one, str) for one in results) == [False] * (RIVALS - 1) + [True]
    assert Key.objects.filter(member=pau, purpose="login").count() == 1


def test_without_the_guarded_update_a_token_signs_in_several(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    token = deals.token(pau, NOON)

    def check_then_write() -> bool:
        good = entering.is_good(deals.directory, token, at=NOON)
        sql.one("select pg_sleep(0.05)")
        Key.objects.filter(member=pau, purpose="sso").update(ended_at=NOON)
        return good

    assert sum(1 for one in race([check_then_write] * RIVALS) if one is True) > 1


def test_of_many_who_register_one_address_at_once_one_is_a_member(mario: Shop) -> None:
    deals = directory(mario)
    results = race([lambda: deals.member(at=NOON)] * RIVALS)
    assert sum(isinstance(one, Member) for one in results) == 1
    assert sum(isinstance(one, members.EmailTaken) for one in results) == RIVALS - 1
    assert len(deals.listed()) == 1


def test_without_the_constraint_one_address_would_be_several_members(mario: Shop) -> None:
    deals = directory(mario)

    def look_then_insert(number: int) -> bool:
        known = Member.objects.filter(directory=deals.directory, email="pau@mail.example").exists()
        sql.one("select pg_sleep(0.05)")
        if not known:
            Member.objects.create(
                account_id=mario.account.pk, directory=deals.directory, email="pau@mail.example",
                email_key=f"unguarded-{number}", password="!", created_at=NOON, updated_at=NOON,
            )  # fmt: skip
        return not known

    results = race([lambda number=number: look_then_insert(number) for number in range(RIVALS)])
    assert sum(one is True for one in results) > 1


def test_two_that_list_one_coupon_at_once_list_it_once(mario: Shop) -> None:
    deals, offer = directory(mario), mario.campaign()
    results = race([lambda: deals.lists(offer, NOON)] * 4)
    assert len({one.pk for one in results if not isinstance(one, Exception)}) == 1
    assert deals.directory.listings.count() == 1
