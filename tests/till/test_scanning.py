"""Method C: the staff scan a coupon with their own phone, and it is used exactly once (product.md 4.6, journey J3)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.test import override_settings

from tearoff.activity.models import Event
from tearoff.campaigns import passwords
from tearoff.coupons import redemption
from tearoff.coupons.models import Validation
from tearoff.kit import clock
from tests.pages.phones import Form, events, path, send, statements
from tests.world import Offer, Shop, phone

SUNDAY = datetime(2026, 11, 22, 13, 0, tzinfo=clock.UTC)  # 14:00 in Brussels


@pytest.fixture
def staff() -> Iterator[httpx.Client]:
    with phone() as client:
        yield client


def claimed(shop: Shop, **settings: Any) -> tuple[Offer, str]:
    offer = shop.campaign("Free slice", **{"coupon_value": "€ 4.50", **settings})
    offer.at_location("Shop North", "4711")
    return offer, offer.claimed(customer={"firstname": "Ann"})


def scan(offer: Offer, session: str) -> str:
    return f"/s/{offer.code}/{session}"


def verdict(answer: httpx.Response) -> str:
    found = re.search(r"<h1>([^<]*)</h1><p>([^<]*)</p>", answer.text)
    assert found, answer.text
    return f"{found[1]}: {found[2]}"


def test_staff_scan_see_the_offer_type_their_password_and_it_is_used(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)

    page = staff.get(scan(offer, session))
    assert page.status_code == 200 and "Free slice" in page.text and "€ 4.50" in page.text and "Ann" not in page.text
    with clock.moved(SUNDAY):
        answer = send(staff, page, password="4711", spent="12,5")
        done = staff.get(answer.headers["location"])

    assert answer.status_code == 303 and done.status_code == 200
    assert verdict(done) == "Valid: Now marked as used, 14:00"
    assert "Ann" in done.text and session[:6] in done.text and "EUR 12.50" in done.text and "Shop North" in done.text
    row = offer.session(session)
    assert (row.validation_type, row.validation_value, row.uses) == ("scan", "12.5", 1)
    assert Validation.objects.get(session=row.pk).location_id == offer.campaign.locations.get().pk


def test_the_page_is_one_statement_and_writes_nothing(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    before = Event.objects.count()

    with statements() as ran:
        for _ in range(5):
            assert staff.get(scan(offer, session)).status_code == 200

    assert len(ran) == 5 and Event.objects.count() == before


def test_a_second_scan_is_told_when_and_where(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    with clock.moved(SUNDAY):
        send(staff, staff.get(scan(offer, session)), password="4711")
    with clock.moved(SUNDAY + timedelta(hours=1)):
        again = send(staff, staff.get(scan(offer, session)), password="4711")

    assert again.status_code == 409 and verdict(again) == "Already used: Do not accept it again"
    assert "Today at 14:00" in again.text and "Shop North" in again.text and offer.uses() == 1


def test_lesson_5_the_same_form_sent_again_finds_the_use_it_took(mario: Shop, staff: httpx.Client) -> None:
    """Journey J20, step 2: the connection drops, the browser sends again."""
    offer, session = claimed(mario, uses_per_session=5)
    page = staff.get(scan(offer, session))

    answers = [send(staff, page, password="4711") for _ in range(3)]

    assert len({answer.headers["location"] for answer in answers}) == 1 and offer.uses() == 1
    assert all(verdict(staff.get(answer.headers["location"])).startswith("Valid") for answer in answers)


def test_two_staff_phones_on_one_coupon_get_one_yes_and_one_no(
    mario: Shop, staff: httpx.Client, bob: httpx.Client
) -> None:
    offer, session = claimed(mario)
    first, second = staff.get(scan(offer, session)), bob.get(scan(offer, session))

    assert send(staff, first, password="4711").status_code == 303
    assert verdict(send(bob, second, password="4711")) == "Already used: Do not accept it again"


def test_the_verdict_of_a_use_that_was_undone_is_gone(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    done = send(staff, staff.get(scan(offer, session)), password="4711").headers["location"]
    redemption.undo(account=mario.account.pk, code=session, at=clock.now(), actor="test")

    page = staff.get(done)

    assert "Check this coupon" in page.text and "Valid" not in page.text
    assert send(staff, page, password="4711").status_code == 303 and offer.uses() == 1


@pytest.mark.parametrize("done", ["x", "nobody-drew-this", "' or 1=1 --", "%00", "a" * 65])
def test_a_made_up_name_of_an_act_shows_the_form(mario: Shop, staff: httpx.Client, done: str) -> None:
    offer, session = claimed(mario)

    assert "Check this coupon" in staff.get(f"{scan(offer, session)}?done={done}").text


# Who may know what (lesson 13, product.md section 5)


def test_a_stranger_learns_nothing_of_the_coupons_state(mario: Shop, staff: httpx.Client) -> None:
    offer, fresh = claimed(mario)
    states = {"fresh": fresh, "opened": offer.opened(), "voided": offer.claimed(), "used": offer.claimed()}
    offer.update(states["voided"], status="void")
    offer.use(states["used"])

    def blurred(answer: httpx.Response, session: str) -> str:
        plain = answer.text.replace(session, "").replace(session[:6], "").replace(" ".join(session[:6]), "")
        return re.sub(r'name="key" value="[^"]+"', "", plain)

    looks = {blurred(staff.get(scan(offer, session)), session) for session in states.values()}
    tries = [(send(staff, staff.get(scan(offer, session)), password="0000"), session) for session in states.values()]

    assert len(looks) == 1
    assert {answer.status_code for answer, _ in tries} == {403} and len({blurred(*one) for one in tries}) == 1
    assert "4 tries left" in tries[0][0].text


def test_wrong_passwords_pause_the_session_here_as_on_the_phone(
    mario: Shop, staff: httpx.Client, ann: httpx.Client
) -> None:
    offer, session = claimed(mario)
    with clock.moved(SUNDAY):
        for _ in range(3):
            send(staff, staff.get(scan(offer, session)), password="0000")
        for _ in range(2):
            last = send(ann, ann.get(path(offer, session, "/use")), password="0000")
        waiting = staff.get(scan(offer, session))
        refused = send(staff, waiting, password="4711")
    with clock.moved(SUNDAY + timedelta(seconds=60)):
        right = send(staff, staff.get(scan(offer, session)), password="4711")

    assert last.status_code == 403 and "Wait 60 seconds" in last.text and "Wait 60 seconds" in waiting.text
    assert refused.status_code == 429 and refused.headers["retry-after"] == "60" and right.status_code == 303


def test_lesson_13_wrong_passwords_are_counted_by_place_here_as_on_the_phone_and_a_remembered_shop_goes_on(
    mario: Shop, staff: httpx.Client
) -> None:
    offer, first = claimed(mario)
    with clock.moved(SUNDAY):
        send(staff, staff.get(scan(offer, first)), password="4711", remember="on")
        for _ in range(20):
            session = offer.claimed()
            with phone() as thief:
                send(thief, thief.get(scan(offer, session)), password="0000")
                send(thief, thief.get(path(offer, session, "/use")), password="0000")
        with phone() as thief:
            paused = send(thief, thief.get(scan(offer, session)), password="4711")
        remembered = send(staff, staff.get(scan(offer, session)))

    assert paused.status_code == 429 and "60 minutes" in paused.text
    assert remembered.status_code == 303 and offer.uses() == 2


def test_an_empty_password_or_an_odd_amount_is_asked_again_and_is_no_try(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    page = staff.get(scan(offer, session))

    for spent in ("12.345", "-1", "1e9", "twelve", "1" * 20, "<b>"):
        odd = send(staff, page, password="4711", spent=spent)
        assert odd.status_code == 422 and "An amount looks like 12.50." in odd.text
    empty = send(staff, page, spent="3")
    assert empty.status_code == 422 and "Type the password of your shop." in empty.text
    assert Form(empty).fields["spent"] == "3" and offer.uses() == 0
    assert send(staff, empty, password="4711").status_code == 303


# Verdicts

AGO, AHEAD = timedelta(hours=-1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ends_at": AGO}, "Expired: It was good until 13:00 today"),
        ({"starts_at": AHEAD}, "Too early: It starts today at 15:00"),
        ({"max_validations": 0}, "All uses taken: The limit of this offer has been reached"),
        ({"status": "inactive"}, "Not available: This offer is switched off. Do not accept it"),
        ({"voided_at": SUNDAY}, "Voided: Cancelled by the owner. Do not accept it"),
        ({"locked_at": SUNDAY}, "On hold: Paused by the owner. Do not accept it now"),
        ({"claimed_at": None}, "Not claimed yet: The customer takes it first, on their phone"),
        (
            {"hours": [{"act": "validate", "days": [1], "from": "09:00", "to": "17:00"}]},
            "Not at this hour: Good Monday, 9:00 to 17:00",
        ),
        (
            {"uses_per_session": 3, "minutes_between_uses": 90, "uses": 1, "validated_at": SUNDAY + AGO},
            "Too early: The next use is possible from today at 14:30",
        ),
    ],
)
def test_a_refusal_says_what_it_is_and_what_to_do(
    mario: Shop, staff: httpx.Client, settings: dict[str, Any], told: str
) -> None:
    with clock.moved(SUNDAY):
        offer, session = claimed(mario, max_validations=5)
        page = staff.get(scan(offer, session))
        given = {name: SUNDAY + value if isinstance(value, timedelta) else value for name, value in settings.items()}
        row = offer.session(session)
        on_session = {name for name in given if hasattr(row, name)}
        for name in on_session:
            setattr(row, name, given[name])
        row.save()
        offer.set(**{name: value for name, value in given.items() if name not in on_session})

        answer = send(staff, page, password="4711")

    assert answer.status_code == 409 and verdict(answer) == told
    assert offer.uses() == 0 and events(offer, "coupon.refused") == 1


def test_a_location_that_is_not_ticked_is_told_where_it_is_good(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    mario.location("Shop South", "5555")

    answer = send(staff, staff.get(scan(offer, session)), password="5555")

    assert verdict(answer) == "Not valid here: Good at Shop North" and offer.uses() == 0


@pytest.mark.parametrize(
    "settings", [{"by_scan": False}, {"status": "draft"}, {"is_template": True}, {"deleted_at": SUNDAY}]
)
def test_without_a_scan_there_is_no_such_page(mario: Shop, staff: httpx.Client, settings: dict[str, Any]) -> None:
    offer, session = claimed(mario)
    offer.set(**settings)

    assert staff.get(scan(offer, session)).status_code == 404
    if "status" not in settings:
        assert staff.post(scan(offer, session), data={"password": "4711"}).status_code == 404
    assert offer.uses() == 0


# A device that remembers its shop (product.md 4.6 C, 4.8)


def remembered(staff: httpx.Client, offer: Offer) -> None:
    page = staff.get(scan(offer, offer.claimed()))
    assert send(staff, page, password="4711", remember="on").status_code == 303
    assert staff.cookies.get("staff")


def test_a_device_remembers_its_shop_if_asked_to(mario: Shop, staff: httpx.Client, bob: httpx.Client) -> None:
    offer, session = claimed(mario)
    send(bob, bob.get(scan(offer, offer.claimed())), password="4711")
    assert not bob.cookies.get("staff"), "only where the box is ticked"
    remembered(staff, offer)

    page = staff.get(scan(offer, session))
    assert "password" not in Form(page).fields and "Shop North" in page.text
    answer = send(staff, page)

    assert answer.status_code == 303
    assert offer.session(session).location == offer.campaign.locations.get().pk


def test_a_remembered_device_needs_a_form_of_ours(mario: Shop, lucia: Shop, staff: httpx.Client) -> None:
    """A cookie that carries a right must not be usable by other sites' forms."""
    offer, session = claimed(mario)
    remembered(staff, offer)
    other = offer.claimed()
    token = Form(staff.get(scan(offer, other))).fields["token"]

    for typed in ({}, {"token": ""}, {"token": "0" * 32}, {"token": "é"}, {"token": token}):
        assert staff.post(scan(offer, session), data=typed).status_code == 422, typed
    foreign = staff.post(
        scan(offer, session),
        data=Form(staff.get(scan(offer, session))).fields,
        headers={"Origin": "https://evil.example"},
    )
    assert foreign.status_code == 403 and offer.session(session).uses == 0
    assert send(staff, staff.get(scan(offer, session))).status_code == 303


def test_a_shift_is_twelve_hours(mario: Shop, staff: httpx.Client) -> None:
    with clock.moved(SUNDAY):
        offer, session = claimed(mario)
        remembered(staff, offer)
    with clock.moved(SUNDAY + timedelta(hours=11, minutes=59)):
        assert "Mark it as used when" in staff.get(scan(offer, session)).text
    with clock.moved(SUNDAY + timedelta(hours=12)):
        assert "Type the password" in staff.get(scan(offer, session)).text


def test_a_new_password_or_a_disabled_shop_ends_every_device(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    north = offer.campaign.locations.get()
    remembered(staff, offer)
    page = staff.get(scan(offer, session))

    north.password_digest = passwords.digest_of(mario.account.pk, "new one")
    north.save()
    assert "Type the password" in staff.get(scan(offer, session)).text
    assert send(staff, page).status_code == 422 and offer.session(session).uses == 0

    north.password_digest, north.is_disabled = passwords.digest_of(mario.account.pk, "4711"), True
    north.save()
    assert send(staff, page).status_code == 422 and offer.session(session).uses == 0


def test_a_device_of_one_shop_is_nobody_at_another_account(mario: Shop, lucia: Shop, staff: httpx.Client) -> None:
    offer, _ = claimed(mario)
    hers, session = claimed(lucia)
    remembered(staff, offer)

    assert "Type the password" in staff.get(scan(hers, session)).text
    assert staff.post(scan(hers, session)).status_code == 422 and hers.uses() == 0


@pytest.mark.parametrize(
    "change", ["", "1.99999999999.", "x", "{location}.99999999999.{proof}", "{other}.{until}.{proof}"]
)
def test_a_cookie_somebody_wrote_is_none(mario: Shop, staff: httpx.Client, change: str) -> None:
    offer, session = claimed(mario)
    other = mario.location("Shop South", "5555")
    remembered(staff, offer)
    location, until, proof = staff.cookies["staff"].split(".")
    forged = change.format(location=location, until=until, proof=proof, other=other.pk)

    with phone() as thief:
        page = thief.get(scan(offer, session), headers={"Cookie": f"staff={forged}"})

    assert page.status_code == 200 and "Type the password" in page.text


def test_a_device_forgets_when_told_to_by_our_own_page(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)
    remembered(staff, offer)
    page = staff.get(scan(offer, session))
    fields = Form(page).fields

    assert staff.post("/s/forget", data={"back": scan(offer, session)}, follow_redirects=False).status_code == 303
    assert staff.cookies.get("staff"), "another site's form does not log staff out"
    answer = staff.post("/s/forget", data={"token": fields["token"], "back": fields["back"]})
    assert not staff.cookies.get("staff") and "Type the password" in answer.text
    for elsewhere in ("https://evil.example", "//evil.example", "/s/x", ""):
        assert staff.post("/s/forget", data={"back": elsewhere}, follow_redirects=False).headers["location"] == "/"


@override_settings(TEAROFF_BASE_URL="https://coupons.example.org")
def test_on_https_the_cookie_is_secure(mario: Shop, staff: httpx.Client) -> None:
    offer, session = claimed(mario)

    answer = send(staff, staff.get(scan(offer, session)), password="4711", remember="on")

    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.split("; ")[1:] == ["Path=/s", "Max-Age=43200", "HttpOnly", "SameSite=Lax", "Secure"]
    assert answer.headers["strict-transport-security"]
