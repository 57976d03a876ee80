"""Calls of `client.sms`, with `.groups`, `.contacts`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection


class GroupItem(msgspec.Struct, frozen=True):
    ID: str
    name: str


class GroupList(msgspec.Struct, frozen=True):
    amount_of_groups: int
    group: tuple[GroupItem, ...]


class NewGroup(msgspec.Struct, frozen=True):
    group_id: str
    group: GroupItem


class RemovedGroup(msgspec.Struct, frozen=True):
    group_id: str
    action: str
    amount_of_users: int


class SmsContact(msgspec.Struct, frozen=True):
    """A contact; `state` is `subscribed` or `unsubscribed`."""

    ID: str
    phone: str
    first_name: str
    last_name: str
    birthday: str
    customfield1: str
    customfield2: str
    customfield3: str
    customfield4: str
    customfield5: str
    customfield6: str
    customfield7: str
    date: str
    state: str


class SmsContacts(msgspec.Struct, frozen=True):
    """`amount_of_users` counts the whole group, also when `page` and `limit` cut the list."""

    group_id: str
    amount_of_users: int
    user: tuple[SmsContact, ...]


class OneSmsContact(msgspec.Struct, frozen=True):
    group_id: str
    phone: str
    user: SmsContact


class RemovedContact(msgspec.Struct, frozen=True):
    group_id: str
    action: str
    ID: str


class SmsGroupsCalls:
    """Calls of `client.sms.groups`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> GroupList:
        """List the groups.

        Refused with 103 (the account has no SMS integration).
        """
        return self._connection.read("/v3/smstool/grouplist", GroupList, {})

    def add(self, group_name: str, *, idempotency_key: str | None = None) -> NewGroup:
        """Make a group.

        Refused with 103 (the account has no SMS integration).
        """
        return self._connection.write("/v3/smstool/addgroup", NewGroup, {"group_name": group_name}, idempotency_key)

    def remove(self, smsgroup: str, *, idempotency_key: str | None = None) -> RemovedGroup:
        """Remove a group with its contacts. Tearoff's own call.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write("/v3/smstool/removegroup", RemovedGroup, {"smsgroup": smsgroup}, idempotency_key)


class SmsContactsCalls:
    """Calls of `client.sms.contacts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, smsgroup: str, *, page: int | None = None, limit: int | None = None) -> SmsContacts:
        """List the contacts of a group, oldest first.

        - `limit`: Absent, and no page: all of them.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.read(
            "/v3/smstool/userlist", SmsContacts, {"smsgroup": smsgroup, "page": page, "limit": limit}
        )

    def add(
        self,
        smsgroup: str,
        *,
        phone: str,
        first_name: str | None = None,
        last_name: str | None = None,
        birthday: date | str | None = None,
        customfield1: str | None = None,
        customfield2: str | None = None,
        customfield3: str | None = None,
        customfield4: str | None = None,
        customfield5: str | None = None,
        customfield6: str | None = None,
        customfield7: str | None = None,
        idempotency_key: str | None = None,
    ) -> OneSmsContact:
        """Add a contact to a group; one that is there already is updated.

        - `phone`: E.164, with or without the plus.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/smstool/addcontact",
            OneSmsContact,
            {
                "smsgroup": smsgroup,
                "phone": phone,
                "first_name": first_name,
                "last_name": last_name,
                "birthday": birthday,
                "customfield1": customfield1,
                "customfield2": customfield2,
                "customfield3": customfield3,
                "customfield4": customfield4,
                "customfield5": customfield5,
                "customfield6": customfield6,
                "customfield7": customfield7,
            },
            idempotency_key,
        )

    def update(
        self,
        smsgroup: str,
        *,
        contact: str | None = None,
        phone: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        birthday: date | str | None = None,
        customfield1: str | None = None,
        customfield2: str | None = None,
        customfield3: str | None = None,
        customfield4: str | None = None,
        customfield5: str | None = None,
        customfield6: str | None = None,
        customfield7: str | None = None,
        idempotency_key: str | None = None,
    ) -> OneSmsContact:
        """Change a contact's details. Tearoff's own call.

        - `contact`: Instead of the address.
        - `phone`: E.164, with or without the plus.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/smstool/updatecontact",
            OneSmsContact,
            {
                "smsgroup": smsgroup,
                "contact": contact,
                "phone": phone,
                "first_name": first_name,
                "last_name": last_name,
                "birthday": birthday,
                "customfield1": customfield1,
                "customfield2": customfield2,
                "customfield3": customfield3,
                "customfield4": customfield4,
                "customfield5": customfield5,
                "customfield6": customfield6,
                "customfield7": customfield7,
            },
            idempotency_key,
        )

    def remove(
        self, smsgroup: str, *, contact: str | None = None, phone: str | None = None, idempotency_key: str | None = None
    ) -> RemovedContact:
        """Take a contact out of a group. Tearoff's own call.

        - `contact`: Instead of the address.
        - `phone`: E.164, with or without the plus.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/smstool/removecontact",
            RemovedContact,
            {"smsgroup": smsgroup, "contact": contact, "phone": phone},
            idempotency_key,
        )

    def iterate(self, smsgroup: str) -> Iterator[SmsContact]:
        """All of `list`, one by one, whatever the pages."""
        return paging.full_pages(lambda page: self.list(smsgroup, page=page, limit=paging.PAGE).user, paging.PAGE)


class SmsCalls:
    """Calls of `client.sms`, with `.groups`, `.contacts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.groups = SmsGroupsCalls(connection)
        self.contacts = SmsContactsCalls(connection)
