"""A catalogue of fixed texts: each has a name, a language may have its own, and whoever owns a page may reword some.

    words = Catalogue({"left": "{left} left of {of}", "tries": Counted("n", one="One try", other="{n} tries")})
    words("left", left=38, of=200)               Markup for a template: text and values escaped
    words.say("left", left=38, of=200)           plain text for everything else
    words.reworded({"left": "Only {left}!"})     the same catalogue with the owner's words

Placeholders are filled by this file and not by `str.format`: an owner's text is a stranger's text, and
`{left.__class__}` must stay what it is, letters.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec
from markupsafe import Markup, escape

_PLACE = re.compile(r"\{([a-z_]+)\}")


class Counted(msgspec.Struct, frozen=True):
    """A text that follows a number: `by` names the value that is counted, the other members are the plural forms.

    Forms are those of Unicode (CLDR): zero, one, two, few, many, other. English has two of them.
    """

    by: str
    other: str
    zero: str = ""
    one: str = ""
    two: str = ""
    few: str = ""
    many: str = ""

    def form(self, name: str) -> str:
        return str(getattr(self, name)) or self.other


Text = str | Counted


def english(number: int) -> str:
    """Which plural form a number takes."""
    return "one" if number == 1 else "other"


class Catalogue:
    """The texts of one language, perhaps partly reworded. Asking for a name it does not have is a bug: KeyError."""

    def __init__(
        self,
        texts: Mapping[str, Text],
        *,
        language: str = "en",
        direction: str = "ltr",
        plural: Callable[[int], str] = english,
    ) -> None:
        self.language = language
        self.direction = direction
        self._texts = texts
        self._plural = plural

    def __call__(self, name: str, /, **values: object) -> Markup:
        """The text for a page: escaped, and so are its values, except those that are Markup already."""
        return _filled_markup(self._chosen(name, values), values)

    def say(self, name: str, /, **values: object) -> str:
        """The text as it is, for a title, a value of a model, a mail or a log."""
        return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), self._chosen(name, values))

    def reworded(self, own: Mapping[str, object]) -> "Catalogue":
        """With an owner's texts in place of ours. Unknown names, blanks and what is no text are left out."""
        kept = {
            name: text for name, text in own.items() if name in self._texts and isinstance(text, str) and text.strip()
        }
        if not kept:
            return self
        return Catalogue({**self._texts, **kept}, language=self.language, direction=self.direction, plural=self._plural)

    def with_texts(self, more: Mapping[str, Text]) -> "Catalogue":
        """The same catalogue with further texts beside those it has."""
        return Catalogue({**self._texts, **more}, language=self.language, direction=self.direction, plural=self._plural)

    def names(self) -> list[str]:
        return list(self._texts)

    def _chosen(self, name: str, values: Mapping[str, object]) -> str:
        text = self._texts[name]
        if isinstance(text, str):
            return text
        number = values[text.by]
        return text.form(self._plural(number) if isinstance(number, int) else "other")


def _filled_markup(text: str, values: Mapping[str, object]) -> Markup:
    if not values:
        return _escaped(text)
    return Markup(
        _PLACE.sub(lambda place: str(escape(values[place[1]])) if place[1] in values else place[0], _escaped(text))
    )


@lru_cache(maxsize=2048)
def _escaped(text: str) -> Markup:
    return escape(text)
