"""Lessons 1 to 8: whoever comes at the same moment, through whatever entrance, limits hold exactly.

Each race has its twin without the guard, which must go wrong; otherwise the race would prove nothing (lessons K).
"""

import re
from collections import Counter as Tally
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tearoff.campaigns import owncodes, passwords
from tearoff.campaigns.editing import update_campaign
from tearoff.coupons import editing, holding, links, redemption
from tearoff.coupons.models import CouponSession, PersonKey, Validation
from tearoff.coupons.outcomes import Outcome, Refusal, act, answered
from tearoff.kit import clock, sql
from tests.street.rivals import race, while_waiting
from tests.world import Offer, Shop

RIVALS = 16


def words(results: list[Outcome | Exception]) -> Tally[str]:
    """How often each answer was given; a bug shows by its name."""
    return Tally(
        type(result).__name__ if isinstance(result, Exception) else result.refusal or "ok" for result in results
    )


def entrances(offer: Offer, code: str, password: str) -> list[Callable[[], Outcome]]:
    """Four different ways to use one session."""
    digest = passwords.digest_of(offer.shop.account.pk, password)
    at = clock.now()
    return [
        lambda: offer.validate(code, at),
        lambda: offer.validate(code[:6], at, entrance="holder", method="password", password_digest=digest),
        lambda: offer.validate(code, at, entrance="staff", method="scan", password_digest=digest),
        lambda: editing.edit(
            account=offer.shop.account.pk, code=code, at=at, actor="test", changes={"customid": "till"}, what="validate"
        ),
    ]


def test_a_session_is_used_once_whatever_the_entrance(mario: Shop) -> None:
    offer = mario.campaign()
    offer.at_location(password="4711")
    code = offer.claimed()

    results = race(entrances(offer, code, "4711") * (RIVALS // 4))

    assert words(results) == {"ok": 1, Refusal.ALREADY_USED: RIVALS - 1}
    assert offer.uses() == 1
    assert offer.session(code).uses == 1


def test_the_last_uses_of_a_campaign_go_to_exactly_as_many_sessions(mario: Shop) -> None:
    offer = mario.campaign(max_validations=5)
    sessions = [offer.claimed() for _ in range(RIVALS)]

    results = race([lambda code=code: offer.validate(code) for code in sessions])  # type: ignore[misc]

    assert words(results) == {"ok": 5, Refusal.SOLD_OUT: RIVALS - 5}
    assert offer.uses() == 5
    assert CouponSession.objects.filter(campaign=offer.campaign, uses=1).count() == 5


def test_the_last_claims_go_to_exactly_as_many_consumers_also_when_the_till_claims(mario: Shop) -> None:
    offer = mario.campaign(max_claims=5)
    sessions = [offer.opened() for _ in range(RIVALS)]
    doors = [
        (lambda code=code: offer.claim(code)) if place % 2 else (lambda code=code: offer.validate(code))
        for place, code in enumerate(sessions)
    ]

    results = race(doors)  # type: ignore[arg-type]

    assert words(results) == {"ok": 5, Refusal.SOLD_OUT: RIVALS - 5}
    assert CouponSession.objects.filter(campaign=offer.campaign, claimed_at__isnull=False).count() == 5


def test_one_person_gets_one_whatever_the_spelling(mario: Shop) -> None:
    offer = mario.campaign(claim_method="form", form=[{"name": "email", "kind": "email"}], unique_fields=["email"])
    sessions = [offer.opened() for _ in range(RIVALS)]

    results = race([lambda code=code: offer.claim(code, email_key="ann@example.org") for code in sessions])  # type: ignore[misc]

    assert words(results) == {"ok": 1, Refusal.PERSON_HAS_ONE: RIVALS - 1}
    assert PersonKey.objects.filter(campaign=offer.campaign.pk).count() == 1
    assert CouponSession.objects.filter(campaign=offer.campaign, claimed_at__isnull=False).count() == 1


def test_each_own_code_goes_to_one_session_and_none_is_lost(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=True)
    owncodes.import_codes(offer.campaign, "\n".join(f"CODE-{number}" for number in range(5)))
    sessions = [offer.opened() for _ in range(RIVALS)]

    results = race([lambda code=code: offer.claim(code) for code in sessions])  # type: ignore[misc]

    assert words(results) == {"ok": 5, Refusal.SOLD_OUT: RIVALS - 5}
    given = (
        CouponSession.objects.filter(campaign=offer.campaign).exclude(own_code="").values_list("own_code", flat=True)
    )
    assert len(set(given)) == len(given) == 5


def test_a_daily_limit_holds_for_the_day(mario: Shop) -> None:
    offer = mario.campaign(max_claims_per_day=3)
    sessions = [offer.opened() for _ in range(RIVALS)]
    at = clock.now()

    results = race([lambda code=code: offer.claim(code, at) for code in sessions])  # type: ignore[misc]

    assert words(results) == {"ok": 3, Refusal.DAY_LIMIT: RIVALS - 3}


def test_a_daily_limit_counts_what_was_claimed_that_day_before_it_was_set(mario: Shop) -> None:
    """Also by many who are the first to be asked about it at the same moment."""
    offer = mario.campaign()
    at = datetime(2026, 11, 22, 13, 0, tzinfo=clock.UTC)

    def claim_at(moment: datetime) -> Outcome:
        return offer.claim(offer.opened(), moment)

    def limit(most: int | None) -> None:
        update_campaign(campaign=offer.campaign, changes={"max_claims_per_day": most}, actor="test", at=at)

    yesterday = datetime(2026, 11, 21, 22, 59, tzinfo=clock.UTC)  # one minute before midnight in Brussels
    assert all(claim_at(moment).ok for moment in (yesterday, at, at, at))
    limit(5)
    sessions = [offer.opened() for _ in range(RIVALS)]
    results = race([lambda code=code: offer.claim(code, at) for code in sessions])  # type: ignore[misc]
    assert words(results) == {"ok": 2, Refusal.DAY_LIMIT: RIVALS - 2}

    limit(None)
    assert claim_at(at).ok
    limit(7)
    assert [claim_at(at).refusal for _ in range(2)] == [None, Refusal.DAY_LIMIT]
    assert claim_at(at + timedelta(days=1)).ok


def test_a_use_is_taken_back_once(mario: Shop) -> None:
    offer = mario.campaign(max_validations=1)
    code = offer.claimed()
    assert offer.validate(code).ok

    def undo() -> Outcome:
        return redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test")

    assert words(race([undo] * RIVALS)) == {"ok": 1, Refusal.NOT_USED: RIVALS - 1}
    assert offer.uses() == 0
    counted = sql.one("select validations from campaign_counter where campaign = %s", [offer.campaign.pk])
    assert counted == (0,)


def test_undo_races_with_new_uses_and_the_ledger_agrees(mario: Shop) -> None:
    offer = mario.campaign(max_validations=1, uses_per_session=3)
    code = offer.claimed()
    assert offer.validate(code).ok

    def undo() -> Outcome:
        return redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test")

    race([undo, lambda: offer.validate(code)] * (RIVALS // 2))

    counted = sql.one("select validations from campaign_counter where campaign = %s", [offer.campaign.pk])
    assert counted == (offer.uses(),)
    assert offer.session(code).uses == offer.uses() <= 1


def test_the_same_act_sent_many_times_is_one_act(mario: Shop) -> None:
    offer = mario.campaign(uses_per_session=5)
    code = offer.claimed()

    results = race([lambda: offer.validate(code, act_key="till-7")] * RIVALS)

    assert words(results) == {"ok": RIVALS}
    assert offer.uses() == 1


def a_link_whose_person_was_changed(offer: Offer) -> None:
    links.make_link(**asking(offer))
    code = CouponSession.objects.get(campaign=offer.campaign).code
    changes = {"customid": "2"}
    assert editing.edit(account=offer.shop.account.pk, code=code, at=clock.now(), actor="test", changes=changes).ok


def asking(offer: Offer) -> dict[str, Any]:
    return {
        "account": offer.shop.account.pk,
        "campaign": offer.campaign.pk,
        "at": clock.now(),
        "actor": "test",
        "fields": {"customid": "1"},
        "check": ("customid", "1"),
    }


def test_a_link_whose_person_was_changed_is_followed_by_one_new_one(mario: Shop) -> None:
    offer = mario.campaign()
    a_link_whose_person_was_changed(offer)

    results = race([lambda: links.make_link(**asking(offer))] * RIVALS)

    assert words(results) == {"ok": RIVALS}
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 2


def test_wrong_passwords_from_one_place_at_the_same_moment_are_all_counted(mario: Shop) -> None:
    offer = mario.campaign()
    at = clock.now()
    sessions = [offer.claimed() for _ in range(RIVALS)]

    def guess(code: str) -> Outcome:
        typed = {"entrance": "holder", "method": "password", "password_digest": b"wrong", "place": "198.51.100.7"}
        return offer.validate(code, at, **typed)

    assert words(race([lambda code=code: guess(code) for code in sessions])) == {Refusal.WRONG_PASSWORD: RIVALS}  # type: ignore[misc]
    counted = sql.one("select amount from throttle where key like %s", [f"password/{mario.account.pk}/%"])
    assert counted == (RIVALS,)


def test_locks_taken_from_both_sides_never_deadlock(mario: Shop) -> None:
    offer = mario.campaign(max_claims=100, max_validations=100, uses_per_session=100)
    sessions = [offer.claimed() for _ in range(3)]
    acts: list[Callable[[], Outcome]] = []
    for code in sessions:
        acts += [
            lambda code=code: offer.validate(code),  # type: ignore[misc]
            lambda code=code: redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test"),  # type: ignore[misc]
            lambda code=code: holding.hold(  # type: ignore[misc]
                account=mario.account.pk, code=code, at=clock.now(), actor="test", what="unlock"
            ),
        ]

    answers = words(race(acts * 3))

    assert set(answers) <= {"ok", Refusal.NOT_USED, Refusal.NOT_LOCKED}, answers


# ---------------------------------------------------------------- what was switched off while the call waited


@pytest.mark.parametrize(
    ("flip", "word"),
    [
        (lambda offer, code: offer.set(status="inactive"), Refusal.INACTIVE),
        (lambda offer, code: offer.set(status="archived"), Refusal.INACTIVE),
        (lambda offer, code: offer.set(deleted_at=clock.now()), Refusal.UNKNOWN),
        (lambda offer, code: offer.set(is_template=True), Refusal.INACTIVE),
        (lambda offer, code: offer.set(ends_at="2020-01-01T00:00:00Z"), Refusal.EXPIRED),
        (lambda offer, code: offer.set(starts_at="2999-01-01T00:00:00Z"), Refusal.NOT_STARTED),
        (
            lambda offer, code: offer.set(hours=[{"act": "validate", "days": [], "from": "00:00", "to": "24:00"}]),
            Refusal.OUTSIDE_HOURS,
        ),
        (lambda offer, code: offer.set(by_password=False), Refusal.METHOD_OFF),
        (lambda offer, code: offer.campaign.locations.update(is_disabled=True), Refusal.WRONG_LOCATION),
        (lambda offer, code: offer.campaign.locations.clear(), Refusal.WRONG_LOCATION),
        (lambda offer, code: _account(offer, status="blocked"), Refusal.ACCOUNT_BLOCKED),
        (lambda offer, code: _account(offer, status="frozen"), Refusal.ACCOUNT_EXPIRED),
        (lambda offer, code: _account(offer, expires_at="2020-01-01T00:00:00Z"), Refusal.ACCOUNT_EXPIRED),
        (lambda offer, code: offer.set(max_validations=0), Refusal.SOLD_OUT),
    ],
)
def test_what_is_switched_off_while_the_call_waits_counts(
    mario: Shop, flip: Callable[[Offer, str], object], word: Refusal
) -> None:
    """Architecture.md 3.1, last column: nothing read before the lock is believed after it (lessons 2 and 7)."""
    offer = mario.campaign(max_validations=50)
    offer.at_location(password="4711")
    code = offer.claimed()
    digest = passwords.digest_of(mario.account.pk, "4711")

    outcome = while_waiting(
        "select from coupon_session where code = %s for update",
        [code],
        lambda: offer.validate(code, entrance="holder", method="password", password_digest=digest),
        lambda: flip(offer, code),  # type: ignore[arg-type,return-value]
    )

    assert outcome.refusal == word
    assert offer.uses() == 0


@pytest.mark.parametrize(("column", "word"), [("voided_at", Refusal.VOIDED), ("locked_at", Refusal.LOCKED)])
def test_a_session_held_while_the_call_waits_is_refused(mario: Shop, column: str, word: Refusal) -> None:
    offer = mario.campaign()
    code = offer.claimed()

    outcome = while_waiting(
        f"update coupon_session set {column} = now() where code = %s",
        [code],
        lambda: offer.validate(code),
        lambda: None,
    )

    assert outcome.refusal == word
    assert offer.uses() == 0


def test_a_campaign_switched_off_while_the_call_waits_for_its_counter_counts(mario: Shop) -> None:
    offer = mario.campaign(max_validations=50)
    code = offer.claimed()

    outcome = while_waiting(
        "select from campaign_counter where campaign = %s for update",
        [offer.campaign.pk],
        lambda: offer.validate(code),
        lambda: offer.set(status="inactive"),
    )

    assert outcome.refusal == Refusal.INACTIVE


def test_a_row_held_for_too_long_is_a_retryable_refusal(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()

    def impatient() -> Outcome:
        sql.run("set lock_timeout = '50ms'")
        return offer.validate(code)

    outcome = while_waiting("select from coupon_session where code = %s for update", [code], impatient, _until_given_up)

    assert outcome.refusal == Refusal.BUSY
    assert offer.validate(code).ok


# ---------------------------------------------------------------- the twins without a guard, which must go wrong


def unguarded(statement: str) -> str:
    """The real function under another name, without its locks and with time between the verdict and the writes."""
    text = (sql.ROOT / "coupons" / "redemption.sql").read_text()
    body = next(found[0] for found in re.finditer(r"create or replace function coupon_validate.*?\$\$;", text, re.S))
    body = body.replace("coupon_validate", statement)
    body = body.replace("session_locked(", "session_unlocked(").replace(" for no key update", "")
    return body.replace(
        "    if v_with_claim then\n        s := session_claimed",
        "    perform pg_sleep(0.05);\n    if v_with_claim then\n        s := session_claimed",
    )


@pytest.fixture(scope="module")
def naive() -> Callable[[Offer, str], Outcome]:
    state = (sql.ROOT / "coupons" / "state.sql").read_text()
    locked = next(found[0] for found in re.finditer(r"create or replace function session_locked.*?\$\$;", state, re.S))
    sql.run(
        locked.replace("session_locked", "session_unlocked")
        .replace(" for no key update of t", "")
        .replace(" for no key update", "")
    )
    sql.run(unguarded("coupon_validate_naive"))

    def validate(offer: Offer, code: str) -> Outcome:
        arguments = (offer.shop.account.pk, code, clock.now(), "test", "api", "api", None, None, None, None, None)
        return act("coupon_validate_naive", *arguments)

    return validate


def test_negative_control_without_its_lock_a_session_is_used_twice(
    mario: Shop, naive: Callable[[Offer, str], Outcome]
) -> None:
    offer = mario.campaign(uses_per_session=1)
    code = offer.claimed()

    results = race([lambda: naive(offer, code)] * RIVALS)

    assert words(results)["ok"] > 1
    assert offer.uses() > 1


def test_negative_control_without_its_lock_a_cap_is_passed(mario: Shop, naive: Callable[[Offer, str], Outcome]) -> None:
    offer = mario.campaign(max_validations=5)
    sessions = [offer.claimed() for _ in range(RIVALS)]

    results = race([lambda code=code: naive(offer, code) for code in sessions])  # type: ignore[misc]

    assert words(results)["ok"] > 5
    assert Validation.objects.filter(campaign=offer.campaign.pk).count() > 5


def test_negative_control_without_the_key_row_a_person_has_two(mario: Shop) -> None:
    """The guard of the unique field is the key row; asking the sessions instead lets rivals through."""
    offer = mario.campaign(claim_method="form", form=[{"name": "email", "kind": "email"}], unique_fields=["email"])
    text = (sql.ROOT / "coupons" / "claiming.sql").read_text()
    claim = next(found[0] for found in re.finditer(r"create or replace function coupon_claim.*?\$\$;", text, re.S))
    sql.run(
        claim.replace("coupon_claim", "coupon_claim_naive")
        .replace(
            "if not person_taken_up(s, c) then",
            "if exists (select from coupon_session x where x.campaign_id = c.id and x.email_key = s.email_key "
            "and x.claimed_at is not null) then",
        )
        .replace("    s := session_claimed", "    perform pg_sleep(0.05);\n    s := session_claimed")
    )
    sessions = [offer.opened() for _ in range(RIVALS)]

    def naive_claim(code: str) -> Outcome:
        details = '{"email_key": "ann@example.org"}'
        return act("coupon_claim_naive", mario.account.pk, code, clock.now(), "holder", "holder", "form", details)

    results = race([lambda code=code: naive_claim(code) for code in sessions])  # type: ignore[misc]

    assert words(results)["ok"] > 1


def test_negative_control_without_the_lock_on_its_key_a_changed_link_is_followed_by_several(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = mario.campaign()
    a_link_whose_person_was_changed(offer)
    text = (sql.ROOT / "coupons" / "links.sql").read_text()
    link = next(found[0] for found in re.finditer(r"create or replace function coupon_link\(.*?\$\$;", text, re.S))
    sql.run(
        link.replace("coupon_link", "coupon_link_naive")
        .replace(" for no key update", "")
        .replace("    insert into coupon_session", "    perform pg_sleep(0.05);\n    insert into coupon_session")
    )
    monkeypatch.setattr(links, "answered", lambda verb, *arguments: answered("coupon_link_naive", *arguments))

    race([lambda: links.make_link(**asking(offer))] * RIVALS)

    assert CouponSession.objects.filter(campaign=offer.campaign).count() > 2


def test_negative_control_a_reading_of_the_campaign_before_the_lock_is_believed(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()
    text = (sql.ROOT / "coupons" / "redemption.sql").read_text()
    body = next(found[0] for found in re.finditer(r"create or replace function coupon_validate.*?\$\$;", text, re.S))
    early = "    select * into c from campaign where id = (select x.campaign_id from coupon_session x where x.code = p_code);\n"
    body = body.replace("coupon_validate", "coupon_validate_early")
    body = body.replace("    select * into c from campaign where id = s.campaign_id;\n", "")
    body = body.replace("    s := session_locked", early + "    s := session_locked")
    sql.run(body)

    outcome = while_waiting(
        "select from coupon_session where code = %s for update",
        [code],
        lambda: act(
            "coupon_validate_early",
            mario.account.pk,
            code,
            clock.now(),
            "test",
            "api",
            "api",
            None,
            None,
            None,
            None,
            None,
        ),
        lambda: offer.set(status="inactive"),
    )

    assert outcome.ok, "the twin was expected to let a switched-off campaign through"


def _account(offer: Offer, **settings: object) -> None:
    type(offer.shop.account).objects.filter(pk=offer.shop.account.pk).update(**settings)


def _until_given_up() -> None:
    """Nobody waits any more: the impatient one has got its answer."""
    while True:
        row = sql.one("select count(*) from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0")
        if row and not row[0]:
            return
