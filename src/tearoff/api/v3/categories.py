"""Categories of an account (contract/directories.md, D6)."""

import msgspec

from tearoff.api.calls import Request, call
from tearoff.api.fields import Parameters
from tearoff.api.v3.blocks import Answer
from tearoff.campaigns.models import Category


class NoParameters(Parameters):
    pass


class CategoryBlock(msgspec.Struct):
    """A category; `main` is the one above it. (inferred)"""

    ID: str
    name: str
    main: str


class MainCategoryBlock(msgspec.Struct):
    """(inferred)"""

    ID: str
    name: str


class CategoryList(Answer, kw_only=True):
    """(inferred)"""

    amount_of_categories: int
    category: list[CategoryBlock]


class MainCategoryList(Answer, kw_only=True):
    """(inferred)"""

    amount_of_categories: int
    category: list[MainCategoryBlock]


@call("/v3/category/list", params=NoParameters, answer=CategoryList, errors=set(), access=None, reads=True)
def list_categories(request: Request, params: NoParameters) -> bytes:
    """All categories of the account, of every level."""
    found = Category.objects.filter(account_id=request.account).order_by("id")
    blocks = [
        CategoryBlock(f"cat_{one.pk}", one.name, f"cat_{one.parent_id}" if one.parent_id else "") for one in found
    ]
    return msgspec.json.encode(CategoryList(amount_of_categories=len(blocks), category=blocks))


@call("/v3/category/main/list", params=NoParameters, answer=MainCategoryList, errors=set(), access=None, reads=True)
def list_main_categories(request: Request, params: NoParameters) -> bytes:
    """The top level of categories, for accounts that have three levels; empty for others."""
    of_account = Category.objects.filter(account_id=request.account)
    found = of_account.filter(level=1).order_by("id") if of_account.filter(level=3).exists() else of_account.none()
    blocks = [MainCategoryBlock(f"cat_{one.pk}", one.name) for one in found]
    return msgspec.json.encode(MainCategoryList(amount_of_categories=len(blocks), category=blocks))
