"""Whoever comes at the same moment: a stamp is one stamp, a reward is given once, a balance is never below nothing.

Each race has its twin without the guard, which must go wrong; otherwise the race would prove nothing (lessons K; lesson 18 for stamps).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from tearoff.campaigns.models import Counter
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock, sql
from tearoff.loyalty import joining, logins
from tearoff.loyalty.models import Earned, Entry, Holder, Login
from tearoff.loyalty.outcomes import Outcome, Refusal
from tests.street.loyalty import Club, club
from tests.street.rivals import race, while_waiting
from tests.world import Shop

RIVALS = 10


def words(results: list[Outcome | Exception]) -> list[str]:
    return sorted(type(one).__name__ if isinstance(one, Exception) else str(one.refusal or "ok") for one in results)


@contextmanager
def unlocked(lunch: Club) -> Iterator[None]:
    """The negative control: the verbs find their holder without locking it, everything else as it is. What goes wrong is
    taken away afterwards, as other tests ask whether any balance of this database differs from its ledger."""
    row = sql.one("select pg_get_functiondef('holder_locked'::regproc)")
    assert row is not None and "for no key update" in row[0]
    naked = row[0].replace(" for no key update", "")
    slow = naked.replace("return h;\nend", "perform pg_sleep(0.05);\n    return h;\nend")
    assert slow != naked
    sql.run(slow)
    try:
        yield
    finally:
        sql.run(row[0])
        broken = Holder.objects.filter(card=lunch.card)
        for ledger in (Earned, Entry):
            ledger.objects.filter(holder__in=broken).delete()
        broken.delete()


@contextmanager
def unkeyed(table: str, name: str, columns: str) -> Iterator[None]:
    sql.run(f"alter table {table} drop constraint {name}")
    try:
        yield
    finally:
        sql.run(f"alter table {table} add constraint {name} unique ({columns})")


def stamped(lunch: Club, holder: int, nonce: str | None, at: datetime) -> list[Outcome | Exception]:
    return race([lambda: lunch.grant(holder, 1, at, nonce=nonce)] * RIVALS)


def test_ten_repeats_of_one_stamp_are_one_stamp_with_ten_equal_answers(mario: Shop) -> None:
    lunch, at = club(mario), clock.now()
    ann = lunch.joined()

    results = stamped(lunch, ann, "device-1", at)

    assert words(results) == ["ok"] * RIVALS
    assert len({repr(one) for one in results}) == 1, "all answers are equal"
    assert lunch.ledger(ann) == [(1, 1, "scan")]
    assert lunch.balance(ann) == 1


def test_without_the_lock_repeats_go_wrong(mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    with unlocked(lunch):
        results = stamped(lunch, ann, "device-1", clock.now())
    assert words(results) != ["ok"] * RIVALS


def test_a_reward_at_a_threshold_is_issued_once_by_two_who_cross_it_together(mario: Shop) -> None:
    lunch = club(mario, goal=100)
    offer = mario.campaign("Free drink")
    lunch.reward(5, offer=offer)
    holders = [lunch.joined() for _ in range(6)]
    for ann in holders:
        lunch.grant(ann, 4)
        assert words(race([lambda ann=ann: lunch.grant(ann, 1)] * 2)) == ["ok", "ok"]  # type: ignore[misc]
        assert lunch.balance(ann) == 6
        assert len([earned for earned in lunch.earned(ann) if earned.session]) == 1
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == len(holders)


def test_without_the_lock_a_threshold_or_a_stamp_goes_wrong(mario: Shop) -> None:
    lunch = club(mario, goal=100)
    lunch.reward(5)
    ann = lunch.joined()
    lunch.grant(ann, 4)
    with unlocked(lunch):
        results = race([lambda: lunch.grant(ann, 1)] * 2)
    assert words(results) != ["ok", "ok"], "the ledger itself refuses the second entry of one number"


def test_without_lock_and_keys_a_threshold_pays_twice(mario: Shop) -> None:
    """The same without the keys of the tables, which are the second wall behind the lock."""
    lunch = club(mario, goal=100)
    lunch.reward(5)
    ann = lunch.joined()
    lunch.grant(ann, 4)
    with unlocked(lunch), unkeyed("loyalty_entry", "an_entry_is_written_once", "holder_id, number"):
        index = "create unique index a_threshold_pays_once_per_round on loyalty_earned (holder_id, reward_id, round)"
        sql.run("drop index a_threshold_pays_once_per_round")
        try:
            results = race([lambda: lunch.grant(ann, 1)] * 2)
            issued = len([earned for earned in lunch.earned(ann) if earned.session])
        finally:
            Earned.objects.filter(holder=ann).delete()
            Entry.objects.filter(holder=ann).delete()
            sql.run(f"{index} where not is_chosen")
    assert words(results) == ["ok", "ok"] and issued == 2


def test_parallel_spends_never_leave_less_than_nothing(mario: Shop) -> None:
    gifts = club(mario, kind="reward")
    mug = gifts.reward(100, "Mug")
    ann = gifts.joined()
    gifts.grant(ann, 350)

    results = race([lambda: gifts.choose(ann, mug)] * (RIVALS // 2) + [lambda: gifts.grant(ann, -100)] * (RIVALS // 2))

    assert words(results) == ["ok"] * 3 + [Refusal.TOO_LITTLE] * (RIVALS - 3)
    assert gifts.balance(ann) == 50
    chosen = [earned for earned in gifts.earned(ann) if earned.session]
    assert len(chosen) == len([row for row in gifts.ledger(ann) if row[2] == "reward"])


def test_without_the_lock_parallel_spends_go_wrong(mario: Shop) -> None:
    gifts = club(mario, kind="reward")
    ann = gifts.joined()
    gifts.grant(ann, 350)
    with unlocked(gifts):
        results = race([lambda: gifts.grant(ann, -100)] * RIVALS)
    assert words(results) != ["ok"] * 3 + [Refusal.TOO_LITTLE] * (RIVALS - 3)


def test_one_tap_that_arrives_ten_times_chooses_once(mario: Shop) -> None:
    gifts = club(mario, kind="reward")
    mug = gifts.reward(10, "Mug")
    ann = gifts.joined()
    gifts.grant(ann, 100)
    at = clock.now()

    results = race([lambda: gifts.choose(ann, mug, at, nonce="tap")] * RIVALS)

    assert words(results) == ["ok"] * RIVALS
    assert gifts.balance(ann) == 90
    assert len(gifts.earned(ann)) == 1


@pytest.mark.parametrize("scarce", ["coupon", "stock"])
def test_the_last_rewards_go_to_as_many_and_the_others_keep_their_stamp(mario: Shop, scarce: str) -> None:
    lunch = club(mario)
    offer = mario.campaign("Free drink", **({"max_claims": 3} if scarce == "coupon" else {}))
    lunch.reward(1, offer=offer, stock=3 if scarce == "stock" else None)
    holders = [lunch.joined() for _ in range(RIVALS)]

    results = race([lambda ann=ann: lunch.grant(ann, 1) for ann in holders])  # type: ignore[misc]

    assert words(results) == ["ok"] * RIVALS
    earned = [one for ann in holders for one in lunch.earned(ann)]
    assert sorted(one.waits_for for one in earned) == [""] * 3 + ["sold_out"] * (RIVALS - 3)
    assert CouponSession.objects.filter(campaign=offer.campaign, claimed_at__isnull=False).count() == 3
    if scarce == "coupon":
        assert Counter.objects.get(campaign=offer.campaign).claims == 3


def test_a_card_that_is_voided_while_a_stamp_waits_takes_none(mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()

    outcome = while_waiting(
        "select from loyalty_holder where id = %s for update",
        [ann],
        lambda: lunch.grant(ann, 1),
        lambda: lunch.set(status="inactive"),
    )

    assert outcome.refusal is Refusal.INACTIVE
    assert lunch.balance(ann) == 0


def test_a_day_limit_holds_under_parallel_stamps(mario: Shop) -> None:
    lunch, at = club(mario, max_per_day=3), clock.now()
    ann = lunch.joined()
    results = stamped(lunch, ann, None, at)
    assert words(results) == [Refusal.DAY_LIMIT] * (RIVALS - 3) + ["ok"] * 3
    assert lunch.balance(ann) == 3


def test_one_form_sent_ten_times_makes_one_holder(mario: Shop) -> None:
    lunch, at = club(mario), clock.now()

    def send() -> int:
        return joining.join_by_form(card=lunch.card.pk, profile={}, request_key="form-1", at=at, actor="holder")

    assert race([send] * RIVALS) == [Holder.objects.get(card=lunch.card).pk] * RIVALS


def test_one_person_linked_ten_times_holds_one_card(mario: Shop) -> None:
    lunch, other, at = club(mario), club(mario), clock.now()
    person = other.holder(other.joined(first_name="Ann")).person

    results = race([lambda: joining.link(card=lunch.card, person=person, at=at, actor="test")] * RIVALS)

    held = Holder.objects.get(card=lunch.card)
    assert [one.pk if isinstance(one, Holder) else one for one in results] == [held.pk] * RIVALS


def test_one_e_mail_logs_in_one_person(mario: Shop) -> None:
    at = clock.now()

    def create() -> Login:
        return logins.create_login(
            account=mario.account.pk, email="Ann@example.org", password="correct horse", at=at, actor="test"
        )

    results = race([create] * 4)

    assert sorted(type(one).__name__ for one in results) == ["EmailTaken"] * 3 + ["Login"]
    assert Login.objects.filter(account=mario.account).count() == 1


def invite(lunch: Club, at: datetime) -> Holder:
    return joining.invited(card=lunch.card, email="ann@example.org", profile={}, at=at, actor="test")[0]


def test_one_person_invited_ten_times_at_once_is_one_holder(mario: Shop) -> None:
    lunch, at = club(mario), clock.now()
    results = race([lambda: invite(lunch, at)] * RIVALS)
    held = Holder.objects.get(card=lunch.card)
    assert results == [held] * RIVALS


def test_negative_control_invitations_that_do_not_wait_make_two_holders(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lunch, at, looked, join = club(mario), clock.now(), threading.Barrier(2), joining.join

    def join_after_both_looked(**options: Any) -> list[int]:
        looked.wait(30)
        return join(**options)

    monkeypatch.setattr(joining, "_one_at_a_time", lambda card, person: None)
    monkeypatch.setattr(joining, "join", join_after_both_looked)
    race([lambda: invite(lunch, at)] * 2)
    assert Holder.objects.filter(card=lunch.card).count() == 2
