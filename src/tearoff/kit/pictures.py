"""Pictures people upload, made harmless: decoded, and written anew without anything but their pixels (lesson 51).

What cannot be decoded as one of four raster formats is refused, SVG among it: it is a document that runs.
"""

import io
import secrets
import warnings
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""A phone's best camera; a small file that unpacks to more is a bomb."""

LONGEST_SIDE = 1600
"""Twice what the widest page of ours shows."""


class BadPicture(Exception):
    """It is refused; `reason` is a sentence for the person who uploaded it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reencoded(upload: IO[bytes]) -> ContentFile:
    """The picture as a new file under a drawn name: upright, at most 1600 pixels wide or high, no metadata.

    PNG where something shines through, else JPEG: both are understood by every chat that shows a share picture.

    Raises:
        BadPicture: too large, damaged, or no PNG, JPEG, WebP or GIF.
    """
    raw = upload.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise BadPicture(f"The picture is larger than {MOST_BYTES // 1024 // 1024} MB.")
    picture = _decoded(raw)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    is_translucent = _is_translucent(picture)
    picture = _in_common_colours(picture.convert("RGBA" if is_translucent else "RGB"))
    picture.info.clear()  # comments and the like would be written along
    out = io.BytesIO()
    if is_translucent:
        picture.save(out, "PNG", optimize=True)
        ending = "png"
    else:
        picture.save(out, "JPEG", quality=86, optimize=True, progressive=True)
        ending = "jpg"
    return ContentFile(out.getvalue(), name=f"{secrets.token_hex(16)}.{ending}")


def _decoded(raw: bytes) -> Image.Image:
    """The first frame, upright, all pixels read: a file that is cut off fails here and not on a phone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(raw), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise BadPicture("The picture has too many pixels: 40 million at most.")
            picture.load()
            return ImageOps.exif_transpose(picture)
    except UnidentifiedImageError:
        raise BadPicture("This is no picture in a format that can be shown: use PNG, JPEG, WebP or GIF.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture("The picture has too many pixels: 40 million at most.") from None
    except (OSError, ValueError, SyntaxError, IndexError, TypeError, EOFError) as damaged:
        raise BadPicture("The picture is damaged and cannot be read.") from damaged


def _in_common_colours(picture: Image.Image) -> Image.Image:
    """A phone's wide colours as every screen shows them, since the profile that explains them is left behind."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    try:
        return ImageCms.profileToProfile(picture, io.BytesIO(profile), ImageCms.createProfile("sRGB")) or picture
    except (ImageCms.PyCMSError, OSError):  # a damaged profile: the colours stay as they are
        return picture


def _is_translucent(picture: Image.Image) -> bool:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        lowest, _ = picture.convert("RGBA").getchannel("A").getextrema()
        return float(lowest) < 255  # type: ignore[arg-type]  # one band: two numbers
    return False
