"""Bar codes as one SVG path, for tills that read a merchant's own codes: Code 128 (ISO/IEC 15417), EAN-13 and UPC-A (ISO/IEC 15420)."""

from tearoff.kit.qr import Drawing

SHAPES = ("code128", "ean13", "upca")
HEIGHT = 36
QUIET = {"code128": 10, "ean13": 11, "upca": 11}
"""Modules of white on either side that a reader needs."""


class Bars(Drawing, frozen=True):
    """Bars to be drawn in a rectangle: each dark module is an upright stroke, one unit thick."""

    height: int = HEIGHT

    @property
    def view_box(self) -> str:
        return f"0 0 {self.side} {self.height}"


def drawn(text: str, shape: str) -> Bars | None:
    """The bars of a text; None when this kind of code cannot hold it."""
    modules = _code128(text) if shape == "code128" else _retail(text, shape)
    if modules is None:
        return None
    quiet = QUIET[shape]
    path = "".join(f"M{quiet + place}.5 0v{HEIGHT}" for place, module in enumerate(modules) if module == "1")
    return Bars(path=path, side=len(modules) + 2 * quiet)


# EAN-13 and UPC-A: seven modules a digit; the first digit of thirteen is in the choice between two left-hand patterns.

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_FIRST = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")


def _retail(text: str, shape: str) -> str | None:
    digits = text if shape == "ean13" else f"0{text}"
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        return None
    left = "".join(
        _LEFT[int(digit)] if side == "L" else _turned(_right(digit))
        for side, digit in zip(_FIRST[int(digits[0])], digits[1:7], strict=True)
    )
    return f"101{left}01010{''.join(map(_right, digits[7:]))}101"


def _right(digit: str) -> str:
    return "".join("0" if module == "1" else "1" for module in _LEFT[int(digit)])


def _turned(modules: str) -> str:
    return modules[::-1]


# Code 128: every symbol is three bars and three spaces, eleven modules; set B holds ASCII, set C pairs of digits.

_WIDTHS = (
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
)  # fmt: skip
_TO_C, _TO_B, _START_B, _START_C, _STOP = 99, 100, 104, 105, 106


def _code128(text: str) -> str | None:
    if not text or not all(32 <= ord(letter) < 127 for letter in text):
        return None
    symbols = _symbols(text)
    check = (symbols[0] + sum(place * symbol for place, symbol in enumerate(symbols))) % 103
    return "".join(map(_modules, [*symbols, check, _STOP]))


def _symbols(text: str) -> list[int]:
    """In set B; runs of four digits and more in set C, which takes two at a time."""
    symbols: list[int] = []
    in_c = False
    while text:
        run = len(text) - len(text.lstrip("0123456789"))
        pairs = run // 2 if run >= 4 or (in_c and run >= 2) else 0
        if pairs and not in_c and run % 2 and symbols:  # the odd digit goes first, still in set B
            symbols.append(ord(text[0]) - 32)
            text = text[1:]
        wants_c = pairs > 0
        if not symbols:
            symbols.append(_START_C if wants_c else _START_B)
        elif wants_c != in_c:
            symbols.append(_TO_C if wants_c else _TO_B)
        in_c = wants_c
        if wants_c:
            symbols += [int(text[at : at + 2]) for at in range(0, 2 * pairs, 2)]
            text = text[2 * pairs :]
        else:
            symbols.append(ord(text[0]) - 32)
            text = text[1:]
    return symbols


def _modules(symbol: int) -> str:
    return "".join(("0" if place % 2 else "1") * int(width) for place, width in enumerate(_WIDTHS[symbol]))
