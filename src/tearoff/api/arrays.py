"""Long JSON arrays, made while they are sent."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

T = TypeVar("T")


def at_most(pieces: Iterable[list[T]], amount: int) -> Iterator[list[T]]:
    """So many rows, as an answer that is being sent has told already: who is added meanwhile comes in the next one."""
    for piece in pieces:
        yield piece[:amount]
        amount -= len(piece)
        if amount <= 0:
            return


def array(pieces: Iterable[Iterable[T]], shown: Callable[[T], msgspec.Struct]) -> Iterator[bytes]:
    """The rows of all pieces in one array, piece by piece, each as `shown` shows it."""
    yield b"["
    is_first = True
    for piece in pieces:
        body = msgspec.json.encode([shown(row) for row in piece])[1:-1]
        yield body if is_first or not body else b"," + body
        is_first = is_first and not body
    yield b"]"
