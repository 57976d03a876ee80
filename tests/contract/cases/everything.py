"""All cases, in the order of docs/api-coverage.md: a new room's module is entered here."""

from tests.contract.cases import coupons, directories, loyalty, sending, sessions, subaccounts, tools, webhooks

GROUPS = {
    "Coupons": coupons.CASES,
    "Sessions and single-use links": sessions.CASES,
    "Sending and pushing": sending.CASES,
    "Sub-accounts and sign-on": subaccounts.CASES,
    "Loyalty cards": loyalty.CASES,
    "Directories": directories.CASES,
    "SMS and e-mail tool": tools.CASES,
    "Webhooks": webhooks.CASES,
}
CASES = [case for group in GROUPS.values() for case in group]
