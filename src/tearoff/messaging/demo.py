"""What the demo shop's account has of this room: SMS and e-mail without any outside service, people, and what they got.

What is "sent" stands on the operator's page of messages and goes nowhere.
"""

from datetime import date, datetime, timedelta

from tearoff.campaigns.models import Campaign
from tearoff.messaging import connecting, contacts, credits, sending
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
WEEKS = timedelta(weeks=7)
"""How long ago the groups were made. Their people came one by one, the last of each some days ago."""

OFFER = "Dear regulars, two pizzas for one price this week: {link}"


def connect(account: int, *, at: datetime, actor: str = "demo") -> None:
    """Connect both channels to the console, and make groups with contacts and some credits."""
    begin = at - WEEKS
    for channel, sender in ((Channel.SMS, "Forno"), (Channel.MAIL, "Pizzeria Forno <hello@forno.example>")):
        connecting.connect(account, channel, "console", {"sender": sender}, at=begin, actor=actor)
    credits.assign(account, CREDITS, at=begin)
    for name, people in PEOPLE.items():
        group = contacts.add_group(account, Group.Kind.SMS, name, at=begin, actor=actor)
        for number, (phone, first, last, birthday) in enumerate(people, 1):
            joined = begin + timedelta(days=11 * number, hours=number)
            _add(group, phone, {"first_name": first, "last_name": last, "birthday": birthday}, joined, actor)
    readers = contacts.add_group(account, Group.Kind.EMAIL, "Newsletter", at=begin, actor=actor)
    for number, (email, first) in enumerate(READERS, 1):
        _add(readers, email, {"first_name": first}, begin + timedelta(days=9 * number, hours=number), actor)


def write(account: int, regulars: Campaign, readers: Campaign, *, at: datetime, actor: str = "demo") -> None:
    """Queue a coupon for each regular and each reader: the worker sends them as soon as the shop is open."""
    letters = [
        (regulars, sending.Letter(Channel.SMS, phone, body=OFFER, firstname=first, lastname=last))
        for phone, first, last, _ in PEOPLE["Regulars"]
    ] + [
        (readers, sending.Letter(Channel.MAIL, email, subject="A tiramisu for readers", firstname=first))
        for email, first in READERS
    ]
    for campaign, letter in letters:
        queued = sending.send_coupon(account=account, campaign=campaign, letter=letter, at=at, actor=actor)
        if queued.refusal:
            raise RuntimeError(f"{campaign.name} to {letter.recipient}: {queued.refusal}")


def _add(group: Group, typed: str, details: dict[str, object], at: datetime, actor: str) -> None:
    to = contacts.address(group.kind, typed, "")
    assert to is not None, typed
    contacts.put(group, to, details, at=at, actor=actor)
