"""How many SMS a text is (lesson 43): what operators count is what we charge.

A text of the GSM 7-bit alphabet has 160 places in one SMS and 153 in each part of a longer one; a character of the
extension table takes two. Any other character turns the whole text into UCS-2: 70 places, or 67 in each part. Two
places that belong together (escape and character, the halves of a surrogate pair) are never split between parts.
Source: 3GPP TS 23.038 and 23.040.
"""

from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


class Counted(NamedTuple):
    encoding: str
    """`gsm7` or `ucs2`."""
    places: int
    """Septets or 16-bit units."""
    segments: int


def count(text: str) -> Counted:
    """The SMS a text is sent as; an empty text is one."""
    if all(letter in BASIC or letter in EXTENSION for letter in text):
        return _counted("gsm7", [2 if letter in EXTENSION else 1 for letter in text], 160, 153)
    return _counted("ucs2", [2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67)


def _counted(encoding: str, widths: list[int], alone: int, part: int) -> Counted:
    places = sum(widths)
    if places <= alone:
        return Counted(encoding, places, 1)
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return Counted(encoding, places, segments)
