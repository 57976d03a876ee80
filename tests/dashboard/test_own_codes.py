"""A pasted list of own codes, and what is told about each line (lessons 14, 15 and 48)."""

from tearoff.campaigns.models import OwnCode
from tests.dashboard.browsing import Operator, errors_in
from tests.world import Offer, Shop


def page(offer: Offer) -> str:
    return f"/admin/campaigns/owncode/of/{offer.campaign.pk}/"


def stored(offer: Offer) -> list[str]:
    return sorted(OwnCode.objects.filter(campaign=offer.campaign).values_list("code", flat=True))


def test_lesson_48_each_line_is_accounted_for(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True)
    text = f"FORNO-1\n\nforno 1\n00123\n{'x' * 101}\n1E5\n"

    answer = olga.fill(page(offer), {"text": text}, having="text")

    assert stored(offer) == ["00123", "1E5", "FORNO-1"]
    assert "3 imported." in answer.text
    assert "Lines with a code that is there already: 3." in answer.text
    assert "Line 5: longer than 100 characters." in answer.text
    assert "<dt>imported</dt><dd>3</dd>" in answer.text and "<dt>left</dt><dd>3</dd>" in answer.text


def test_lesson_48_the_same_list_again_changes_nothing(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True)
    olga.fill(page(offer), {"text": "A-1\nA-2"}, having="text")

    again = olga.fill(page(offer), {"text": "A-1\nA-2"}, having="text")

    assert "0 imported." in again.text and "Lines with a code that is there already: 1, 2." in again.text
    assert stored(offer) == ["A-1", "A-2"]


def test_lesson_48_a_try_tells_everything_and_stores_nothing(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True)

    answer = olga.fill(page(offer), {"text": "A-1\nA-1", "only_try": "on"}, having="text")

    assert "1 would be imported; nothing was stored." in answer.text and "already: 2." in answer.text
    assert stored(offer) == []


def test_a_code_another_coupon_of_the_account_has_is_a_duplicate_and_anothers_account_is_none(
    olga: Operator, mario: Shop, lucia: Shop
):
    first, second, hers = mario.campaign(), mario.campaign(), lucia.campaign()
    olga.fill(page(first), {"text": "SAME-1"}, having="text")

    assert "already: 1." in olga.fill(page(second), {"text": "same1"}, having="text").text
    assert "1 imported." in olga.fill(page(hers), {"text": "SAME-1"}, having="text").text


def test_check_digits_are_asked_for_where_the_format_has_them(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True, own_code_format="ean13")

    answer = olga.fill(page(offer), {"text": "4006381333931\n4006381333932"}, having="text")

    assert stored(offer) == ["4006381333931"] and "Line 2: is no EAN13 code" in answer.text


def test_a_file_is_taken_as_well_and_a_wrong_encoding_is_named(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True)
    good = olga.fill(
        page(offer), files={"file": ("codes.txt", "\ufeffÜ-1\r\nÜ-2\r\n".encode(), "text/plain")}, having="text"
    )
    assert "2 imported." in good.text and stored(offer) == ["Ü-1", "Ü-2"]

    bad = olga.fill(page(offer), files={"file": ("codes.txt", "Ü-3".encode("latin-1"), "text/plain")}, having="text")
    assert any("not in UTF-8" in error for error in errors_in(bad.text))
    assert len(stored(offer)) == 2


def test_an_empty_list_is_an_error_and_control_characters_are_refused(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True)

    assert "There is no code in it." in errors_in(olga.fill(page(offer), {"text": " \n "}, having="text").text)
    assert errors_in(olga.fill(page(offer), {"text": "A\x00B"}, having="text").text) != []
    assert "holds a character that cannot be shown" in olga.fill(page(offer), {"text": "A\x07B"}, having="text").text
    assert "has nothing but blanks and dashes" in olga.fill(page(offer), {"text": "- -"}, having="text").text
    assert stored(offer) == []


def test_given_out_codes_are_counted_and_found_in_any_spelling(olga: Operator, mario: Shop):
    offer = mario.campaign(uses_own_codes=True)
    olga.fill(page(offer), {"text": "FORNO-1\nFORNO-2"}, having="text")
    offer.claimed()

    shown = olga.get(page(offer)).text
    assert "<dt>given out</dt><dd>1</dd>" in shown and "<dt>left</dt><dd>1</dd>" in shown
    found = olga.get("/admin/campaigns/owncode/?q=forno 1").text
    assert "FORNO-1" in found and "FORNO-2" not in found


def test_a_campaign_that_is_not_there_has_no_such_page(olga: Operator, mario: Shop):
    assert olga.get("/admin/campaigns/owncode/of/999999/").status_code == 404
