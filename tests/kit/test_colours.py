"""Any colour a merchant picks stays readable."""

import random
import re
from pathlib import Path

import pytest

from tearoff.kit import colours
from tearoff.kit.colours import GROUNDS, contrast, palette, stylesheet

EXTREMES = ["#000000", "#ffffff", "#777777", "#ff0000", "#00ff00", "#0000ff", "#ffff00", "#010101", "#fefefe"]
BRANDS = Path(__file__).parent / "brands"
TOKENS = Path(colours.__file__).parents[1] / "pages" / "static" / "look" / "tokens.css"


def random_colours(count: int) -> list[str]:
    rng = random.Random(7)
    return [f"#{rng.randrange(1 << 24):06x}" for _ in range(count)]


def test_every_promise_holds_for_4_000_colours():
    broken = [found for brand in EXTREMES + random_colours(4_000) for found in promises_broken_by(brand)]

    assert broken == []


def promises_broken_by(brand: str) -> list[str]:
    pairs = [
        ("text on the brand", brand, colours.text_on(brand), 4.5),
        ("art on the brand", brand, colours.drawn_on(brand), 3.0),
    ]
    for mode, grounds in GROUNDS.items():
        made = palette(brand, mode)
        pairs += [
            (f"{mode}: text on a button", made["brand-fill"], made["on-fill"], 4.5),
            (f"{mode}: text on a pressed button", made["brand-hover"], made["on-fill"], 4.5),
        ]
        pairs += [(f"{mode}: edge", made["brand-edge"], ground, 3.0) for ground in grounds]
        pairs += [(f"{mode}: brand text", made["brand-text"], ground, 4.5) for ground in (*grounds, made["brand-tint"])]
    return [f"{what} of {brand}: {a} on {b}" for what, a, b, wanted in pairs if contrast(a, b) < wanted]


@pytest.mark.parametrize("example", sorted(BRANDS.glob("*.css")), ids=lambda path: path.stem)
def test_the_examples_of_the_look_come_out_letter_by_letter(example):
    text = example.read_text()
    brand = re.search(r"--brand: (#[0-9a-f]{6});", text)[1]

    assert stylesheet(brand) == text


def test_a_part_of_a_page_can_have_its_own_brand():
    sheet = stylesheet("#0e3b2c", " .merchant")

    assert sheet.count(" .merchant {") == 3
    assert sheet.replace(" .merchant", "") == stylesheet("#0e3b2c")


def test_white_black_and_grey_brands_flip_instead_of_vanishing():
    assert palette("#ffffff", "light")["brand-fill"] == colours.INK
    assert palette("#000000", "dark")["brand-fill"] == colours.CHALK


def test_a_pale_brand_keeps_its_colour_and_gets_an_edge():
    made = palette("#ffe680", "light")

    assert made["brand-fill"] == "#ffe680"
    assert made["brand-edge"] != "#ffe680"


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that just fails


@pytest.mark.parametrize(
    ("typed", "colour"),
    [
        ("#0E3B2C", "#0e3b2c"),
        ("0e3b2c", "#0e3b2c"),
        (" #abc ", "#aabbcc"),
        ("green", None),
        ("#12345", None),
        ("", None),
    ],
)
def test_what_people_type_becomes_a_colour_or_nothing(typed, colour):
    assert colours.normal(typed) == colour


@pytest.mark.parametrize("typed", ["#١٢٣", "red;} body{display:none", "#abcdeg", "#fff\n#000"])
def test_nothing_but_a_colour_reaches_a_stylesheet(typed):
    assert colours.normal(typed) is None


def test_an_address_leads_back_to_its_colour():
    assert colours.colour_at(colours.address("#0e3b2c")) == "#0e3b2c"
    assert colours.address("#0e3b2c") != colours.address("#0e3b2d")


@pytest.mark.parametrize(
    "address", ["", "0e3b2c", "0E3B2C-00000000", "../../etc/passwd", "0e3b2c-0000000g", "0e3b2c-00000000\n"]
)
def test_an_invented_address_leads_nowhere(address):
    assert colours.colour_at(address) is None


def test_one_sheet_dresses_parts_of_many_merchants():
    wanted = [*EXTREMES, EXTREMES[0]]
    address = colours.tones_address(wanted)
    sheet = colours.tones(colours.tones_at(address))

    assert colours.tones_at(address) == sorted(set(wanted)) and address == colours.tones_address(reversed(wanted))
    for brand in EXTREMES:
        [made] = re.findall(rf"^:root \.b-{brand[1:]} {{(.*)}}$", sheet, re.M)
        assert f"--on-brand: {colours.text_on(brand)}" in made and f"--brand-art: {colours.drawn_on(brand)}" in made
    for invented in (
        "",
        "zzzzzz-00000000",
        "0e3b2c",
        "0e3b2c.-00000000",
        "0e3b2c}x{-00000000",
        ".".join(["0e3b2c"] * 65) + "-00000000",
    ):
        assert colours.tones_at(invented) is None


def test_the_grounds_are_those_of_the_pages():
    text = TOKENS.read_text()
    light, dark = text.split("prefers-color-scheme: dark", 1)

    for mode, part in (("light", light), ("dark", dark)):
        surface, canvas = (re.search(rf"--{name}: (#[0-9a-f]{{6}});", part)[1] for name in ("surface", "canvas"))
        assert (surface, canvas) == GROUNDS[mode]
