"""The sentences of what a loyalty card refuses: 300 with the refusal's own word, on v3 and v4 (conventions.md 7.1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tearoff.api import errors
from tearoff.api.errors import Failed, Failure
from tearoff.loyalty import cards
from tearoff.loyalty.outcomes import Outcome, Refusal

SENTENCES: dict[Refusal, str] = {
    Refusal.VOIDED: "This user's card is voided.",
    Refusal.INACTIVE: "Loyalty card is not active.",
    Refusal.COLLECTS_NOTHING: "A membership card has no points.",
    Refusal.NOTHING: "The amount is zero.",
    Refusal.NONCE_REUSED: "This nonce was sent with another amount before.",
    Refusal.WRONG_LOCATION: "Location is not one of this loyalty card.",
    Refusal.TOO_MANY: "Too many at once: at most {most}.",
    Refusal.COMPLETED: "The card is full.",
    Refusal.TOO_SOON: "The next one is possible from {next} UTC.",
    Refusal.DAY_LIMIT: "The limit of {most} a day is reached; the next day begins {next} UTC.",
    Refusal.NOT_REVERSIBLE: "There is no such entry to take back.",
    Refusal.TOO_LITTLE: "The balance of {balance} is too small.",
    Refusal.NO_REWARD: "There is no such reward on this card.",
    Refusal.PRICE_CHANGED: "The price of this reward has changed.",
    Refusal.UNAVAILABLE: "The coupon of this reward cannot be given at this moment.",
}

REASONS = tuple(refusal.value for refusal in SENTENCES)


@contextmanager
def gone_is(no_card: Failure) -> Iterator[None]:
    """What a card answers that was removed since it was found: the same as if it had not been found."""
    try:
        yield
    except cards.CardGone:
        raise Failed(no_card) from None


def raise_if_refused(outcome: Outcome, no_user: Failure) -> None:
    """Raises Failed with the answer for a refusal; `no_user` is the one for a user that is not there."""
    if outcome.refusal is not None:
        raise Failed(_failure(outcome.refusal, outcome, no_user))


def _failure(refusal: Refusal, outcome: Outcome, no_user: Failure) -> Failure:
    match refusal:
        case Refusal.UNKNOWN:
            return no_user
        case Refusal.ACCOUNT_BLOCKED:
            return errors.WRONG_KEYS
        case Refusal.ACCOUNT_EXPIRED:
            return errors.ACCOUNT_EXPIRED
        case Refusal.BUSY:
            return errors.BUSY
    told = dict(outcome.detail)
    if "next" in told:
        told["next"] = datetime.fromisoformat(told["next"]).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return errors.not_allowed(SENTENCES[refusal].format(**told), refusal.value)
