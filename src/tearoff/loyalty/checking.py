"""Whether a card's settings make sense together, in the sentences and by the rules of `campaigns.checking`."""

from collections.abc import Iterator
from typing import Any

from tearoff.campaigns.checking import LONGEST_CLOCK, Problem, shared_problems
from tearoff.loyalty.granting import MOST
from tearoff.loyalty.models import Card

TAKEN = "key"
"""What the page itself calls its form, by which a second press of it is found."""

LONGEST_VALID = LONGEST_CLOCK["days"]
WITH_ROUNDS = (Card.Kind.STAMP, Card.Kind.POINTS)


def problems(card: Card) -> list[Problem]:
    """Everything wrong with the card (it need not be saved), in the order of a form."""
    return [*shared_problems(card), *_limits(card), *_names(card)]


def goal_problem(kind: str, goal: int | None) -> str:
    """The table's own rules, in a sentence; "" when the goal is fine."""
    if kind == Card.Kind.STAMP and goal is None:
        return "A stamp card has a number of stamps that fill it."
    if kind not in WITH_ROUNDS and goal is not None:
        return "Only stamp and points cards have a goal."
    return "" if goal is None or 1 <= goal <= MOST else f"Write a number from 1 to {MOST}."


def points_problem(card: Card | None, points: int) -> str:
    """Of a reward: its threshold or price."""
    if points < 1:
        return "At least one."
    if card is not None and card.goal is not None and points > card.goal:
        return f"Nobody would get it: a round is full at {card.goal}."
    return ""


def _limits(card: Card) -> Iterator[Problem]:
    if sentence := goal_problem(card.kind, card.goal):
        yield Problem("goal", sentence)
    for name in ("max_per_grant", "max_per_day"):
        if getattr(card, name) == 0:
            yield Problem(name, "With none at all nobody could collect; nothing means no limit.")
    if card.minutes_between > LONGEST_CLOCK["minutes"]:
        yield Problem("minutes_between", f"Write minutes, at most {LONGEST_CLOCK['minutes']}.")


def _names(card: Card) -> Iterator[Problem]:
    for setting in ("form", "consents"):
        rows: Any = getattr(card, setting)
        if isinstance(rows, list) and any(isinstance(row, dict) and row.get("name") == TAKEN for row in rows):
            yield Problem(setting, f"{TAKEN!r} is a name that the page needs itself; choose another.")
