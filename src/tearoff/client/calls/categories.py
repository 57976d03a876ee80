"""Calls of `client.categories`.

Written by scripts/client.py from the table of calls.
"""

import msgspec

from tearoff.client.connection import Connection


class CategoryBlock(msgspec.Struct, frozen=True):
    """A category; `main` is the one above it."""

    ID: str
    name: str
    main: str


class CategoryList(msgspec.Struct, frozen=True):
    amount_of_categories: int
    category: tuple[CategoryBlock, ...]


class MainCategoryBlock(msgspec.Struct, frozen=True):
    ID: str
    name: str


class MainCategoryList(msgspec.Struct, frozen=True):
    amount_of_categories: int
    category: tuple[MainCategoryBlock, ...]


class CategoriesCalls:
    """Calls of `client.categories`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> CategoryList:
        """All categories of the account, of every level."""
        return self._connection.read("/v3/category/list", CategoryList, {})

    def main(self) -> MainCategoryList:
        """The top level of categories, for accounts that have three levels; empty for others."""
        return self._connection.read("/v3/category/main/list", MainCategoryList, {})
