"""What notifications about directories carry: `directory` and `user`, the user as the API lists them (webhooks.md 3.5).

Block and paid access are those after the event; the profile is as it is now, since the ledger keeps no personal data.
"""

from datetime import UTC, datetime
from typing import Any

from tearoff.directories.models import Member

JSON = dict[str, Any]

WIRE_KINDS = {
    "directory.registered": "directory_user_registered",
    "directory.paid": "directory_user_paid",
}


def members(state: JSON) -> JSON:
    """The members beside the common ones. `state` is what the event noted."""
    member = Member.objects.filter(pk=state["member"]).first()
    return {"directory": f"dir_{state['directory']}", "user": _block(member, state)}


def _block(member: Member | None, state: JSON) -> JSON:
    texts = ("email", *(name for name in Member.PROFILE if name not in ("phone", "birth_date")))
    known = {name: getattr(member, name) if member else "" for name in texts}
    known["phone"] = member.phone.removeprefix("+") if member else ""
    known["birth_date"] = member.birth_date.isoformat() if member and member.birth_date else ""
    order = ("email", "first_name", "last_name", "phone", "address", "zip", "city", "birth_date", "custom_1", "custom_2",
             "custom_3")  # fmt: skip
    return {
        "ID": f"reg_{state['member']}",
        **{name: known[name] for name in order},
        "blocked": bool(state["blocked"]),
        "paid": bool(state["paid"]),
        "payment_expiry": _written(datetime.fromisoformat(state["paid_until"])) if state["paid_until"] else "",
        "created_at": _written(member.created_at) if member else "",
    }


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
