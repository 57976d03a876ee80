"""The groups in which the API document and the reference show the calls: by version and first words of the path."""

import re
from collections.abc import Iterable

from tearoff.api.calls import Call

GROUPS: tuple[tuple[str, str], ...] = (
    ("Coupons", r"/v3/(coupon(?!/pushnotification)|category)/"),
    ("Sessions", r"/v3/(couponsession|multiplecouponsession|campaign)/"),
    ("Links", r"/v3/(multiple)?singleuse/"),
    ("Sending", r"/v3/(send|coupon/pushnotification)/"),
    ("Loyalty v3", r"/v3/loyalty"),
    ("Loyalty v4", r"/v4/loyalty"),
    ("Directories v3", r"/v3/directory"),
    ("Directories v4", r"/v4/directory"),
    ("Sub-accounts", r"/v[34]/(subaccount|account|teammate)"),
    ("SMS tool", r"/v3/smstool/"),
    ("E-mail tool", r"/v3/emailtool/"),
    ("Webhooks", r"/v3/webhook/"),
)
"""In the order in which one gets to know them."""


def group_of(row: Call) -> str:
    """The name of a call's group; of a call that fits none, its version and first word, so that it is shown at once."""
    named = next((name for name, pattern in GROUPS if re.match(pattern, row.path)), None)
    return named or " ".join(row.path.split("/")[2:0:-1]).capitalize()


def grouped(rows: Iterable[Call]) -> dict[str, list[Call]]:
    """The calls by their groups, in their order; within one as they stand in the table."""
    found: dict[str, list[Call]] = {}
    for row in rows:
        found.setdefault(group_of(row), []).append(row)
    place = {name: number for number, (name, _) in enumerate(GROUPS)}
    return dict(sorted(found.items(), key=lambda item: place.get(item[0], len(place))))


def slug(group: str) -> str:
    """The group's name in an address."""
    return re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")
