"""Looking up who holds a loyalty card, reading the ledger, and mending it by the verbs."""

import re

import pytest

from tearoff.kit import clock
from tearoff.loyalty import cards
from tests.dashboard.browsing import Operator
from tests.street.loyalty import club
from tests.world import Shop

LIST = "/admin/loyalty/holder/"


def page(holder: int) -> str:
    return f"{LIST}{holder}/change/"


def found(olga: Operator, typed: str, **more: str | int) -> set[str]:
    """The codes of the holders a search shows."""
    return set(re.findall(r'change/[^"]*">([a-z0-9]{6})</a>', olga.get(LIST, params={"q": typed, **more}).text))


def test_a_holder_is_found_by_everything_a_person_may_have(olga: Operator, mario: Shop, lucia: Shop) -> None:
    own = f"{mario.account.pk:06d}"  # an operator sees everybody's, so these are nobody else's
    lunch, bread = club(mario), club(lucia)
    bread.joined()
    ann = lunch.joined(first_name="Ann", last_name="Peeters", email=f"Ann{own}@Example.org", phone=f"+32 470 {own}")
    held = lunch.holder(ann)
    for typed in (
        held.code, held.code.upper(), held.key, f"https://x.example/l/{lunch.card.code}/{held.key}/", f"usr_{held.person}",
        str(held.person), f"ann{own}@example.org", f"+32470{own}", f"+32 (470) {own}",
    ):  # fmt: skip
        assert found(olga, typed) == {held.code}, typed
    for typed in ("Peet", "ann", held.key[:12], "usr_1", "nobody@example.org"):
        assert held.code not in found(olga, typed), typed
    bob = lunch.holder(lunch.joined(first_name="Bob"))
    assert found(olga, "Peet", card__id__exact=lunch.card.pk) == {held.code}
    assert found(olga, "", card__id__exact=lunch.card.pk) == {held.code, bob.code}
    lunch.hold(bob.pk, True)
    assert found(olga, "", card__id__exact=lunch.card.pk, state="voided") == {bob.code}
    cards.delete_card(card=lunch.card, actor="test", at=clock.now())
    assert found(olga, held.code) == set() and olga.get(page(ann)).status_code == 302


def test_what_an_operator_gives_and_takes_stands_in_the_ledger(olga: Operator, mario: Shop) -> None:
    lunch = club(mario)
    lunch.reward(3, "Free drink")
    north = lunch.at_location("Shop North")
    ann = lunch.joined(first_name="Ann & Co")
    olga.press(page(ann), "give", delta="1")
    form = olga.form(page(ann), "note")
    sent = form.typed({"act": "give", "delta": 3, "location": north, "note": "was <ill>"})
    for _ in range(2):  # a double press
        assert olga.client.post(form.action, data=sent).headers["location"] == page(ann)
    assert lunch.ledger(ann) == [(1, 1, "correction"), (3, 4, "correction")]
    shown = olga.get(page(ann)).text
    for word in (
        "Ann &amp; Co",
        "Shop North",
        "was &lt;ill&gt;",
        f"operator:{olga.user.pk}",
        "Free drink",
        "It stands in the ledger",
    ):
        assert word in shown, word
    [earned] = lunch.earned(ann)
    assert f"/admin/coupons/couponsession/{earned.session}/change/" in shown

    olga.press(page(ann), "give", reverses="2")
    assert lunch.ledger(ann)[2:] == [(-3, 1, "correction")] and lunch.balance(ann) == 1
    shown = olga.get(page(ann)).text
    assert (
        "correction of 2" in shown and 'name="reverses" value="2"' not in shown and 'name="reverses" value="1"' in shown
    )


@pytest.mark.parametrize(("settings", "delta", "said"), [
    ({"max_per_day": 2}, "3", "At most 2 a day: 2 more are possible today, then from "), ({"max_per_grant": 1}, "2", "at most 1."),
    ({"status": "inactive"}, "1", "is not active"), ({}, "0", "Zero changes nothing"), ({}, "-1", "The balance of 0 is too small"),
    ({}, "1.5", "Give: Enter a whole number"), ({}, "9999999", "Give: Ensure this value"), ({}, "", "Give: This field is required"),
])  # fmt: skip
def test_what_cannot_be_given_is_said(olga: Operator, mario: Shop, settings: dict, delta: str, said: str) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    lunch.set(**settings)
    form = olga.form(page(ann), "note")
    olga.client.post(form.action, data=form.typed({"act": "give", "delta": delta}))
    assert said in olga.get(page(ann)).text and lunch.balance(ann) == 0


def test_a_card_is_voided_and_made_valid_and_what_waits_is_given(olga: Operator, mario: Shop) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink", status="inactive")
    lunch.reward(1, offer=drink)
    ann = lunch.joined()
    lunch.grant(ann, 1)
    assert "waits: inactive" in olga.get(page(ann)).text
    olga.press(page(ann), "void")
    shown = olga.get(page(ann)).text
    assert lunch.holder(ann).voided_at and 'value="give"' not in shown and 'value="collect"' not in shown
    olga.press(page(ann), "unvoid")
    drink.set(status="active")
    olga.press(page(ann), "collect")
    assert lunch.earned(ann)[0].session and not lunch.holder(ann).voided_at
    assert 'value="collect"' not in olga.get(page(ann)).text


def test_a_price_is_given_back_and_a_membership_collects_nothing(olga: Operator, mario: Shop) -> None:
    shop_card, friends = club(mario, kind="reward"), club(mario, "Friends", kind="membership")
    ann, bob = shop_card.joined(), friends.joined()
    shop_card.grant(ann, 120)
    shop_card.choose(ann, shop_card.reward(100, "Mug"))
    assert "Give the price back" in olga.get(page(ann)).text
    olga.press(page(ann), "give", reverses="2")
    assert shop_card.balance(ann) == 120
    assert 'value="give"' not in olga.get(page(bob)).text


def test_a_full_round_is_no_line_to_take_back(olga: Operator, mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    lunch.grant(ann, 12)
    assert lunch.ledger(ann)[-1] == (-10, 2, "round")
    assert 'name="reverses" value="2"' not in olga.get(page(ann)).text


def test_a_holder_cannot_be_edited_nor_acted_on_by_a_get(olga: Operator, mario: Shop) -> None:
    lunch = club(mario)
    ann = lunch.joined()
    token = olga.form(page(ann)).values["csrfmiddlewaretoken"]
    assert olga.get(f"{LIST}{ann}/act/?act=void").status_code == 405
    assert olga.client.post(f"{LIST}{ann}/act/", data={"act": "void"}).status_code == 403, "without the token of a form"
    assert olga.client.post(f"{LIST}{ann}/act/", data={"act": "erase", "csrfmiddlewaretoken": token}).status_code == 404
    assert olga.client.post(page(ann), data={"balance": "9", "csrfmiddlewaretoken": token}).status_code == 403
    held = lunch.holder(ann)
    assert (held.voided_at, held.balance) == (None, 0)


def test_the_card_leads_to_its_holders(olga: Operator, mario: Shop) -> None:
    lunch = club(mario)
    assert f'{LIST}?card__id__exact={lunch.card.pk}"' in olga.get(f"/admin/loyalty/card/{lunch.card.pk}/change/").text
