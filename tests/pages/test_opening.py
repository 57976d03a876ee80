"""Opening a coupon's public address: who gets which session, and what is shown where none is made (product.md 4.3.1)."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from django.test import override_settings

from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tests.pages.phones import events, path, session_of, sessions, statements
from tests.world import PERSON, Shop, door, phone


def test_a_first_visit_makes_a_session_marks_it_opened_and_leads_there(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()

    answer = ann.get(f"/p/{offer.code}", follow_redirects=False)

    assert answer.status_code == 302
    assert re.fullmatch(rf"/p/{offer.code}/[23456789abcdefghjkmnpqrstuvwxyz]{{21}}", answer.headers["location"])
    session = offer.session(session_of(answer))
    assert session.opened_at and not session.claimed_at and not session.is_link
    assert events(offer, "coupon.opened") == 1


def test_the_first_visit_is_one_statement_and_the_session_page_another(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(max_claims=10)
    offer.at_location()

    with statements() as ran:
        arrived = ann.get(f"/p/{offer.code}", follow_redirects=False)
    assert len(ran) == 1, ran

    with statements() as ran:
        assert ann.get(arrived.headers["location"]).status_code == 200
    assert len(ran) == 1, ran


def test_a_returning_phone_gets_its_own_session_and_another_phone_another(
    mario: Shop, ann: httpx.Client, bob: httpx.Client
) -> None:
    offer = mario.campaign()

    first, again, other = ann.get(f"/p/{offer.code}"), ann.get(f"/p/{offer.code}"), bob.get(f"/p/{offer.code}")

    assert session_of(first) == session_of(again) != session_of(other)
    assert sessions(offer) == 2 and events(offer, "coupon.opened") == 2


def test_a_returning_phone_is_led_to_its_session_whatever_became_of_it(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    session = session_of(ann.get(f"/p/{offer.code}"))
    offer.claim(session)
    offer.use(session)
    offer.set(ends_at=clock.now() - timedelta(days=1))

    assert ann.get(f"/p/{offer.code}", follow_redirects=False).headers["location"] == path(offer, session)


def cookies(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("set-cookie")


def test_the_cookie_belongs_to_one_coupon_and_tells_scripts_nothing(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()

    answer = ann.get(f"/p/{offer.code}", follow_redirects=False)

    [cookie] = cookies(answer)
    assert cookie.split("; ") == [
        f"coupon={session_of(answer)}",
        f"Path=/p/{offer.code}",
        f"Max-Age={400 * 86_400}",
        "HttpOnly",
        "SameSite=Lax",
    ]


@override_settings(TEAROFF_BASE_URL="https://coupons.example.org")
def test_on_https_the_cookie_is_secure_and_in_a_frame_it_is_partitioned(mario: Shop) -> None:
    offer = mario.campaign()
    with phone() as ann, phone() as framed:
        [plain] = cookies(ann.get(f"/p/{offer.code}", follow_redirects=False))
        [in_frame] = cookies(framed.get(f"/p/{offer.code}?web=true", follow_redirects=False))

    assert plain.endswith("HttpOnly; Secure; SameSite=Lax")
    assert in_frame.endswith("HttpOnly; Secure; SameSite=None; Partitioned")


@pytest.mark.parametrize("suffix", ["&web=true", "?web=true", "/", "&web=true&customid=x&utm_source=y"])
def test_addresses_for_frames_find_back_to_the_same_session(mario: Shop, ann: httpx.Client, suffix: str) -> None:
    offer = mario.campaign()

    visits = [ann.get(f"/p/{offer.code}{suffix}", follow_redirects=False) for _ in range(3)]

    assert {answer.status_code for answer in visits} == {302}
    assert len({session_of(answer) for answer in visits}) == 1 and sessions(offer) == 1


def test_a_strangers_address_gives_the_cookie_a_path_and_nothing_else(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()

    answer = ann.get(f"/p/{offer.code}&a;Domain=example.com;x=\u00e9", follow_redirects=False)

    paths = [part for cookie in cookies(answer) for part in cookie.split("; ")[1:] if not part.startswith("Max-Age")]
    assert {part for part in paths if not part.startswith("Path=")} == {"HttpOnly", "SameSite=Lax"}
    assert all(cookie.count(";") == 4 and cookie.isascii() for cookie in cookies(answer))


def test_the_other_form_of_the_addresses_is_the_same_coupon(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()

    visits = [ann.get(f"/z/{offer.code}") for _ in range(2)]
    session = session_of(visits[0])
    by_session = ann.get(f"/z/{offer.code}/{session}")

    assert {session_of(answer) for answer in visits} == {session} and by_session.status_code == 200
    assert session_of(ann.get(f"/p/{offer.code}")) == session and sessions(offer) == 1


def test_a_cookie_of_another_coupon_or_of_nonsense_counts_for_nothing(mario: Shop, lucia: Shop) -> None:
    offer, foreign = mario.campaign(), lucia.campaign()
    theirs = foreign.opened()

    for value in (theirs, "x" * 21, "' or 1=1", "\x00", "%00"):
        with door(headers=PERSON) as stranger:
            answer = stranger.get(f"/p/{offer.code}", headers=[(b"cookie", b"coupon=" + value.encode())])
        assert answer.status_code == 302 and session_of(answer) != theirs

    assert sessions(offer) == 5 and sessions(foreign) == 1


# What an address may bring along


def test_a_custom_id_is_stored_cut_and_cleaned(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()

    session = session_of(ann.get(f"/p/{offer.code}", params={"customid": "crm-\x00\x1b\n9" + "é" * 60}))

    assert offer.session(session).customid == "crm-9" + "é" * 45


def test_another_custom_id_is_another_session_and_none_keeps_the_old(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    seven = session_of(ann.get(f"/p/{offer.code}?customid=7"))

    assert session_of(ann.get(f"/p/{offer.code}?customid=7")) == seven
    assert session_of(ann.get(f"/p/{offer.code}")) == seven
    assert session_of(ann.get(f"/p/{offer.code}?customid=")) == seven
    assert session_of(ann.get(f"/p/{offer.code}?customid=8")) != seven
    assert sessions(offer) == 2


def test_where_a_visitor_came_from_is_stored(mario: Shop, ann: httpx.Client, bob: httpx.Client) -> None:
    offer = mario.campaign()

    by_mail = offer.session(session_of(ann.get(f"/p/{offer.code}?utm_source=mail&utm_campaign=spring&firstname=Eve")))
    by_poster = offer.session(session_of(bob.get(f"/p/{offer.code}?src=poster+3&utm_source=x")))

    assert by_mail.customer == {"utm_source": "mail", "utm_campaign": "spring"} and by_mail.source == "mail"
    assert by_poster.source == "poster 3"


# Where nothing is made

YESTERDAY, TOMORROW = timedelta(days=-1), timedelta(days=1)


@pytest.mark.parametrize(
    ("settings", "status", "headline"),
    [
        ({"starts_at": TOMORROW}, 200, "Not yet"),
        ({"ends_at": YESTERDAY}, 200, "Too late, sorry"),
        ({"single_use_only": True}, 200, "You need a personal link"),
        ({"uses_own_codes": True}, 200, "All gone"),
        ({"status": "inactive"}, 404, "Not available"),
        ({"status": "draft"}, 404, "Not available"),
        ({"status": "archived"}, 404, "Not available"),
        ({"is_template": True}, 404, "Not available"),
        ({"deleted_at": YESTERDAY}, 404, "Not available"),
    ],
)
def test_an_end_page_stands_at_the_public_address_and_makes_nothing(
    mario: Shop, ann: httpx.Client, settings: dict[str, object], status: int, headline: str
) -> None:
    offer = mario.campaign()
    offer.set(
        **{name: clock.now() + value if isinstance(value, timedelta) else value for name, value in settings.items()}
    )

    answer = ann.get(f"/p/{offer.code}", follow_redirects=False)

    assert answer.status_code == status and f'<h1 tabindex="-1">{headline}</h1>' in answer.text
    assert sessions(offer) == 0 and not cookies(answer)


def test_a_sold_out_coupon_says_how_many_there_were_and_when_the_last_went(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(max_claims=2)
    offer.claimed()
    offer.claimed()

    answer = ann.get(f"/p/{offer.code}")

    assert (
        answer.status_code == 200
        and "All 2 are gone" in answer.text
        and "The last one was taken today at" in answer.text
    )
    assert sessions(offer) == 2


@pytest.mark.parametrize("state", ["frozen", "blocked", "expired"])
def test_an_account_that_is_not_live_has_no_public_pages(mario: Shop, ann: httpx.Client, state: str) -> None:
    offer = mario.campaign()
    session = offer.claimed()
    mario.account.status = state
    mario.account.save()

    answers = [ann.get(f"/p/{offer.code}"), ann.get(path(offer, session)), ann.get(path(offer, session, "/use"))]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_what_consumers_must_not_tell_apart_is_the_same_byte_for_byte(mario: Shop, ann: httpx.Client) -> None:
    """Lesson 13: unknown, switched off, removed and foreign get one answer."""
    off, removed, other = mario.campaign(), mario.campaign(), mario.campaign()
    off.set(status="inactive")
    removed.set(deleted_at=clock.now())
    session = other.opened()

    bodies = {
        ann.get(address).text
        for address in (
            "/p/zzzzzz",
            f"/p/{off.code}",
            f"/p/{removed.code}",
            f"/p/{off.code}/{session}",
            f"/p/zzzzzz/{session}",
            "/p/a/b/c/d",
            "/p/",
        )
    }

    assert len(bodies) == 1 and "Mario" not in bodies.pop()


def test_the_first_opening_starts_the_flexible_clock(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(after_open=7, after_open_unit="days")
    at = datetime(2026, 10, 20, 10, 0, tzinfo=clock.UTC)

    with clock.moved(at):
        session = session_of(ann.get(f"/p/{offer.code}"))
    with clock.moved(at + timedelta(days=6)):
        assert (
            "Tuesday 27 October" in ann.get(path(offer, session)).text
            or "tomorrow" in ann.get(path(offer, session)).text
        )
    with clock.moved(at + timedelta(days=8)):
        assert "Too late, sorry" in ann.get(path(offer, session)).text

    assert CouponSession.objects.get(code=session).opened_at == at
