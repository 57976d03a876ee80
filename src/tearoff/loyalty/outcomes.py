"""What a verb of a loyalty card answers: the holder as it is now, or the first reason why not."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from tearoff.kit import sql


class Refusal(StrEnum):
    """Why an act on a card was refused. Faces have their own words and numbers for each."""

    UNKNOWN = "unknown"
    VOIDED = "voided"
    ACCOUNT_EXPIRED = "account_expired"
    ACCOUNT_BLOCKED = "account_blocked"
    INACTIVE = "inactive"
    COLLECTS_NOTHING = "collects_nothing"
    NOTHING = "nothing"
    NONCE_REUSED = "nonce_reused"
    WRONG_LOCATION = "wrong_location"
    TOO_MANY = "too_many"
    COMPLETED = "completed"
    TOO_SOON = "too_soon"
    DAY_LIMIT = "day_limit"
    NOT_REVERSIBLE = "not_reversible"
    TOO_LITTLE = "too_little"
    NO_REWARD = "no_reward"
    PRICE_CHANGED = "price_changed"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"


class HolderRow(NamedTuple):
    """A row of `loyalty_holder`, as the verbs return it; see `loyalty.models.Holder` for the meanings."""

    id: int
    account_id: int
    card_id: int
    person: int
    code: str
    key: str
    balance: int
    lifetime: int
    entries: int
    round: int
    goal: int | None
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an act. `detail` names the rule of a refusal (`most`, `left`, `next`), or the `entry` that was written."""

    refusal: Refusal | None
    holder: HolderRow | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.refusal is None


COLUMNS = ", ".join(f"(o.h).{name}" for name in HolderRow._fields)


def act(function: str, *arguments: Any) -> Outcome:
    """Call one of the SQL verbs: one statement, one round trip. A lock that took too long is the refusal `busy`."""
    marks = ", ".join(["%s"] * len(arguments))
    try:
        row = sql.one(f"select o.outcome, o.detail, {COLUMNS} from {function}({marks}) o", arguments)
    except sql.Busy:
        return Outcome(Refusal.BUSY)
    assert row is not None, f"{function} always answers one row"
    word, detail, *columns = row
    holder = HolderRow(*columns) if columns[0] is not None else None
    return Outcome(None if word == "ok" else Refusal(word), holder, msgspec.json.decode(detail))
