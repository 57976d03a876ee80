"""The pages on a real screen: no barriers, no sideways scrolling, and what moves by itself.

Pages and static files come from a small server on loopback under the content policy of the real pages.
"""

import io
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from scripts import gallery
from tests.pages import samples

IS_CI = bool(os.environ.get("CI"))
pytestmark = pytest.mark.skipif(
    not Path(gallery.CHROMIUM).exists() and not IS_CI, reason=f"{gallery.CHROMIUM} is not installed"
)
SOON = 15_000  # milliseconds a condition may take on a busy machine; a page is asked until then, not slept on


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return gallery.render_all()


@pytest.fixture(scope="module")
def address(pages: dict[str, str]) -> Iterator[str]:
    with gallery.serving(pages) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with gallery.browser() as browser:
        yield browser


@pytest.fixture
def screen(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a window: `screen(width=320, mode="dark")`."""
    opened = []

    def new(*, width: int = 375, mode: str = "light", **more: Any) -> Any:
        options = {"viewport": {"width": width, "height": 812}, "color_scheme": mode, "reduced_motion": "reduce"}
        opened.append(browser.new_context(**options | more))
        return opened[-1].new_page()

    yield new
    for context in opened:
        context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_no_barrier_and_the_browser_no_breach_of_the_policy(pages, address, screen, mode):
    page = screen(width=320, mode=mode)

    assert [(name, found) for name in pages for found in gallery.look_at(page, f"{address}/{name}")] == []


def test_axe_does_find_barriers_where_there_are_some(pages, address, screen):
    """The control: the same look at a page that lost its labels, its language and its contrast."""
    broken = re.sub(r"<label[^>]*>.*?</label>", "", pages["offer"]).replace(' lang="en"', "")
    pages["broken"] = broken.replace('class="lede"', 'class="lede" style="color: #eee"')
    found = gallery.look_at(screen(), f"{address}/broken")
    del pages["broken"]

    assert any(one.startswith("label:") for one in found)
    assert any(one.startswith("html-has-lang:") for one in found)
    assert any("Content Security Policy" in one for one in found), "an inline style passed the policy"


CHANGES = {
    "letters twice as large": "document.documentElement.style.fontSize = '200%'",
    "a language written from the right": "document.documentElement.style.fontSize = ''; document.documentElement.dir = 'rtl'",
}


def test_no_page_scrolls_sideways_whatever_the_reader_needs(pages, address, screen):
    page = screen(width=320)
    wide = []
    for name in pages:
        page.goto(f"{address}/{name}")
        for need, change in CHANGES.items():
            page.evaluate(change)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append((name, need))

    assert wide == []


TEXTS = """
    () => {
        document.querySelectorAll("details").forEach(one => { one.open = true });
        const walker = document.createTreeWalker(document.getElementById("page") || document.body, NodeFilter.SHOW_TEXT);
        const outside = [];
        while (walker.nextNode()) {
            const range = document.createRange();
            range.selectNodeContents(walker.currentNode);
            const parent = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || parent.closest(".unseen")) continue;
            for (const box of range.getClientRects())
                if (box.left < 0 || box.right > innerWidth) outside.push(`${parent.tagName} ${walker.currentNode.data.slice(0, 30)}`);
        }
        return outside;
    }
"""


def test_no_word_is_cut_however_long_it_is(pages, address, screen):
    """Tickets hide what sticks out of them, so a page that does not scroll sideways may still have lost letters."""
    page = screen(width=320)
    cut = {}
    for name in [name for name in pages if name.startswith("long_")]:
        page.goto(f"{address}/{name}")
        cut[name] = page.evaluate(TEXTS)

    assert len(cut) >= 6 and {name: texts for name, texts in cut.items() if texts} == {}


def test_what_one_presses_is_large_enough_for_a_thumb(pages, address, screen):
    """24 px at least (WCAG 2.5.8) for all that is not a link within a line; 44 px for buttons under a finger."""
    page = screen(has_touch=True, is_mobile=True)
    small = []
    for name in pages:
        page.goto(f"{address}/{name}")
        sizes = page.evaluate(
            "[...document.querySelectorAll('button, .button, .input, summary, .choice')]"
            ".filter(one => one.offsetParent && one.type !== 'hidden')"
            ".map(one => [one.className, one.getBoundingClientRect().height])"
        )
        small += [(name, kind, height) for kind, height in sizes if height < (24 if "choice" in kind else 39.5)]

    assert small == []


def test_a_ticket_turns_to_used_by_itself(pages, address, screen):
    page = screen()
    page.goto(f"{address}/ticket")
    page.get_by_role("link", name="Use it").focus()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "live=claimed" in request.url else None)
    wait_for(lambda: bool(asked), page)
    assert page.locator("h1").inner_text() == "Slice of the day, on us", "no news changes nothing"

    pages["p"] = pages["used"]  # the ticket asks below /p, where there was no page so far: 204
    try:
        page.get_by_role("heading", name="Used. Enjoy.").wait_for(timeout=SOON)
        assert page.title() == "Used. Enjoy. - Mario’s Pizzeria"
        assert "Used. Enjoy." in page.locator("#said").inner_text()
        assert page.evaluate("document.activeElement.tagName") == "H1"
        assert page.locator("#page").get_attribute("hx-get") is None, "it still asks"
    finally:
        del pages["p"]


def test_nobody_asks_for_news_in_a_window_nobody_sees(address, screen):
    page = screen()
    page.goto(f"{address}/ticket")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "live=claimed" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.away !== false })")
    page.evaluate("htmx.trigger('#page', 'look')")
    assert asked == []

    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    wait_for(lambda: bool(asked), page)


def test_a_lost_connection_leaves_the_code_on_the_screen(address, screen):
    page = screen()
    page.goto(f"{address}/ticket")
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.context.set_offline(True)
    page.evaluate("htmx.trigger('#page', 'look')")
    wait_for(lambda: bool(failed), page)

    assert page.locator(".code-big").first.is_visible()
    assert page.locator(".qr svg").is_visible()


def test_the_time_left_runs_and_asks_once_when_it_is_over(address, screen):
    page = screen()
    page.clock.install()
    page.goto(f"{address}/ticket")
    timer, strokes = page.locator("[role=timer]"), page.locator(".to-go")
    assert timer.inner_text() == "2:41:08"
    before = strokes.get_attribute("d").count("M")

    page.clock.fast_forward(61 * 60 * 1000)
    wait_for(lambda: timer.inner_text().startswith("1:40:0"), page)
    assert strokes.get_attribute("d").count("M") < before

    asked = []
    page.on("request", lambda request: asked.append(request.url) if "live=claimed" in request.url else None)
    page.clock.fast_forward(101 * 60 * 1000)
    wait_for(lambda: timer.inner_text() == "0:00:00" and bool(asked), page)
    assert strokes.get_attribute("d") in ("", None)


def test_a_second_press_sends_nothing(address, screen):
    page = screen()
    page.goto(f"{address}/offer_button")
    page.evaluate(
        "window.sent = 0; addEventListener('submit', event => {"
        " if (!event.defaultPrevented) window.sent += 1; event.preventDefault() })"
    )
    button = page.get_by_role("button", name="Get it")
    for _ in range(3):
        button.click()

    assert page.evaluate("window.sent") == 1
    assert button.get_attribute("aria-busy") == "true"

    page.evaluate("dispatchEvent(new Event('pageshow'))")  # back by the back button: it may be pressed again
    button.click()
    assert page.evaluate("window.sent") == 2


def test_sharing_passes_on_the_public_link_and_never_the_address_bar(address, screen):
    page = screen()
    page.add_init_script("navigator.share = data => { window.shared = data; return Promise.resolve() }")
    page.goto(f"{address}/ticket")
    page.get_by_role("button", name="Share").click()

    assert page.evaluate("window.shared") == {"url": "https://coupons.example.org/p/h7k2mq"}


def test_without_scripts_everything_still_stands(pages, address, screen):
    page = screen(java_script_enabled=False)
    page.goto(f"{address}/ticket")
    assert page.get_by_role("timer").inner_text() == "2:41:08"
    assert page.get_by_role("link", name="Use it").get_attribute("href").endswith("?use")
    assert page.get_by_role("link", name="coupons.example.org/p/h7k2mq").is_visible()
    assert page.get_by_role("button", name="Share").count() == 0

    page.goto(f"{address}/offer")
    page.get_by_text("Where to use it").click()
    assert page.get_by_text("31 Dock Road").is_visible()


@pytest.mark.parametrize(
    ("name", "text"),
    [("ticket", samples.SCAN_URL), ("ticket_own_code", "HB-2026-000187"), ("ticket_bars", "4006381333931")],
)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_scanner_reads_the_code_from_the_screen(address, screen, name, text, mode):
    page = screen(width=320, mode=mode, device_scale_factor=2)
    page.goto(f"{address}/{name}")
    picture = Image.open(io.BytesIO(page.locator(".qr").first.screenshot()))

    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [text]


def test_keys_alone_lead_through_the_form(address, screen):
    page = screen()
    page.goto(f"{address}/offer")
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", f"{reached[-1]} does not show that it has the focus"

    assert reached[:4] == ["first_name", "email", "news", "Get it"]


def test_colours_forced_by_the_system_keep_shapes_and_the_qr_code(address, screen):
    page = screen(forced_colors="active")
    page.goto(f"{address}/ticket")

    assert page.evaluate("getComputedStyle(document.querySelector('.keep')).borderTopStyle") == "solid"
    assert page.evaluate("getComputedStyle(document.querySelector('.qr')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.qr svg')).stroke") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("name", ["ticket", "ticket_bars", "ticket_own_code", "offer_photo", "loyalty_stamps"])
def test_on_paper_a_coupon_is_black_on_white_and_fits_one_sheet(address, screen, name):
    page = screen(mode="dark")
    page.goto(f"{address}/{name}")
    page.emulate_media(media="print", color_scheme="dark")
    title = page.locator("article h1")

    assert title.evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
    assert page.locator(".keep").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator(".button:visible, .fold .icon:visible").count()
    assert all(fold.is_visible() for fold in page.locator(".fold .inside").all()), (
        "what is folded on the screen is printed"
    )
    page.emulate_media(media="print", color_scheme="light")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1


def wait_for(condition: Callable[[], bool], page: Any) -> None:
    """Until the condition holds; fails after SOON."""
    deadline = time.monotonic() + SOON / 1000
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        page.wait_for_timeout(50)
