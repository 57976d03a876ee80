"""From a view model to an answer. The templates are compiled once per process and kept."""

from functools import cache
from typing import Any

from django.template import engines
from jinja2 import Environment

from tearoff.kit.lane import Answer
from tearoff.kit.texts import Catalogue
from tearoff.pages import endings
from tearoff.pages.shown import End, Page
from tearoff.pages.words import words_for


@cache
def environment() -> Environment:
    found: Environment = engines["jinja2"].env  # type: ignore[attr-defined]  # of Django's backend, not of its base class
    return found


def answer(page: Page, words: Catalogue, status: int = 200) -> Answer:
    return Answer(status, environment().get_template(page.template).render(page=page, words=words))


def text(template: str, **values: Any) -> str:
    return environment().get_template(template).render(words=words_for(), **values)


def not_available() -> Answer:
    """The neutral page: unknown, removed, switched off and foreign look the same, byte for byte (product.md 4.2)."""
    words = words_for()
    return answer(endings.not_available(words), words, 404)


def nowhere(status: int = 404) -> Answer:
    """No page at all at this address, or none for this method."""
    return Answer(status, text("pages/not_found.html"))


def refused(status: int, name: str) -> Answer:
    """A request that is wrong in itself; `name` is that of its words (`foreign`, `too_large`, `busy`)."""
    words = words_for()
    return answer(End(kind="error", headline=words.say(name), said=words.say(f"{name}_said")), words, status)


def broken(status: int, reference: str) -> Answer:
    """Our own fault; the reference is that of the log."""
    return Answer(status, text("pages/server_error.html", reference=reference))
