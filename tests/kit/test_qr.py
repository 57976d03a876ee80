"""What is drawn can be read again."""

import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tearoff.kit import qr

SCAN = "https://coupons.example.org/s/h7k2mq/k7m2qx9a4tce8hvw3z6bp"
SCALE = 4


@pytest.mark.parametrize("text", [SCAN, "HB-2026-000187", "Größe 38, naïve café", "x" * 500])
def test_a_reader_finds_exactly_the_text(text):
    found = zxingcpp.read_barcodes(picture(qr.drawn(text)))

    assert [one.text for one in found] == [text]


def picture(drawing: qr.Drawing) -> Image.Image:
    """As a screen shows it: black strokes on a white square."""
    image = Image.new("L", (drawing.side * SCALE, drawing.side * SCALE), 255)
    pen = ImageDraw.Draw(image)
    for x, y, length in strokes(drawing):
        pen.rectangle([x * SCALE, y * SCALE, (x + length) * SCALE - 1, (y + 1) * SCALE - 1], fill=0)
    return image


def strokes(drawing: qr.Drawing) -> list[tuple[int, int, int]]:
    found = re.findall(r"M(\d+) (\d+)\.5h(\d+)", drawing.path)
    assert "".join(f"M{x} {y}.5h{length}" for x, y, length in found) == drawing.path
    return [(int(x), int(y), int(length)) for x, y, length in found]


def test_four_modules_of_white_stand_around_it():
    drawing = qr.drawn(SCAN)
    runs = strokes(drawing)

    assert min(x for x, _, _ in runs) == min(y for _, y, _ in runs) == 4
    assert max(x + length for x, _, length in runs) == max(y + 1 for _, y, _ in runs) == drawing.side - 4


def test_a_scan_address_stays_light_and_its_modules_large():
    drawing = qr.drawn(SCAN)

    assert drawing.side <= 45
    assert len(drawing.path) < 6_000


def test_a_text_no_code_can_hold_is_refused():
    with pytest.raises(ValueError):
        qr.drawn("x" * 5_000)
