"""Whoever comes at the same moment. Each race has its twin without the guard, which must go wrong (lessons K)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction

from tearoff.activity import guessing, throttling
from tearoff.activity.models import Event
from tearoff.directories import editing, entering, members
from tearoff.directories.models import Key, Listing, Member
from tearoff.kit import sql
from tests.street.directories import PASSWORD, directory
from tests.street.rivals import race
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
RIVALS = 8

T = TypeVar("T")


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
    typed = {"directory": deals.directory, "email": "pau@mail.example", "password": PASSWORD, "profile": {}}
    results = race([lambda: members.register(**typed, at=NOON, actor="member")] * RIVALS)
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
    results = race([lambda: deals.puts(offer, NOON)] * 4)
    assert len({one.pk for one in results if not isinstance(one, Exception)}) == 1
    assert deals.directory.listings.count() == 1


def while_open(first: Callable[[], object], second: Callable[[], T]) -> T:
    """`second` begins while the transaction of `first` is open, which ends once `second` waits for it or is done."""
    found: list[T] = []

    def run() -> None:
        try:
            found.append(second())
        finally:
            connection.close()

    rival = threading.Thread(target=run)
    with transaction.atomic():
        first()
        rival.start()
        while rival.is_alive() and sql.one("select from pg_locks where not granted limit 1") is None:
            rival.join(0.02)
    rival.join(10)
    return found[0]


def test_lesson_30_a_log_in_with_the_old_password_does_not_outlive_its_change(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    late = while_open(
        lambda: entering.change_password(pau, "another horse", at=NOON),
        lambda: entering.log_in(deals.directory, pau.email, PASSWORD, "203.0.113.7", at=NOON),
    )
    assert late is entering.Refusal.WRONG
    assert Key.objects.filter(member=pau, ended_at=None).count() == 1


def test_lesson_30_a_link_used_while_the_password_changes_lets_nobody_in(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    token = deals.token(pau, NOON)
    late = while_open(
        lambda: entering.change_password(pau, "another horse", at=NOON),
        lambda: entering.sign_on(deals.directory, token, at=NOON),
    )
    assert late is None


def test_lesson_2_of_two_changes_of_one_password_the_second_finds_the_old_one_wrong(mario: Shop) -> None:
    """Whoever stole the password cannot overtake its owner, who changes it at that moment."""
    deals = directory(mario)
    pau = deals.member(at=NOON)
    stolen = deals.now(pau)
    late = while_open(
        lambda: entering.change_password(pau, "another horse", at=NOON),
        lambda: entering.change_password(stolen, "the thief's horse", at=NOON),
    )
    assert late is None
    assert check_password("another horse", deals.now(pau).password)
    assert Key.objects.filter(member=pau, ended_at=None).count() == 1


def test_without_the_old_password_in_the_statement_the_second_change_wins(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    assert check_password(PASSWORD, pau.password), "asked before the other change is seen"

    def write() -> int:
        return Member.objects.filter(pk=pau.pk).update(password=make_password("the thief's horse"))

    while_open(lambda: entering.change_password(pau, "another horse", at=NOON), write)
    assert not check_password("another horse", deals.now(pau).password)


def test_without_the_lock_a_log_in_with_the_old_password_stays(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)

    def check_then_write() -> bool:
        good = check_password(PASSWORD, Member.objects.get(pk=pau.pk).password)
        Key.objects.create(
            digest=b"late", purpose="login", member=pau, created_at=NOON, expires_at=NOON + timedelta(days=1)
        )
        return good

    assert while_open(lambda: entering.change_password(pau, "another horse", at=NOON), check_then_write)
    assert Key.objects.filter(member=pau, ended_at=None).count() == 2


def test_what_is_taken_off_while_it_is_changed_does_not_come_back_unnoticed(mario: Shop) -> None:
    deals, offer = directory(mario), mario.campaign()
    listing = deals.lists(offer, NOON)
    number = listing.pk
    put = while_open(
        lambda: editing.take_off(listing=listing, actor="test", at=NOON),
        lambda: editing.put(
            directory=deals.directory, campaign=listing.campaign, changes={"is_featured": True}, actor="test", at=NOON
        ),
    )
    assert put.pk != number
    told = Event.objects.filter(account=mario.account.pk, kind__startswith="listing.").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == ["listing.added", "listing.removed", "listing.added"]


def test_without_the_lock_a_row_that_was_taken_off_is_written_again(mario: Shop) -> None:
    deals, offer = directory(mario), mario.campaign()
    listing = deals.lists(offer, NOON)
    number = listing.pk

    def read_then_save() -> int | None:
        found = Listing.objects.get(pk=number)
        found.is_featured = True
        found.save()
        return found.pk

    assert while_open(lambda: editing.take_off(listing=listing, actor="test", at=NOON), read_then_save) == number
    assert Listing.objects.filter(pk=number).exists()


def test_lesson_13_of_many_guesses_at_once_no_more_are_looked_at_than_are_allowed(mario: Shop) -> None:
    deals = directory(mario)
    deals.member(at=NOON)
    guess = lambda: entering.log_in(deals.directory, "pau@mail.example", "wrong", "203.0.113.9", at=NOON)  # noqa: E731
    results = race([guess] * (2 * guessing.OF_ONE_PERSON))
    assert sorted(map(str, results)) == ["paused"] * guessing.OF_ONE_PERSON + ["wrong"] * guessing.OF_ONE_PERSON


def test_without_charging_first_more_guesses_are_looked_at(mario: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    deals = directory(mario)
    deals.member(at=NOON)
    door = f"directory/{deals.directory.pk}"

    def look_first(door: str, login: str, place: str, *, at: datetime) -> bool:
        limits = guessing._limits(door, login, place)
        return all(throttling.counted(key, at=at, window=guessing.WINDOW) < limit for key, limit in limits.items())

    may_try = guessing.may_try
    monkeypatch.setattr(guessing, "may_try", look_first)

    def guess() -> str:
        answer = entering.log_in(deals.directory, "pau@mail.example", "wrong", "203.0.113.9", at=NOON)
        sql.one("select pg_sleep(0.1)")
        may_try(door, "pau@mail.example", "203.0.113.9", at=NOON)
        return str(answer)

    assert race([guess] * (2 * guessing.OF_ONE_PERSON)).count("wrong") > guessing.OF_ONE_PERSON


def test_nothing_is_listed_on_a_directory_that_is_gone(mario: Shop) -> None:
    deals, offer = directory(mario), mario.campaign()
    editing.delete_directory(directory=deals.directory, actor="test", at=NOON)
    with pytest.raises(editing.DirectoryGone):
        deals.puts(offer, NOON)
    assert not deals.directory.listings.exists()
