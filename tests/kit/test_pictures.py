"""Lesson 51: an uploaded picture leaves as pixels and nothing else, and what is no picture is refused with a sentence."""

import io
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from tearoff.kit import pictures
from tearoff.kit.pictures import BadPicture, reencoded

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def picture(
    shape: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", colour: object = 0, **options: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, shape, **options)  # type: ignore[arg-type]
    return out.getvalue()


def opened(raw: bytes) -> tuple[Image.Image, bytes, str]:
    file = reencoded(io.BytesIO(raw))
    body = file.read()
    return Image.open(io.BytesIO(body)), body, str(file.name)


@pytest.mark.parametrize("shape", ["PNG", "JPEG", "WEBP", "GIF"])
def test_four_formats_are_taken_and_written_anew_under_a_drawn_name(shape: str) -> None:
    raw = picture(shape)
    image, body, name = opened(raw)

    assert image.size == (40, 30) and body != raw
    assert image.format == "JPEG" and name.endswith(".jpg") and len(name) == 36


def test_what_shines_through_stays_transparent() -> None:
    image, _, name = opened(picture("PNG", mode="RGBA", colour=(200, 10, 10, 0)))
    solid, _, _ = opened(picture("PNG", mode="RGBA", colour=(200, 10, 10, 255)))

    assert image.format == "PNG" and name.endswith(".png") and image.convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]
    assert solid.format == "JPEG"


def test_nothing_but_pixels_is_kept() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SECRET-MARK <script>")
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MARK"
    for raw in (
        picture("PNG", pnginfo=text),
        picture("JPEG", exif=exif),
        picture("GIF", comment=b"SECRET-MARK"),
        picture() + b"SECRET-MARK",
    ):
        _, body, _ = opened(raw)
        assert b"SECRET-MARK" not in body


def test_a_phones_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the phone was turned
    image, _, _ = opened(picture("JPEG", size=(40, 20), exif=exif))

    assert image.size == (20, 40) and not image.getexif()


def test_wide_colours_are_brought_to_those_every_screen_has() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for raw in (picture("JPEG", icc_profile=profile), picture("PNG", icc_profile=b"no profile")):
        image, _, _ = opened(raw)
        assert "icc_profile" not in image.info and image.size == (40, 30)


def test_a_large_picture_is_made_smaller() -> None:
    image, _, _ = opened(picture("JPEG", size=(4000, 1000)))

    assert image.size == (1600, 400)


def bomb() -> bytes:
    """A few kilobytes that unpack to 400 million pixels."""
    raw = bytearray(picture("PNG", size=(1, 1)))
    header = raw.index(b"IHDR")
    raw[header + 4 : header + 12] = (20_000).to_bytes(4, "big") * 2
    raw[header + 17 : header + 21] = zlib.crc32(bytes(raw[header : header + 17])).to_bytes(4, "big")
    return bytes(raw)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: SVG, "no picture in a format"),
        (lambda: b'<?xml version="1.0"?>' + SVG, "no picture in a format"),
        (lambda: b"", "no picture in a format"),
        (lambda: b"GIF89a<script>alert(1)</script>", "no picture in a format"),
        (lambda: picture("GIF", size=(300, 300))[:-500], "damaged"),
        (lambda: picture("BMP"), "no picture in a format"),
        (lambda: picture("TIFF"), "no picture in a format"),
        (lambda: picture("PNG", size=(300, 300), colour=7)[:-60], "damaged"),
        (lambda: picture("JPEG", size=(300, 300))[:300], "damaged"),
        (bomb, "too many pixels"),
        (lambda: b"x" * (pictures.MOST_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_what_is_no_harmless_picture_is_refused_with_a_sentence(made: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(BadPicture) as refused:
        reencoded(io.BytesIO(made()))

    assert reason in refused.value.reason and refused.value.reason.endswith(".")


def test_a_picture_that_is_a_page_too_is_only_a_picture_afterwards() -> None:
    _, body, _ = opened(picture("JPEG") + b"<html><script>alert(1)</script>")

    assert b"<script>" not in body
