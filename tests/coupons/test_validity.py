"""Three clocks, weekly hours, limits and the order of refusals: product.md 4.5 and 5, J7, J8, lessons 19, 21 and 22."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tearoff.coupons import claiming
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import clock, dates, sql
from tests.world import Shop, refused

BRUSSELS = ZoneInfo("Europe/Brussels")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BRUSSELS)  # type: ignore[arg-type]


def test_j7_the_earliest_of_three_clocks_decides(mario: Shop) -> None:
    offer = mario.campaign(
        starts_local=datetime(2026, 3, 2),
        ends_local=datetime(2026, 3, 31, 23, 59, 59),
        after_open=7,
        after_claim=24,
        after_claim_unit="hours",
    )

    first = offer.opened(local(2026, 3, 2, 10))
    assert offer.claim(first, local(2026, 3, 4, 12)).ok
    assert ends(offer, first) == local(2026, 3, 5, 12)
    assert refused(offer.use, first, local(2026, 3, 5, 12, 1)).reasons == (Refusal.EXPIRED,)

    second = offer.opened(local(2026, 3, 2, 10))
    assert offer.claim(second, local(2026, 3, 9, 10, 1)).refusal == Refusal.EXPIRED

    third = offer.opened(local(2026, 3, 30, 10))
    assert offer.claim(third, local(2026, 3, 31, 23)).ok
    assert ends(offer, third) == local(2026, 3, 31, 23, 59, 59)
    assert refused(offer.use, third, local(2026, 4, 1)).reasons == (Refusal.EXPIRED,)
    offer.campaign.ends_local = datetime(2026, 4, 30)
    offer.campaign.save()
    offer.use(third, local(2026, 4, 1))


def test_before_its_start_a_link_waits(mario: Shop) -> None:
    offer = mario.campaign(starts_local=datetime(2026, 3, 2))
    code = offer.link()

    assert offer.claim(code, local(2026, 3, 1, 23, 59, 59)).refusal == Refusal.NOT_STARTED
    assert offer.claim(code, local(2026, 3, 2)).ok


@pytest.mark.parametrize(
    ("late_by", "good"), [(timedelta(0), True), (timedelta(milliseconds=999), True), (timedelta(seconds=1), False)]
)
def test_the_end_instant_itself_is_good(mario: Shop, late_by: timedelta, good: bool) -> None:
    end = local(2026, 6, 30, 18)
    offer = mario.campaign(ends_local=datetime(2026, 6, 30, 18))
    code = offer.claimed(end - timedelta(days=1))

    assert offer.validate(code, end + late_by).ok is good


ZONES = [
    "Etc/GMT+12",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "UTC",
    "Europe/Brussels",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
]
CHANGE_DAYS = ["2026-01-15", "2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", CHANGE_DAYS)
def test_a_day_is_the_merchants_day(zone: str, day: str) -> None:
    """The first second belongs to the day and the one before does not; the same at the end (lesson 19)."""
    date = datetime.fromisoformat(day).date()
    start, end = dates.start_of_day(date, zone), dates.end_of_day(date, zone)

    assert start.astimezone(ZoneInfo(zone)).date() == date
    assert (start - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < date
    assert end.astimezone(ZoneInfo(zone)).date() == date
    assert (end + timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() > date


def test_skipped_and_repeated_local_times() -> None:
    """Conventions.md 5.3: skipped, the instant after the gap; repeated, the first for starts, the second for ends."""
    skipped = datetime(2026, 3, 29, 2, 30)
    repeated = datetime(2026, 10, 25, 2, 30)

    assert dates.instant(skipped, "Europe/Brussels") == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert dates.instant(repeated, "Europe/Brussels") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert dates.instant(repeated, "Europe/Brussels", ends=True) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "unit", "start", "end"),
    [
        (1, "months", local(2026, 1, 31, 12), local(2026, 2, 28, 12)),
        (1, "days", local(2026, 3, 28, 12), local(2026, 3, 29, 12)),
        (24, "hours", local(2026, 3, 28, 12), local(2026, 3, 29, 13)),
        (90, "minutes", local(2026, 10, 25, 0, 0), local(2026, 10, 25, 0, 0).astimezone(UTC) + timedelta(minutes=90)),
    ],
)
def test_days_and_months_are_calendar_units_minutes_and_hours_elapsed_time(
    amount: int, unit: str, start: datetime, end: datetime
) -> None:
    row = sql.one("select ends_after(%s, %s, %s, 'Europe/Brussels')", [start, amount, unit])

    assert row == (end.astimezone(UTC),)


WINDOWS: list[dict[str, Any]] = [
    {"act": "validate", "days": [1, 2, 3, 4, 5], "from": "14:00", "to": "17:00"},
    {"act": "validate", "days": [6, 7], "from": "22:00", "to": "03:00"},
]


@pytest.mark.parametrize("zone", ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"])
def test_weekly_hours_are_wall_clock_hours(zone: str, day: str) -> None:
    """Every quarter hour around both change days, against an oracle of its own (lesson 21)."""
    from psycopg.types.json import Jsonb

    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(hours=12)
    for quarter in range(48 * 4):
        at = begin + timedelta(minutes=15 * quarter)
        answered = sql.one("select within_hours(%s, %s, 'validate', %s)", [Jsonb(WINDOWS), zone, at])
        assert answered == (oracle(at.astimezone(ZoneInfo(zone))),), at


def oracle(at: datetime) -> bool:
    minutes = at.hour * 60 + at.minute
    weekday, yesterday = at.isoweekday(), (at.date() - timedelta(days=1)).isoweekday()
    if weekday <= 5 and 14 * 60 <= minutes < 17 * 60:
        return True
    return (weekday >= 6 and minutes >= 22 * 60) or (yesterday >= 6 and minutes < 3 * 60)


def test_j8_1_claimed_ones_stay_good_when_the_rest_is_sold_out(mario: Shop) -> None:
    offer = mario.campaign(max_claims=2)
    sessions = [offer.opened() for _ in range(3)]

    assert [offer.claim(code).refusal for code in sessions] == [None, None, Refusal.SOLD_OUT]
    for code in sessions[:2]:
        offer.use(code)
    assert refused(offer.use, sessions[2]).reasons == (Refusal.SOLD_OUT,)


def test_j8_4_uses_with_a_wait_between(mario: Shop) -> None:
    offer = mario.campaign(uses_per_session=3, minutes_between_uses=60)
    at = clock.now()
    code = offer.claimed(at)

    offer.use(code, at)
    assert refused(offer.use, code, at + timedelta(minutes=59)).reasons == (Refusal.TOO_SOON,)
    offer.use(code, at + timedelta(minutes=60))
    offer.use(code, at + timedelta(minutes=120))
    assert refused(offer.use, code, at + timedelta(minutes=180)).reasons == (Refusal.ALREADY_USED,)


def test_j8_5_claim_on_saturday_validate_on_monday(mario: Shop) -> None:
    offer = mario.campaign(hours=[{"act": "validate", "days": [1, 2, 3, 4, 5], "from": "14:00", "to": "17:00"}])
    saturday, monday = local(2026, 11, 21, 15), local(2026, 11, 23, 15)
    code = offer.claimed(saturday)

    assert refused(offer.use, code, saturday).reasons == (Refusal.OUTSIDE_HOURS,)
    offer.use(code, monday)


def test_a_validation_limit_refuses_claimed_ones_and_an_undo_gives_the_place_back(mario: Shop) -> None:
    from tearoff.coupons import redemption

    offer = mario.campaign(max_validations=1)
    first, second = offer.claimed(), offer.claimed()
    offer.use(first)
    assert refused(offer.use, second).reasons == (Refusal.SOLD_OUT,)
    assert redemption.undo(account=mario.account.pk, code=first, at=clock.now(), actor="owner").ok

    offer.use(second)


def test_a_cap_set_on_a_live_campaign_counts_what_was_given_before(mario: Shop) -> None:
    offer = mario.campaign()
    sessions = [offer.claimed() for _ in range(3)]
    offer.use(sessions[0])
    waiting = offer.opened()

    mario.client.coupons.update(offer.id, max_claims=3)

    assert offer.claim(waiting).refusal == Refusal.SOLD_OUT
    assert sql.one("select claims, validations from campaign_counter where campaign = %s", [offer.campaign.pk]) == (
        3,
        1,
    )


@pytest.mark.parametrize("method", ["button", "form"])
def test_staff_do_not_accept_what_is_not_claimed_yet_but_the_api_claims_it(mario: Shop, method: str) -> None:
    offer = mario.campaign(claim_method=method, by_button=True)
    code = offer.opened()

    assert offer.validate(code, entrance="staff", method="button").refusal == Refusal.NOT_CLAIMED
    offer.use(code)
    assert offer.session(code).claim_type == "staff"


def test_without_a_claim_step_the_claim_is_counted_with_the_use(mario: Shop) -> None:
    offer = mario.campaign(claim_method="none", by_button=True, max_claims=1)
    first, second = offer.opened(), offer.opened()

    assert offer.validate(first, entrance="holder", method="button").ok
    assert offer.validate(second, entrance="holder", method="button").refusal == Refusal.SOLD_OUT


ORDER: list[tuple[str, Any]] = [
    (
        Refusal.VOIDED,
        lambda offer, code: sql.run("update coupon_session set voided_at = now() where code = %s", [code]),
    ),
    (
        Refusal.LOCKED,
        lambda offer, code: sql.run("update coupon_session set locked_at = now() where code = %s", [code]),
    ),
    (
        Refusal.ACCOUNT_BLOCKED,
        lambda offer, code: type(offer.shop.account).objects.filter(pk=offer.shop.account.pk).update(status="blocked"),
    ),
    (Refusal.INACTIVE, lambda offer, code: offer.set(status="inactive")),
    (Refusal.NOT_STARTED, lambda offer, code: offer.set(starts_at=datetime(2999, 1, 1, tzinfo=UTC))),
    (Refusal.EXPIRED, lambda offer, code: offer.set(ends_at=datetime(2020, 1, 1, tzinfo=UTC))),
    (
        Refusal.ALREADY_CLAIMED,
        lambda offer, code: sql.run("update coupon_session set claimed_at = now() where code = %s", [code]),
    ),
    (Refusal.SOLD_OUT, lambda offer, code: offer.set(max_claims=0)),
    (
        Refusal.OUTSIDE_HOURS,
        lambda offer, code: offer.set(hours=[{"act": "claim", "days": [], "from": "00:00", "to": "24:00"}]),
    ),
    (Refusal.DAY_LIMIT, lambda offer, code: offer.set(max_claims_per_day=0)),
]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_only_the_first_reason_is_told(mario: Shop, first: int) -> None:
    """With every reason from here on down at once, the uppermost of section 5 is the answer."""
    offer = mario.campaign(max_claims=100)
    code = offer.opened()
    for _, bring_about in reversed(ORDER[first:]):
        bring_about(offer, code)

    outcome = claiming.claim(
        account=mario.account.pk, code=code, at=clock.now(), actor="t", entrance="api", claim_type="api"
    )

    assert outcome.refusal == ORDER[first][0]


def test_wrong_passwords_pause_a_session_longer_each_time_and_a_right_one_clears_it(mario: Shop) -> None:
    """Product.md 4.6 B: five tries, then 60 s, doubled each time up to 15 minutes."""
    from tearoff.campaigns import passwords

    offer = mario.campaign()
    offer.at_location(password="4711")
    code = offer.claimed()
    at = clock.now()
    right, wrong = (passwords.digest_of(mario.account.pk, text) for text in ("4711", "0000"))

    def typed(digest: bytes) -> tuple[str, dict[str, Any]]:
        outcome = offer.validate(code, at, entrance="holder", method="password", password_digest=digest)
        return outcome.refusal or "ok", outcome.detail

    for pause in (60, 120, 240, 480, 900, 900):
        assert [typed(wrong)[1].get("left") for _ in range(5)] == [4, 3, 2, 1, 0]
        assert typed(right) == ("throttled", {"seconds": pause})
        at += timedelta(seconds=pause)
    assert typed(right)[0] == "ok"


def test_after_a_hundred_wrong_tries_on_a_coupon_each_session_gets_one_a_minute_and_the_owner_a_mail(
    mario: Shop,
) -> None:
    from tearoff.accounts.models import OwnerMail
    from tearoff.campaigns import passwords

    offer = mario.campaign()
    offer.at_location(password="4711")
    at = datetime(2026, 5, 5, 12, 0, tzinfo=UTC)
    wrong, right = (passwords.digest_of(mario.account.pk, text) for text in ("0000", "4711"))
    options: dict[str, Any] = {"entrance": "holder", "method": "password"}
    for _ in range(25):
        guesser = offer.claimed(at)
        for _ in range(4):
            offer.validate(guesser, at, password_digest=wrong, **options)

    holder = offer.claimed(at)
    assert offer.validate(holder, at, password_digest=wrong, **options).detail == {"left": 0, "seconds": 60}
    assert offer.validate(holder, at + timedelta(seconds=60), password_digest=right, **options).ok
    assert OwnerMail.objects.filter(account=mario.account, kind="wrong_passwords").count() == 1


def ends(offer: Any, code: str) -> datetime:
    row = sql.one(
        "select session_ends(s, c) from coupon_session s join campaign c on c.id = s.campaign_id where s.code = %s",
        [code],
    )
    assert row
    return row[0]  # type: ignore[no-any-return]
