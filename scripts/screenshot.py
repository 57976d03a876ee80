"""Makes docs/images/consumer.png, the picture in the README, from a running demo.

    make run                                   in one terminal
    .venv/bin/python scripts/screenshot.py     in another one

A phone opens the demo's first coupon, fills in what it asks for and shows the offer and the claimed coupon side by side. The
picture is made at twice the size, in the light and the dark way of the page.
"""

import argparse
import io
import json
import shutil
import sys
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, SHARPNESS, GAP, CORNER = 375, 790, 2, 32, 28
TYPED = {"email": "ann@example.org", "tel": "+32 470 00 00 01", "date": "1990-05-31", "number": "4"}


def main() -> int:
    arguments = parsed()
    try:
        address = arguments.url or json.loads((arguments.data / "demo.json").read_text())["campaigns"][0]["url"]
    except FileNotFoundError:
        print(f"There is no {arguments.data / 'demo.json'}: start the demo with `make run` first.", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        pictures = [*photographed(browser, address, "light"), photographed(browser, address, "dark")[1]]
        browser.close()
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    side_by_side(pictures).save(arguments.to, optimize=True)
    print(f"Written: {arguments.to}")
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the README's picture of a coupon from a running demo.")
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="the demo's data folder (var)")
    parser.add_argument("--url", help="the public address of a coupon, instead of the demo's first one")
    parser.add_argument(
        "--to", type=Path, default=ROOT / "docs" / "images" / "consumer.png", help="where the picture goes"
    )
    return parser.parse_args()


def photographed(browser: Browser, address: str, scheme: str) -> list[Image.Image]:
    """The offer and, once claimed, the coupon."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=SHARPNESS,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = context.new_page()
    page.goto(address)
    offer = shot(page)
    if page.locator("form").count():
        fill_in(page)
        with page.expect_navigation():
            page.locator("form button").last.click()
    ticket = shot(page)
    context.close()
    return [offer, ticket]


def fill_in(page: Page) -> None:
    for field in page.locator("form input.input, form input[type=checkbox][required]").all():
        kind = field.get_attribute("type") or "text"
        if kind == "checkbox":
            field.check()
        else:
            field.fill(TYPED.get(kind, "Ann"))
    for choice in page.locator("form select").all():
        choice.select_option(index=1)


def shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(full_page=False))).convert("RGB")


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """Phones in a row on nothing at all, so that the picture fits a light and a dark README."""
    gap = GAP * SHARPNESS
    whole = Image.new("RGBA", (sum(one.width + gap for one in pictures) - gap, pictures[0].height), (0, 0, 0, 0))
    left = 0
    for one in pictures:
        whole.paste(one, (left, 0), rounded(one.size))
        left += one.width + gap
    return whole


def rounded(size: tuple[int, int]) -> Image.Image:
    """The shape of a phone's screen."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius=CORNER * SHARPNESS, fill=255)
    return mask


if __name__ == "__main__":
    sys.exit(main())
