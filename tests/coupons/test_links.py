"""Single-use links: coupons.md 18 to 20, lessons 11, 12, 14, 15 and 26."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tearoff.activity.models import Event
from tearoff.campaigns import owncodes
from tearoff.coupons import links, persons
from tearoff.coupons.models import CouponSession, LinkBatch, LinkKey
from tearoff.coupons.outcomes import Outcome, Refusal
from tearoff.kit import clock, codes
from tests.street.rivals import race
from tests.world import Offer, Shop, open_shop


def make(offer: Offer, **options: object) -> Outcome:
    fields = options.pop("fields", {})
    return links.make_link(
        account=offer.shop.account.pk,
        campaign=offer.campaign.pk,
        at=clock.now(),
        actor="test",
        fields=fields,  # type: ignore[arg-type]
        **options,  # type: ignore[arg-type]
    )


def test_fifty_creates_with_one_custom_id_make_one_session(mario: Shop) -> None:
    offer = mario.campaign()

    results = race([lambda: make(offer, fields={"customid": "crm-9"}, check=("customid", "crm-9"))] * 20)

    sessions = {result.session.id for result in results if isinstance(result, Outcome) and result.session}
    assert len(sessions) == 1
    assert sum(not result.detail.get("duplicate") for result in results if isinstance(result, Outcome)) == 1
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 1


def test_negative_control_a_look_up_before_the_insert_makes_several(mario: Shop) -> None:
    offer = mario.campaign()

    def look_first() -> None:
        if not CouponSession.objects.filter(campaign=offer.campaign, customid="crm-9").exists():
            make(offer, fields={"customid": "crm-9"})

    race([look_first] * 20)

    assert CouponSession.objects.filter(campaign=offer.campaign).count() > 1


def test_the_oldest_session_with_the_value_counts_as_the_first(mario: Shop) -> None:
    offer = mario.campaign()
    older = make(offer, fields={"customid": "7"}).session
    make(offer, fields={"customid": "7"})

    again = make(offer, fields={"customid": "7"}, check=("customid", "7"))

    assert older and again.session and again.session.id == older.id
    assert again.detail == {"duplicate": True}


def test_a_removed_link_is_not_a_duplicate(mario: Shop) -> None:
    offer = mario.campaign()
    first = make(offer, fields={"customid": "7"}, check=("customid", "7")).session
    assert first
    assert links.remove_link(account=mario.account.pk, code=first.code, at=clock.now(), actor="test").ok

    second = make(offer, fields={"customid": "7"}, check=("customid", "7"))

    assert second.detail == {} and second.session and second.session.id != first.id


def test_only_an_unclaimed_link_can_be_removed(mario: Shop) -> None:
    offer = mario.campaign()

    def removed(code: str) -> str:
        return links.remove_link(account=mario.account.pk, code=code, at=clock.now(), actor="test").refusal or "ok"

    opened, claimed, visitor = offer.link(), offer.link(), offer.opened()
    assert offer.claim(claimed).ok
    assert removed(opened) == "ok"
    assert removed(opened) == Refusal.UNKNOWN
    assert removed(claimed) == Refusal.ALREADY_CLAIMED
    assert removed(visitor) == Refusal.NOT_A_LINK
    event = Event.objects.get(account=mario.account.pk, kind="link.removed")
    assert event.data == {"opened": False} and event.subject == ""


def test_many_links_come_in_order_with_different_codes(mario: Shop) -> None:
    offer = mario.campaign()
    pattern = links.CodePattern("NL-", 10, links.DIGITS)

    batch = links.make_links(campaign=offer.campaign, amount=12_345, at=clock.now(), actor="test", pattern=pattern)

    rows = [row for chunk in links.rows_of(batch) for row in chunk]
    assert len(rows) == LinkBatch.objects.get(pk=batch).amount == 12_345
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert len({row[1] for row in rows}) == len({row[1][:6] for row in rows}) == len({row[2] for row in rows}) == 12_345
    assert all(re.fullmatch(r"NL-[0-9]{10}", row[2]) for row in rows)
    assert Event.objects.get(account=mario.account.pk, kind="link.made").data == {"amount": 12_345, "status": "normal"}


def test_voided_links_wait_to_be_released(mario: Shop) -> None:
    offer = mario.campaign()
    batch = links.make_links(campaign=offer.campaign, amount=1, at=clock.now(), actor="test", status="voided")
    code = next(links.rows_of(batch))[0][1]

    assert offer.claim(code).refusal == Refusal.VOIDED


@settings(max_examples=40, deadline=None)
@given(length=st.integers(1, 8), amount=st.integers(1, 100_000), taken=st.integers(0, 3))
def test_a_crowded_pattern_is_refused_before_a_row_is_written(length: int, amount: int, taken: int) -> None:
    offer = open_shop("Mario").campaign()
    LinkKey.objects.bulk_create(
        LinkKey(campaign=offer.campaign.pk, field="auto", value=str(number), session=0) for number in range(taken)
    )
    pattern = links.CodePattern("", length, links.DIGITS)
    if 10**length >= 1_000 * (amount + taken):
        links.refuse_if_crowded(offer.campaign, amount, pattern)
        return

    with pytest.raises(links.TooCrowded):
        links.make_links(campaign=offer.campaign, amount=amount, at=clock.now(), actor="test", pattern=pattern)
    assert not CouponSession.objects.filter(campaign=offer.campaign).exists()


def test_codes_use_each_letter_equally_often() -> None:
    """A wide margin (six standard deviations), so that only a real bias fails."""
    drawn = "".join(codes.session_codes(20_000))
    expected = len(drawn) / len(codes.ALPHABET)

    assert set(drawn) == set(codes.ALPHABET)
    assert all(abs(drawn.count(letter) - expected) < 6 * expected**0.5 for letter in codes.ALPHABET)


def test_a_short_code_of_one_merchant_means_nothing_at_another(mario: Shop, lucia: Shop) -> None:
    code = mario.campaign().claimed()
    hers = lucia.campaign()

    assert hers.validate(code).refusal == Refusal.UNKNOWN
    assert hers.validate(code[:6]).refusal == Refusal.UNKNOWN


def test_j5_import_names_the_lines_it_refused(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=True)

    report = owncodes.import_codes(offer.campaign, "A-1\nb2\na1\n00123\n1E5\n12345678901234567890\n")

    assert (report.imported, report.duplicates, report.refused) == (5, [3], [])
    assert owncodes.import_codes(offer.campaign, "A-1\nb2\n").duplicates == [1, 2]
    assert set(offer.campaign.own_codes.values_list("code", flat=True)) == {
        "A-1",
        "b2",
        "00123",
        "1E5",
        "12345678901234567890",
    }


def test_a_barcode_with_a_wrong_check_digit_is_refused_with_its_line(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=True, own_code_format="ean13")

    report = owncodes.import_codes(offer.campaign, "4006381333931\n4006381333932\n")

    assert report.imported == 1
    assert [line for line, _ in report.refused] == [2]


@pytest.mark.parametrize(
    "spelling", ["+32470000001", "0470 00 00 01", "32470000001", "+32 (0)470/00.00.01", "0032470000001"]
)
def test_spellings_of_one_number_are_one_person(spelling: str) -> None:
    assert persons.phone_key(spelling, "BE") == "32470000001"


def test_a_text_that_is_no_number_is_kept_by_its_digits() -> None:
    assert persons.e164("ask the boss", "BE") is None
    assert persons.phone_key("ext. 12", "BE") == "12"
