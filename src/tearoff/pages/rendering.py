"""From a view model to an answer."""

from tearoff.kit.lane import Answer
from tearoff.kit.templates import rendered
from tearoff.kit.texts import Catalogue
from tearoff.pages import endings
from tearoff.pages.policy import policy
from tearoff.pages.shown import End, Link, Page
from tearoff.pages.words import words_for

GOOGLE = "https://pay.google.com"


def answer(page: Page, words: Catalogue, status: int = 200) -> Answer:
    own = [("Content-Security-Policy", policy(forms_to=GOOGLE))] if page.saves_outside else []
    return Answer(status, rendered(page.template, page=page, words=words), headers=own)


def not_available() -> Answer:
    """The neutral page: unknown, removed, switched off and foreign look the same, byte for byte (product.md 4.2)."""
    words = words_for()
    return answer(endings.not_available(words), words, 404)


def nowhere(status: int = 404) -> Answer:
    """No page at all at this address, or none for this method."""
    return Answer(status, rendered("pages/not_found.html", words=words_for()))


def trouble(status: int, name: str, reference: str = "") -> Answer:
    """A request that is wrong in itself, told by the words of that name (`foreign`, `too_large`, `busy`), or `broken`: our fault."""
    words = words_for()
    if name == "broken":
        return Answer(status, rendered("pages/server_error.html", words=words, reference=reference))
    again = Link(text=words.say("try_again"), url="") if name == "busy" else None
    return answer(
        End(kind="error", headline=words.say(name), said=words.say(f"{name}_said"), action=again), words, status
    )
