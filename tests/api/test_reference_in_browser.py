"""The reference in a browser: no barriers, no sideways scrolling, and a call that is tried changes what it says it changes."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import gallery
from tearoff.api import reference
from tests.street.server import Server
from tests.world import Shop

pytestmark = pytest.mark.skipif(
    not Path(gallery.CHROMIUM).exists() and not os.environ.get("CI"), reason=f"{gallery.CHROMIUM} is not installed"
)
Screen = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's own loop runs in this thread; we await nothing
    with gallery.browser() as browser:
        yield browser
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def screen(browser: Any) -> Iterator[Screen]:
    opened = []

    def new(width: int = 1440, mode: str = "light") -> Any:
        viewport = {"width": width, "height": 900}
        opened.append(browser.new_context(viewport=viewport, color_scheme=mode, reduced_motion="reduce"))
        return opened[-1].new_page()

    yield new
    for context in opened:
        context.close()


@pytest.mark.parametrize(("width", "mode"), [(375, "light"), (1440, "dark")])
def test_no_barriers_and_nothing_sticks_out(server: Server, screen: Screen, width: int, mode: str) -> None:
    """All groups have the same parts, so axe, which is slow, looks at one."""
    page = screen(width, mode)
    assert gallery.look_at(page, f"{server.url}/api/docs", axe=width < 1000) == []
    for name in [group.slug for group in reference.shown()]:
        assert gallery.look_at(page, f"{server.url}/api/docs/{name}", axe=False) == []
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if name == "sending":
            assert gallery.barriers(page) == []


def test_a_call_is_tried_with_keys_that_stay_in_the_tab(server: Server, screen: Screen, mario: Shop) -> None:
    offer = mario.campaign()
    page = screen()
    page.goto(f"{server.url}/api/docs/coupons")
    call = page.locator("#coupon-status")
    call.get_by_text("Try it").click()
    assert call.get_by_text("This changes data of the account.").is_visible()
    call.get_by_label("campaign required").fill(offer.id)
    call.get_by_label("status required").select_option("archived")
    call.get_by_role("button", name="Send request").click()
    assert "keys" in call.locator(".outcome").inner_text()

    page.get_by_label("Client id").fill(mario.client_id)
    page.get_by_label("Client secret").fill(mario.client_secret)
    call.get_by_role("button", name="Send request").click()
    shown = call.locator(".outcome pre")
    shown.first.wait_for()
    assert '"action": "coupon_updated"' in shown.first.inner_text()
    assert mario.client_secret not in shown.last.inner_text() and "$CLIENT_SECRET" in shown.last.inner_text()
    offer.campaign.refresh_from_db()
    assert offer.campaign.status == "archived"

    page.goto(f"{server.url}/api/docs/sessions")
    assert page.get_by_label("Client id").input_value() == mario.client_id
    assert page.locator("#campaign-data [name=campaign]").input_value() == offer.id
    assert mario.client_secret not in page.url and page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []


def test_a_call_is_found_by_its_words_with_the_keyboard_alone(server: Server, screen: Screen) -> None:
    page = screen()
    page.goto(f"{server.url}/api/docs/coupons")
    page.keyboard.press("/")
    page.keyboard.type("multiple update")
    assert page.locator("nav a[data-words]:visible").all_inner_texts() == ["multiplecouponsession/update"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/api/docs/sessions#multiplecouponsession-update")


def test_without_a_script_everything_is_there_but_trying(server: Server, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 812})
    page = context.new_page()
    page.goto(f"{server.url}/api/docs/coupons")
    page.get_by_text("All calls").click()
    assert page.get_by_role("link", name="coupon/delete", exact=True).is_visible()
    assert page.locator("#coupon-list pre").first.is_visible()
    assert not page.locator(".try").first.is_visible() and not page.locator(".keys").is_visible()
    context.close()
