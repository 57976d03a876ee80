"""The Jinja2 environment of the consumer's and the staff's pages. Django's settings name `environment`.

Everything is escaped, and a name a template does not know is an error, not a blank on somebody's phone.
"""

import math
from functools import cache
from typing import Any

from django.templatetags import static as django_static
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tearoff.pages.shown import Moment
from tearoff.pages.words import words_for

STROKES = 32


def environment(**options: Any) -> Environment:
    """Made once per process; `options` are Django's (the loader over the folders `jinja2` of all rooms)."""
    made = Environment(
        **{**options, "autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    )
    made.globals.update(static=static, words=words_for())
    made.filters.update(bold=bold, breakable=breakable, spelled=spelled, said=said, strokes=strokes, tongue=tongue)
    return made


@cache
def static(path: str) -> str:
    """The address of a static file, with its hash where the configured storage adds one."""
    return str(django_static.static(path))


def bold(text: object) -> Markup:
    """For the part of a sentence the eye should find."""
    return Markup("<b>{}</b>").format(text)


def breakable(address: str) -> Markup:
    """An address that breaks behind its server's name where the line is too short for it, not within a code."""
    server, slash, rest = address.partition("/")
    return Markup("{}{}<wbr>{}").format(server, slash, rest)


def said(moment: Moment) -> Markup:
    """A moment as people say it, with the exact instant for machines."""
    return Markup('<time datetime="{}">{}</time>').format(moment.iso, moment.text)


def tongue(told: Any) -> Markup:
    """The attribute that says in which language a merchant wrote, for voices and for the breaking of long words."""
    return Markup(' lang="{}"').format(told.language) if told.language else Markup()


def spelled(code: str) -> str:
    """Letter by letter, so that a screen reader does not try to pronounce it."""
    return " ".join(code)


def strokes(share_left: float) -> tuple[str, str]:
    """The row of 32 strokes under a countdown, as two SVG paths: time gone, and time to go at the end of the row.

    The last stroke stays until the very end; consumer.js draws the same row while the digits run.
    """
    to_go = min(STROKES, max(0, math.ceil(share_left * STROKES)))
    drawn = [f"M{10 * n + 5} 1.5v7" for n in range(STROKES)]
    return "".join(drawn[: STROKES - to_go]), "".join(drawn[STROKES - to_go :])
