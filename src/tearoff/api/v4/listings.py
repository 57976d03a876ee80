"""What stands on a directory, in REST style: our own calls, as the contract knows none."""

from datetime import UTC
from typing import Annotated, Any

import msgspec

from tearoff.api import errors
from tearoff.api.arrays import array
from tearoff.api.calls import Headed, Request, Told
from tearoff.api.errors import Failed, Failure, Fault
from tearoff.api.fields import Flag, Html, Id, Parameters
from tearoff.api.moments import Local, Moment, instant_of_end, written
from tearoff.api.rest import route
from tearoff.api.v3 import directories as v3
from tearoff.api.v4.directories import DIRECTORY, NO_DIRECTORY, DirectoryId, Pages, reached_directory
from tearoff.campaigns import editing as campaign_editing
from tearoff.campaigns import reach
from tearoff.campaigns.models import Campaign, Category
from tearoff.directories import editing, listing
from tearoff.directories.models import Directory, Listing
from tearoff.loyalty import listing as cards

COUPONS = f"{DIRECTORY}/campaigns"
COUPON = f"{COUPONS}/{{campaign}}"
CARD = f"{DIRECTORY}/loyalty-cards/{{loyaltycard}}"


# What goes out


class ListingObject(msgspec.Struct):
    """A coupon or a loyalty card on a directory: `id` is that of the entry, and exactly one of the other two is set. (inferred)"""

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


class Removed(msgspec.Struct):
    """(inferred)"""

    removed: bool


# What comes in


class Listings(Parameters):
    """How something stands on a directory. What is not sent stays."""

    description: Annotated[str | None, Html(20_000, inferred=True, note="Shown in place of the coupon's own.")] = None
    category: Annotated[int | None, Id("cat", inferred=True)] = None
    featured: Annotated[bool | None, Flag(inferred=True)] = None
    paid_only: Annotated[bool | None, Flag(inferred=True, note="Opens only for who has paid.")] = None
    shows_from: Annotated[Local | None, Moment(in_utc=True, inferred=True, note="UTC.")] = None
    shows_until: Annotated[Local | None, Moment(in_utc=True, inferred=True, note="UTC.")] = None


class ListListings(Pages, kw_only=True):
    directory: DirectoryId


class PutCoupon(Listings, kw_only=True):
    directory: DirectoryId
    campaign: Annotated[int, Id("cam")]


class PutCard(Listings, kw_only=True):
    directory: DirectoryId
    loyaltycard: Annotated[int, Id("loy")]


class OneCoupon(Parameters):
    directory: DirectoryId
    campaign: Annotated[int, Id("cam")]


class OneCard(Parameters):
    directory: DirectoryId
    loyaltycard: Annotated[int, Id("loy")]


# The calls


@route(
    "GET",
    COUPONS,
    params=ListListings,
    answer=list[ListingObject],
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    inferred=True,
    example={"limit": 100},
    told=Told(total_in_header=True),
)
def list_listings(request: Request, params: ListListings) -> Headed:
    """Coupons and loyalty cards on a directory, in the order they were put there; `position` is where they stand.

    `page` or `after`, and `limit`, cut the list. The total is in X-Total-Count.
    """
    directory = reached_directory(request, params.directory)
    found = listing.everything_on(directory)
    told = (("X-Total-Count", str(found.count())),)
    if params.after is not None:
        found = found.filter(pk__gt=params.after)[: params.size]
    elif not params.is_whole:
        found = found[params.start : params.start + params.size]
    return Headed(list(array([found], lambda one: _listing_object(one, directory))), told)


@route(
    "POST",
    COUPON,
    params=PutCoupon,
    answer=ListingObject,
    errors={400, 401, 404, 422},
    access="directory",
    invalid=400,
    inferred=True,
    example={"featured": True, "paid_only": False},
)
def put_coupon(request: Request, params: PutCoupon) -> bytes:
    """Put a coupon on a directory, or change how it stands there."""
    directory = reached_directory(request, params.directory)
    listed = listing.listing(directory, campaign=params.campaign)
    campaign = listed.campaign if listed else reach.campaign(request.account, params.campaign)
    if campaign is None or campaign.is_template:
        raise Failed(NO_COUPON)
    changes = _changes(params, directory)
    put = _put(request, directory, changes, campaign=campaign)
    return msgspec.json.encode(_listing_object(put, directory))


@route(
    "DELETE",
    COUPON,
    params=OneCoupon,
    answer=Removed,
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    inferred=True,
)
def take_coupon_off(request: Request, params: OneCoupon) -> bytes:
    """Take a coupon off a directory. The coupon itself stays."""
    directory = reached_directory(request, params.directory)
    return _taken_off(request, Listing.objects.filter(directory=directory, campaign=params.campaign).first(), NO_COUPON)


@route(
    "POST",
    CARD,
    params=PutCard,
    answer=ListingObject,
    errors={400, 401, 404, 422},
    access="directory",
    invalid=400,
    inferred=True,
    example={"featured": True},
)
def put_card(request: Request, params: PutCard) -> bytes:
    """Put a loyalty card on a directory, or change how it stands there."""
    directory = reached_directory(request, params.directory)
    is_listed = listing.everything_on(directory).filter(card=params.loyaltycard).exists()
    if not is_listed and cards.card(request.account, params.loyaltycard) is None:
        raise Failed(NO_CARD)
    changes = _changes(params, directory)
    put = _put(request, directory, changes, card=params.loyaltycard)
    return msgspec.json.encode(_listing_object(put, directory))


@route(
    "DELETE",
    CARD,
    params=OneCard,
    answer=Removed,
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    inferred=True,
)
def take_card_off(request: Request, params: OneCard) -> bytes:
    """Take a loyalty card off a directory. The card itself stays."""
    directory = reached_directory(request, params.directory)
    return _taken_off(request, Listing.objects.filter(directory=directory, card=params.loyaltycard).first(), NO_CARD)


# Parts


NO_COUPON = errors.nothing_there("Coupon not found.")


NO_CARD = errors.nothing_there("Loyalty card not found.")


def _put(
    request: Request,
    directory: Directory,
    changes: dict[str, Any],
    campaign: Campaign | None = None,
    card: int | None = None,
) -> Listing:
    try:
        return editing.put(
            directory=directory, campaign=campaign, card=card, changes=changes, actor=request.actor, at=request.at
        )
    except editing.DirectoryGone:
        raise Failed(NO_DIRECTORY) from None


def _changes(params: Listings, directory: Directory) -> dict[str, Any]:
    """What was sent, by the names of `Listing`."""
    changes: dict[str, Any] = {}
    if params.description is not None:
        changes["description"] = params.description
    if params.category is not None:
        changes["category"] = _category(directory, params.category)
    if params.featured is not None:
        changes["is_featured"] = params.featured
    if params.paid_only is not None:
        changes["is_paid_only"] = params.paid_only
    if params.shows_from is not None:
        changes["shows_from"] = params.shows_from.at.replace(tzinfo=UTC)
    if params.shows_until is not None:
        changes["shows_until"] = instant_of_end(params.shows_until, "UTC")
    return changes


def _category(directory: Directory, category_id: int) -> Category:
    found = campaign_editing.category(directory.account, category_id)
    if found is None:
        raise Failed(Failure(422, (Fault(300, "Category not found.", "not_found", "category"),), is_final=True))
    return found


def _taken_off(request: Request, found: Listing | None, nothing: Failure) -> bytes:
    if found is None or not editing.take_off(listing=found, actor=request.actor, at=request.at):
        raise Failed(nothing)
    return msgspec.json.encode(Removed(True))


def _listing_object(one: Listing, directory: Directory) -> ListingObject:
    category = v3.category_of(one, directory)
    return ListingObject(
        id=one.pk,
        campaign=one.campaign_id,
        loyaltycard=one.card,
        position=one.position,
        description=one.description or None,
        category=category.pk if category else None,
        featured=v3.is_featured(one),
        paid_only=one.is_paid_only,
        shows_from=written(one.shows_from) or None,
        shows_until=written(one.shows_until) or None,
    )
