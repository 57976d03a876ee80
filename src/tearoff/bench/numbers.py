"""Session codes that pgbench can compute: it knows numbers only, and must name another session in every transaction.

A code is 19 digits and two letters: a running part, different for each session, and a fixed tail. (The API wants 21
characters, and the largest number of pgbench has 19; so the statement appends the letters, a thousandth of its cost.) The
sessions are walked through in an order that jumps about, so that neighbours in time are no neighbours in the table or its
indexes, as with real codes.
"""

from dataclasses import dataclass
from math import gcd

DIGITS = 19
LETTERS = "zz"
STRIDE = 514_229


@dataclass(frozen=True)
class Numbers:
    """`size` codes whose running part has `digits` digits; the first `skipped` of all belong to somebody else."""

    size: int
    digits: int = 6
    skipped: int = 0

    def __post_init__(self) -> None:
        assert gcd(STRIDE, self.size) == 1 and self.skipped + self.size <= 8 * 10 ** (self.digits - 1), self

    @property
    def first(self) -> int:
        return int(10 ** (self.digits - 1)) + self.skipped

    @property
    def factor(self) -> int:
        return int(10 ** (DIGITS - self.digits))

    @property
    def tail(self) -> int:
        return 7_283_940_561_827 % self.factor

    def code(self, index: int) -> str:
        """By place in the table."""
        return f"{(self.first + index) * self.factor + self.tail}{LETTERS}"

    def at(self, step: int) -> str:
        """By place in the walk."""
        return self.code(step * STRIDE % self.size)

    def in_pgbench(self, step: str) -> str:
        """The same as `at` without the letters, as an expression of pgbench."""
        return f"({self.first} + ({step}) * {STRIDE} % {self.size}) * {self.factor} + {self.tail}"


class Walk:
    """Sessions are handed out once: a second validation of one would be refused."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.taken = 0

    def steps(self, amount: int) -> int:
        """The first of `amount` steps nobody else gets."""
        start = self.taken
        self.taken += amount
        assert self.taken <= self.numbers.size, f"{self.taken} sessions wanted, {self.numbers.size} are there"
        return start

    def codes(self, amount: int) -> list[str]:
        start = self.steps(amount)
        return [self.numbers.at(step) for step in range(start, start + amount)]
