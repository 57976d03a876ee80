"""The public addresses of cards and their holders (contract/loyalty.md)."""

from tearoff.kit.public import public_url


def card_path(card: str) -> str:
    return f"/l/{card}"


def holder_path(card: str, key: str) -> str:
    return f"/l/{card}/{key}"


def card_url(card: str) -> str:
    """Where people join: the link to give out."""
    return public_url(card_path(card))


def holder_url(card: str, key: str) -> str:
    """One holder's own link: whoever has it has the card. Its last part begins with the code the staff type."""
    return public_url(holder_path(card, key))
