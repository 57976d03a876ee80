"""Looking a coupon session up, reading its story, and acting on it."""

import re

import pytest

from tests.dashboard.browsing import Operator
from tests.world import Offer, Shop

LIST = "/admin/coupons/couponsession/"


def page(offer: Offer, code: str) -> str:
    return f"{LIST}{offer.session(code).pk}/change/"


def found(olga: Operator, typed: str) -> set[str]:
    """Widget codes of the sessions a search shows."""
    return set(re.findall(r'change/[^"]*">([a-z0-9]{6})</a>', olga.get(LIST, params={"q": typed}).text))


def test_a_session_is_found_by_everything_a_person_may_have(olga: Operator, mario: Shop, lucia: Shop):
    offer, other = mario.campaign(), lucia.campaign()
    other.claimed()
    own = f"{mario.account.pk:06d}"  # an operator sees everybody's, so these are nobody else's
    link = offer.link(
        customid=f"member-{own}",
        customvalcode=f"FRN {own}-12",
        email=f"Ann{own}@Example.org",
        phone=f"+32 470 {own}",
    )
    short = link[:6]

    for typed in (
        link,
        short,
        short.upper(),
        f"https://coupons.example.org/p/{offer.code}/{link}",
        f"http://x/p/{offer.code}/{link}/",
        f"member-{own}",
        f"frn-{own} 12",
        f"ann{own}@example.org",
        f"+32470{own}",
        f"+32 (470) {own[:3]}.{own[3:]}",
    ):
        assert found(olga, typed) == {short}, typed
    assert found(olga, link[:12]) == set(), "a part of a code finds nothing"
    assert found(olga, "nobody@example.org") == set()
    assert found(olga, "---") == set(), "not all that have no own code"


def test_the_story_is_told_with_who_and_where(olga: Operator, mario: Shop):
    offer = mario.campaign()
    place = offer.at_location("Shop Harbour")
    code = offer.claimed(customer={"firstname": "Ann & Bob"})
    offer.validate(code, location=f"loc_{place.pk}", value="12.50")
    offer.validate(code)

    shown = olga.get(page(offer, code)).text

    for word in (
        "coupon.opened",
        "coupon.claimed",
        "coupon.validated",
        "Shop Harbour",
        "worth 12.50",
        "coupon.refused",
        "already used",
    ):
        assert word in shown, word
    assert "firstname: Ann &amp; Bob" in shown


def test_acts_are_carried_out_by_the_verbs_and_signed(olga: Operator, mario: Shop):
    offer = mario.campaign()
    code = offer.claimed()
    offer.validate(code)
    here = page(offer, code)

    for act, field, expected in (
        ("void", "voided_at", True),
        ("unvoid", "voided_at", False),
        ("lock", "locked_at", True),
        ("unlock", "locked_at", False),
        ("undo", "uses", False),
    ):
        answer = olga.press(here, act)
        assert answer.headers["location"] == here
        assert bool(getattr(offer.session(code), field)) is expected, act
    shown = olga.get(here).text
    assert shown.count(f"operator:{olga.user.pk}") >= 5
    assert "coupon.unvalidated" in shown
    assert offer.uses() == 0


@pytest.mark.parametrize(
    ("act", "said"),
    [("unvoid", "It is not voided."), ("unlock", "It is not on hold."), ("undo", "There is no use to take back.")],
)
def test_what_cannot_be_done_is_said(olga: Operator, mario: Shop, act: str, said: str):
    offer = mario.campaign()
    code = offer.claimed()
    here = page(offer, code)
    token = olga.form(here).values["csrfmiddlewaretoken"]

    answer = olga.client.post(f"{LIST}{offer.session(code).pk}/act/", data={"act": act, "csrfmiddlewaretoken": token})

    assert answer.status_code == 302 and said in olga.get(here).text


def test_a_blocked_account_is_named_as_the_reason(olga: Operator, mario: Shop):
    offer = mario.campaign()
    code = offer.claimed()
    mario.account.status = "blocked"
    mario.account.save()

    olga.press(page(offer, code), "void")

    assert "Its account is blocked" in olga.get(page(offer, code)).text
    assert offer.session(code).voided_at is None


def test_only_what_makes_sense_is_offered(olga: Operator, mario: Shop):
    offer = mario.campaign()
    shown = olga.get(page(offer, offer.claimed())).text

    assert 'value="void"' in shown and 'value="lock"' in shown
    assert 'value="unvoid"' not in shown and 'value="undo"' not in shown


def test_a_session_cannot_be_edited_nor_acted_on_by_a_get(olga: Operator, mario: Shop):
    offer = mario.campaign()
    code = offer.claimed()
    pk = offer.session(code).pk
    token = olga.form(page(offer, code)).values["csrfmiddlewaretoken"]

    assert olga.get(f"{LIST}{pk}/act/?act=void").status_code == 405
    assert olga.client.post(f"{LIST}{pk}/act/", data={"act": "void"}).status_code == 403, "without the token of a form"
    assert olga.client.post(f"{LIST}{pk}/act/", data={"act": "erase", "csrfmiddlewaretoken": token}).status_code == 404
    assert olga.client.post(f"{LIST}{pk}/change/", data={"uses": "0", "csrfmiddlewaretoken": token}).status_code == 403
    assert offer.session(code).voided_at is None


def test_states_filter_the_list(olga: Operator, mario: Shop):
    offer = mario.campaign()
    claimed, used = offer.claimed(), offer.claimed()
    offer.validate(used)
    here = f"{LIST}?campaign__id__exact={offer.campaign.pk}"

    both = olga.get(here).text
    only = olga.get(f"{here}&state=used").text

    assert claimed[:6] in both and used[:6] in both
    assert claimed[:6] not in only and used[:6] in only


def test_events_are_found_by_what_happened_to_what_and_by_whom(olga: Operator, mario: Shop):
    offer = mario.campaign()
    code = offer.claimed()
    olga.press(page(offer, code), "void")

    for typed in ("coupon.voided", code, f"operator:{olga.user.pk}"):
        shown = olga.get("/admin/activity/event/", params={"q": typed, "account": mario.account.pk}).text
        assert code in shown and "coupon.voided" in shown, typed
    assert (
        code not in olga.get("/admin/activity/event/", params={"q": "coupon.locked", "account": mario.account.pk}).text
    )
