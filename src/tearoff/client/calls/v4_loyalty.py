"""Calls of `client.v4.loyalty`, with `.cards`, `.users`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection


class Filter(TypedDict, total=False):
    search: str | None
    code: str | None
    email: str | None
    phone: str | None
    custom_1: str | None
    custom_2: str | None
    custom_3: str | None
    custom_4: str | None
    custom_5: str | None
    custom_6: str | None
    custom_7: str | None
    custom_8: str | None


class Pagination(TypedDict, total=False):
    page: int | None
    limit: int | None
    after: int | None


class User(TypedDict, total=False):
    first_name: str | None
    last_name: str | None
    address: str | None
    zip: str | None
    city: str | None
    phone: str | None
    email: str | None
    custom_1: str | None
    custom_2: str | None
    custom_3: str | None
    custom_4: str | None
    custom_5: str | None
    custom_6: str | None
    custom_7: str | None
    custom_8: str | None


class CardObject(msgspec.Struct, frozen=True):
    """A loyalty card."""

    id: int
    code: str
    name: str
    domain: str
    type: str


class UserObject(msgspec.Struct, frozen=True):
    """A user of a loyalty card; dates are UTC."""

    id: int
    code: str
    first_name: str | None
    last_name: str | None
    address: str | None
    zip: str | None
    city: str | None
    phone: str | None
    email: str | None
    custom_1: str | None
    custom_2: str | None
    custom_3: str | None
    custom_4: str | None
    custom_5: str | None
    custom_6: str | None
    custom_7: str | None
    custom_8: str | None
    points: int
    voided: bool
    url: str
    created_at: str
    updated_at: str


class V4LoyaltyCardsCalls:
    """Calls of `client.v4.loyalty.cards`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> tuple[CardObject, ...]:
        """All loyalty cards of the account.

        Refused with HTTP 403.
        """
        return self._connection.get("/v4/loyalty/loyalty-cards", tuple[CardObject, ...], {})

    def copy(self, card: int, *, name: str | None = None, idempotency_key: str | None = None) -> CardObject:
        """A new card with the settings and rewards of another; nobody holds it yet.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST", f"/v4/loyalty/loyalty-cards/{card:d}/copy", CardObject, {"name": name}, idempotency_key
        )


class V4LoyaltyUsersCalls:
    """Calls of `client.v4.loyalty.users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self,
        card: int,
        *,
        filter: Filter | None = None,
        pagination: Pagination | None = None,
        include_voided: bool | None = None,
        page: int | None = None,
        limit: int | None = None,
    ) -> tuple[UserObject, ...]:
        """The users of a card, newest first; all when no paging is asked for.

        - `include_voided`: Voided users as well.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.get(
            f"/v4/loyalty/loyalty-cards/{card:d}/stats",
            tuple[UserObject, ...],
            {
                "filter": filter,
                "pagination": pagination,
                "include_voided": include_voided,
                "page": page,
                "limit": limit,
            },
        )

    def info(self, card: int, user: int) -> UserObject:
        """One user of a card.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.get(f"/v4/loyalty/loyalty-cards/{card:d}/stats/{user:d}", UserObject, {})

    def create(
        self,
        card: int,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        address: str | None = None,
        zip: str | None = None,
        city: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        custom_1: str | None = None,
        custom_2: str | None = None,
        custom_3: str | None = None,
        custom_4: str | None = None,
        custom_5: str | None = None,
        custom_6: str | None = None,
        custom_7: str | None = None,
        custom_8: str | None = None,
        idempotency_key: str | None = None,
    ) -> UserObject:
        """A new user of a card; without members an anonymous one.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/loyalty/loyalty-cards/{card:d}/stats",
            UserObject,
            {
                "first_name": first_name,
                "last_name": last_name,
                "address": address,
                "zip": zip,
                "city": city,
                "phone": phone,
                "email": email,
                "custom_1": custom_1,
                "custom_2": custom_2,
                "custom_3": custom_3,
                "custom_4": custom_4,
                "custom_5": custom_5,
                "custom_6": custom_6,
                "custom_7": custom_7,
                "custom_8": custom_8,
            },
            idempotency_key,
        )

    def create_many(
        self, card: int, *, users: Sequence[User], idempotency_key: str | None = None
    ) -> tuple[UserObject, ...]:
        """Many new users of a card, all or none, at most 10,000; answered in their order.

        Refused with HTTP 403, HTTP 404, HTTP 413.
        """
        return self._connection.send(
            "POST",
            f"/v4/loyalty/loyalty-cards/{card:d}/stats/bulk",
            tuple[UserObject, ...],
            {"users": users},
            idempotency_key,
        )

    def update(
        self,
        card: int,
        user: int,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        address: str | None = None,
        zip: str | None = None,
        city: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        custom_1: str | None = None,
        custom_2: str | None = None,
        custom_3: str | None = None,
        custom_4: str | None = None,
        custom_5: str | None = None,
        custom_6: str | None = None,
        custom_7: str | None = None,
        custom_8: str | None = None,
        void: bool | None = None,
        idempotency_key: str | None = None,
    ) -> UserObject:
        """Change what is known of a user, void the card, or lift the void. What is not sent stays.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/loyalty/loyalty-cards/{card:d}/stats/{user:d}",
            UserObject,
            {
                "first_name": first_name,
                "last_name": last_name,
                "address": address,
                "zip": zip,
                "city": city,
                "phone": phone,
                "email": email,
                "custom_1": custom_1,
                "custom_2": custom_2,
                "custom_3": custom_3,
                "custom_4": custom_4,
                "custom_5": custom_5,
                "custom_6": custom_6,
                "custom_7": custom_7,
                "custom_8": custom_8,
                "void": void,
            },
            idempotency_key,
        )

    def give_points(
        self,
        card: int,
        user: int,
        *,
        points: int,
        location: str | None = None,
        nonce: str | None = None,
        idempotency_key: str | None = None,
    ) -> UserObject:
        """Give stamps or points, or take them back.

        - `points`: Negative takes back.
        - `location`: Credited in the log.
        - `nonce`: Your own name for this act: repeated, it gives nothing again.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "POST",
            f"/v4/loyalty/loyalty-cards/{card:d}/stats/{user:d}/points",
            UserObject,
            {"points": points, "location": location, "nonce": nonce},
            idempotency_key,
        )

    def void(self, card: int, user: int, *, idempotency_key: str | None = None) -> UserObject:
        """Void a user's card. Nothing is removed; an update lifts it.

        Refused with HTTP 403, HTTP 404.
        """
        return self._connection.send(
            "DELETE", f"/v4/loyalty/loyalty-cards/{card:d}/stats/{user:d}", UserObject, {}, idempotency_key
        )

    def iterate(
        self, card: int, *, filter: Filter | None = None, include_voided: bool | None = None
    ) -> Iterator[UserObject]:
        """All of `list`, one by one, whatever the pages."""
        return paging.after_each_other(
            lambda after: self.list(
                card, filter=filter, include_voided=include_voided, pagination={"limit": paging.PAGE, "after": after}
            ),
            lambda last: last.id,
            paging.PAGE,
        )


class V4LoyaltyCalls:
    """Calls of `client.v4.loyalty`, with `.cards`, `.users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.cards = V4LoyaltyCardsCalls(connection)
        self.users = V4LoyaltyUsersCalls(connection)
