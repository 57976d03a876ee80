"""The claim on a consumer's phone: fields, consents, unique values, and what a second press finds (product.md 4.4)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tearoff.coupons.models import PersonKey
from tearoff.kit import clock
from tests.pages.phones import Form, events, path, send, session_of, sessions
from tests.world import Offer, Shop, phone

FIRST = {"name": "firstname", "label": "First name", "required": True}
MAIL = {"name": "email", "required": True}
NEWS = {"name": "optin", "text": "Send me the menu", "version": "3"}
RULES = {
    "name": "rules",
    "text": "I have read the rules",
    "link": "https://shop.example/rules",
    "version": "1",
    "required": True,
}


def with_form(shop: Shop, **settings: Any) -> Offer:
    return shop.campaign(**{"claim_method": "form", "form": [FIRST, MAIL], "consents": [NEWS]} | settings)


def test_a_press_of_the_button_claims_and_leads_back_to_the_session(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    page = ann.get(f"/p/{offer.code}")
    session = session_of(page)

    answer = send(ann, page)

    assert answer.status_code == 303 and answer.headers["location"] == path(offer, session)
    assert "Your coupon" in ann.get(path(offer, session)).text
    assert offer.session(session).claim_type == "button" and events(offer, "coupon.claimed") == 1


def test_a_second_press_finds_it_claimed_and_is_no_refusal(mario: Shop, ann: httpx.Client) -> None:
    offer = with_form(mario)
    page = ann.get(f"/p/{offer.code}")
    send(ann, page, firstname="Ann", email="ann@example.org")
    claimed_at = offer.session(session_of(page)).claimed_at

    again = [send(ann, page, firstname="Eve", email="eve@example.org"), send(ann, page)]

    assert [answer.status_code for answer in again] == [303, 303]
    session = offer.session(session_of(page))
    assert session.customer["firstname"] == "Ann" and session.claimed_at == claimed_at
    assert events(offer, "coupon.claimed") == 1 and events(offer, "coupon.refused") == 0


def test_wrong_fields_are_named_and_what_was_typed_stays(mario: Shop, ann: httpx.Client) -> None:
    offer = with_form(mario, consents=[NEWS, RULES])
    page = ann.get(f"/p/{offer.code}")

    answer = send(ann, page, firstname="Ann <3", email="x", optin="on")

    assert answer.status_code == 422
    assert "That is not an e-mail address" in answer.text and "Tick this box to go on." in answer.text
    assert 'value="Ann &lt;3"' in answer.text and 'value="x"' in answer.text
    assert Form(answer).fields["optin"] == "on"
    assert offer.session(session_of(page)).claimed_at is None and events(offer) == 1

    corrected = send(ann, answer, email="ann@example.org", rules="on")
    assert corrected.status_code == 303
    assert offer.session(session_of(page)).customer == {"firstname": "Ann <3", "email": "ann@example.org", "optin": "1"}


def test_a_consent_is_unticked_and_kept_with_its_text_version_time_and_address(mario: Shop, ann: httpx.Client) -> None:
    offer = with_form(mario, consents=[NEWS, RULES])
    page = ann.get(f"/p/{offer.code}")
    assert "checked" not in page.text

    send(ann, page, firstname="Ann", email="ann@example.org", rules="on")

    session = offer.session(session_of(page))
    assert session.customer["optin"] == "0"
    [evidence] = session.consents
    assert evidence == {
        "name": "rules",
        "text": "I have read the rules",
        "link": "https://shop.example/rules",
        "version": "1",
        "at": session.claimed_at.isoformat(),
        "address": "127.0.0.1",
    }


def test_only_the_text_that_was_read_is_agreed_to(mario: Shop, ann: httpx.Client) -> None:
    offer = with_form(mario, consents=[RULES, NEWS])
    page = ann.get(f"/p/{offer.code}")
    offer.set(consents=[RULES | {"version": "2", "text": "I have read the new rules"}, NEWS | {"version": "4"}])

    answer = send(ann, page, firstname="Ann", email="ann@example.org", rules="on", optin="on")

    assert answer.status_code == 422 and "I have read the new rules" in answer.text
    assert "rules" not in Form(answer).fields and "optin" not in Form(answer).fields
    assert offer.session(session_of(page)).claimed_at is None


def test_a_link_brings_its_data_into_the_form_and_a_locked_field_keeps_it(mario: Shop, ann: httpx.Client) -> None:
    form = [FIRST, MAIL | {"locked": True}, {"name": "phone", "locked": True}]
    offer = with_form(mario, form=form, consents=[])
    link = offer.link(firstname="Bo", email="bo@example.org")

    page = ann.get(path(offer, link))
    assert Form(page).fields["firstname"] == "Bo" and Form(page).fields["email"] == "bo@example.org"
    answer = send(ann, page, firstname="Bob", email="evil@example.org", phone="0470 00 00 01")

    assert answer.status_code == 303
    session = offer.session(link)
    assert session.customer == {"firstname": "Bob", "email": "bo@example.org", "phone": "0470 00 00 01"}
    assert session.email_key == "bo@example.org" and session.phone_key == "32470000001"


def test_a_unique_value_is_refused_for_the_second_person_however_it_is_spelt(
    mario: Shop, ann: httpx.Client, bob: httpx.Client
) -> None:
    offer = with_form(mario, unique_fields=["email"])
    send(ann, ann.get(f"/p/{offer.code}"), firstname="Ann", email="ann@example.org")

    answer = send(bob, bob.get(f"/p/{offer.code}"), firstname="Eve", email=" ANN@Example.org ")

    assert answer.status_code == 409 and "You already have one" in answer.text
    assert PersonKey.objects.filter(campaign=offer.campaign.pk).count() == 1
    assert send(bob, bob.get(f"/p/{offer.code}"), firstname="Bob", email="bob@example.org").status_code == 303


def test_kinds_of_fields_are_checked_and_boxes_become_one_and_nought(mario: Shop, ann: httpx.Client) -> None:
    form = [
        {"name": "birthday", "kind": "date"},
        {"name": "customfield1", "label": "Size", "kind": "choice", "options": ["Small", "Large"]},
        {"name": "customfield2", "label": "No meat", "kind": "checkbox"},
        {"name": "customfield3", "label": "No nuts", "kind": "checkbox"},
        {"name": "customfield4", "label": "Table", "kind": "number"},
    ]
    offer = with_form(mario, form=form, consents=[])
    page = ann.get(f"/p/{offer.code}")

    wrong = send(ann, page, birthday="31-12-1990", customfield1="Huge", customfield4="four")
    assert wrong.status_code == 422 and wrong.text.count('aria-invalid="true"') == 3

    send(ann, page, birthday="1990-12-31", customfield1="Large", customfield2="on", customfield4="4")
    assert offer.session(session_of(page)).customer == {
        "birthday": "1990-12-31",
        "customfield1": "Large",
        "customfield2": "1",
        "customfield3": "0",
        "customfield4": "4",
    }


@pytest.mark.parametrize(
    "typed", ["\x00", "a\x00b", "x" * 5000, "\ud83d", "\u202e", "'; drop table coupon_session;--", "<script>"]
)
def test_whatever_is_typed_the_answer_is_a_page(mario: Shop, ann: httpx.Client, typed: str) -> None:
    offer = with_form(mario)
    page = ann.get(f"/p/{offer.code}")
    body = b"firstname=" + typed.encode("utf-8", "surrogatepass").replace(b";", b"%3B") + b"&email=ann%40example.org"

    answer = ann.post(
        page.url.path,
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        follow_redirects=False,
    )

    assert answer.status_code in (303, 422)
    assert ann.get(page.url.path).status_code == 200


def test_a_state_that_lets_nobody_claim_is_told_before_the_fields(mario: Shop, ann: httpx.Client) -> None:
    offer = with_form(mario)
    page = ann.get(f"/p/{offer.code}")
    offer.set(ends_at=clock.now() - timedelta(hours=1))

    empty, filled = send(ann, page), send(ann, page, firstname="Ann", email="ann@example.org")

    assert empty.status_code == filled.status_code == 409
    assert "Too late, sorry" in empty.text and "Too late, sorry" in filled.text
    assert events(offer, "coupon.refused") == 1


@pytest.mark.parametrize(
    ("settings", "status", "headline"),
    [
        ({"status": "inactive"}, 404, "Not available"),
        ({"starts_at": timedelta(hours=1)}, 409, "Not yet"),
        ({"ends_at": timedelta(hours=-1)}, 409, "Too late, sorry"),
        ({"max_claims_per_day": 0}, 409, "All gone for today"),
        ({"uses_own_codes": True}, 409, "All gone"),
        ({"hours": [{"act": "claim", "days": [], "from": "10:00", "to": "11:00"}]}, 409, "Not at this hour"),
    ],
)
def test_a_refused_claim_is_answered_with_the_page_of_the_reason(
    mario: Shop, ann: httpx.Client, settings: dict[str, Any], status: int, headline: str
) -> None:
    offer = mario.campaign()
    page = ann.get(f"/p/{offer.code}")
    offer.set(
        **{name: clock.now() + value if isinstance(value, timedelta) else value for name, value in settings.items()}
    )

    answer = send(ann, page)

    assert answer.status_code == status and headline in answer.text
    assert offer.session(session_of(page)).claimed_at is None


def test_the_last_claim_goes_to_one_of_two_and_the_other_reads_that_all_are_gone(
    mario: Shop, ann: httpx.Client, bob: httpx.Client
) -> None:
    offer = mario.campaign(max_claims=1)
    hers, his = ann.get(f"/p/{offer.code}"), bob.get(f"/p/{offer.code}")

    assert send(ann, hers).status_code == 303
    refused = send(bob, his)

    assert refused.status_code == 409 and "The only one is gone" in refused.text
    assert "Your coupon" in ann.get(hers.url.path).text and sessions(offer) == 2


@pytest.mark.parametrize(
    ("hold", "headline"), [("voided_at", "This coupon is no longer valid"), ("locked_at", "On hold")]
)
def test_a_held_session_cannot_be_claimed(mario: Shop, ann: httpx.Client, hold: str, headline: str) -> None:
    offer = mario.campaign()
    page = ann.get(f"/p/{offer.code}")
    session = offer.session(session_of(page))
    setattr(session, hold, clock.now())
    session.save()

    answer = send(ann, page)

    assert answer.status_code == 409 and headline in answer.text
    assert ann.get(page.url.path).status_code == 200 and headline in ann.get(page.url.path).text


def test_without_a_claim_step_the_coupon_is_there_at_once(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(claim_method="none", by_button=True)
    offer.at_location()

    page = ann.get(f"/p/{offer.code}")
    assert page.status_code == 200 and "Your coupon" in page.text and "Get it" not in page.text
    assert ann.post(page.url.path, follow_redirects=False).status_code == 303
    assert offer.session(session_of(page)).claimed_at is None, "claimed only with its validation"

    used = send(ann, ann.get(page.url.path + "/use"))
    session = offer.session(session_of(page))
    assert used.status_code == 303 and session.claimed_at and session.uses == 1


def test_the_session_page_names_the_link_to_share(mario: Shop, ann: httpx.Client) -> None:
    """Product.md section 6, row 1: the address of an opened coupon is the wrong one to pass on."""
    offer, personal = mario.campaign(), mario.campaign(single_use_only=True)
    before = ann.get(f"/p/{offer.code}")
    send(ann, before)
    after = ann.get(before.url.path)
    link = ann.get(path(personal, personal.link()))

    share = f'data-share="http://127.0.0.1:8000/p/{offer.code}"'
    assert share in before.text and share in after.text
    assert "data-share" not in link.text, "the plain link of a personal offer opens nothing"


def test_a_shared_session_link_is_the_same_session(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    page = ann.get(f"/p/{offer.code}")
    send(ann, page)

    with phone() as friend:
        assert "Your coupon" in friend.get(page.url.path).text
        assert session_of(friend.get(f"/p/{offer.code}")) == session_of(page)

    assert sessions(offer) == 1
