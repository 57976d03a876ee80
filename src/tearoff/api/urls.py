"""Addresses that are to be told of what happens: which are refused, and in which words (webhooks.md 6)."""

from tearoff.api import errors
from tearoff.api.errors import Failed, Fault
from tearoff.webhooks import endpoints

URL_SENTENCES = {
    "bad_url": "Invalid format in parameter: {name}. Required format: https://example.org/path",
    "private_address": "This url leads to an address that is not public.",
    "not_encrypted": "This server sends notifications to https addresses only.",
}


def refuse_bad_url(name: str, url: str | None) -> None:
    """Asks the resolver, for which no transaction may wait. `name` is the parameter it came in; without a url all is well.

    Raises:
        Failed: 300; no notification may ever go there.
    """
    if url is None:
        return
    try:
        endpoints.refuse_bad(url)
    except endpoints.BadUrl as bad:
        word = str(bad)
        sentence = URL_SENTENCES.get(word, "This url cannot be reached from here.").format(name=name)
        raise Failed(errors.wrong_parameters([Fault(300, sentence, word, name)])) from None
