"""What a browser may see of the API: the document, and a page that lists the calls. No keys are needed."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.template import engines

from tearoff.api import document, v4
from tearoff.api.v3 import TABLE

Page = Callable[[], tuple[str, bytes]]

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
"""For the page: our style sheets and icon, nothing else."""


@cache
def listing() -> tuple[str, bytes]:
    """The page of all calls, from the table."""
    template: Any = engines["jinja2"].get_template("api/calls.html")
    nouns: dict[str, list[Any]] = {}
    for row in (*TABLE.values(), *v4.TABLE.values()):
        nouns.setdefault(row.path.split("/")[2], []).append(row)
    return "text/html; charset=utf-8", template.render({"nouns": nouns, "describe": document.description}).encode()


def openapi() -> tuple[str, bytes]:
    return "application/json", document.written()


PAGES: dict[str, Page] = {
    "/api": listing,
    "/api/docs": listing,
    "/api/openapi.json": openapi,
}
