"""What a browser may see of the API: the document, and the reference with a page for each group. No keys are needed."""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from django.template import engines

from tearoff.api import document, errors, groups, loyalty_refusals, reference
from tearoff.kit.public import public_url

Page = Callable[[], tuple[str, bytes]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""For the reference: our style sheets, script and icon; the script speaks to this server alone."""


@cache
def front() -> tuple[str, bytes]:
    """How the API is spoken, and the list of all calls."""
    return _rendered("front", current=None, meanings=_meanings(), common=reference.common_errors(), reasons=_reasons())


@cache
def group_page(slug: str) -> tuple[str, bytes]:
    """One group of calls."""
    return _rendered("group", current=next(group for group in reference.shown() if group.slug == slug))


def _rendered(name: str, **context: Any) -> tuple[str, bytes]:
    template: Any = engines["jinja2"].get_template(f"api/{name}.html")
    known = {"groups": reference.shown(), "base": public_url("")}
    return "text/html; charset=utf-8", template.render(known | context).encode()


def _reasons() -> dict[str, str]:
    """Why what is asked well is refused: the sentence of each word, with what differs from case to case left out."""
    both = loyalty_refusals.SENTENCES.items(), errors.SENTENCES.items()
    found = {refusal.value: text.replace("{since}", "") for sentences in both for refusal, text in sentences}
    found["not_allowed"] = errors.MAY_NOT
    return {word: re.sub(r"\{\w+\}", "…", text) for word, text in found.items()}


def _meanings() -> list[tuple[int, int, str, str]]:
    """Every number: with its HTTP status, meaning and word."""
    return [
        (code, document.HTTP.get(code, 422), meaning, fault.reason)
        for code, (meaning, fault) in sorted(document.MEANINGS.items())
    ]


def openapi() -> tuple[str, bytes]:
    return "application/json", document.written()


def _group_pages() -> dict[str, Page]:
    names = groups.grouped(document.all_rows())
    return {f"/api/docs/{groups.slug(name)}": partial(group_page, groups.slug(name)) for name in names}


PAGES: dict[str, Page] = {"/api": front, "/api/docs": front, "/api/openapi.json": openapi, **_group_pages()}
"""By path; a new group of calls has its page at once."""
