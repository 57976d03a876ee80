"""People with browsers: each journey of product.md section 7 is walked by clicking, against the real server."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tearoff.kit import clock
from tests.street.server import Server, start_server

PATIENCE = 15_000  # milliseconds a page may take on a busy machine
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Without one these journeys are skipped, except where nothing may be skipped. One file long: a process
    can have one browser driver at a time, and other rooms have theirs."""
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("There is no chromium on this machine: `make chromium` installs it.")
    assert program, "CI needs a browser: install chromium."
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's own loop runs in this thread; we await nothing
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        expect.set_options(timeout=PATIENCE)
        yield started
        started.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


class Clock:
    """The street's clock: what the server and the test take for now. Untouched it is the real time."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @contextmanager
    def standing(self, at: datetime) -> Iterator[None]:
        """Everybody's clock stands at `at` within the block."""
        self.file.write_text(at.isoformat(), encoding="ascii")
        with clock.moved(at):
            yield
        self.file.unlink()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Clock]]:
    file = tmp_path_factory.mktemp("clock") / "now"
    server = start_server(TEAROFF_TEST_CLOCK=str(file))
    yield server, Clock(file)
    server.stop()


@pytest.fixture
def town(street: tuple[Server, Clock]) -> Server:
    """The server of the journeys."""
    return street[0]


@pytest.fixture
def hands(street: tuple[Server, Clock]) -> Clock:
    """The clock's hands."""
    return street[1]


class Phone:
    """Somebody's phone: one browser context with its own cookies, and one page that is looked at closely."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: Any) -> None:
        """Refused pages (403, 409, 422, 429) are said in the console too; what counts is what our own pages do wrong."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def open(self, url: str) -> "Phone":
        self.page.goto(url)
        return self

    def press(self, name: str) -> "Phone":
        """Press the button or follow the link of this name, and wait until the next page is there."""
        pressed = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first
        with self.page.expect_navigation():
            pressed.click()
        return self

    def type(self, label: str, text: str) -> "Phone":
        self.page.get_by_label(label).fill(text)
        return self

    def sees(self, *texts: str) -> "Phone":
        """Each text is on the page: now, or as soon as the page has changed by itself."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)
        return self

    def headline(self, text: str) -> "Phone":
        expect(self.page.locator("h1")).to_have_text(text)
        return self

    def titled(self, text: str) -> "Phone":
        """The page's title begins so, as the tab and a screen reader say it."""
        expect(self.page).to_have_title(re.compile(rf"^{re.escape(text)} - "))
        return self

    @property
    def path(self) -> str:
        return re.sub(r"^https?://[^/]+", "", self.page.url).partition("?")[0]

    def path_of_screenshot(self) -> Path:
        """What somebody else sees of this screen."""
        file = Path(tempfile.mkdtemp(prefix="tearoff-screen-")) / "screen.png"
        self.page.screenshot(path=file)
        return file

    def approves(self) -> "Phone":
        """What must hold on every page: no finding of axe, no sideways scrolling, no complaint of the browser."""
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        for width in (320, 375):
            self.page.set_viewport_size({"width": width, "height": 740})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{self.page.url} is {wide} px wide on a screen of {width}."
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        return self


@pytest.fixture
def phones(browser: Browser) -> Iterator[Any]:
    """`phones()` is a new phone; `phones(java_script_enabled=False)` one without scripts."""
    opened: list[BrowserContext] = []

    def new(**options: Any) -> Phone:
        context = browser.new_context(viewport={"width": 375, "height": 740}, has_touch=True, locale="en-GB", **options)
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return Phone(context)

    yield new
    for context in opened:
        context.close()
