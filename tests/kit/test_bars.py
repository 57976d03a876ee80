"""Bar codes: whatever a till may be asked to read, a reader reads it from our drawing (product.md section 6, row 33)."""

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tearoff.kit import bars

WIDE = 3


def read(drawing: bars.Bars) -> list[str]:
    """What a camera makes of the strokes."""
    image = Image.new("L", (drawing.side * WIDE, drawing.height * WIDE), 255)
    pen = ImageDraw.Draw(image)
    for stroke in drawing.path.split("M")[1:]:
        left = int(stroke.partition(".")[0]) * WIDE
        pen.rectangle([left, 0, left + WIDE - 1, image.height], fill=0)
    return [found.text for found in zxingcpp.read_barcodes(image)]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30))
def test_code_128_holds_any_printable_ascii(text: str) -> None:
    drawing = bars.drawn(text, "code128")

    assert drawing and read(drawing) == [text]


@given(st.text("0123456789-A", min_size=1, max_size=30))
def test_code_128_switches_between_pairs_of_digits_and_letters(text: str) -> None:
    drawing = bars.drawn(text, "code128")

    assert drawing and read(drawing) == [text]


def test_pairs_of_digits_make_a_shorter_code() -> None:
    digits, letters = bars.drawn("12345678", "code128"), bars.drawn("ABCDEFGH", "code128")

    assert digits and letters and digits.side < letters.side


@given(st.integers(0, 10**12 - 1))
def test_ean_13_and_upc_a_are_read_with_their_check_digit(number: int) -> None:
    text = f"{number:012}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text)) % 10
    ean = bars.drawn(f"{text}{check}", "ean13")
    assert ean and read(ean) == [f"{text}{check}"]
    if text.startswith("0"):
        upc = bars.drawn(f"{text[1:]}{check}", "upca")
        assert upc and upc.path == ean.path


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", "code128"),
        ("ä", "code128"),
        ("a\n", "code128"),
        ("123", "ean13"),
        ("123456789012x", "ean13"),
        ("٣" * 13, "ean13"),
    ],
)
def test_what_a_code_cannot_hold_has_no_drawing(text: str, shape: str) -> None:
    assert bars.drawn(text, shape) is None


@pytest.mark.parametrize(("text", "shape"), [("A-1", "code128"), ("4006381333931", "ean13"), ("036000291452", "upca")])
def test_the_quiet_zone_is_kept_on_both_sides(text: str, shape: str) -> None:
    drawing = bars.drawn(text, shape)
    assert drawing
    places = [int(stroke.partition(".")[0]) for stroke in drawing.path.split("M")[1:]]

    assert min(places) == bars.QUIET[shape] and drawing.side - 1 - max(places) == bars.QUIET[shape]
    assert drawing.view_box == f"0 0 {drawing.side} {bars.HEIGHT}"
