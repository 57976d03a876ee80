"""From one brand colour to everything a page needs.

A merchant gives any colour; `stylesheet` answers the custom properties that make it readable everywhere, in light and
dark. The promises (look.md, section 4), proved on 20,000 random colours by the tests:

    text on the brand, on a button, on a pressed button    4.5:1
    brand text on page, card and tint                      4.5:1
    edge of a button against page and card                 3:1
    drawings on the brand, where they are not white        3:1

Colours are six-digit lower-case hex ("#0e3b2c"); `normal` brings what people type to that form. Shifts happen in OKLCH
(lightness, chroma, hue as people see them: Björn Ottosson, "A perceptual color space for image processing", 2020),
contrast is that of WCAG 2.2.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

Mode = Literal["light", "dark"]
Oklch = tuple[float, float, float]

WHITE, INK, BLACK, CHALK = "#ffffff", "#15171c", "#000000", "#f1f2f4"
#: card and page of tokens.css; a test keeps the two files together
GROUNDS: dict[Mode, tuple[str, str]] = {"light": ("#ffffff", "#f5f5f2"), "dark": ("#1a1c20", "#0e0f11")}
#: below this chroma a brand is black, white or grey
GREY_BELOW = 0.03

TEXT, SHAPE = 4.5, 3.0  # WCAG 1.4.3 and 1.4.11


@lru_cache(maxsize=4096)
def stylesheet(brand: str, within: str = "") -> str:
    """The custom properties of a brand, for a whole page or for what lies within a selector (" .merchant").

    The brand itself stays as given in both modes; what touches the page around it follows the mode.
    """
    light, dark = palette(brand, "light"), palette(brand, "dark")
    both = {"brand": brand, "on-brand": text_on(brand), "brand-art": drawn_on(brand)}
    return (
        f":root{within} {{{declared(both | light)}}}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]){within} {{{declared(dark)}}} }}\n"
        f":root[data-theme=dark]{within} {{{declared(dark)}}}\n"
    )


@lru_cache(maxsize=4096)
def address(brand: str) -> str:
    """The last part of a brand stylesheet's address: the colour and a hash of the sheet it makes.

    The colour makes the address self-sufficient (no look-up serves it), the hash changes when these rules do, so the
    answer may be cached for ever.
    """
    return f"{brand[1:]}-{hashlib.sha256(stylesheet(brand).encode()).hexdigest()[:8]}"


def colour_at(address: str) -> str | None:
    """The colour an address names, None if it names none. An outdated hash is welcome: the sheet is today's."""
    found = re.fullmatch(r"([0-9a-f]{6})-[0-9a-f]{8}", address)
    return f"#{found[1]}" if found else None


def tones(brands: Sequence[str]) -> str:
    """The colours as given, for pages with parts of many merchants: class `b-0e3b2c` dresses a part in #0e3b2c."""
    return "".join(
        f":root .b-{brand[1:]} {{{declared({'brand': brand, 'on-brand': text_on(brand), 'brand-art': drawn_on(brand)})}}}\n"
        for brand in brands
    )


def tones_address(brands: Iterable[str]) -> str:
    """As `address`, for several colours: each once, in an order that does not depend on the page's."""
    wanted = sorted(set(brands))
    digits = ".".join(brand[1:] for brand in wanted)
    return f"{digits}-{hashlib.sha256(tones(wanted).encode()).hexdigest()[:8]}"


def tones_at(address: str) -> list[str] | None:
    """The colours that address names, None if it names none."""
    found = re.fullmatch(r"([0-9a-f]{6}(?:\.[0-9a-f]{6}){0,63})-[0-9a-f]{8}", address)
    return [f"#{digits}" for digits in found[1].split(".")] if found else None


def normal(typed: str) -> str | None:
    """What a person typed ("0E3B2C", "#abc", " #0e3b2c ") as "#rrggbb"; None when it is no colour."""
    found = re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})", typed.strip().lower(), re.ASCII)
    if not found:
        return None
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(2 * d for d in digits))


def palette(brand: str, mode: Mode) -> dict[str, str]:
    """What follows the mode: buttons, their edge, links, and the quiet tint."""
    fill = visible_fill(brand, mode)
    tint = quiet_tint(brand, mode)
    return {
        "brand-fill": fill,
        "on-fill": text_on(fill),
        "brand-hover": hovered(fill),
        "brand-edge": moved_until(fill, mode, SHAPE, GROUNDS[mode]),
        "brand-text": readable_text(brand, mode, tint),
        "brand-tint": tint,
    }


def text_on(ground: str) -> str:
    """White when it is readable, else our ink, else plain black; one of them always passes."""
    return next(c for c in (WHITE, INK, BLACK) if contrast(c, ground) >= TEXT)


def drawn_on(brand: str) -> str:
    """For pictures on the brand: white where white reads, else a deeper shade of the brand itself, never plain grey."""
    return WHITE if text_on(brand) == WHITE else moved_until(brand, "light", SHAPE, (brand,))


def visible_fill(brand: str, mode: Mode) -> str:
    """The brand itself wherever possible. Only what would vanish into the page is changed."""
    _, chroma, _ = to_oklch(brand)
    if contrast(brand, GROUNDS[mode][0]) >= SHAPE:
        return brand
    if chroma < GREY_BELOW:
        return INK if mode == "light" else CHALK
    if mode == "dark":
        return moved_until(brand, mode, SHAPE, GROUNDS[mode])
    return brand  # a pale brand on white keeps its colour: its edge makes it stand out


def readable_text(brand: str, mode: Mode, tint: str) -> str:
    """The brand as words: the same hue, darker or lighter. Dark pages ask for more: thin light letters look weaker."""
    _, chroma, _ = to_oklch(brand)
    if mode == "dark" and chroma < GREY_BELOW:
        return CHALK
    return moved_until(brand, mode, 4.6 if mode == "light" else 6.5, (*GROUNDS[mode], tint))


def moved_until(colour: str, mode: Mode, wanted: float, grounds: tuple[str, ...]) -> str:
    """Darker (light mode) or lighter (dark mode) until it stands out from every ground."""
    start, chroma, hue = to_oklch(colour)
    lightness = start
    while min(contrast(colour, g) for g in grounds) < wanted:
        lightness += -0.01 if mode == "light" else 0.01
        colour = from_oklch(lightness, livelier(chroma, lightness - start), warmer(hue, start - lightness))
    return colour


def livelier(chroma: float, lighter_by: float) -> float:
    """A deep colour that is lifted for a dark page would turn dull: let it gain some colour on the way."""
    if lighter_by <= 0 or chroma < GREY_BELOW:
        return chroma
    return max(chroma, min(chroma * (1 + 2.5 * lighter_by), 0.12))


def warmer(hue: float, darker_by: float) -> float:
    """Yellow that is darkened turns olive: lead it to amber instead."""
    degrees = math.degrees(hue) % 360
    if darker_by <= 0 or not 72 < degrees < 118:
        return hue
    return math.radians(degrees - min(1.0, darker_by / 0.3) * (degrees - 72))


def quiet_tint(brand: str, mode: Mode) -> str:
    """A whisper of the hue."""
    _, chroma, hue = to_oklch(brand)
    if mode == "light":
        return from_oklch(0.965, min(chroma / 3, 0.022), hue)
    return from_oklch(0.28, min(chroma / 2, 0.035), hue)


def hovered(fill: str) -> str:
    """A step darker or lighter, the first that leaves the words on the button readable; else no step at all."""
    lightness, chroma, hue = to_oklch(fill)
    ways = (-0.05, 0.06) if lightness > 0.35 else (0.09, 0.05, -0.05)
    options = [from_oklch(lightness + way, chroma, hue) for way in ways]
    return next((c for c in options if contrast(text_on(fill), c) >= TEXT), fill)


def contrast(a: str, b: str) -> float:
    """WCAG contrast, 1 (same) to 21 (black on white)."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """WCAG relative luminance, 0 to 1."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue as amounts of light, 0 to 1."""
    return _LIGHT[int(colour[1:3], 16)], _LIGHT[int(colour[3:5], 16)], _LIGHT[int(colour[5:7], 16)]


def _light(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


_LIGHT = tuple(_light(value / 255) for value in range(256))


def to_oklch(colour: str) -> Oklch:
    """Lightness (0 to 1), chroma (0 to about 0.32) and hue (radians) of a colour."""
    r, g, b = linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(green_red, blue_yellow), math.atan2(blue_yellow, green_red)


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour a screen can show: chroma shrinks until red, green and blue fit."""
    lightness = min(max(lightness, 0.0), 1.0)
    while True:
        rgb = _light_of(lightness, chroma, hue)
        if chroma < 0.001 or all(-0.0005 <= part <= 1.0005 for part in rgb):
            return "#" + "".join(f"{round(255 * encoded(part)):02x}" for part in rgb)
        chroma -= 0.002


def _light_of(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def encoded(part: float) -> float:
    """An amount of light as a screen's value, both 0 to 1."""
    part = min(max(part, 0.0), 1.0)
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def declared(values: dict[str, str]) -> str:
    """Custom properties as a stylesheet writes them."""
    return "".join(f" --{name}: {value};" for name, value in values.items()) + " "
