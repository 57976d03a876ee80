"""Walking through long lists, page by page, one by one. A page is asked for when the one before it is used up."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

PAGE = 1_000
"""So many at once, where the caller may choose."""


def full_pages(ask: Callable[[int], Sequence[T]], size: int) -> Iterator[T]:
    """Until a page is not full."""
    number = 1
    while page := ask(number):
        yield from page
        if len(page) < size:
            return
        number += 1


def some_pages(ask: Callable[[int], Sequence[T]]) -> Iterator[T]:
    """Until a page is empty: the size of a page is the server's."""
    number = 1
    while page := ask(number):
        yield from page
        number += 1


def counted_pages(ask: Callable[[int], tuple[Sequence[T], int]]) -> Iterator[T]:
    """As many as the answer says there are, by its latest word."""
    number, last = 1, 1
    while number <= last:
        page, last = ask(number)
        yield from page
        number += 1


def after_each_other(ask: Callable[[int | None], Sequence[T]], key: Callable[[T], int], size: int) -> Iterator[T]:
    """Each page begins behind the last one's last: what comes or goes meanwhile shifts nothing."""
    after: int | None = None
    while page := ask(after):
        yield from page
        if len(page) < size:
            return
        after = key(page[-1])
