"""Calls of `client.loyalty`, with `.users`, `.push`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection, Done


class PersonBlock(msgspec.Struct, frozen=True):
    """A person who can log in."""

    ID: str
    email: str
    phone: str
    first_name: str
    last_name: str
    gender: str
    birthday: str
    city: str


class OnePerson(msgspec.Struct, frozen=True):
    user: PersonBlock


class UserBlock(msgspec.Struct, frozen=True):
    """A user of one card."""

    ID: str
    code: str
    first_name: str
    last_name: str
    email: str
    phone: str
    gender: str
    birthday: str
    city: str
    points: str
    voided: bool
    createdate: str
    url: str


class OneUser(msgspec.Struct, frozen=True):
    user: UserBlock


class UserList(msgspec.Struct, frozen=True):
    loyaltycard: str
    amount_of_users: int
    users: tuple[UserBlock, ...]


class PlaceBlock(msgspec.Struct, frozen=True):
    """A location of a card."""

    ID: str
    name: str


class RewardBlock(msgspec.Struct, frozen=True):
    """A coupon and the number of stamps or points it is given for."""

    ID: str
    name: str
    points: str
    campaign: str


class CardBlock(msgspec.Struct, frozen=True):
    """A loyalty card."""

    ID: str
    code: str
    name: str
    url: str
    type: str
    status: str
    createdate: str
    locations: tuple[PlaceBlock, ...]
    rewards: tuple[RewardBlock, ...]


class CardList(msgspec.Struct, frozen=True):
    loyalty_info: tuple[CardBlock, ...]


class OneCard(msgspec.Struct, frozen=True):
    loyalty_info: CardBlock


class LoyaltyUsersCalls:
    """Calls of `client.loyalty.users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(
        self,
        email: str,
        *,
        password: str,
        phone: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        gender: Literal["male", "female", "unknown"] | None = None,
        birthday: date | str | None = None,
        city: str | None = None,
        idempotency_key: str | None = None,
    ) -> OnePerson:
        """Make a person with a login, not bound to a card yet; see loyaltyusers/link.

        Refused with 304 (the e-mail address exists already).
        """
        return self._connection.write(
            "/v3/loyaltyusers/create",
            OnePerson,
            {
                "email": email,
                "password": password,
                "phone": phone,
                "first_name": first_name,
                "last_name": last_name,
                "gender": gender,
                "birthday": birthday,
                "city": city,
            },
            idempotency_key,
        )

    def link(self, loyaltycard: str, *, user: str, idempotency_key: str | None = None) -> OneUser:
        """Give a person a card; the same answer when they have it already.

        Refused with 505 (coupon session, or loyalty card, not found), 506 (user not found).
        """
        return self._connection.write(
            "/v3/loyaltyusers/link", OneUser, {"loyaltycard": loyaltycard, "user": user}, idempotency_key
        )

    def list(self, loyaltycard: str, *, page: int | None = None, limit: int | None = None) -> UserList:
        """All users of a card, oldest first.

        - `page`: All users without it.

        Refused with 505 (coupon session, or loyalty card, not found).
        """
        return self._connection.read(
            "/v3/loyaltyusers/list", UserList, {"loyaltycard": loyaltycard, "page": page, "limit": limit}
        )

    def search(self, loyaltycard: str, *, search: str) -> UserList:
        """The users of a card in whose names, e-mail or phone a text stands, or whose id or code it is.

        - `search`: In first name, last name, e-mail and phone; or the user's id or code.

        Refused with 505 (coupon session, or loyalty card, not found).
        """
        return self._connection.read(
            "/v3/loyaltyusers/search", UserList, {"loyaltycard": loyaltycard, "search": search}
        )

    def update(
        self,
        loyaltycard: str,
        *,
        user: str,
        points: int | None = None,
        location: str | None = None,
        void: bool | None = None,
        nonce: str | None = None,
        idempotency_key: str | None = None,
    ) -> OneUser:
        """Give or take back stamps or points, void the user's card, or lift the void. Both or neither.

        - `points`: Needed unless only `void` is set.
        - `location`: Credited in the log.
        - `nonce`: Your own name for this act: repeated, it gives nothing again.

        Refused with 505 (coupon session, or loyalty card, not found), 506 (user not found).
        """
        return self._connection.write(
            "/v3/loyaltyusers/update",
            OneUser,
            {
                "loyaltycard": loyaltycard,
                "user": user,
                "points": points,
                "location": location,
                "void": void,
                "nonce": nonce,
            },
            idempotency_key,
        )

    def iterate(self, loyaltycard: str) -> Iterator[UserBlock]:
        """All of `list`, one by one, whatever the pages."""
        return paging.full_pages(lambda page: self.list(loyaltycard, page=page, limit=paging.PAGE).users, paging.PAGE)


class LoyaltyPushCalls:
    """Calls of `client.loyalty.push`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def single(self, loyaltycard: str, *, user: str, message: str, idempotency_key: str | None = None) -> None:
        """Send a notification to one user who saved the card in the phone wallet, or allowed notifications.

        Refused with 505 (coupon session, or loyalty card, not found).
        """
        self._connection.write(
            "/v3/loyalty/pushnotification/single",
            Done,
            {"loyaltycard": loyaltycard, "user": user, "message": message},
            idempotency_key,
        )

    def all(self, loyaltycard: str, *, message: str, idempotency_key: str | None = None) -> None:
        """Send a notification to all users who saved the card in the phone wallet, or allowed notifications.

        Refused with 505 (coupon session, or loyalty card, not found).
        """
        self._connection.write(
            "/v3/loyalty/pushnotification/all", Done, {"loyaltycard": loyaltycard, "message": message}, idempotency_key
        )


class LoyaltyCalls:
    """Calls of `client.loyalty`, with `.users`, `.push`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.users = LoyaltyUsersCalls(connection)
        self.push = LoyaltyPushCalls(connection)

    def list(self, *, only_active: bool | None = None, sorting: Literal["asc", "desc"] | None = None) -> CardList:
        """All loyalty cards of the account.

        - `only_active`: Only cards whose status is active.
        - `sorting`: By the date they were made.
        """
        return self._connection.read("/v3/loyalty/list", CardList, {"only_active": only_active, "sorting": sorting})

    def info(self, loyaltycard: str) -> OneCard:
        """One loyalty card.

        Refused with 507 (loyalty card not found).
        """
        return self._connection.read("/v3/loyalty/info", OneCard, {"loyaltycard": loyaltycard})
