"""What the operator's page of a card's holder says after an act."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tearoff.loyalty.outcomes import Outcome, Refusal

DONE = {
    "give": "It stands in the ledger.",
    "void": "The card is voided: it collects nothing and shows no rewards.",
    "unvoid": "The card is valid again, as it was before.",
    "collect": "What could be given of the rewards that waited is given.",
}
"""Acts, and what is said when they are done."""

SENTENCES: dict[Refusal, str] = {
    Refusal.UNKNOWN: "This holder is gone, or the card was removed.",
    Refusal.VOIDED: "The card is voided. Make it valid again first.",
    Refusal.ACCOUNT_EXPIRED: "Its account is expired or frozen, so nothing changes there.",
    Refusal.ACCOUNT_BLOCKED: "Its account is blocked, so nothing changes there.",
    Refusal.INACTIVE: "The loyalty card is not active.",
    Refusal.COLLECTS_NOTHING: "A membership card collects nothing.",
    Refusal.NOTHING: "Zero changes nothing.",
    Refusal.NONCE_REUSED: "This form was sent before, with another amount. The page shows what was given.",
    Refusal.WRONG_LOCATION: "This location does not give on this card, or is disabled.",
    Refusal.TOO_MANY: "Too many at once: at most {most}.",
    Refusal.COMPLETED: "The card is full, and begins no new round.",
    Refusal.TOO_SOON: "Too soon after the last one: the next is possible from {next}.",
    Refusal.DAY_LIMIT: "At most {most} a day: {left} more are possible today, then from {next}.",
    Refusal.NOT_REVERSIBLE: "There is not so much of this entry left to take back.",
    Refusal.TOO_LITTLE: "The balance of {balance} is too small.",
    Refusal.BUSY: "Somebody else is at work on this card. Try again.",
}


def refused(outcome: Outcome, zone: str) -> str:
    """Why nothing was done; moments are on the card's clock."""
    assert outcome.refusal is not None
    told = dict(outcome.detail)
    if "next" in told:
        told["next"] = datetime.fromisoformat(told["next"]).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    sentence = SENTENCES.get(outcome.refusal, f"This cannot be done now: {outcome.refusal}.")
    return sentence.format(**told)
