"""What the holder of an address sees: one page per state, in the order of product.md section 5, and how it changes by itself."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tearoff.campaigns import owncodes
from tearoff.kit import clock
from tests.pages.phones import events, path, send, session_of, sessions
from tests.street.loyalty import club
from tests.world import Offer, Shop, phone

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=clock.UTC)  # Sunday, 14:00 in Brussels
AGO, AHEAD = timedelta(hours=-1), timedelta(hours=1)


def hold(offer: Offer, session: str, what: Any) -> None:
    offer.update(session, status=what)


LAYERS: list[tuple[str, dict[str, Any], str]] = [
    ("already used", {}, "Used. Enjoy."),
    ("expired", {"ends_at": AGO}, "Too late, sorry"),
    ("not started", {"starts_at": AHEAD}, "Not yet"),
    ("inactive", {"status": "inactive"}, "Not available"),
    ("locked", {}, "On hold"),
    ("voided", {}, "This coupon is no longer valid"),
]


def test_of_several_reasons_the_first_in_the_order_of_the_rules_is_told(mario: Shop, ann: httpx.Client) -> None:
    """Each layer is laid over those before it, the weaker ones first."""
    offer = mario.campaign(max_validations=1)
    session = offer.claimed()
    offer.use(session)

    for name, settings, headline in LAYERS:
        offer.set(
            **{key: clock.now() + value if isinstance(value, timedelta) else value for key, value in settings.items()}
        )
        if name in ("locked", "voided"):
            hold(offer, session, name.removesuffix("ed").removesuffix("d") if name == "locked" else "void")
        answer = ann.get(path(offer, session))
        assert headline in answer.text, name
        assert answer.status_code == (404 if name == "inactive" else 200), name

    offer.set(deleted_at=clock.now())
    assert ann.get(path(offer, session)).status_code == 404


def test_a_session_of_an_inactive_coupon_looks_like_none(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    session = offer.claimed()
    offer.set(status="inactive")

    assert ann.get(path(offer, session)).text == ann.get(path(offer, "x" * 21)).text


def test_a_used_coupon_says_when_and_where(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    north = offer.at_location("Shop North")
    with clock.moved(NOW):
        session = offer.claimed(customer={"firstname": "Ann"})
        offer.use(session, location=f"loc_{north.pk}")
        today = ann.get(path(offer, session))
    with clock.moved(NOW + timedelta(days=3)):
        later = ann.get(path(offer, session))

    assert today.status_code == later.status_code == 200
    assert "Your coupon was checked at Shop North today at 14:00." in today.text
    assert "Your coupon was checked at Shop North on Sunday 22 November at 14:00." in later.text
    assert '<time datetime="2026-11-22T14:00:00+01:00">' in today.text
    assert "for Ann" in today.text and session[:6] in today.text


def test_a_claimed_coupon_counts_down_to_the_earliest_of_its_three_clocks(mario: Shop, ann: httpx.Client) -> None:
    """Journey J7, steps 3 and 4."""
    offer = mario.campaign(after_open=7, after_open_unit="days", after_claim=24, after_claim_unit="hours")
    offer.set(ends_at=NOW + timedelta(days=29))
    with clock.moved(NOW):
        page = ann.get(f"/p/{offer.code}")
    with clock.moved(NOW + timedelta(days=2)):
        send(ann, page)
    with clock.moved(NOW + timedelta(days=2, hours=12)):
        ticket = ann.get(page.url.path)
    with clock.moved(NOW + timedelta(days=3, minutes=1)):
        late = ann.get(page.url.path)

    assert "Use it by 14:00 today" in ticket.text and re.search(
        r'role="timer" data-left="4320[01]"[^>]*>12:00:0[01]<', ticket.text
    )
    assert "Too late, sorry" in late.text and "until 14:00 today" in late.text and "since today at 14:00" in late.text


def test_moving_the_end_moves_every_session(mario: Shop, ann: httpx.Client) -> None:
    """Journey J7, step 7."""
    offer = mario.campaign()
    offer.set(ends_at=NOW)
    with clock.moved(NOW - timedelta(days=1)):
        session = offer.claimed()
    with clock.moved(NOW + timedelta(seconds=1)):
        assert "Too late, sorry" in ann.get(path(offer, session)).text
        offer.set(ends_at=NOW + timedelta(days=40))
        again = ann.get(path(offer, session))

    assert (
        "Your coupon" in again.text
        and "Use it by Friday 1 January 2027, 14:00" in again.text
        and ">40 days<" in again.text
    )


def test_the_offer_names_its_places_hours_and_what_is_left(mario: Shop, ann: httpx.Client) -> None:
    hours = [{"act": "validate", "days": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:30"}]
    offer = mario.campaign(max_claims=200, hours=hours, coupon_value="€ 4.50")
    offer.set(ends_at=NOW + timedelta(days=14))
    offer.at_location(
        "Shop North", None, address="4 Station Street", zip="9000", city="Ghent", opening_text="Mon to Sat"
    )
    offer.at_location("Closed", None, is_disabled=True)
    with clock.moved(NOW):
        page = ann.get(f"/p/{offer.code}").text

    assert "200 left</b> of 200" in page and "Monday to Friday, 9:00 to 17:30" in page and "€ 4.50" in page
    assert "Shop North" in page and "4 Station Street, 9000 Ghent: Mon to Sat" in page and "Closed" not in page
    assert '<time datetime="2026-12-06T14:00:00+01:00">Sunday 6 December, 14:00</time>' in page


def test_a_promo_code_is_shown_after_the_claim_only(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(promo_code="SPRING-24", coupon_value="10 % off")
    page = ann.get(f"/p/{offer.code}")
    assert "SPRING-24" not in page.text and "10 % off" in page.text
    send(ann, page)

    assert "SPRING-24" in ann.get(page.url.path).text


def test_the_merchants_words_message_link_and_look_apply(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(
        words={"get_it": "Get my slice", "use_it": "{evil.__class__} & more", "nonsense": 7},
        after_claim_message="Ask for <Luigi>",
        link_text="Our menu",
        link_url="https://mario.example/menu?a=1&b=2",
        brand_colour="#FFE680",
        logo="logos/m.png",
        header_image="headers/h.jpg",
    )
    page = ann.get(f"/p/{offer.code}")
    send(ann, page)
    ticket = ann.get(page.url.path).text

    assert "Get my slice" in page.text and "Get it" not in page.text
    assert 'src="/media/logos/m.png"' in page.text and 'src="/media/headers/h.jpg"' in page.text
    assert "Ask for &lt;Luigi&gt;" in ticket and 'href="https://mario.example/menu?a=1&amp;b=2"' in ticket
    assert "{evil.__class__} &amp; more" in ticket
    [brand] = re.findall(r'href="(/brand/ffe680-[0-9a-f]{8}\.css)"', page.text)
    assert "--brand: #ffe680" in ann.get(brand).text


def test_what_a_merchant_wrote_says_its_language_where_the_page_speaks_another(mario: Shop, ann: httpx.Client) -> None:
    """So that a voice reads German as German; the fixed texts around it are English until somebody translates them."""
    german = mario.campaign(
        "Kaffee", language="de-AT", subtitle="Jeden Tag", terms="<p>Nur einmal.</p>", by_button=True
    )
    club_of = club(mario, "Stammgäste", language="de")
    english = mario.campaign("Coffee", subtitle="Every day", by_button=True)

    offer = ann.get(f"/p/{german.code}")
    ticket = send(ann, offer)
    scan = ann.get(f"/s/{german.code}/{session_of(offer)}")
    for page in (offer, ann.get(ticket.headers["location"]), scan):
        assert '<html lang="en">' in page.text and ' lang="de-AT">Kaffee</h' in page.text, page.url
    assert '<div class="inside prose" lang="de-AT"><p>Nur einmal.</p>' in offer.text
    assert '<h1 lang="de">Stammgäste</h1>' in ann.get(f"/l/{club_of.card.code}").text
    assert ann.get(f"/p/{english.code}").text.count("lang=") == 1


def test_an_end_leads_on_where_the_merchant_wants(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(
        end_redirects={"expired": "https://www.mario.example/next?x=1", "used": "javascript:alert(1)"}
    )
    offer.set(ends_at=clock.now() + AGO)
    ended = ann.get(f"/p/{offer.code}").text
    offer.set(ends_at=None)
    session = offer.claimed()
    offer.use(session)

    assert 'href="https://www.mario.example/next?x=1">mario.example</a>' in ended
    assert "javascript:" not in ann.get(path(offer, session)).text


def scanned(page: str) -> str:
    """What a camera reads from the drawing on the page: strokes of one unit, drawn large."""
    found = re.search(r'<svg viewBox="0 0 (\d+) (\d+)" role="img"[^>]*><path d="([^"]+)"', page)
    assert found
    wide, high, strokes = int(found[1]), int(found[2]), found[3]
    image = Image.new("L", (wide * 4, high * 4), 255)
    pen = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", strokes):
        pen.rectangle([int(x) * 4, int(y) * 4, (int(x) + int(length)) * 4 - 1, int(y) * 4 + 3], fill=0)
    for x in re.findall(r"M(\d+)\.5 0v", strokes):
        pen.rectangle([int(x) * 4, 0, int(x) * 4 + 3, high * 4], fill=0)
    [barcode] = zxingcpp.read_barcodes(image)
    return str(barcode.text)


def test_the_qr_code_is_the_staffs_page_at_our_public_address(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    session = offer.claimed()

    page = ann.get(path(offer, session), headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert scanned(page.text) == f"http://127.0.0.1:8000/s/{offer.code}/{session}"
    assert "evil.example" not in page.text
    offer.set(by_scan=False)
    assert "<svg viewBox" not in ann.get(path(offer, session)).text.split("deadline")[0].split('class="show"')[1]


@pytest.mark.parametrize(
    ("shape", "code", "read"),
    [
        ("qr", "HB-2026 é", "HB-2026 é"),
        ("code128", "Ab-12345678", "Ab-12345678"),
        ("ean13", "4006381333931", "4006381333931"),
        ("upca", "036000291452", "0036000291452"),
    ],
)
def test_an_own_code_is_drawn_as_its_till_reads_it(
    mario: Shop, ann: httpx.Client, shape: str, code: str, read: str
) -> None:
    """Journey J5, step 3: and nobody has one before the claim (lesson 15)."""
    offer = mario.campaign(uses_own_codes=True, own_code_format=shape, by_scan=False)
    assert owncodes.import_codes(offer.campaign, code).imported == 1
    page = ann.get(f"/p/{offer.code}")
    assert code not in page.text
    send(ann, page)

    ticket = ann.get(page.url.path).text
    assert code in ticket and scanned(ticket) == read


def test_an_own_code_as_text_stands_alone(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(uses_own_codes=True, by_scan=False)
    owncodes.import_codes(offer.campaign, "Grün & <gut>")
    page = ann.get(f"/p/{offer.code}")
    send(ann, page)

    assert "Grün &amp; &lt;gut&gt;" in ann.get(page.url.path).text


# Live


def live_address(page: httpx.Response) -> str:
    found = re.search(r'hx-get="([^"]+)"', page.text)
    assert found
    return found[1].replace("&amp;", "&")


def test_an_open_ticket_turns_to_used_by_itself_and_asking_changes_nothing(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    session = offer.claimed()
    ticket = ann.get(path(offer, session))
    before = (events(offer), sessions(offer))

    quiet = [ann.get(live_address(ticket)) for _ in range(20)]
    assert {answer.status_code for answer in quiet} == {204} and not any(answer.content for answer in quiet)
    assert (events(offer), sessions(offer)) == before

    offer.use(session)
    news = ann.get(live_address(ticket))
    assert news.status_code == 200 and "Used. Enjoy." in news.text and 'id="page"' in news.text


def test_a_ticket_learns_of_every_change_that_shows(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign(uses_per_session=3)
    session = offer.claimed()

    def news() -> httpx.Response:
        return ann.get(live_address(ticket))

    ticket = ann.get(path(offer, session))
    hold(offer, session, "lock")
    assert "On hold" in news().text
    ticket = ann.get(path(offer, session))
    hold(offer, session, "unlock")
    assert "Your coupon" in news().text
    ticket = ann.get(path(offer, session))
    offer.set(ends_at=clock.now() + timedelta(days=5))
    assert news().status_code == 200
    ticket = ann.get(path(offer, session))
    offer.use(session)
    assert "2 more uses are left" in news().text
    ticket = ann.get(path(offer, session))
    assert news().status_code == 204
    offer.set(deleted_at=clock.now())
    assert news().status_code == 404


def test_device_two_sees_what_device_one_did(mario: Shop, ann: httpx.Client, bob: httpx.Client) -> None:
    """Journey J4, steps 2 to 6."""
    offer = mario.campaign(single_use_only=True, by_button=True)
    one, two, three = offer.link(), offer.link(), offer.link()

    assert ann.get(path(offer, one)).status_code == bob.get(path(offer, one)).status_code == 200
    send(ann, ann.get(path(offer, one)))
    send(ann, ann.get(path(offer, one, "/use")))
    assert "Used. Enjoy." in bob.get(path(offer, one)).text
    with phone() as third:
        assert "You need a personal link" in third.get(f"/p/{offer.code}").text
    hold(offer, two, "void")
    assert "This coupon is no longer valid" in ann.get(path(offer, two)).text
    hold(offer, two, "unvoid")
    assert "Get it" in ann.get(path(offer, two)).text

    mario.client.links.remove(three)
    assert ann.get(path(offer, three)).status_code == 404
    assert session_of(ann.get(f"/p/{offer.code}")) == two, "the phone remembers its latest link"
