"""Texts that merchants write with HTML in them: kept to a short list of harmless tags when they go out (lesson 51).

Cleaned on output, not on input: what is stored stays what was written, and a stricter rule reaches old texts too.
"""

import re
from functools import lru_cache

import nh3
from markupsafe import Markup, escape

TAGS = {"p", "br", "b", "strong", "i", "em", "u", "s", "small", "ul", "ol", "li", "h3", "h4", "a", "blockquote"}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"http", "https", "mailto", "tel"}

_LOOKS_LIKE_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-z]+;|&#\d+;")
_HAS_BLOCKS = re.compile(r"<(p|br|ul|ol|li|h[1-6]|blockquote|div|table)\b", re.I)


@lru_cache(maxsize=512)
def shown(text: str) -> Markup:
    """A merchant's text as a page may hold it: no scripts, styles, pictures, frames or forms; links to web, mail and phone only.

    Lines of a text without blocks of its own stay lines.
    """
    clean = _cleaned if _LOOKS_LIKE_HTML.search(text) else escape
    if clean is _cleaned and _HAS_BLOCKS.search(text):
        return _cleaned(text)
    paragraphs = [part.strip() for part in re.split(r"\r?\n\s*\r?\n", text.strip()) if part.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(map(clean, part.splitlines()))) for part in paragraphs
    )


def _cleaned(text: str) -> Markup:
    return Markup(
        nh3.clean(
            text,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer nofollow",
            strip_comments=True,
        )
    )


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """The same text without any tag, in one line, for what chats and search engines show."""
    spaced = re.sub(r"<(/?(p|br|li|h3|h4|div|ul|ol)\b[^>]*)>", r" <\1>", text, flags=re.I)
    return " ".join(Markup(nh3.clean(spaced, tags=set())).unescape().split())
