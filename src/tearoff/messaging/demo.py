"""What the demo shop's account has of this room: SMS and e-mail without any outside service, and people to send to.

What is "sent" stands on the operator's page of messages and goes nowhere.
"""

from datetime import date, datetime

from tearoff.messaging import connecting, contacts, credits
from tearoff.messaging.models import Channel, Group

CREDITS = 250

PEOPLE: dict[str, list[tuple[str, str, str, date | None]]] = {
    "Regulars": [
        ("+32470000101", "Ann", "Peeters", date(1990, 4, 12)),
        ("+32470000102", "Bob", "Janssens", None),
        ("+32470000103", "Chloé", "Dubois", date(1984, 11, 30)),
        ("+32470000104", "Dirk", "", None),
    ],
    "Joined with keyword PIZZA": [
        ("+32470000102", "Bob", "Janssens", None),
        ("+32470000105", "Emma", "Maes", date(2001, 1, 2)),
        ("+34600111222", "Pau", "Serra", None),
    ],
}
"""By group: number, first name, last name, birthday."""

READERS = [("ann@example.org", "Ann"), ("emma@example.org", "Emma")]


def connect(account: int, *, at: datetime, actor: str = "demo") -> None:
    """Connect both channels to the console, and make groups with contacts and some credits."""
    for channel, sender in ((Channel.SMS, "Demo"), (Channel.MAIL, "Demo <demo@example.org>")):
        connecting.connect(account, channel, "console", {"sender": sender}, at=at, actor=actor)
    credits.assign(account, CREDITS, at=at)
    for name, people in PEOPLE.items():
        group = contacts.add_group(account, Group.Kind.SMS, name, at=at, actor=actor)
        for phone, first, last, birthday in people:
            _add(group, phone, {"first_name": first, "last_name": last, "birthday": birthday}, at, actor)
    readers = contacts.add_group(account, Group.Kind.EMAIL, "Newsletter", at=at, actor=actor)
    for email, first in READERS:
        _add(readers, email, {"first_name": first}, at, actor)


def _add(group: Group, typed: str, details: dict[str, object], at: datetime, actor: str) -> None:
    to = contacts.address(group.kind, typed, "")
    assert to is not None, typed
    contacts.put(group, to, details, at=at, actor=actor)
