"""Stamps and points: what is given, when it is refused, and what the ledger says of it (product.md 4.12, J10)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tearoff.activity.models import Event
from tearoff.kit import clock, dates, sql
from tearoff.loyalty import cards
from tearoff.loyalty.models import Earned, Entry
from tearoff.loyalty.outcomes import Refusal
from tests.street.loyalty import club
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)  # a Monday, 12:00 in Brussels


def test_the_lunch_club_of_the_journey(mario: Shop) -> None:
    lunch = club(mario, max_per_day=3)
    drink, meal = lunch.reward(5, "Free drink"), lunch.reward(10, "Free lunch")
    north = lunch.at_location()
    ann = lunch.joined(first_name="Ann", email="ann@example.org", at=NOON)

    assert lunch.grant(ann, 2, NOON, method="password", location=north).ok
    assert lunch.grant(ann, 1, NOON, method="scan", location=north).ok
    refused = lunch.grant(ann, 1, NOON, method="scan", location=north)
    assert refused.refusal is Refusal.DAY_LIMIT
    assert datetime.fromisoformat(refused.detail["next"]) == datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    assert (refused.detail["most"], refused.detail["left"]) == (3, 0)

    assert lunch.grant(ann, 2, NOON + timedelta(days=1), method="widget", location=north).ok
    [first] = lunch.earned(ann)
    assert (first.reward_id, first.round, first.waits_for) == (drink.pk, 1, "")
    assert lunch.grant(ann, 3, NOON + timedelta(days=2)).ok
    assert lunch.grant(ann, 3, NOON + timedelta(days=3)).ok

    assert [earned.reward_id for earned in lunch.earned(ann)] == [drink.pk, meal.pk]
    assert lunch.balance(ann) == 1
    assert lunch.holder(ann).round == 2
    assert lunch.holder(ann).lifetime == 11
    assert lunch.ledger(ann) == [
        (2, 2, "password"), (1, 3, "scan"), (2, 5, "widget"), (3, 8, "scan"), (3, 11, "scan"), (-10, 1, "round"),
    ]  # fmt: skip
    assert set(Entry.objects.filter(holder=ann, method="widget").values_list("location_id", "at")) == {
        (north, NOON + timedelta(days=1))
    }


def test_a_reward_is_a_coupon_that_can_be_validated_at_once(mario: Shop) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink", claim_method="form", form=[{"name": "email"}])
    lunch.reward(1, offer=drink, days_valid=7)
    ann = lunch.joined(first_name="Ann", email="ann@example.org", at=NOON)

    assert lunch.grant(ann, 1, NOON).ok

    [earned] = lunch.earned(ann)
    session = drink.session(earned.session_code)
    assert (session.claim_type, session.claimed_at, session.expires_at) == ("loyalty", NOON, NOON + timedelta(days=7))
    assert session.customer == {"firstname": "Ann", "email": "ann@example.org"}
    assert session.email_key == "ann@example.org"
    drink.use(earned.session_code, NOON)


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        ({"max_claims": 0}, "sold_out"),
        ({"status": "inactive"}, "inactive"),
        ({"starts_local": datetime(2026, 5, 1)}, "not_started"),
        ({"ends_local": datetime(2026, 1, 1)}, "expired"),
    ],
)
def test_a_reward_whose_coupon_cannot_be_given_waits_and_never_fails_the_stamp(
    mario: Shop, offer: dict, why: str
) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink", **offer)
    lunch.reward(2, offer=drink)
    ann = lunch.joined(at=NOON)

    assert lunch.grant(ann, 2, NOON).ok

    [waiting] = lunch.earned(ann)
    assert (waiting.session, waiting.session_code, waiting.waits_for) == (None, "", why)
    assert not drink.campaign.sessions.exists()
    assert lunch.balance(ann) == 2


def test_what_waits_is_issued_by_the_next_stamp_once_the_coupon_is_there(mario: Shop) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink", status="inactive")
    lunch.reward(2, offer=drink)
    ann = lunch.joined(at=NOON)
    lunch.grant(ann, 2, NOON)
    drink.set(status="active")

    lunch.grant(ann, 1, NOON)

    [earned] = lunch.earned(ann)
    drink.use(earned.session_code, NOON)
    assert earned.waits_for == ""


def test_a_stock_runs_out_without_losing_a_stamp(mario: Shop) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink")
    reward = lunch.reward(1, offer=drink, stock=1)
    ann, bob = lunch.joined(), lunch.joined()

    assert lunch.grant(ann, 1).ok and lunch.grant(bob, 1).ok

    assert [earned.waits_for for earned in (*lunch.earned(ann), *lunch.earned(bob))] == ["", "sold_out"]
    reward.refresh_from_db()
    assert reward.taken == 1


def test_a_threshold_pays_once_per_round_whatever_is_taken_back_and_given_again(mario: Shop) -> None:
    lunch = club(mario)
    lunch.reward(5)
    ann = lunch.joined()
    for delta in (5, -3, 3, -1, 1):
        assert lunch.grant(ann, delta).ok
    assert len(lunch.earned(ann)) == 1

    lunch.grant(ann, 10)

    assert [(earned.round, bool(earned.session)) for earned in lunch.earned(ann)] == [(1, True), (2, True)]


def test_many_at_once_fill_many_rounds_and_pay_each(mario: Shop) -> None:
    lunch = club(mario)
    lunch.reward(5), lunch.reward(10)
    ann = lunch.joined()

    assert lunch.grant(ann, 27).ok

    assert lunch.balance(ann) == 7
    assert [earned.round for earned in lunch.earned(ann)] == [1, 1, 2, 2, 3]
    refused = lunch.grant(ann, 1001)
    assert (refused.refusal, refused.detail) == (Refusal.TOO_MANY, {"most": 1000})


def test_a_card_that_stops_is_full_and_takes_no_more(mario: Shop) -> None:
    lunch = club(mario, new_round=False)
    lunch.reward(10)
    ann = lunch.joined()

    assert lunch.grant(ann, 12).ok
    assert lunch.grant(ann, 1).refusal is Refusal.COMPLETED

    assert lunch.balance(ann) == 12
    assert len(lunch.earned(ann)) == 1
    lunch.set(new_round=True)
    assert lunch.grant(ann, 1).ok
    assert lunch.balance(ann) == 3


def test_changed_thresholds_and_goals_count_from_the_next_round(mario: Shop) -> None:
    lunch = club(mario)
    drink = lunch.reward(5, at=NOON)
    ann = lunch.joined(at=NOON)
    lunch.grant(ann, 2, NOON)
    cards.change_points(reward=drink, points=3, actor="test", at=NOON + timedelta(hours=1))
    cards.update_card(card=lunch.card, changes={"goal": 4}, actor="test", at=NOON + timedelta(hours=1))
    later = NOON + timedelta(hours=2)

    lunch.grant(ann, 2, later)
    assert (lunch.balance(ann), len(lunch.earned(ann))) == (4, 0)
    lunch.grant(ann, 6, later)
    assert (lunch.balance(ann), len(lunch.earned(ann)), lunch.holder(ann).goal) == (0, 1, 4)
    lunch.grant(ann, 3, later)
    assert len(lunch.earned(ann)) == 2
    lunch.grant(ann, 1, later)
    assert lunch.balance(ann) == 0


def test_a_goal_that_comes_late_counts_for_all_who_have_not_passed_it(mario: Shop) -> None:
    """A round without a goal has no end, and so no next round in which a new goal could count."""
    evening = club(mario, kind="points", goal=None)
    supper = evening.reward(100, "Supper")
    ann, bob = evening.joined(), evening.joined()
    evening.grant(ann, 60), evening.grant(bob, 250)
    cards.update_card(card=evening.card, changes={"goal": 100}, actor="test", at=clock.now())

    assert evening.grant(ann, 50).ok and evening.grant(bob, 10).ok

    assert (evening.balance(ann), evening.holder(ann).round, evening.holder(ann).goal) == (10, 2, 100)
    assert [(one.reward_id, one.round) for one in evening.earned(ann)] == [(supper.pk, 1)]
    assert (evening.balance(bob), evening.holder(bob).round) == (260, 1), "nobody loses what they have"


def test_minutes_between_two_stamps(mario: Shop) -> None:
    lunch = club(mario, minutes_between=30)
    ann = lunch.joined(at=NOON)
    assert lunch.grant(ann, 1, NOON).ok

    refused = lunch.grant(ann, 1, NOON + timedelta(minutes=29, seconds=59))

    assert refused.refusal is Refusal.TOO_SOON
    assert datetime.fromisoformat(refused.detail["next"]) == NOON + timedelta(minutes=30)
    assert lunch.grant(ann, -1, NOON + timedelta(minutes=1)).ok, "taking back is never too soon"
    assert lunch.grant(ann, 1, NOON + timedelta(minutes=30)).ok


def test_the_day_is_the_card_s_own_and_what_was_taken_back_by_name_may_be_given_again(mario: Shop) -> None:
    lunch = club(mario, max_per_day=2)
    ann = lunch.joined(at=NOON)
    before_midnight = datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Brussels
    first = lunch.grant(ann, 2, before_midnight)
    assert lunch.grant(ann, 1, before_midnight).refusal is Refusal.DAY_LIMIT
    assert lunch.grant(ann, -1, before_midnight, reverses=first.detail["entry"]).ok
    assert lunch.grant(ann, 1, before_midnight).ok
    assert lunch.grant(ann, 2, before_midnight + timedelta(seconds=1)).ok


@pytest.mark.parametrize(("zone", "first", "next_day"), [
    ("Atlantic/Azores", "2026-10-25T00:30", "2026-10-26T01:00"), ("America/Havana", "2026-11-01T04:10", "2026-11-02T05:00"),
    ("Pacific/Kiritimati", "2026-03-01T10:00", "2026-03-02T10:00"), ("Pacific/Niue", "2026-03-01T11:00", "2026-03-02T11:00"),
    ("Africa/Cairo", "2026-04-23T22:00", "2026-04-24T21:00"),
])  # fmt: skip
def test_lesson_19_a_day_with_two_midnights_is_one_day(mario: Shop, zone: str, first: str, next_day: str) -> None:
    """Two a day; at the first moment of a day, at its last one and in between, wherever the clocks are changed."""
    lunch = club(mario, max_per_day=2, timezone=zone)
    begins, ends = (datetime.fromisoformat(f"{text}:00+00:00") for text in (first, next_day))
    ann = lunch.joined(at=begins)
    assert lunch.grant(ann, 2, begins).ok
    for at in (begins, begins + timedelta(minutes=20), begins + timedelta(minutes=65), ends - timedelta(seconds=1)):
        refused = lunch.grant(ann, 1, at)
        assert refused.refusal is Refusal.DAY_LIMIT, at
        assert datetime.fromisoformat(refused.detail["next"]) == ends
    assert lunch.grant(ann, 2, ends).ok


@pytest.mark.parametrize("zone", ["Atlantic/Azores", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Europe/Brussels",
                                  "America/Santiago", "Australia/Lord_Howe", "America/Scoresbysund", "Asia/Kathmandu"])  # fmt: skip
def test_lesson_19_every_day_of_a_year_begins_where_the_house_says(mario: Shop, zone: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    rows = sql.rows("select day_begins(d::timestamp, %s) from unnest(%s::date[]) d", [zone, days])
    assert [row[0] for row in rows] == [dates.start_of_day(day, zone) for day in days]


def test_what_is_given_back_fills_a_round_as_a_stamp_does(mario: Shop) -> None:
    """Nine stamps, three taken by mistake, three more, the mistake mended: twelve were collected, so ten are a reward."""
    lunch = club(mario)
    meal = lunch.reward(10, "Free lunch")
    ann = lunch.joined()
    lunch.grant(ann, 9)
    mistake = lunch.grant(ann, -3)
    lunch.grant(ann, 3)

    assert lunch.grant(ann, 3, method="correction", reverses=mistake.detail["entry"]).ok

    assert [(one.reward_id, one.round, one.waits_for) for one in lunch.earned(ann)] == [(meal.pk, 1, "")]
    assert (lunch.balance(ann), lunch.holder(ann).round, lunch.holder(ann).lifetime) == (2, 2, 12)
    lunch.grant(ann, 8)
    assert [one.round for one in lunch.earned(ann)] == [1, 2]


def test_a_price_that_is_given_back_was_never_collected_twice(mario: Shop) -> None:
    shop_card = club(mario, kind="reward")
    mug = shop_card.reward(100, "Mug")
    ann = shop_card.joined()
    shop_card.grant(ann, 120)
    paid = shop_card.choose(ann, mug).detail["entry"]
    assert shop_card.grant(ann, 100, method="correction", reverses=paid).ok
    assert (shop_card.balance(ann), shop_card.holder(ann).lifetime) == (120, 120)


def test_refusals_come_in_their_order(mario: Shop) -> None:
    lunch = club(mario, max_per_grant=2, minutes_between=60, max_per_day=1)
    ann = lunch.joined(at=NOON)
    lunch.grant(ann, 1, NOON)
    lunch.hold(ann, True, NOON)
    mario.account.status = "blocked"
    mario.account.save()
    lunch.set(status="inactive")

    seen = [lunch.grant(ann, 3, NOON).refusal]
    lunch.hold(ann, False, NOON)
    seen.append(lunch.grant(ann, 3, NOON).refusal)
    mario.account.status = "customer"
    mario.account.save()
    seen.append(lunch.grant(ann, 3, NOON).refusal)
    lunch.set(status="active")
    seen.append(lunch.grant(ann, 3, NOON).refusal)
    seen.append(lunch.grant(ann, 2, NOON).refusal)
    seen.append(lunch.grant(ann, 2, NOON + timedelta(hours=2)).refusal)

    assert seen == [
        Refusal.VOIDED, Refusal.ACCOUNT_BLOCKED, Refusal.INACTIVE, Refusal.TOO_MANY, Refusal.TOO_SOON, Refusal.DAY_LIMIT,
    ]  # fmt: skip
    assert lunch.balance(ann) == 1
    refusals = Event.objects.filter(account=mario.account.pk, kind="loyalty.refused").order_by("id")
    assert [event.data["reason"] for event in refusals] == [str(refusal) for refusal in seen]


def test_a_balance_is_never_below_nothing(mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    lunch.grant(ann, 2)
    refused = lunch.grant(ann, -3)
    assert (refused.refusal, refused.detail) == (Refusal.TOO_LITTLE, {"balance": 2})
    assert lunch.grant(ann, -2).ok
    assert lunch.balance(ann) == 0


def test_a_reversal_names_its_entry_and_never_takes_back_more(mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    lunch.grant(ann, 1)
    entry = lunch.grant(ann, 4).detail["entry"]
    assert lunch.grant(ann, -3, reverses=entry).ok
    assert lunch.grant(ann, -2, reverses=entry).refusal is Refusal.NOT_REVERSIBLE
    assert lunch.grant(ann, 1, reverses=entry).refusal is Refusal.NOT_REVERSIBLE
    assert lunch.grant(ann, -1, reverses=entry).ok
    assert lunch.grant(ann, -1, reverses=entry).refusal is Refusal.NOT_REVERSIBLE
    assert lunch.grant(ann, -1, reverses=99).refusal is Refusal.NOT_REVERSIBLE
    assert lunch.balance(ann) == 1
    taken_back = lunch.grant(ann, -1).detail["entry"]
    assert lunch.grant(ann, 1, reverses=taken_back).ok
    assert lunch.balance(ann) == 1


def test_a_nonce_makes_a_repeated_stamp_one_stamp_and_may_not_mean_another(mario: Shop) -> None:
    lunch = club(mario)
    ann, bob = lunch.joined(), lunch.joined()
    first, again = lunch.grant(ann, 1, nonce="till-7"), lunch.grant(ann, 1, nonce="till-7")
    assert first == again
    assert lunch.grant(ann, 2, nonce="till-7").refusal is Refusal.NONCE_REUSED
    assert lunch.grant(bob, 1, nonce="till-7").ok, "a nonce is the holder's own"
    assert (lunch.balance(ann), lunch.balance(bob)) == (1, 1)


def test_memberships_collect_nothing_and_locations_must_be_the_card_s_own(mario: Shop, lucia: Shop) -> None:
    member = club(mario, kind="membership")
    assert member.grant(member.joined(), 1).refusal is Refusal.COLLECTS_NOTHING
    lunch = club(mario)
    ann, north = lunch.joined(), lunch.at_location()
    closed = lunch.at_location("Shop South", is_disabled=True)
    for place in (closed, mario.location("Elsewhere").pk, lucia.location().pk):
        assert lunch.grant(ann, 1, location=place).refusal is Refusal.WRONG_LOCATION
    assert lunch.grant(ann, 1, location=north).ok
    assert lunch.grant(ann, 0).refusal is Refusal.NOTHING


def test_a_reward_card_lets_its_holder_choose_and_pay_once(mario: Shop) -> None:
    gifts = club(mario, kind="reward")
    mug, bag = gifts.reward(100, "Mug"), gifts.reward(250, "Bag")
    ann = gifts.joined()
    gifts.grant(ann, 120)
    assert gifts.earned(ann) == []

    assert gifts.choose(ann, bag).refusal is Refusal.TOO_LITTLE
    assert gifts.choose(ann, mug, price=90).refusal is Refusal.PRICE_CHANGED
    first, again = gifts.choose(ann, mug, nonce="tap", price=100), gifts.choose(ann, mug, nonce="tap", price=100)

    assert first.ok and first == again
    assert gifts.balance(ann) == 20
    [earned] = gifts.earned(ann)
    assert earned.session_code and earned.is_chosen
    assert gifts.choose(ann, bag, nonce="tap").refusal is Refusal.NONCE_REUSED
    gifts.grant(ann, 300)
    assert gifts.choose(ann, mug).ok, "the same reward again is another one"
    assert gifts.balance(ann) == 220
    assert gifts.holder(ann).lifetime == 420


def test_a_choice_whose_coupon_cannot_be_given_costs_nothing(mario: Shop) -> None:
    gifts, gone = club(mario, kind="reward"), mario.campaign("Mug", max_claims=0)
    mug, last = gifts.reward(10, "Mug", gone), gifts.reward(10, "Bag", stock=0)
    ann = gifts.joined()
    gifts.grant(ann, 50)
    before = Event.objects.filter(account=mario.account.pk).count()

    for reward in (mug, last):
        refused = gifts.choose(ann, reward, nonce=f"tap-{reward.pk}")
        assert (refused.refusal, refused.detail) == (Refusal.UNAVAILABLE, {"reason": "sold_out"})
        assert refused.holder and refused.holder.balance == 50

    assert gifts.balance(ann) == 50
    assert gifts.earned(ann) == []
    assert Event.objects.filter(account=mario.account.pk).count() == before
    gone.set(max_claims=None)
    assert gifts.choose(ann, mug, nonce=f"tap-{mug.pk}").ok, "the same tap may try again"


def test_a_reward_of_another_card_or_a_retired_one_is_none(mario: Shop) -> None:
    gifts, others = club(mario, kind="reward"), club(mario, kind="reward")
    ann = gifts.joined()
    gifts.grant(ann, 500)
    foreign, old = others.reward(1), gifts.reward(1)
    cards.retire_reward(reward=old, actor="test", at=clock.now())
    assert gifts.choose(ann, foreign).refusal is Refusal.NO_REWARD
    assert gifts.choose(ann, old).refusal is Refusal.NO_REWARD


def test_void_and_its_lifting_are_events_only_when_they_change_something(mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    for void in (True, True, False, False):
        assert lunch.hold(ann, void).ok
    kinds = Event.objects.filter(account=mario.account.pk, kind__contains="void").order_by("id")
    assert [event.kind for event in kinds] == ["loyalty.voided", "loyalty.unvoided"]


def test_another_account_s_holder_is_unknown(mario: Shop, lucia: Shop) -> None:
    lunch, bread = club(mario), club(lucia)
    ann = lunch.joined()
    assert bread.grant(ann, 1).refusal is Refusal.UNKNOWN
    assert bread.choose(ann, bread.reward(1)).refusal is Refusal.UNKNOWN
    assert bread.hold(ann, True).refusal is Refusal.UNKNOWN
    cards.delete_card(card=lunch.card, actor="test", at=clock.now())
    assert lunch.grant(ann, 1).refusal is Refusal.UNKNOWN


def test_events_tell_numbers_and_no_names(mario: Shop) -> None:
    lunch = club(mario)
    lunch.reward(1)
    ann = lunch.joined(first_name="Ann", email="ann@example.org")
    lunch.grant(ann, 1)
    events = Event.objects.filter(account=mario.account.pk, kind__startswith="loyalty.").order_by("id")
    assert [event.kind for event in events] == [
        "loyalty.registered", "loyalty.points_changed", "loyalty.reward_claimed",
    ]  # fmt: skip
    assert "ann" not in str([event.data for event in events]).lower()
    held = lunch.holder(ann)
    assert [(event.data["card"], event.data["person"]) for event in events] == [(lunch.card.pk, held.person)] * 3
    assert events[2].session == Earned.objects.get(holder=ann).session
