"""Calls of `client.emails`, with `.groups`, `.contacts`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from tearoff.client import paging
from tearoff.client.calls.sms import GroupList, NewGroup, RemovedContact, RemovedGroup
from tearoff.client.connection import Connection


class EmailContact(msgspec.Struct, frozen=True):
    """A contact; `state` is `subscribed` or `unsubscribed`."""

    ID: str
    email: str
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


class EmailContacts(msgspec.Struct, frozen=True):
    """`amount_of_users` counts the whole group, also when `page` and `limit` cut the list."""

    group_id: str
    amount_of_users: int
    user: tuple[EmailContact, ...]


class OneEmailContact(msgspec.Struct, frozen=True):
    group_id: str
    email: str
    user: EmailContact


class EmailsGroupsCalls:
    """Calls of `client.emails.groups`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> GroupList:
        """List the groups.

        Refused with 103 (the account has no SMS integration).
        """
        return self._connection.read("/v3/emailtool/grouplist", GroupList, {})

    def add(self, group_name: str, *, idempotency_key: str | None = None) -> NewGroup:
        """Make a group.

        Refused with 103 (the account has no SMS integration).
        """
        return self._connection.write("/v3/emailtool/addgroup", NewGroup, {"group_name": group_name}, idempotency_key)

    def remove(self, emailgroup: str, *, idempotency_key: str | None = None) -> RemovedGroup:
        """Remove a group with its contacts. Tearoff's own call.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/emailtool/removegroup", RemovedGroup, {"emailgroup": emailgroup}, idempotency_key
        )


class EmailsContactsCalls:
    """Calls of `client.emails.contacts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, emailgroup: str, *, page: int | None = None, limit: int | None = None) -> EmailContacts:
        """List the contacts of a group, oldest first.

        - `limit`: Absent, and no page: all of them.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.read(
            "/v3/emailtool/userlist", EmailContacts, {"emailgroup": emailgroup, "page": page, "limit": limit}
        )

    def add(
        self,
        emailgroup: str,
        *,
        email: str,
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
    ) -> OneEmailContact:
        """Add a contact to a group; one that is there already is updated.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/emailtool/addcontact",
            OneEmailContact,
            {
                "emailgroup": emailgroup,
                "email": email,
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
        emailgroup: str,
        *,
        contact: str | None = None,
        email: str | None = None,
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
    ) -> OneEmailContact:
        """Change a contact's details. Tearoff's own call.

        - `contact`: Instead of the address.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/emailtool/updatecontact",
            OneEmailContact,
            {
                "emailgroup": emailgroup,
                "contact": contact,
                "email": email,
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
        self,
        emailgroup: str,
        *,
        contact: str | None = None,
        email: str | None = None,
        idempotency_key: str | None = None,
    ) -> RemovedContact:
        """Take a contact out of a group. Tearoff's own call.

        - `contact`: Instead of the address.

        Refused with 103 (the account has no SMS integration), 514 (group not found).
        """
        return self._connection.write(
            "/v3/emailtool/removecontact",
            RemovedContact,
            {"emailgroup": emailgroup, "contact": contact, "email": email},
            idempotency_key,
        )

    def iterate(self, emailgroup: str) -> Iterator[EmailContact]:
        """All of `list`, one by one, whatever the pages."""
        return paging.full_pages(lambda page: self.list(emailgroup, page=page, limit=paging.PAGE).user, paging.PAGE)


class EmailsCalls:
    """Calls of `client.emails`, with `.groups`, `.contacts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.groups = EmailsGroupsCalls(connection)
        self.contacts = EmailsContactsCalls(connection)
