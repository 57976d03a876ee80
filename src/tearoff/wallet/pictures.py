"""The pictures inside Apple's pass files: the merchant's logo, or a letter on the merchant's colour."""

import io
import unicodedata
from functools import lru_cache

from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont

from tearoff.kit import colours

ICON = 29
LOGO = (160, 50)
"""In points: an icon's side, and the most that a logo may measure; each is drawn once, twice and for icons three times as
large (Apple's Human Interface Guidelines, Wallet)."""


@lru_cache(maxsize=256)
def pictures(logo: str, company: str, colour: str) -> dict[str, bytes]:
    """The files by their names in the pass, as PNG. Kept per process: a logo's name changes with its picture."""
    drawn = _logo(logo)
    found = {}
    for times in (1, 2, 3):
        suffix = "" if times == 1 else f"@{times}x"
        found[f"icon{suffix}.png"] = _png(_icon(drawn, company, colour, ICON * times))
        if drawn and times < 3:
            found[f"logo{suffix}.png"] = _png(_within(drawn, LOGO[0] * times, LOGO[1] * times))
    return found


def _logo(name: str) -> Image.Image | None:
    """None also where the file is gone: a pass without its logo is better than none."""
    if not name or not default_storage.exists(name):
        return None
    with default_storage.open(name) as file:
        return Image.open(io.BytesIO(file.read())).convert("RGBA")


def _icon(logo: Image.Image | None, company: str, colour: str, side: int) -> Image.Image:
    icon = Image.new("RGBA", (side, side), colour)
    if logo:
        icon = Image.new("RGBA", (side, side), "#ffffff")
        small = _within(logo, side * 9 // 10, side * 9 // 10)
        icon.alpha_composite(small, ((side - small.width) // 2, (side - small.height) // 2))
        return icon
    pen, ink = ImageDraw.Draw(icon), colours.text_on(colour)
    letter = _letter(company)
    if letter:
        pen.text((side / 2, side / 2), letter, fill=ink, font=ImageFont.load_default(side * 0.6), anchor="mm")
    else:
        pen.circle((side / 2, side / 2), side / 4, fill=ink)
    return icon


def _letter(company: str) -> str:
    """The first letter that Pillow's own font can draw, without its accents; "" where there is none."""
    plain = unicodedata.normalize("NFKD", company)
    return next((one for one in plain if one.isascii() and one.isalnum()), "").upper()


def _within(picture: Image.Image, width: int, height: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail((width, height))
    return small


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
