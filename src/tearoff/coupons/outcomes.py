"""What a verb answers: the session as it is now, or the first reason why not. A refusal is a value, not an exception."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from tearoff.kit import sql


class Refusal(StrEnum):
    """Why an act was refused, in the words of product.md section 5 and conventions.md 7.1. Faces have their own tables."""

    UNKNOWN = "unknown"
    VOIDED = "voided"
    LOCKED = "locked"
    NOT_VOIDED = "not_voided"
    NOT_LOCKED = "not_locked"
    OPENED = "opened"
    ACCOUNT_EXPIRED = "account_expired"
    ACCOUNT_BLOCKED = "account_blocked"
    INACTIVE = "inactive"
    NOT_STARTED = "not_started"
    EXPIRED = "expired"
    ALREADY_CLAIMED = "already_claimed"
    ALREADY_USED = "already_used"
    NOT_CLAIMED = "not_claimed"
    NOT_USED = "not_used"
    NOT_A_LINK = "not_a_link"
    TOO_SOON = "too_soon"
    QUOTA = "quota"
    SOLD_OUT = "sold_out"
    OUTSIDE_HOURS = "outside_hours"
    WRONG_LOCATION = "wrong_location"
    METHOD_OFF = "method_off"
    PERSON_HAS_ONE = "person_has_one"
    DAY_LIMIT = "day_limit"
    WRONG_PASSWORD = "wrong_password"
    THROTTLED = "throttled"
    PERSONAL_LINK = "personal_link"
    BUSY = "busy"


class SessionRow(NamedTuple):
    """A row of `coupon_session`, as the verbs return it; see `coupons.models.CouponSession` for the meanings."""

    id: int
    account_id: int
    campaign_id: int
    code: str
    short: str
    is_link: bool
    opened_at: datetime | None
    claimed_at: datetime | None
    claim_type: str
    uses: int
    validated_at: datetime | None
    validation_type: str
    validation_value: str
    location: int | None
    voided_at: datetime | None
    locked_at: datetime | None
    customid: str
    own_code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an act. `session` is the row as it is now, also after a refusal; None when it is unknown.

    `detail` carries what a refusal has to tell beside its name: `left` tries, `seconds` to wait, `repeat`.
    """

    refusal: Refusal | None
    session: SessionRow | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.refusal is None


COLUMNS = ", ".join(f"(o.s).{name}" for name in SessionRow._fields)


def act(function: str, *arguments: Any) -> Outcome:
    """Call one of the SQL verbs: one statement, one round trip. A lock that took too long is the refusal `busy`."""
    word, session, detail = answered(function, *arguments)
    return Outcome(None if word == "ok" else Refusal(word), session, detail)


def answered(function: str, *arguments: Any) -> tuple[str, SessionRow | None, dict[str, Any]]:
    """A verb's own word for how it went, the session and the detail."""
    marks = ", ".join(["%s"] * len(arguments))
    try:
        (row,) = sql.prepared(f"select o.outcome, o.detail, {COLUMNS} from {function}({marks}) o", arguments)
    except sql.Busy:
        return Refusal.BUSY.value, None, {}
    word, detail, *columns = row
    told = msgspec.json.decode(detail) if detail else {}
    return word, SessionRow(*columns) if columns[0] is not None else None, told
