"""What notifications about loyalty cards carry: `loyaltycard` and `user`, the user as the API lists them (webhooks.md 3.5).

Balance and void are those after the event; the profile is as it is now, since the ledger keeps no personal data.
"""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from tearoff.kit import sql
from tearoff.loyalty import addresses

JSON = dict[str, Any]

WIRE_KINDS = {
    "loyalty.registered": "loyalty_user_registered",
    "loyalty.points_changed": "loyalty_points_updated",
    "loyalty.reward_claimed": "loyalty_reward_claimed",
    "loyalty.reward_validated": "loyalty_reward_validated",
}


class _User(NamedTuple):
    person: int
    code: str
    key: str
    first_name: str
    last_name: str
    email: str
    phone: str
    gender: str
    birthday: date | None
    city: str
    balance: int
    voided_at: datetime | None
    created_at: datetime
    card_code: str
    reward: str | None


def members(kind: str, state: JSON, session_code: str) -> JSON:
    """The members beside the common ones. `state` is what the event noted."""
    user = _user(state)
    found: JSON = {"loyaltycard": f"loy_{state['card']}", "user": _block(user, state)}
    if kind == "loyalty_points_updated":
        found["points"] = str(state["delta"])
    if kind in ("loyalty_reward_claimed", "loyalty_reward_validated"):
        found["session"] = session_code
        found["reward"] = {"ID": f"rew_{state['reward']}", "name": user.reward or "" if user else ""}
    return found


def _user(state: JSON) -> _User | None:
    row = sql.one(
        "select h.person, h.code, h.key, h.first_name, h.last_name, h.email, h.phone, h.gender, h.birthday, h.city, "
        "h.balance, h.voided_at, h.created_at, c.code, (select r.name from loyalty_reward r where r.id = %s) "
        "from loyalty_holder h join loyalty_card c on c.id = h.card_id where h.id = %s",
        [state.get("reward"), state["holder"]],
    )
    return _User(*row) if row else None


def _block(user: _User | None, state: JSON) -> JSON:
    """A user removed meanwhile has no personal data any more; the number and the balance are told."""
    is_voided = state["voided_at"] is not None if "voided_at" in state else bool(user and user.voided_at)
    balance = state.get("balance", user.balance if user else 0)
    return {
        "ID": f"usr_{state['person']}",
        "code": user.code if user else "",
        "first_name": user.first_name if user else "",
        "last_name": user.last_name if user else "",
        "email": user.email if user else "",
        "phone": user.phone.removeprefix("+") if user else "",
        "gender": user.gender if user else "",
        "birthday": user.birthday.isoformat() if user and user.birthday else "",
        "city": user.city if user else "",
        "points": str(balance),
        "voided": is_voided,
        "createdate": user.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if user else "",
        "url": addresses.holder_url(user.card_code, user.key) if user else "",
    }
