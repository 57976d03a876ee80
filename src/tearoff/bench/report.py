"""What came out: rows with what is owed beside what was measured, as a table for people and as JSON for programs."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

HEADINGS = ("What", "Measured", "Owed", "Kept")


@dataclass(frozen=True)
class Row:
    """One line of the table. `value` is `measured` as a number, in the unit the text names."""

    key: str
    what: str
    value: float
    measured: str
    owed: str = ""
    is_kept: bool | None = None
    """None: nothing is owed here, the number only explains another."""
    details: dict[str, Any] = field(default_factory=dict)


def row(
    key: str, what: str, value: float, measured: str, *, at_most: float | None = None, owed: str = "", **details: Any
) -> Row:
    """A row whose number may be at most so much."""
    return Row(key, what, value, measured, owed, None if at_most is None else value <= at_most, details)


def table(rows: Sequence[Row]) -> str:
    """In Markdown, with columns that line up for those who read it raw."""
    cells = [HEADINGS, *((line.what, line.measured, line.owed, _kept(line)) for line in rows)]
    widths = [max(len(cell[column]) for cell in cells) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)) + " |" for cell in cells
    ]
    return "\n".join([lines[0], "| " + " | ".join("-" * width for width in widths) + " |", *lines[1:]])


def _kept(line: Row) -> str:
    return {True: "yes", False: "NO", None: ""}[line.is_kept]


def as_json(rows: Sequence[Row], **about: Any) -> dict[str, Any]:
    return about | {"rows": [asdict(line) for line in rows]}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def quartiles(values: Sequence[float]) -> str:
    """From the smallest to the largest, for a reader who wants to know how sure a median is."""
    return f"{min(values):.2f} to {max(values):.2f}"
