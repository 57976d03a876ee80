"""Reading directories, their members and what stands on them, always through the account. Long lists are read by key."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from tearoff.directories.models import Directory, Listing, Member, is_open
from tearoff.kit import sql

CHUNK = 2_000


def directories_of(account: int) -> QuerySet[Directory]:
    """All of them that are not deleted."""
    return Directory.objects.filter(account_id=account, deleted_at=None)


def directory(account: int, directory_id: int) -> Directory | None:
    return directories_of(account).filter(pk=directory_id).first()


def member(directory: Directory, member_id: int) -> Member | None:
    """A member of this directory who has not left; someone else's and a missing one look the same."""
    found = Member.objects.filter(account=directory.account_id, directory=directory, pk=member_id, erased_at=None)
    return found.select_related("directory").first()


_IS_GONE = (
    "exists (select from campaign c where c.id = directory_listing.campaign_id and c.deleted_at is not null) "
    "or exists (select from loyalty_card k where k.id = directory_listing.card and k.deleted_at is not null)"
)
"""Whether the coupon or card of a listing was deleted: the row stays, and nobody sees it."""


class Counts(NamedTuple):
    campaigns: int
    members: int
    has_paid_offers: bool


def counts(directories: list[Directory]) -> dict[int, Counts]:
    """How many coupons stand on each, and how many members it has, in one statement."""
    rows = sql.rows(
        "select d.id, (select count(*) from directory_listing l join campaign c on c.id = l.campaign_id "
        "where l.directory_id = d.id and c.deleted_at is null), "
        "(select count(*) from directory_member m where m.directory_id = d.id and m.erased_at is null), "
        "exists (select from directory_listing where directory_id = d.id and is_paid_only "
        f"and not ({_IS_GONE})) "
        "from directory d where d.id = any(%s)",
        [[one.pk for one in directories]],
    )
    return {number: Counts(*found) for number, *found in rows}


# Members


class Listed(NamedTuple):
    """A member as lists show it."""

    id: int
    email: str
    first_name: str
    last_name: str
    phone: str
    address: str
    zip: str
    city: str
    birth_date: date | None
    custom_1: str
    custom_2: str
    custom_3: str
    blocked_at: datetime | None
    has_paid: bool
    paid_until: datetime | None
    created_at: datetime

    def is_paying(self, at: datetime) -> bool:
        return is_open(self.has_paid, self.paid_until, at)


COLUMNS = ", ".join(f"m.{name}" for name in Listed._fields)


def count(directory: Directory) -> int:
    row = sql.one(
        "select count(*) from directory_member m where m.directory_id = %s and m.erased_at is null", [directory.pk]
    )
    assert row is not None
    return int(row[0])


def page(directory: Directory, *, start: int, limit: int, total: int) -> list[Listed]:
    """One page of a list of `total`, newest first. Ids are found in the index alone, from whichever end is nearer, so the
    last page costs what the first one does."""
    limit = min(limit, total - start)
    if limit <= 0:
        return []
    from_the_end = start + limit > total // 2
    rows = sql.rows(
        f"select {COLUMNS} from directory_member m where m.id in (select m.id from directory_member m "
        "where m.directory_id = %(directory)s and m.erased_at is null "
        f"order by m.id {'asc' if from_the_end else 'desc'} offset %(skipped)s limit %(limit)s) order by m.id desc",
        {
            "directory": directory.pk,
            "skipped": total - start - limit if from_the_end else start,
            "limit": limit,
        },
    )
    return [Listed(*row) for row in rows]


def after(directory: Directory, last: int | None, limit: int) -> list[Listed]:
    """The next piece of all members, newest first: those behind the member `last`. Each costs the same, however far it is,
    and none repeats or loses a row while others join (lesson 29)."""
    rows = sql.rows(
        f"select {COLUMNS} from directory_member m where m.directory_id = %(directory)s and m.erased_at is null "
        "and (%(last)s::bigint is null or m.id < %(last)s) order by m.id desc limit %(limit)s",
        {"directory": directory.pk, "last": last, "limit": limit},
    )
    return [Listed(*row) for row in rows]


def pieces(directory: Directory) -> Iterator[list[Listed]]:
    """All members, newest first."""
    last: int | None = None
    while found := after(directory, last, CHUNK):
        yield found
        last = found[-1].id


def listed(directory: Directory, member_id: int) -> Listed | None:
    row = sql.one(
        f"select {COLUMNS} from directory_member m where m.account_id = %s and m.directory_id = %s and m.id = %s "
        "and m.erased_at is null",
        [directory.account_id, directory.pk, member_id],
    )
    return Listed(*row) if row else None


# What stands on a directory


def listings_of(directory: Directory) -> QuerySet[Listing]:
    """Coupons that are not deleted, newest first; cards are not among them."""
    found = Listing.objects.filter(directory=directory, campaign__deleted_at=None, card=None)
    return found.select_related("campaign", "category", "campaign__category").order_by("-id")


def everything_on(directory: Directory) -> QuerySet[Listing]:
    """Coupons and cards that are not deleted, in the order they were put there."""
    is_gone = RawSQL(_IS_GONE, [], output_field=BooleanField())
    found = Listing.objects.filter(directory=directory).alias(is_gone=is_gone).filter(is_gone=False)
    return found.select_related("campaign", "category", "campaign__category").order_by("id")


def listing(directory: Directory, *, campaign: int) -> Listing | None:
    return listings_of(directory).filter(campaign_id=campaign).first()
