"""Using a coupon on the consumer's own phone: the question (method A), the staff's password (B), and repeats (lesson 5)."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tearoff.campaigns import passwords
from tearoff.kit import clock
from tests.pages.phones import Form, events, path, send
from tests.world import Offer, Shop, phone, phone_at

SUNDAY = datetime(2026, 11, 22, 13, 0, tzinfo=clock.UTC)  # 14:00 in Brussels


def claimed(shop: Shop, **settings: Any) -> tuple[Offer, str]:
    """A claimed coupon of an offer that is checked at Shop North, password 4711."""
    offer = shop.campaign(**settings)
    offer.at_location("Shop North", "4711")
    return offer, offer.claimed()


def test_the_button_asks_before_it_uses(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, by_button=True, by_password=False)

    ticket = ann.get(path(offer, session))
    assert f'href="{path(offer, session)}/use?n=0"' in ticket.text
    question = ann.get(path(offer, session, "/use?n=0"))
    assert question.status_code == 200 and "Use it now?" in question.text
    assert offer.uses() == 0, "to look at the question changes nothing"

    answer = send(ann, question)
    assert answer.status_code == 303 and answer.headers["location"] == path(offer, session)
    used = ann.get(path(offer, session))
    assert "Used. Enjoy." in used.text and "today at" in used.text and offer.uses() == 1


def test_the_staffs_password_says_who_and_where(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario)
    north = offer.campaign.locations.get()

    answer = send(ann, ann.get(path(offer, session, "/use")), password="4711")

    assert answer.status_code == 303
    assert "Your coupon was checked at Shop North today at" in ann.get(path(offer, session)).text
    row = offer.session(session)
    assert row.location == north.pk and row.validation_type == "password"


def test_a_coupon_without_locations_may_have_a_password_of_its_own(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(password_digest=passwords.digest_of(mario.account.pk, "0815"))
    session = offer.claimed()

    assert send(ann, ann.get(path(offer, session, "/use")), password="4711").status_code == 403
    assert send(ann, ann.get(path(offer, session, "/use")), password="0815").status_code == 303
    assert offer.session(session).location is None


def test_wrong_passwords_are_counted_down_and_then_wait(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario)
    with clock.moved(SUNDAY):
        answers = [send(ann, ann.get(path(offer, session, "/use")), password=f"000{n}") for n in range(5)]
        waiting = ann.get(path(offer, session, "/use"))
        right = send(ann, waiting, password="4711")

    assert [answer.status_code for answer in answers] == [403] * 5
    assert "4 tries left" in answers[0].text and "One try left" in answers[3].text
    assert "Too many tries. Wait 60 seconds" in answers[4].text and "Too many tries. Wait 60 seconds" in waiting.text
    assert right.status_code == 429 and right.headers["retry-after"] == "60" and "Wait 60 seconds" in right.text
    assert offer.uses() == 0


def test_the_pause_doubles_up_to_a_quarter_of_an_hour_and_ends_by_itself(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario)
    at, pauses = SUNDAY, []
    for _ in range(6):
        with clock.moved(at):
            for _ in range(5):
                answer = send(ann, ann.get(path(offer, session, "/use")), password="0000")
            assert answer.status_code == 403
            refused = send(ann, ann.get(path(offer, session, "/use")), password="4711")
        pauses.append(int(refused.headers["retry-after"]))
        at += timedelta(seconds=pauses[-1])
    with clock.moved(at):
        right = send(ann, ann.get(path(offer, session, "/use")), password="4711")

    assert pauses == [60, 120, 240, 480, 900, 900]
    assert right.status_code == 303 and offer.uses() == 1


def test_lesson_13_a_hundred_wrong_tries_slow_a_coupon_down_and_a_holder_still_gets_through(mario: Shop) -> None:
    offer, mine = claimed(mario)
    with clock.moved(SUNDAY):
        for number in range(20):
            other = offer.claimed()
            for _ in range(5):
                with phone_at(f"198.51.100.{number}") as thief:
                    thief.post(path(offer, other, "/use"), data={"password": "0000"})
        with phone() as ann:
            first = send(ann, ann.get(path(offer, mine, "/use")), password="0000")
            second = send(ann, ann.get(path(offer, mine, "/use")), password="4711")
    with clock.moved(SUNDAY + timedelta(seconds=60)), phone() as ann:
        third = send(ann, ann.get(path(offer, mine, "/use")), password="4711")

    assert (first.status_code, second.status_code, third.status_code) == (403, 429, 303)
    assert mario.account.owner_mails.filter(kind="wrong_passwords").count() == 1


def guess(offer: Offer, place: str, password: str = "0000") -> int:
    """One try on a coupon that was just taken for it; the status."""
    with phone_at(place) as thief:
        return thief.post(path(offer, offer.claimed(), "/use"), data={"password": password}).status_code


def test_lesson_13_new_sessions_are_no_new_tries_for_the_same_place(mario: Shop, lucia: Shop) -> None:
    offer, _ = claimed(mario)
    other_shops, _ = claimed(lucia)
    other = mario.campaign()
    other.at_location("Shop South", "5555")
    with clock.moved(SUNDAY):
        wrong = [guess(offer, "198.51.100.7") for _ in range(20)] + [guess(other, "198.51.100.7") for _ in range(20)]
        with phone_at("198.51.100.7") as thief:
            right = thief.post(path(offer, offer.claimed(), "/use"), data={"password": "4711"})
        elsewhere = guess(offer, "198.51.100.8", "4711")
        not_hers = guess(other_shops, "198.51.100.7")
    with clock.moved(SUNDAY + timedelta(hours=1)):
        later = guess(offer, "198.51.100.7")

    assert wrong == [403] * 40
    assert right.status_code == 429 and right.headers["retry-after"] == "3600" and "Wait 60 minutes" in right.text
    assert (elsewhere, not_hers, later) == (200, 403, 403)
    assert offer.uses() == 1


def test_lesson_13_the_addresses_of_one_line_are_one_place(mario: Shop) -> None:
    offer, _ = claimed(mario)
    with clock.moved(SUNDAY):
        wrong = [guess(offer, f"2001:db8:1:2{number:02x}::{number:x}") for number in range(41)]
        neighbour = guess(offer, "2001:db8:1:300::1")

    assert wrong == [403] * 40 + [429] and neighbour == 403


def test_lesson_13_a_place_gets_five_tries_at_a_coupon_that_is_being_guessed_at(mario: Shop) -> None:
    offer, _ = claimed(mario)
    with clock.moved(SUNDAY):
        for number in range(100):
            guess(offer, f"198.51.100.{number}")
        wrong = [guess(offer, "203.0.113.9") for _ in range(6)]

    assert wrong == [403] * 5 + [429]


def test_lesson_13_right_passwords_make_up_for_wrong_ones(mario: Shop) -> None:
    """A busy counter whose phones share one address."""
    offer, _ = claimed(mario)
    with clock.moved(SUNDAY):
        answers = [guess(offer, "198.51.100.7", "4711" if number % 2 else "0000") for number in range(90)]

    assert answers == [403, 200] * 45


def test_an_empty_password_is_no_try(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario)

    answers = [send(ann, ann.get(path(offer, session, "/use"))) for _ in range(7)]

    assert {answer.status_code for answer in answers} == {422} and "This is needed." in answers[0].text
    assert send(ann, ann.get(path(offer, session, "/use")), password="4711").status_code == 303


def test_a_password_of_another_shop_is_wrong_and_one_of_another_place_not_good_here(
    mario: Shop, lucia: Shop, ann: httpx.Client
) -> None:
    offer, session = claimed(mario)
    lucia.location("Bakery", "9999")
    mario.location("Shop South", "5555")
    mario.location("Closed", "6666", is_disabled=True)

    foreign = send(ann, ann.get(path(offer, session, "/use")), password="9999")
    elsewhere = send(ann, ann.get(path(offer, session, "/use")), password="5555")
    closed = send(ann, ann.get(path(offer, session, "/use")), password="6666")

    assert foreign.status_code == 403
    assert elsewhere.status_code == closed.status_code == 409
    assert "Not at this place" in elsewhere.text and "Shop North" in elsewhere.text and offer.uses() == 0


# Repeats


def test_lesson_5_a_double_tap_a_reload_and_a_cached_page_take_one_use_of_many(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, by_button=True, uses_per_session=5)
    question = ann.get(path(offer, session, "/use?n=0"))

    answers = [send(ann, question) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [303] * 4
    assert offer.uses() == 1 and events(offer, "coupon.validated") == 1


def test_lesson_5_going_back_to_a_page_older_than_the_use_leads_to_the_coupon(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, by_button=True, uses_per_session=5)
    send(ann, ann.get(path(offer, session, "/use?n=0")))

    back = ann.get(path(offer, session, "/use?n=0"), follow_redirects=False)

    assert back.status_code == 302 and back.headers["location"] == path(offer, session)
    assert "1</b> of 5 used" in ann.get(back.headers["location"]).text and offer.uses() == 1


def test_a_repeat_by_the_same_holder_shows_used_and_a_new_try_says_already_used(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario)
    form = ann.get(path(offer, session, "/use"))
    send(ann, form, password="4711")

    repeat = send(ann, form, password="4711")
    other = send(ann, form, password="4711", key="another-page-0")

    assert repeat.status_code == 303 and "Used. Enjoy." in ann.get(path(offer, session)).text
    assert other.status_code == 409
    assert "Already used" in other.text and "checked at Shop North today at" in other.text
    assert offer.uses() == 1


def test_two_phones_on_one_shared_link_get_one_use_and_the_second_staff_sees_no(
    mario: Shop, ann: httpx.Client, bob: httpx.Client
) -> None:
    offer, session = claimed(mario)
    hers, his = ann.get(path(offer, session, "/use")), bob.get(path(offer, session, "/use"))

    assert send(ann, hers, password="4711").status_code == 303
    assert send(bob, his, password="4711").status_code == 409
    assert offer.uses() == 1


def test_every_page_asks_under_a_name_of_its_own(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, by_button=True)

    names = {Form(ann.get(path(offer, session, "/use"))).fields["key"] for _ in range(5)}

    assert len(names) == 5 and all(len(name) >= 20 for name in names)


@pytest.mark.parametrize("key", ["", "x", "' or 1=1 --", "k" * 65, "\x00" * 10])
def test_a_name_that_is_none_counts_as_none(mario: Shop, ann: httpx.Client, key: str) -> None:
    offer, session = claimed(mario, by_button=True)

    answers = [ann.post(path(offer, session, "/use"), data={"key": key}, follow_redirects=False) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409] and offer.uses() == 1


# Several uses, hours, waits


def test_a_coupon_with_several_uses_stays_claimed_until_none_is_left(mario: Shop, ann: httpx.Client) -> None:
    """Journey J8, step 4."""
    offer, session = claimed(mario, by_button=True, by_password=False, uses_per_session=3, minutes_between_uses=60)

    def use(at: datetime) -> httpx.Response:
        with clock.moved(at):
            return ann.post(path(offer, session, "/use"), data={})

    with clock.moved(SUNDAY):
        first = use(SUNDAY)
        assert "2 more uses are left" in first.text and "1</b> of 3 used" in first.text
        back = ann.get(path(offer, session, "?ticket=1"))
        assert "Your coupon" in back.text and "The next use is possible from today at 15:00" in back.text
        assert "/use" not in back.text, "no button that could only be refused"
    early = use(SUNDAY + timedelta(minutes=59))
    assert early.status_code == 409 and "A little early" in early.text and "today at 15:00" in early.text
    with clock.moved(SUNDAY + timedelta(minutes=59)):
        assert ann.get(path(offer, session, "/use"), follow_redirects=False).status_code == 302
    assert use(SUNDAY + timedelta(minutes=60)).status_code == 200
    last = use(SUNDAY + timedelta(minutes=120))
    assert "Used. Enjoy." in last.text
    assert use(SUNDAY + timedelta(minutes=180)).status_code == 409 and offer.uses() == 3


def test_a_minute_after_a_use_the_coupon_is_a_ticket_again(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, uses_per_session=2)
    with clock.moved(SUNDAY):
        offer.use(session)
        assert "One more use is left" in ann.get(path(offer, session)).text
    with clock.moved(SUNDAY + timedelta(seconds=61)):
        assert "Your coupon" in ann.get(path(offer, session)).text


def test_outside_its_hours_a_coupon_says_when_it_works(mario: Shop, ann: httpx.Client) -> None:
    """Journey J8, step 5."""
    hours = [{"act": "validate", "days": [1, 2, 3, 4, 5], "from": "14:00", "to": "17:00"}]
    offer = mario.campaign(hours=hours, by_button=True)
    with clock.moved(SUNDAY):
        page = ann.get(f"/p/{offer.code}")
        assert send(ann, page).status_code == 303
        ticket = ann.get(page.url.path)
        refused = ann.post(page.url.path + "/use", data={})

    assert "Monday to Friday, 14:00 to 17:00. Next: tomorrow at 14:00" in ticket.text and "/use" not in ticket.text
    assert refused.status_code == 409 and "Not at this hour" in refused.text and "tomorrow at 14:00" in refused.text
    with clock.moved(SUNDAY + timedelta(days=1, hours=1)):
        assert ann.post(page.url.path + "/use", data={}, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("settings", "headline"),
    [
        ({"max_validations": 0}, "All uses are taken"),
        ({"ends_at": timedelta(hours=-1)}, "Too late, sorry"),
        ({"starts_at": timedelta(hours=1)}, "Not yet"),
    ],
)
def test_a_refused_use_is_answered_with_the_page_of_the_reason(
    mario: Shop, ann: httpx.Client, settings: dict[str, Any], headline: str
) -> None:
    offer, session = claimed(mario, max_validations=5)
    form = ann.get(path(offer, session, "/use"))
    offer.set(
        **{name: clock.now() + value if isinstance(value, timedelta) else value for name, value in settings.items()}
    )

    answer = send(ann, form, password="4711")

    assert answer.status_code == 409 and headline in answer.text and offer.uses() == 0
    assert ann.get(path(offer, session, "/use"), follow_redirects=False).status_code == 302


def test_an_unclaimed_coupon_is_not_used_but_offered(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(by_button=True)
    session = offer.opened()

    asked = ann.get(path(offer, session, "/use"), follow_redirects=False)
    pressed = ann.post(path(offer, session, "/use"), data={})

    assert asked.status_code == 302 and pressed.status_code == 409 and "Get it" in pressed.text and offer.uses() == 0


def test_a_method_that_is_off_is_off_at_its_address_too(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, by_button=False, by_password=False)

    asked = ann.get(path(offer, session, "/use"), follow_redirects=False)
    button = ann.post(path(offer, session, "/use"), data={})
    password = ann.post(path(offer, session, "/use"), data={"password": "4711"})

    assert asked.status_code == 302 and button.status_code == password.status_code == 409
    assert "Your coupon" in button.text and "/use" not in button.text and offer.uses() == 0


def test_where_both_are_on_the_password_may_still_be_typed(mario: Shop, ann: httpx.Client) -> None:
    offer, session = claimed(mario, by_button=True, by_password=True)

    assert ann.post(path(offer, session, "/use"), data={"password": "4711"}, follow_redirects=False).status_code == 303
    assert offer.session(session).validation_type == "password"
