"""Calls of `client.v4.directories`, with `.send`, `.users`, `.campaigns`, `.loyalty_cards`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection
from tearoff.client.hiding import hiding
from tearoff.client.moments import Moment, in_utc


class Sent(msgspec.Struct, frozen=True):
    """What was queued; the worker sends it."""

    message: str
    recipient: str
    url: str


class MemberObject(msgspec.Struct, frozen=True):
    """A user of a directory; dates are UTC."""

    id: int
    email: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    address: str | None
    zip: str | None
    city: str | None
    birth_date: str | None
    custom_1: str | None
    custom_2: str | None
    custom_3: str | None
    block: bool
    paid_access: bool
    expires_at: str | None
    created_at: str


@hiding("token", "url")
class SignOn(msgspec.Struct, frozen=True):
    """A link that signs a user in, once."""

    token: str
    url: str


class ListingObject(msgspec.Struct, frozen=True):
    """A coupon or a loyalty card on a directory: `id` is that of the entry, and exactly one of the other two is set."""

    id: int
    campaign: int | None
    loyaltycard: int | None
    position: int
    description: str | None
    category: int | None
    featured: bool
    paid_only: bool
    shows_from: str | None
    shows_until: str | None


class Removed(msgspec.Struct, frozen=True):
    removed: bool


class DirectoryObject(msgspec.Struct, frozen=True):
    """A directory."""

    id: int
    name: str
    code: str
    domain: str


class OneDirectoryObject(DirectoryObject, frozen=True):
    """A directory with its settings."""

    url: str
    status: str
    registration: bool
    payment: bool
    amount_of_campaigns: int
    amount_of_users: int


class V4DirectoriesSendCalls:
    """Calls of `client.v4.directories.send`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def email(
        self, directory: int, *, email: str, subject: str | None = None, idempotency_key: str | None = None
    ) -> Sent:
        """Send the address of a directory by e-mail.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/directory/{directory:d}/send/email",
            Sent,
            {"email": email, "subject": subject},
            idempotency_key,
        )

    def sms(self, directory: int, *, phone: str, body: str | None = None, idempotency_key: str | None = None) -> Sent:
        """Send the address of a directory by SMS. 402 when the account's credits are used up.

        - `body`: The address is put for {link}, or at the end.

        Refused with HTTP 400, HTTP 402, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST", f"/v4/directory/{directory:d}/send/sms", Sent, {"phone": phone, "body": body}, idempotency_key
        )


class V4DirectoriesUsersCalls:
    """Calls of `client.v4.directories.users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self, directory: int, *, page: int | None = None, limit: int | None = None, after: int | None = None
    ) -> tuple[MemberObject, ...]:
        """All users of a directory, newest first; `page` or `after`, and `limit`, cut the list.

        - `page`: All of them without it.
        - `after`: Id of the last one of the page before.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.get(
            f"/v4/directory/{directory:d}/users",
            tuple[MemberObject, ...],
            {"page": page, "limit": limit, "after": after},
        )

    def info(self, directory: int, user: int) -> MemberObject:
        """One user of a directory.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.get(f"/v4/directory/{directory:d}/users/{user:d}", MemberObject, {})

    def create(
        self,
        directory: int,
        *,
        email: str,
        password: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        phone: str | None = None,
        address: str | None = None,
        zip: str | None = None,
        city: str | None = None,
        birth_date: date | str | None = None,
        custom_1: str | None = None,
        custom_2: str | None = None,
        custom_3: str | None = None,
        idempotency_key: str | None = None,
    ) -> MemberObject:
        """Register a user of a directory.

        - `email`: The log-in.
        - `password`: Absent: a random one, so that only single sign-on leads in.

        Refused with HTTP 400, HTTP 403, HTTP 404, HTTP 409.
        """
        return self._connection.send(
            "POST",
            f"/v4/directory/{directory:d}/users",
            MemberObject,
            {
                "email": email,
                "password": password,
                "first_name": first_name,
                "last_name": last_name,
                "phone": phone,
                "address": address,
                "zip": zip,
                "city": city,
                "birth_date": birth_date,
                "custom_1": custom_1,
                "custom_2": custom_2,
                "custom_3": custom_3,
            },
            idempotency_key,
        )

    def update(
        self, directory: int, user: int, *, block: bool | None = None, idempotency_key: str | None = None
    ) -> MemberObject:
        """Block a user, or let them in again. Other members are not changed by this call.

        - `block`: Blocked users cannot enter the directory.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST", f"/v4/directory/{directory:d}/users/{user:d}", MemberObject, {"block": block}, idempotency_key
        )

    def grant_access(
        self, directory: int, user: int, *, expires_at: Moment | None = None, idempotency_key: str | None = None
    ) -> MemberObject:
        """Open all paid content of a directory to a user.

        - `expires_at`: UTC, yyyy-MM-dd HH:mm:ss; a bare date ends at 23:59:59. Absent: it does not end.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/directory/{directory:d}/users/{user:d}/access",
            MemberObject,
            {"expires_at": in_utc(expires_at)},
            idempotency_key,
        )

    def revoke_access(self, directory: int, user: int, *, idempotency_key: str | None = None) -> MemberObject:
        """Take paid access away.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "DELETE", f"/v4/directory/{directory:d}/users/{user:d}/access", MemberObject, {}, idempotency_key
        )

    def sso(self, directory: int, user: int, *, idempotency_key: str | None = None) -> SignOn:
        """A link that signs a user in once, within ten minutes: send the user's browser there.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST", f"/v4/directory/{directory:d}/users/{user:d}/sso", SignOn, {}, idempotency_key
        )

    def iterate(self, directory: int) -> Iterator[MemberObject]:
        """All of `list`, one by one, whatever the pages."""
        return paging.after_each_other(
            lambda after: self.list(directory, limit=paging.PAGE, after=after), lambda last: last.id, paging.PAGE
        )


class V4DirectoriesCampaignsCalls:
    """Calls of `client.v4.directories.campaigns`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self, directory: int, *, page: int | None = None, limit: int | None = None, after: int | None = None
    ) -> tuple[ListingObject, ...]:
        """Coupons and loyalty cards on a directory, in the order they were put there; `position` is where they stand.

        `page` or `after`, and `limit`, cut the list.

        - `page`: All of them without it.
        - `after`: Id of the last one of the page before.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.get(
            f"/v4/directory/{directory:d}/campaigns",
            tuple[ListingObject, ...],
            {"page": page, "limit": limit, "after": after},
        )

    def put(
        self,
        directory: int,
        campaign: int,
        *,
        description: str | None = None,
        category: str | None = None,
        featured: bool | None = None,
        paid_only: bool | None = None,
        shows_from: Moment | None = None,
        shows_until: Moment | None = None,
        idempotency_key: str | None = None,
    ) -> ListingObject:
        """Put a coupon on a directory, or change how it stands there.

        - `description`: Shown in place of the coupon's own.
        - `paid_only`: Opens only for who has paid.
        - `shows_from`: UTC.
        - `shows_until`: UTC.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/directory/{directory:d}/campaigns/{campaign:d}",
            ListingObject,
            {
                "description": description,
                "category": category,
                "featured": featured,
                "paid_only": paid_only,
                "shows_from": in_utc(shows_from),
                "shows_until": in_utc(shows_until),
            },
            idempotency_key,
        )

    def remove(self, directory: int, campaign: int, *, idempotency_key: str | None = None) -> Removed:
        """Take a coupon off a directory. The coupon itself stays.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "DELETE", f"/v4/directory/{directory:d}/campaigns/{campaign:d}", Removed, {}, idempotency_key
        )

    def iterate(self, directory: int) -> Iterator[ListingObject]:
        """All of `list`, one by one, whatever the pages."""
        return paging.after_each_other(
            lambda after: self.list(directory, limit=paging.PAGE, after=after), lambda last: last.id, paging.PAGE
        )


class V4DirectoriesLoyaltyCardsCalls:
    """Calls of `client.v4.directories.loyalty_cards`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(
        self,
        directory: int,
        loyaltycard: int,
        *,
        description: str | None = None,
        category: str | None = None,
        featured: bool | None = None,
        paid_only: bool | None = None,
        shows_from: Moment | None = None,
        shows_until: Moment | None = None,
        idempotency_key: str | None = None,
    ) -> ListingObject:
        """Put a loyalty card on a directory, or change how it stands there.

        - `description`: Shown in place of the coupon's own.
        - `paid_only`: Opens only for who has paid.
        - `shows_from`: UTC.
        - `shows_until`: UTC.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/directory/{directory:d}/loyalty-cards/{loyaltycard:d}",
            ListingObject,
            {
                "description": description,
                "category": category,
                "featured": featured,
                "paid_only": paid_only,
                "shows_from": in_utc(shows_from),
                "shows_until": in_utc(shows_until),
            },
            idempotency_key,
        )

    def remove(self, directory: int, loyaltycard: int, *, idempotency_key: str | None = None) -> Removed:
        """Take a loyalty card off a directory. The card itself stays.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "DELETE", f"/v4/directory/{directory:d}/loyalty-cards/{loyaltycard:d}", Removed, {}, idempotency_key
        )


class V4DirectoriesCalls:
    """Calls of `client.v4.directories`, with `.send`, `.users`, `.campaigns`, `.loyalty_cards`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.send = V4DirectoriesSendCalls(connection)
        self.users = V4DirectoriesUsersCalls(connection)
        self.campaigns = V4DirectoriesCampaignsCalls(connection)
        self.loyalty_cards = V4DirectoriesLoyaltyCardsCalls(connection)

    def list(self) -> tuple[DirectoryObject, ...]:
        """All directories of the account.

        Refused with HTTP 403.
        """
        return self._connection.get("/v4/directory", tuple[DirectoryObject, ...], {})

    def info(self, directory: int) -> OneDirectoryObject:
        """One directory with its settings.

        Refused with HTTP 400, HTTP 403, HTTP 404.
        """
        return self._connection.get(f"/v4/directory/{directory:d}", OneDirectoryObject, {})
