"""A QR code as one SVG path: black on white, with its quiet zone, small enough to stand inside a page."""

from typing import Literal

import msgspec
import segno

#: modules of white around the code that a reader needs (ISO/IEC 18004)
QUIET = 4


class Drawing(msgspec.Struct, frozen=True):
    """A QR code to be drawn in a square of `side` units, quiet zone included.

    `path` is a row of horizontal strokes, one unit thick: `<path d=path stroke="#000" fill="none"/>` on a white square.
    """

    path: str
    side: int

    @property
    def view_box(self) -> str:
        return f"0 0 {self.side} {self.side}"


def drawn(text: str, *, error: Literal["L", "M", "Q", "H"] = "M") -> Drawing:
    """The QR code of a text, in the smallest version that holds it.

    Level M survives a cracked screen; a reader at a till gains more from larger modules than from more correction, so
    the level is not raised where it would cost nothing. Raises ValueError when the text is
    longer than a QR code can hold.
    """
    code = segno.make_qr(text, error=error, boost_error=False)
    rows = list(code.matrix_iter(border=QUIET))
    return Drawing(path="".join(_strokes(rows)), side=len(rows))


def _strokes(rows: list) -> list[str]:
    """Each run of dark modules as one stroke; every row starts anew, so that no rounding error can add up."""
    return [f"M{start} {y}.5h{length}" for y, row in enumerate(rows) for start, length in _runs(row)]


def _runs(row: bytes) -> list[tuple[int, int]]:
    runs, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append((start, x - start))
            start = None
    return runs
