"""Renders every page with sample data, photographs it, and lets axe look for barriers.

    python scripts/gallery.py [--only NAME ...] [--out DIR] [--no-axe] [--widths 320 375 1440]

Needs Chromium at /usr/bin/chromium. The pages are served on 127.0.0.1 under the content policy of the real ones; a
violation of it, a sideways scroll or a finding of axe is printed and makes the exit status 1.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
POLICY = "default-src 'self'; img-src 'self' data:"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8"}
# the pictures of look.md stand in Inter and JetBrains Mono or whatever of them the machine has
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/usr/share/fonts</dir>
<alias binding="same"><family>system-ui</family><prefer><family>Inter</family><family>DejaVu Sans</family></prefer></alias>
<alias binding="same"><family>ui-monospace</family>
<prefer><family>JetBrains Mono</family><family>Liberation Mono</family>
<family>DejaVu Sans Mono</family></prefer></alias>
<cachedir>{cache}</cachedir></fontconfig>"""
PHOTO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 460"><path fill="#c9a27a" d="M0 0h800v460H0z"/>'
    '<path fill="#7d4b2b" d="M0 300 800 180v280H0z"/><circle cx="520" cy="210" r="170" fill="#e8b04b"/>'
    '<circle cx="520" cy="210" r="140" fill="#f6d88a"/><g fill="#b3321f"><circle cx="470" cy="160" r="28"/>'
    '<circle cx="580" cy="190" r="30"/><circle cx="500" cy="270" r="26"/></g></svg>'
)


def main() -> int:
    given = _arguments()
    _set_django_up()
    out = Path(given.out or tempfile.mkdtemp(prefix="tearoff-gallery-"))
    out.mkdir(parents=True, exist_ok=True)
    rendered = {name: html for name, html in render_all().items() if not given.only or name in given.only}
    for name, html in rendered.items():
        (out / f"{name}.html").write_text(html)
    with serving(rendered) as address:
        problems = photograph(address, list(rendered), out, widths=given.widths, axe=not given.no_axe)
    print(*problems, sep="\n")
    print(f"{len(rendered)} pages in {out}, {len(problems)} problems")
    return 1 if problems else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", help="names of pages")
    parser.add_argument("--out", help="where to put pages and pictures; a new temporary folder without it")
    parser.add_argument("--no-axe", action="store_true")
    parser.add_argument("--widths", type=int, nargs="+", default=[320, 375, 1440])
    return parser.parse_args()


def _set_django_up() -> None:
    """Just enough for static files; no database and no key is touched."""
    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["django.contrib.staticfiles", "django_htmx", "tearoff.pages", "tearoff.till"],
            STATIC_URL="/static/",
            STORAGES={"staticfiles": {"BACKEND": "tearoff.config.static.VersionedFiles"}},
        )
        django.setup()


def render_all() -> dict[str, str]:
    """Every sample page as HTML, by name."""
    from jinja2 import FileSystemLoader

    from tearoff.pages.environment import environment
    from tests.pages.samples import samples

    rooms = ROOT / "src" / "tearoff"
    made = environment(loader=FileSystemLoader([rooms / "pages" / "jinja2", rooms / "till" / "jinja2"]))
    return {name: made.get_template(template).render(context) for name, template, context in samples()}


@contextlib.contextmanager
def serving(rendered: dict[str, str]) -> Iterator[str]:
    """The pages at /<name>, with our static files and brand sheets, on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = _answer(urlsplit(self.path).path, rendered)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _answer(path: str, rendered: dict[str, str]) -> tuple[int, str, bytes]:
    from django.contrib.staticfiles import finders

    from tearoff.kit import colours

    room, _, rest = path.lstrip("/").partition("/")
    if room == "static" and (found := finders.find(rest)):
        return 200, TYPES[Path(found).suffix], Path(found).read_bytes()
    if path.startswith("/brand/tones/") and (tones := colours.tones_at(Path(path).stem)):
        return 200, TYPES[".css"], colours.tones(tones).encode()
    if room == "brand" and (colour := colours.colour_at(rest.removesuffix(".css"))):
        return 200, TYPES[".css"], colours.stylesheet(colour).encode()
    if room == "media":
        return 200, TYPES[".svg"], PHOTO.encode()
    if room in rendered:
        return 200, TYPES[".html"], rendered[room].encode()
    return 204, TYPES[".html"], b""  # a page that looks for changes finds none


def photograph(address: str, names: list[str], out: Path, *, widths: list[int], axe: bool) -> list[str]:
    """One picture per page, width and mode; answers what is wrong with them."""
    problems: list[str] = []
    with browser() as chromium:
        for mode in ("light", "dark"):
            for width in widths:
                context = chromium.new_context(
                    viewport={"width": width, "height": 900 if width > 700 else 812},
                    device_scale_factor=1 if width > 700 else 2,
                    color_scheme=mode,
                    reduced_motion="reduce",
                )
                page = context.new_page()
                for name in names:
                    found = look_at(page, f"{address}/{name}", axe=axe)
                    problems += [f"{name} at {width}, {mode}: {one}" for one in found]
                    page.screenshot(path=out / f"{name}-{width}-{mode}.png", full_page=True)
                context.close()
    return problems


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(FONTS.format(cache=folder))
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        )
        try:
            yield chromium
        finally:
            chromium.close()


def look_at(page: Any, url: str, *, axe: bool = True) -> list[str]:
    """Opens a page; answers violations of its policy, sideways scrolling, and what axe finds."""
    said: list[str] = []
    listen = lambda message: said.append(message.text) if message.type in ("error", "warning") else None  # noqa: E731
    page.on("console", listen)
    page.goto(url, wait_until="load")
    page.remove_listener("console", listen)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        said.append(f"scrolls sideways by {wide} px")
    return said + (barriers(page) if axe else [])


def barriers(page: Any) -> list[str]:
    """What axe-core finds by the rules of WCAG 2.0 to 2.2, A and AA, and its best practices."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    sys.exit(main())
