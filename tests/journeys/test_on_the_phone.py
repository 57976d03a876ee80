"""The consumer's and the staff's parts of journeys J1, J3, J4, J7, J8 and J20, by clicking. The owner's parts are made by verbs."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tearoff.kit import clock
from tests.journeys.conftest import Clock, Phone
from tests.pages.phones import events, sessions
from tests.street.server import Server
from tests.world import Offer, Shop, phone

Phones = Callable[..., Phone]


def free_coffee(shop: Shop) -> Offer:
    """What the owner makes in J1, steps 2 to 4."""
    offer = shop.campaign(
        "Free coffee",
        coupon_value="1 coffee",
        terms="<p>One for each person.</p>",
        claim_method="form",
        form=[{"name": "firstname", "required": True}, {"name": "email", "required": True}],
        consents=[{"name": "optin", "text": "Send me the newsletter", "version": "1"}],
        by_scan=False,
        ends_local=datetime(2030, 1, 1, 23, 59, 59),
    )
    offer.at_location("Shop North", "4711")
    return offer


@pytest.mark.parametrize("has_scripts", [True, False])
def test_j1_a_consumer_claims_with_a_form_and_staff_type_their_password(
    mario: Shop, town: Server, phones: Phones, has_scripts: bool
) -> None:
    """With scripts and without: every step is a link or a form (look.md 1, 7)."""
    offer = free_coffee(mario)
    ann = phones(java_script_enabled=has_scripts)

    ann.open(f"{town.url}/p/{offer.code}").headline("Free coffee").sees("1 coffee")
    assert re.fullmatch(rf"/p/{offer.code}/[a-z0-9]{{21}}", ann.path)
    session = ann.path.split("/")[3]
    ann.type("First name", "Ann").type("E-mail", "x").press("Get it").sees("That is not an e-mail address")
    expect(ann.page.get_by_label("First name")).to_have_value("Ann")
    ann.type("E-mail", "ann@example.org").press("Get it").titled("Your coupon").sees(session[:6])
    mario.door = town.url
    read = mario.client.sessions.info(session).data
    assert (read.customer.firstname, read.customer.email, read.customer.optin) == ("Ann", "ann@example.org", "0")
    assert (read.status.claimed, read.status.validated) == ("1", "0")

    ann.page.reload()
    ann.titled("Your coupon").open(f"{town.url}/p/{offer.code}").titled("Your coupon")
    assert ann.path.endswith(session) and events(offer, "coupon.opened") == 1

    ann.press("Use it").type("Staff password", "0000").press("Use it").sees("4 tries left")
    ann.type("Staff password", "4711").press("Use it").headline("Used. Enjoy.")
    ann.sees("Your coupon was checked at Shop North today at")
    if has_scripts:
        for _ in range(3):  # past the refused password and its question: whatever was there is now a used coupon
            ann.page.go_back()
            ann.headline("Used. Enjoy.").sees("Shop North")
    ann.open(f"{town.url}/p/{offer.code}/{session}/use").headline("Used. Enjoy.").sees("Shop North")
    assert offer.uses() == 1 and events(offer, "coupon.validated") == 1
    (used,) = mario.client.sessions.iterate(offer.id, kind="validations")
    assert (used.session, used.status.validationtype) == (session, "password")
    assert mario.client.sessions.info(session).data.location.name == "Shop North"
    assert not ann.complaints


def test_every_page_of_the_way_is_accessible_and_fits_the_smallest_phone(
    mario: Shop, town: Server, phones: Phones
) -> None:
    offer = free_coffee(mario)
    offer.set(by_scan=True)
    ann, staff = phones(), phones()

    ann.open(f"{town.url}/p/{offer.code}").approves()
    ann.press("Get it").sees("2 fields need another look").approves()
    ann.type("First name", "Ann").type("E-mail", "ann@example.org").press("Get it").titled("Your coupon").approves()
    session = ann.path.split("/")[3]
    staff.open(f"{town.url}/s/{offer.code}/{session}").headline("Check this coupon").approves()
    staff.type("Shop password", "0000").press("Mark as used").sees("4 tries left").approves()
    ann.press("Use it").headline("Hand your phone to the staff").approves()
    ann.type("Staff password", "4711").press("Use it").headline("Used. Enjoy.").approves()
    staff.type("Shop password", "4711").press("Mark as used").headline("Already used").approves()


def test_method_a_is_a_question_before_the_use(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice", by_button=True, by_password=False, uses_per_session=2)
    ann = phones().open(f"{town.url}/p/{offer.code}").press("Get it")

    ann.press("Use it").headline("Use it now?").approves().press("Keep it for later").titled("Your coupon")
    ann.press("Use it").press("Use it now").headline("Used. Enjoy.").sees(
        "One more use is left", "1 of 2 used"
    ).approves()
    ann.press("Back to my coupon").titled("Your coupon").sees("1 of 2 used").approves()
    ann.press("Use it")
    ann.page.get_by_role("button", name="Use it now").dblclick()
    ann.headline("Used. Enjoy.")
    assert offer.uses() == 2


def camera(holder: Phone) -> str:
    """What a phone's camera reads from the other phone's screen."""
    with Image.open(holder.path_of_screenshot()) as screen:
        [found] = zxingcpp.read_barcodes(screen)
    return str(found.text)


def test_j3_staff_scan_with_their_own_phone_and_the_page_turns_by_itself(
    mario: Shop, town: Server, phones: Phones
) -> None:
    offer = mario.campaign("Free slice")
    offer.at_location("Shop North", "4711")
    ann, staff, late = phones(), phones(), phones()
    ann.open(f"{town.url}/p/{offer.code}").press("Get it").titled("Your coupon")

    address = camera(ann)
    assert address == f"{town.url}/s/{offer.code}/{ann.path.split('/')[3]}"
    staff.open(address).sees("Free slice").type("Shop password", "4711").press("Mark as used").headline(
        "Valid"
    ).approves()

    ann.headline("Used. Enjoy.").sees("Shop North").approves()
    late.open(address).type("Shop password", "4711").press("Mark as used").headline("Already used").sees("Shop North")
    assert offer.uses() == 1


def test_j3_staff_tick_a_box_and_need_no_password_for_the_next_one(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice")
    offer.at_location("Shop North", "4711")
    first, second = (f"{town.url}/s/{offer.code}/{offer.claimed()}" for _ in range(2))
    staff = phones().open(first).type("Shop password", "4711")
    staff.page.get_by_label("Remember this shop").check()
    staff.type("Money spent", "12.50").press("Mark as used").headline("Valid").sees("12.50")

    staff.open(second).sees("Shop North").approves().press("Mark as used").headline("Valid").approves()
    staff.open(second).press("Not here").sees("Type the password of your shop")
    assert offer.uses() == 2


def test_j4_a_link_is_one_session_on_every_device(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice", single_use_only=True, claim_method="form", form=[{"name": "firstname"}])
    offer.at_location("Shop North", "4711")
    one, two, three, named = offer.link(), offer.link(), offer.link(), offer.link(firstname="Bo")
    first, second, third = phones(), phones(), phones()

    for device in (first, second):
        device.open(f"{town.url}/p/{offer.code}/{one}").headline("Free slice")
    first.press("Get it").press("Use it").type("Staff password", "4711").press("Use it").headline("Used. Enjoy.")
    second.page.reload()
    second.headline("Used. Enjoy.")
    third.open(f"{town.url}/p/{offer.code}").headline("You need a personal link").approves()

    mario.door = town.url
    mario.client.sessions.update(couponsession=two, status="voided")
    third.open(f"{town.url}/p/{offer.code}/{two}").headline("This coupon is no longer valid").approves()
    mario.client.sessions.update(couponsession=two, status="unvoided")
    third.page.reload()
    third.headline("Free slice")
    mario.client.links.remove(three)
    third.open(f"{town.url}/p/{offer.code}/{three}").headline("Not available").approves()
    third.open(f"{town.url}/p/{offer.code}/{named}")
    expect(third.page.get_by_label("First name")).to_have_value("Bo")


def test_j7_the_earliest_of_three_clocks_wins(mario: Shop, town: Server, hands: Clock, phones: Phones) -> None:
    d0 = datetime(2026, 11, 22, 9, 0, tzinfo=clock.UTC)  # 10:00 in Brussels

    def day(number: int, hours: float = 0) -> datetime:
        return d0 + timedelta(days=number, hours=hours)

    offer = mario.campaign("Free slice", after_open=7, after_open_unit="days", after_claim=24, after_claim_unit="hours")
    offer.set(starts_at=day(1), ends_at=day(30, 13.9999))
    public = f"{town.url}/p/{offer.code}"
    first, second, third = phones(), phones(), phones()

    with hands.standing(d0):
        first.open(public).headline("Not yet").sees("starts tomorrow at 10:00").approves()
    with hands.standing(day(1)):
        first.open(public).headline("Free slice")
        second.open(public).headline("Free slice")
    with hands.standing(day(3, 2)):
        first.open(public).press("Get it").titled("Your coupon").sees("Use it by 12:00 tomorrow").approves()
        expect(first.page.get_by_role("timer")).to_contain_text(re.compile(r"(24:00:0\d|23:59:\d\d)"))
    with hands.standing(day(4, 2 + 1 / 60)):
        first.open(public).headline("Too late, sorry").sees("until 12:00 today").approves()
    with hands.standing(day(8, 1 / 60)):
        second.open(public).headline("Too late, sorry")
    with hands.standing(day(29)):
        third.open(public).headline("Free slice")
    with hands.standing(day(30, 13)):
        third.open(public).press("Get it").titled("Your coupon").sees("Use it by 23:59 today")
    with hands.standing(day(30, 14)):
        third.open(public).headline("Too late, sorry")
        offer.set(ends_at=day(60))
        third.page.reload()
        third.titled("Your coupon")


def test_j8_limits_are_told_in_words(mario: Shop, town: Server, hands: Clock, phones: Phones) -> None:
    offer = mario.campaign("Free slice", max_claims=2)
    offer.at_location("Shop North", "4711")
    public = f"{town.url}/p/{offer.code}"
    first, second, third, fourth = phones(), phones(), phones(), phones()
    for one in (first, second, third):
        one.open(public).sees("2 left of 2")
    first.press("Get it").titled("Your coupon")
    second.press("Get it").titled("Your coupon")
    third.press("Get it").headline("All 2 are gone").approves()
    fourth.open(public).headline("All 2 are gone").approves()
    first.press("Use it").type("Staff password", "4711").press("Use it").headline("Used. Enjoy.")

    saturday = datetime(2026, 11, 21, 13, 0, tzinfo=clock.UTC)
    hours = [{"act": "validate", "days": [1, 2, 3, 4, 5], "from": "14:00", "to": "17:00"}]
    timed = mario.campaign("Lunch", hours=hours, by_button=True)
    with hands.standing(saturday):
        fourth.open(f"{town.url}/p/{timed.code}").press("Get it").titled("Your coupon")
        fourth.sees("Monday to Friday, 14:00 to 17:00", "Next: Monday 23 November, 14:00").approves()
        expect(fourth.page.get_by_role("link", name="Use it")).to_have_count(0)


def test_j8_a_unique_address_is_refused_with_the_reason(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign(
        "Free slice", claim_method="form", form=[{"name": "email", "required": True}], unique_fields=["email"]
    )
    public = f"{town.url}/p/{offer.code}"
    phones().open(public).type("E-mail", "ann@example.org").press("Get it").titled("Your coupon")

    second = phones().open(public).type("E-mail", " ANN@example.org ").press("Get it")
    second.headline("You already have one").approves().press("Back to the offer").headline("Free slice")


# J20: bad network and misuse


def test_j20_1_a_phone_without_a_network_still_shows_its_coupon(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice", uses_per_session=2)
    ann = phones().open(f"{town.url}/p/{offer.code}").press("Get it").titled("Your coupon")
    session = ann.path.split("/")[3]

    ann.context.set_offline(True)
    with ann.page.expect_event("requestfailed", lambda request: "/live" in request.url):
        pass  # it asks in vain for news
    ann.titled("Your coupon").sees(session[:6])
    expect(ann.page.get_by_role("img", name="QR code for the staff")).to_be_visible()

    ann.context.set_offline(False)
    offer.use(session)
    ann.headline("Used. Enjoy.")


def test_j20_2_a_dropped_answer_and_a_second_try_are_one_use(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice", uses_per_session=5)
    offer.at_location("Shop North", "4711")
    staff = phones().open(f"{town.url}/s/{offer.code}/{offer.claimed()}").type("Shop password", "4711")
    form = staff.page.locator("form").last
    body = form.evaluate("form => new URLSearchParams(new FormData(form)).toString()")

    with phone(town.url) as line:  # the same form reaches the server, its answer never reaches the phone
        sent = line.post(staff.path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert sent.status_code == 200 and offer.uses() == 1

    staff.press("Mark as used").headline("Valid")
    assert offer.uses() == 1


def test_j20_3_a_chats_preview_has_title_and_picture_and_makes_no_session(
    mario: Shop, town: Server, phones: Phones
) -> None:
    offer = mario.campaign("Free slice", subtitle="With any lunch", share_image="shares/slice.png")
    for name in ("WhatsApp/2.23.20.0 A", "TelegramBot (like TwitterBot)", "Mozilla/5.0 (compatible; Googlebot/2.1)"):
        bot = phones(user_agent=name).open(f"{town.url}/p/{offer.code}").headline("Free slice")
        card = bot.page.locator('meta[property="og:image"]')
        expect(card).to_have_attribute("content", f"{town.url}/media/shares/slice.png")
        expect(bot.page.locator('meta[property="og:title"]')).to_have_attribute("content", "Free slice")
        expect(bot.page.locator("form")).to_have_count(0)
    bot.approves()
    assert sessions(offer) == 0


def test_j20_5_a_changed_letter_is_never_someone_elses_coupon(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice")
    session = offer.claimed(customer={"firstname": "Zebulon"})
    changed = session[:-1] + ("a" if session[-1] != "a" else "b")

    answer = phones().open(f"{town.url}/p/{offer.code}/{changed}").headline("Not available").approves()
    expect(answer.page.locator("body")).not_to_contain_text("Zebulon")


def test_j20_6_a_script_in_a_name_is_text(mario: Shop, town: Server, phones: Phones) -> None:
    offer = mario.campaign("Free slice", claim_method="form", form=[{"name": "firstname", "required": True}])
    offer.at_location("Shop North", "4711")
    ann = phones()
    script = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    ann.page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))

    ann.open(f"{town.url}/p/{offer.code}").type("First name", script).press("Get it").sees(script).approves()
    ann.press("Use it").type("Staff password", "4711").press("Use it").headline("Used. Enjoy.").sees(script).approves()


class MerchantsPage(BaseHTTPRequestHandler):
    """A page of somebody's web shop, with what its owner was told to paste into it."""

    def do_GET(self) -> None:
        address = self.path.partition("?")[2]
        body = f'<!doctype html><title>Shop</title><iframe width="400" height="900" src="{address}"></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def web_shop() -> Iterator[str]:
    """Another site: `localhost` is not the `127.0.0.1` of our server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), MerchantsPage)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_coupon_in_another_sites_frame_works(mario: Shop, town: Server, phones: Phones, web_shop: str) -> None:
    """Conventions.md 10, 8: framed by any site, the session is in the address."""
    offer = mario.campaign("Free slice", by_button=True)
    shop = phones().open(f"{web_shop}/?{town.url}/p/{offer.code}&web=true")
    frame = shop.page.frame_locator("iframe")

    frame.get_by_role("button", name="Get it").click()
    frame.get_by_role("link", name="Use it").click()
    frame.get_by_role("button", name="Use it now").click()
    expect(frame.locator("h1")).to_have_text("Used. Enjoy.")
    assert offer.uses() == 1 and not shop.complaints


def test_staff_pages_cannot_be_framed(mario: Shop, town: Server, phones: Phones, web_shop: str) -> None:
    offer = mario.campaign("Free slice")
    shop = phones()
    with shop.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        shop.open(f"{web_shop}/?{town.url}/s/{offer.code}/{offer.claimed()}")
