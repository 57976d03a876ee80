"""What each call is called in the Python client: `coupons.list`, `v4.loyalty.users.create`."""

import keyword
import re
from typing import Any

NAMES = {
    "/v3/campaign/data": "sessions.list",
    "/v3/campaign/opens": "sessions.opens",
    "/v3/campaign/claims": "sessions.claims",
    "/v3/campaign/validations": "sessions.validations",
    "/v3/couponsession/data": "sessions.info",
    "/v3/couponsession/update": "sessions.update",
    "/v3/multiplecouponsession/update": "sessions.update_many",
    "/v3/couponsession/search": "sessions.search",
    "/v3/campaign/search": "sessions.search_campaign",
    "/v3/singleuse/create": "links.create",
    "/v3/multiplesingleuse/create": "links.create_many",
    "/v3/singleuse/remove": "links.remove",
    "/v3/webhook/verification": "webhooks.verify",
    "/v3/subaccount/reset/url": "subaccounts.reset_url",
    "/v4/subaccount": "subaccounts.info",
    "/v3/category/main/list": "categories.main",
    "GET /v4/loyalty/loyalty-cards": "v4.loyalty.cards.list",
    "POST /v4/loyalty/loyalty-cards/{}/copy": "v4.loyalty.cards.copy",
    "GET /v4/loyalty/loyalty-cards/{}/stats": "v4.loyalty.users.list",
    "POST /v4/loyalty/loyalty-cards/{}/stats": "v4.loyalty.users.create",
    "POST /v4/loyalty/loyalty-cards/{}/stats/bulk": "v4.loyalty.users.create_many",
    "GET /v4/loyalty/loyalty-cards/{}/stats/{}": "v4.loyalty.users.info",
    "POST /v4/loyalty/loyalty-cards/{}/stats/{}": "v4.loyalty.users.update",
    "DELETE /v4/loyalty/loyalty-cards/{}/stats/{}": "v4.loyalty.users.void",
    "POST /v4/loyalty/loyalty-cards/{}/stats/{}/points": "v4.loyalty.users.give_points",
    "POST /v4/directory/{}/users/{}/access": "v4.directories.users.grant_access",
    "DELETE /v4/directory/{}/users/{}/access": "v4.directories.users.revoke_access",
    "POST /v4/directory/{}/users/{}/sso": "v4.directories.users.sso",
    "POST /v4/directory/{}/send/sms": "v4.directories.send.sms",
    "POST /v4/directory/{}/campaigns/{}": "v4.directories.campaigns.put",
    "DELETE /v4/directory/{}/campaigns/{}": "v4.directories.campaigns.remove",
    "POST /v4/directory/{}/loyalty-cards/{}": "v4.directories.loyalty_cards.put",
    "DELETE /v4/directory/{}/loyalty-cards/{}": "v4.directories.loyalty_cards.remove",
}
"""The client's names where the rule would find a worse one. Calls in REST style are named with their verb."""

GROUPS = {
    "coupon/pushnotification": "push",
    "loyalty/pushnotification": "loyalty.push",
    "coupon": "coupons",
    "loyalty": "loyalty",
    "loyaltyusers": "loyalty.users",
    "smstool": "sms",
    "emailtool": "emails",
    "subaccount": "subaccounts",
    "teammate": "teammates",
    "webhook": "webhooks",
    "directory/campaigns": "directories.campaigns.list",
    "directory/campaign": "directories.campaigns",
    "directoryusers": "directories.users",
    "directory": "directories",
    "category": "categories",
}
"""What the first words of a path are called, the longest first."""

TOOLS = {"grouplist": "groups.list", "addgroup": "groups.add", "removegroup": "groups.remove",
         "userlist": "contacts.list", "addcontact": "contacts.add", "updatecontact": "contacts.update",
         "removecontact": "contacts.remove"}  # fmt: skip


def named(row: Any) -> str:
    """The dotted name of a call, as a program writes it after `client.`."""
    key = call_key(row)
    if key in NAMES:
        return NAMES[key]
    return _rest_name(row) if is_rest(row) else _rpc_name(row.path)


def call_key(row: Any) -> str:
    return f"{row.verbs[0]} {re.sub(r'{[^}]*}', '{}', row.path)}" if is_rest(row) else str(row.path)


def is_rest(row: Any) -> bool:
    return hasattr(row, "verbs")


def _rpc_name(path: str) -> str:
    rest = path.split("/", 2)[2]
    for words, group in GROUPS.items():
        if rest == words or rest.startswith(f"{words}/"):
            left = rest[len(words) :].strip("/")
            return ".".join(filter(None, [group, TOOLS.get(left, left.replace("/", "_"))]))
    group, _, left = rest.partition("/")
    return f"{word(group)}.{word(left or 'info')}"


def _rest_name(row: Any) -> str:
    """`GET /v4/things/{}/parts` is `v4.things.parts.list`; a last word behind an id, asked by POST, is an act unless
    something can be listed there."""
    words = row.path.strip("/").split("/")[1:]
    nouns = [GROUPS.get(each, word(each)) for each in words if not each.startswith("{")]
    verb, names_one = row.verbs[0], words[-1].startswith("{")
    one = {"GET": "info", "POST": "update", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
    many = {"GET": "list", "POST": "create", "PUT": "replace", "PATCH": "update_all", "DELETE": "delete_all"}
    if not names_one and len(nouns) > 1 and verb != "GET" and not nouns[-1].endswith("s"):
        return ".".join(["v4", *nouns])
    return ".".join(["v4", *nouns, (one if names_one else many)[verb]])


def word(text: str) -> str:
    found = re.sub(r"\W", "_", text)
    return f"{found}_" if keyword.iskeyword(found) else found


def camel(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[._]", text))


def singular(name: str) -> str:
    return name[:-1] if name.endswith("s") else name
