"""Calls of `client.directories`, with `.campaigns`, `.users`.

Written by scripts/client.py from the table of calls.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from tearoff.client import paging
from tearoff.client.connection import Connection
from tearoff.client.moments import Moment, in_utc

PaymentStatus = Literal["paid", "true", "1", "unpaid", "false", "0"]


class ListedCoupon(msgspec.Struct, frozen=True):
    """A coupon as a directory shows it."""

    ID: str
    code: str
    name: str
    url: str
    status: str
    description: str
    category: str
    category_name: str
    featured: bool


class ListedCoupons(msgspec.Struct, frozen=True):
    directory: str
    campaigns: tuple[ListedCoupon, ...]


class MadeCoupon(msgspec.Struct, frozen=True):
    ID: str
    code: str
    url: str
    status: str


class CouponMade(msgspec.Struct, frozen=True):
    campaign: MadeCoupon


class OneListedCoupon(msgspec.Struct, frozen=True):
    directory: str
    campaign: ListedCoupon


class MemberBlock(msgspec.Struct, frozen=True):
    """A registered user of a directory; dates are UTC."""

    ID: str
    email: str
    first_name: str
    last_name: str
    phone: str
    address: str
    zip: str
    city: str
    birth_date: str
    custom_1: str
    custom_2: str
    custom_3: str
    blocked: bool
    paid: bool
    payment_expiry: str
    created_at: str


class MemberList(msgspec.Struct, frozen=True):
    directory: str
    page: int
    data: tuple[MemberBlock, ...]


class PaymentAnswer(msgspec.Struct, frozen=True):
    directory: str
    user: str
    paid: bool


class DirectoryBlock(msgspec.Struct, frozen=True):
    """A directory."""

    ID: str
    code: str
    name: str
    url: str
    status: str


class DirectoryList(msgspec.Struct, frozen=True):
    directory_info: tuple[DirectoryBlock, ...]


class OneDirectoryBlock(DirectoryBlock, frozen=True):
    """A directory with its settings."""

    registration: bool
    payment: bool
    amount_of_campaigns: int
    amount_of_users: int


class OneDirectory(msgspec.Struct, frozen=True):
    directory_info: OneDirectoryBlock


class DirectoriesCampaignsCalls:
    """Calls of `client.directories.campaigns`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, directory: str, *, page: int | None = None) -> ListedCoupons:
        """The coupons of a directory, the latest added first.

        - `page`: 100 on each.

        Refused with 507 (loyalty card not found).
        """
        return self._connection.read("/v3/directory/campaigns", ListedCoupons, {"directory": directory, "page": page})

    def create(
        self,
        directory: str,
        *,
        template: str,
        name: str | None = None,
        description: str | None = None,
        category: str | None = None,
        featured: bool | None = None,
        status: Literal["active", "inactive"] | None = None,
        subaccount: str | None = None,
        idempotency_key: str | None = None,
    ) -> CouponMade:
        """Make a coupon from a template and put it on a directory.

        - `template`: The id of a template, with or without its prefix.
        - `name`: Absent: the template's.
        - `description`: Shown in the directory.
        - `featured`: A highlighted listing.
        - `status`: Of the coupon.
        - `subaccount`: Who shall own it.

        Refused with 502 (coupon not found), 507 (loyalty card not found).
        """
        return self._connection.write(
            "/v3/directory/campaign/create",
            CouponMade,
            {
                "directory": directory,
                "template": template,
                "name": name,
                "description": description,
                "category": category,
                "featured": featured,
                "status": status,
                "subaccount": subaccount,
            },
            idempotency_key,
        )

    def update(
        self,
        directory: str,
        *,
        campaign: str,
        description: str | None = None,
        category: str | None = None,
        featured: bool | None = None,
        status: Literal["active", "inactive"] | None = None,
        idempotency_key: str | None = None,
    ) -> OneListedCoupon:
        """Change how a directory shows a coupon, or switch the coupon. Only what is sent is changed.

        How it stands there is the directory's matter, also where the coupon is a sub-account's that no grant leads
        to; whether it is on is not.

        - `description`: Shown in the directory.
        - `featured`: A highlighted listing.
        - `status`: Of the coupon.

        Refused with 502 (coupon not found), 507 (loyalty card not found).
        """
        return self._connection.write(
            "/v3/directory/campaign/update",
            OneListedCoupon,
            {
                "directory": directory,
                "campaign": campaign,
                "description": description,
                "category": category,
                "featured": featured,
                "status": status,
            },
            idempotency_key,
        )

    def iterate(self, directory: str) -> Iterator[ListedCoupon]:
        """All of `list`, one by one, whatever the pages."""
        return paging.some_pages(lambda page: self.list(directory, page=page).campaigns)


class DirectoriesUsersCalls:
    """Calls of `client.directories.users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, directory: str, *, page: int | None = None) -> MemberList:
        """The registered users of a directory, newest first, a hundred a page.

        - `page`: 100 on each.

        Refused with 507 (loyalty card not found).
        """
        return self._connection.read("/v3/directoryusers/list", MemberList, {"directory": directory, "page": page})

    def update(
        self,
        directory: str,
        *,
        user: str,
        payment_status: PaymentStatus,
        expiry_date: Moment | None = None,
        idempotency_key: str | None = None,
    ) -> PaymentAnswer:
        """Open or close the paid content of a directory for a user, after your own payment page was paid or not.

        - `directory`: As it was given to the payment page.
        - `user`: As it was given to the payment page.
        - `expiry_date`: UTC; a bare date ends at 23:59:59. Absent: it does not end.

        Refused with 506 (user not found), 507 (loyalty card not found).
        """
        return self._connection.write(
            "/v3/directoryusers/update",
            PaymentAnswer,
            {
                "directory": directory,
                "user": user,
                "payment_status": payment_status,
                "expiry_date": in_utc(expiry_date),
            },
            idempotency_key,
        )

    def iterate(self, directory: str) -> Iterator[MemberBlock]:
        """All of `list`, one by one, whatever the pages."""
        return paging.some_pages(lambda page: self.list(directory, page=page).data)


class DirectoriesCalls:
    """Calls of `client.directories`, with `.campaigns`, `.users`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.campaigns = DirectoriesCampaignsCalls(connection)
        self.users = DirectoriesUsersCalls(connection)

    def list(self) -> DirectoryList:
        """All directories of the account."""
        return self._connection.read("/v3/directory/list", DirectoryList, {})

    def info(self, directory: str) -> OneDirectory:
        """One directory with its settings.

        Refused with 507 (loyalty card not found).
        """
        return self._connection.read("/v3/directory/info", OneDirectory, {"directory": directory})
