"""The pages' templates: compiled once per process and kept (architecture.md 1)."""

from functools import cache
from typing import Any

from django.template import engines
from jinja2 import Environment


@cache
def environment() -> Environment:
    """The Jinja2 environment of Django's settings, over the templates of all rooms."""
    found: Environment = engines["jinja2"].env  # type: ignore[attr-defined]  # of Django's backend, not of its base class
    return found


def rendered(template: str, **values: Any) -> str:
    return environment().get_template(template).render(values)
