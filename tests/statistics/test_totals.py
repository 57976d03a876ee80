"""Figures are exact at every moment: daily ones plus what still waits = a recount of the ledger = the rows themselves
(product.md 4.9, lesson 25).
"""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tearoff.activity.recording import record
from tearoff.coupons import editing, holding, links, opening, redemption
from tearoff.coupons.models import CouponSession, Validation
from tearoff.kit import clock, sql
from tearoff.statistics import reports, rollup
from tearoff.statistics.models import Daily
from tests.world import Offer, Shop, open_shop, refused

NOON = datetime(2027, 3, 10, 11, 0, tzinfo=UTC)


def roll_up() -> None:
    while rollup.roll_up():
        pass


def counted(offer: Offer) -> dict[str, int]:
    """From sessions and validations, by other words than the report's."""
    sessions = CouponSession.objects.filter(campaign=offer.campaign)
    uses = Validation.objects.filter(campaign=offer.campaign.pk, undone_at=None)
    return {
        "made": sessions.count(),
        "opened": sessions.filter(opened_at__isnull=False).count(),
        "claimed": sessions.filter(claimed_at__isnull=False).count(),
        "validated": uses.count(),
        "users_who_used": sessions.filter(uses__gt=0).count(),
        "voided": sessions.filter(voided_at__isnull=False).count(),
        "money": sum(_hundredths(value) for value in uses.values_list("value", flat=True)),
    }


def _hundredths(value: str) -> int:
    whole, _, cents = value.replace(",", ".").partition(".")
    if not whole.isdigit() or (cents and not (cents.isdigit() and len(cents) <= 2)) or value.endswith((".", ",")):
        return 0
    return int(whole) * 100 + int((cents + "00")[:2])


def assert_exact(offer: Offer) -> dict[str, int]:
    totals = reports.totals(offer.campaign.pk)
    assert totals == reports.recount(offer.campaign.pk)
    rows = counted(offer)
    assert {name: totals[name] for name in rows} == rows
    return totals


def test_a_day_in_the_life_of_a_coupon(mario: Shop) -> None:
    offer = mario.campaign(uses_per_session=2)
    account, at = mario.account.pk, clock.now()
    code = offer.opened()
    offer.claim(code)
    offer.use(code, validation_value="12,50")
    offer.use(code, validation_value="0.5")
    refused(offer.use, code, validation_value="9")  # used up
    redemption.undo(account=account, code=code, at=at, actor="test")
    offer.update(code, at, status="void")
    offer.claim(code)  # refused: voided
    mario.client.links.create_many(offer.id, amount=7)
    opened = offer.link()
    opening.open_session(account=account, code=opened, at=at)
    mario.client.links.remove(opened)
    mario.client.links.remove(offer.link())
    bot = opening.visit(
        campaign_code=offer.code, cookie=None, person=False, customid=None, details={}, source="", at=at
    )
    assert bot.made

    expected = dict.fromkeys(reports.FIGURES, 0) | {
        "made": 9,
        "opened": 1,
        "claimed": 1,
        "validated": 1,
        "users_who_used": 1,
        "money": 1250,
        "voided": 1,
        "refused": 2,
        "refused.already_used": 1,
        "refused.voided": 1,
        "doubtful": 1,
        "removed": 2,
    }
    assert assert_exact(offer) == expected
    roll_up()
    assert assert_exact(offer) == expected
    offer.opened()
    assert assert_exact(offer) == expected | {"made": 10, "opened": 2}
    offer.update(code, at, status="unvoid")
    assert assert_exact(offer)["voided"] == 0


@pytest.mark.parametrize(
    ("typed", "hundredths"),
    [
        ("12.50", 1250),
        ("12,5", 1250),
        ("12", 1200),
        ("0", 0),
        (" 3.00 ", 300),
        ("999999999999.99", 99999999999999),
        ("12.505", 0),
        ("1.000,50", 0),
        ("-5", 0),
        ("5 EUR", 0),
        (".5", 0),
        ("5.", 0),
        ("1e3", 0),
        ("٣", 0),
        ("", 0),
        ("9" * 20, 0),
    ],
)
def test_only_decimal_numbers_are_money(mario: Shop, typed: str, hundredths: int) -> None:
    [found] = sql.rows("select coalesce(hundredths(%s), 0)", [typed])[0]
    assert found == hundredths


def test_a_neighbours_coupon_counts_for_itself(mario: Shop, lucia: Shop) -> None:
    mine, hers = mario.campaign(), lucia.campaign()
    mine.claimed()
    roll_up()
    assert reports.totals(hers.campaign.pk)["made"] == 0
    assert Daily.objects.filter(campaign=mine.campaign.pk, account=mario.account.pk).count() == 3
    assert not Daily.objects.filter(campaign=hers.campaign.pk).exists()


def test_links_made_voided_are_voided_until_they_are_released(mario: Shop) -> None:
    offer = mario.campaign()
    record(
        "link.made",
        account=mario.account.pk,
        actor="test",
        at=clock.now(),
        campaign=offer.campaign.pk,
        data={"amount": 5, "status": "voided"},
    )
    assert reports.totals(offer.campaign.pk)["voided"] == reports.totals(offer.campaign.pk)["made"] == 5


# Days


def days(offer: Offer, kind: str) -> dict[date, tuple[int, int]]:
    rows = Daily.objects.filter(campaign=offer.campaign.pk, kind=kind).order_by("day")
    return {row.day: (row.amount, row.money) for row in rows}


def test_days_are_those_of_the_coupons_zone(mario: Shop) -> None:
    """22:30 UTC is already tomorrow in Brussels, and still today in New York."""
    late = datetime(2027, 3, 10, 23, 30, tzinfo=UTC)
    brussels, new_york = mario.campaign(), mario.campaign(timezone="America/New_York")
    brussels.opened(late)
    new_york.opened(late)
    roll_up()
    assert list(days(brussels, "opened")) == [date(2027, 3, 11)]
    assert list(days(new_york, "opened")) == [date(2027, 3, 10)]


def test_an_undone_use_is_taken_from_the_day_it_was_made_on(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed(NOON)
    offer.use(code, NOON, validation_value="4.00")
    later = NOON + timedelta(days=3)
    redemption.undo(account=mario.account.pk, code=code, at=later, actor="test")
    offer.use(code, later, validation_value="5.00")
    roll_up()
    assert days(offer, "validated") == {NOON.date(): (0, 0), later.date(): (1, 500)}
    assert_exact(offer)


def test_a_zone_nobody_knows_stops_nobody(mario: Shop) -> None:
    bad, good = mario.campaign(), mario.campaign()
    bad.opened(NOON)
    bad.set(timezone="Mars/Olympus")
    good.opened(NOON)
    roll_up()
    assert list(days(bad, "opened")) == list(days(good, "opened")) == [NOON.date()]


# Many at once, and rolled back


def test_several_workers_roll_up_together(mario: Shop) -> None:
    offers = [mario.campaign() for _ in range(5)]
    for _ in range(20):
        for offer in offers:
            offer.claimed()

    def work(_: int) -> None:
        try:
            while rollup.roll_up(7):
                for offer in offers:
                    assert reports.totals(offer.campaign.pk)["claimed"] == 20
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as workers:
        list(workers.map(work, range(6)))
    for offer in offers:
        assert assert_exact(offer)["claimed"] == 20
        assert Daily.objects.filter(campaign=offer.campaign.pk, kind="claimed").aggregate(n=Sum("amount"))["n"] == 20


def test_a_roll_up_that_is_cut_short_has_counted_nothing(mario: Shop) -> None:
    offer = mario.campaign()
    offer.claimed()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        rollup.roll_up()
        raise ZeroDivisionError
    assert not Daily.objects.filter(campaign=offer.campaign.pk).exists()
    assert assert_exact(offer)["claimed"] == 1


# After any history


_shop: list[Shop] = []


def the_shop() -> Shop:
    """One for all examples: opening an account costs more than an example."""
    if not _shop:
        _shop.append(open_shop("Statistics"))
    return _shop[0]


ACTS = st.one_of(
    st.tuples(st.sampled_from(["visit", "bot", "link", "links", "roll_up", "check"]), st.just(0), st.just("")),
    st.tuples(
        st.sampled_from(["open", "claim", "validate", "undo", "void", "unvoid", "lock", "unlock", "remove", "edit"]),
        st.integers(0, 4),
        st.sampled_from(["", "1", "2.5", "3,75", "much", "10.005"]),
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(ACTS, max_size=25),
    rules=st.fixed_dictionaries(
        {
            "uses_per_session": st.integers(1, 3),
            "max_claims": st.none() | st.integers(1, 4),
            "max_validations": st.none() | st.integers(1, 4),
        }
    ),
)
def test_after_any_history_all_figures_agree_at_every_point(
    acts: list[tuple[str, int, str]], rules: dict[str, Any]
) -> None:
    shop = the_shop()
    offer = shop.campaign(secrets.token_hex(4), **rules)
    codes: list[str] = []
    at = NOON
    for act, which, value in acts:
        at += timedelta(hours=7)
        _do(act, offer, codes, codes[which % len(codes)] if codes else None, value, at)
        assert_exact(offer)
    roll_up()
    assert_exact(offer)


def _do(act: str, offer: Offer, codes: list[str], code: str | None, value: str, at: datetime) -> None:
    account = offer.shop.account.pk
    if act in ("visit", "bot"):
        visit = opening.visit(
            campaign_code=offer.code,
            cookie=None,
            person=act == "visit",
            customid=None,
            details={},
            source="",
            at=at,
        )
        codes.extend([visit.session_code] if visit.session_code else [])
    elif act == "link":
        codes.append(offer.link())
    elif act == "links":
        links.make_links(campaign=offer.campaign, amount=3, at=at, actor="test")
    elif act == "roll_up":
        rollup.roll_up(3)
    elif code is not None:
        _do_with(act, offer, account, code, value, at)


def _do_with(act: str, offer: Offer, account: int, code: str, value: str, at: datetime) -> None:
    match act:
        case "open":
            opening.open_session(account=account, code=code, at=at)
        case "claim":
            offer.claim(code, at)
        case "validate":
            offer.validate(code, at, value=value)
        case "undo":
            redemption.undo(account=account, code=code, at=at, actor="test")
        case "void" | "unvoid" | "lock" | "unlock":
            holding.hold(account=account, code=code, at=at, actor="test", what=act)
        case "remove":
            links.remove_link(account=account, code=code, at=at, actor="test")
        case "edit":
            changes = {"validation_value": value, "customid": value}
            editing.edit(account=account, code=code, at=at, actor="test", changes=changes, what="validate")
