"""Directories and their coupons (contract/directories.md, D1 to D3, D7, D8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from django.db import transaction

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.api import errors
from tearoff.api.calls import Request, Told, call
from tearoff.api.errors import Failed
from tearoff.api.fields import Choice, Flag, Html, Id, Parameters, Text, Whole, one_of
from tearoff.api.v3 import coupon_changes
from tearoff.api.v3.blocks import Answer
from tearoff.api.v3.coupons import reached
from tearoff.api.v3.sendables import SENDABLES
from tearoff.campaigns import editing as campaign_editing
from tearoff.campaigns import schedule
from tearoff.campaigns.models import Campaign, Category, Grant
from tearoff.coupons.addresses import coupon_url
from tearoff.directories import addresses, editing, listing
from tearoff.directories.listing import Counts
from tearoff.directories.models import Directory, Listing
from tearoff.kit import sql
from tearoff.messaging import sending
from tearoff.messaging.sending import Letter, Queued

A_PAGE = 100
"""Registrations and coupons of a page (directories.md D4)."""


# What goes out


class DirectoryBlock(msgspec.Struct):
    """A directory. (inferred)"""

    ID: str
    code: str
    name: str
    url: str
    status: str


class OneDirectoryBlock(DirectoryBlock):
    """A directory with its settings. (inferred)"""

    registration: bool
    payment: bool
    amount_of_campaigns: int
    amount_of_users: int


class DirectoryList(Answer, kw_only=True):
    """(inferred)"""

    directory_info: list[DirectoryBlock]


class OneDirectory(Answer, kw_only=True):
    """(inferred)"""

    directory_info: OneDirectoryBlock


class ListedCoupon(msgspec.Struct):
    """A coupon as a directory shows it. (inferred)"""

    ID: str
    code: str
    name: str
    url: str
    status: str
    description: str
    category: str
    category_name: str
    featured: bool


class ListedCoupons(Answer, kw_only=True):
    """(inferred)"""

    directory: str
    campaigns: list[ListedCoupon]


class OneListedCoupon(Answer, kw_only=True):
    """(inferred)"""

    directory: str
    campaign: ListedCoupon


class MadeCoupon(msgspec.Struct):
    """(inferred)"""

    ID: str
    code: str
    url: str
    status: str


class CouponMade(Answer, kw_only=True):
    """(inferred)"""

    campaign: MadeCoupon


# What comes in


class NoParameters(Parameters):
    pass


class OneDirectoryAsked(Parameters):
    directory: Annotated[int, Id("dir")]


class PageOfDirectory(Parameters):
    directory: Annotated[int, Id("dir")]
    page: Annotated[int, Whole(1, 1_000_000, outside=301, inferred=True, note="100 on each.")] = 1


class InDirectory(Parameters):
    """What may be set on a coupon in a directory."""

    leading = ("directory", "template", "campaign", "name")

    directory: Annotated[int, Id("dir")]
    description: Annotated[str | None, Html(20_000, inferred=True, note="Shown in the directory.")] = None
    category: Annotated[int | None, Id("cat", inferred=True)] = None
    featured: Annotated[bool | None, Flag(inferred=True, note="A highlighted listing.")] = None
    status: Annotated[str | None, Choice(one_of("active", "inactive"), inferred=True, note="Of the coupon.")] = None


class CreateInDirectory(InDirectory, kw_only=True):
    template: Annotated[int, Id("cam", note="The id of a template, with or without its prefix.")]
    name: Annotated[str, Text(200, inferred=True, note="Absent: the template's.")] = ""
    subaccount: Annotated[int | None, Id("sub", inferred=True, note="Who shall own it.")] = None


class UpdateInDirectory(InDirectory, kw_only=True):
    campaign: Annotated[int, Id("cam")]

    def faults(self) -> Iterator[errors.Fault]:
        if all(one is None for one in (self.description, self.category, self.featured, self.status)):
            yield errors.missing("status")


# The calls


@call("/v3/directory/list", params=NoParameters, answer=DirectoryList, errors=set(), access="directory", reads=True)
def list_directories(request: Request, params: NoParameters) -> bytes:
    """All directories of the account."""
    found = listing.directories_of(request.account).order_by("id")
    return msgspec.json.encode(DirectoryList(directory_info=[DirectoryBlock(*_first_members(one)) for one in found]))


@call(
    "/v3/directory/info",
    params=OneDirectoryAsked,
    answer=OneDirectory,
    errors={200, 301, 507},
    access="directory",
    reads=True,
    example={"directory": "dir_6120"},
)
def read_directory(request: Request, params: OneDirectoryAsked) -> bytes:
    """One directory with its settings."""
    directory = reached_directory(request, params.directory)
    counts = listing.counts([directory])[directory.pk]
    block = OneDirectoryBlock(
        *_first_members(directory),
        registration=demands_registration(directory),
        payment=charges(directory, counts),
        amount_of_campaigns=counts.campaigns,
        amount_of_users=counts.members,
    )
    return msgspec.json.encode(OneDirectory(directory_info=block))


@call(
    "/v3/directory/campaigns",
    params=PageOfDirectory,
    answer=ListedCoupons,
    errors={200, 301, 507},
    access="directory",
    reads=True,
    inferred=True,
    example={"directory": "dir_6120"},
)
def list_coupons_of_directory(request: Request, params: PageOfDirectory) -> bytes:
    """The coupons of a directory, the latest added first."""
    directory = reached_directory(request, params.directory)
    start = (params.page - 1) * A_PAGE
    found = listing.listings_of(directory)[start : start + A_PAGE]
    blocks = [listed_coupon(one, directory, request.at) for one in found]
    return msgspec.json.encode(ListedCoupons(directory=f"dir_{directory.pk}", campaigns=blocks))


@call(
    "/v3/directory/campaign/create",
    params=CreateInDirectory,
    answer=CouponMade,
    errors={200, 300, 301, 302, 502, 507},
    access=("directory", "add_campaign"),
    inferred=True,
    example={"directory": "dir_6120", "template": "204400", "name": "Spring coffee", "featured": True},
    told=Told(reasons=("package_limit",)),
)
def create_coupon_in_directory(request: Request, params: CreateInDirectory) -> bytes:
    """Make a coupon from a template and put it on a directory."""
    directory = reached_directory(request, params.directory)
    template = reached(request, params.template)
    if not template.is_template:
        raise Failed(errors.no_campaign())
    account = coupon_changes.account_to_make_in(request, params.subaccount)
    category = _category(directory, params.category)
    changes: dict[str, object] = {"status": params.status} if params.status else {}
    if category and account.pk == category.account_id:
        changes["category"] = category
    with transaction.atomic():
        made = _made(request, account, template, params.name or template.name, changes)
        put = {"description": params.description or "", "category": category, "is_featured": params.featured}
        _put(request, directory, made, put)
    block = MadeCoupon(f"cam_{made.pk}", made.code, coupon_url(made.code), schedule.shown_status(made, request.at))
    return msgspec.json.encode(CouponMade(campaign=block))


def _made(request: Request, account: Account, template: Campaign, name: str, changes: dict[str, object]) -> Campaign:
    made = campaign_editing.create_campaign(
        account=account, template=template, name=name, changes=changes, actor=request.actor, at=request.at
    )
    if account.pk != request.account:
        Grant.objects.create(parent_id=request.account, campaign=made)
    return made


@call(
    "/v3/directory/campaign/update",
    params=UpdateInDirectory,
    answer=OneListedCoupon,
    errors={200, 300, 301, 302, 502, 507},
    access=("directory", "update_campaign"),
    inferred=True,
    example={"directory": "dir_6120", "campaign": "cam_204417", "featured": True, "status": "active"},
    told=Told(reasons=("package_limit",)),
)
def update_coupon_in_directory(request: Request, params: UpdateInDirectory) -> bytes:
    """Change how a directory shows a coupon, or switch the coupon. Only what is sent is changed.

    How it stands there is the directory's matter, also where the coupon is a sub-account's that no grant leads to; whether
    it is on is not.
    """
    directory = reached_directory(request, params.directory)
    listed = listing.listing(directory, campaign=params.campaign)
    if listed is None or listed.campaign is None:
        raise Failed(errors.no_campaign())
    campaign = reached(request, params.campaign) if params.status is not None else listed.campaign
    put: dict[str, object] = {}
    if params.description is not None:
        put["description"] = params.description
    if params.category is not None:
        put["category"] = _category(directory, params.category)
    if params.featured is not None:
        put["is_featured"] = params.featured
    try:
        with transaction.atomic():
            if params.status is not None:
                campaign_editing.update_campaign(
                    campaign=campaign, changes={"status": params.status}, actor=request.actor, at=request.at
                )
            _put(request, directory, campaign, put)
    except sql.Busy:
        raise Failed(errors.BUSY) from None
    now = listing.listing(directory, campaign=campaign.pk)
    assert now is not None
    block = listed_coupon(now, directory, request.at)
    return msgspec.json.encode(OneListedCoupon(directory=f"dir_{directory.pk}", campaign=block))


def _put(request: Request, directory: Directory, campaign: Campaign, changes: dict[str, Any]) -> None:
    try:
        editing.put(directory=directory, campaign=campaign, changes=changes, actor=request.actor, at=request.at)
    except editing.DirectoryGone:
        raise Failed(NO_DIRECTORY) from None


def _send_directory(request: Request, number: int, letter: Letter) -> Queued:
    """D8: its public address; 502 here, not 507, when the account has no such directory."""
    rights.require_of(request.actor, "directory")
    directory = listing.directories_of(request.account).select_related("account").filter(pk=number).first()
    if directory is None:
        raise Failed(errors.not_found(502, "Directory not found"))
    return sending.send_link(
        account=request.account,
        country=directory.account.country,
        letter=letter,
        title=directory.shown_title,
        link=addresses.directory_url(directory.code),
        at=request.at,
        actor=request.actor,
    )


SENDABLES["dir"] = _send_directory


# Parts, also for the calls in REST style


def demands_registration(directory: Directory) -> bool:
    return directory.access != Directory.Access.OPEN


def charges(directory: Directory, counts: Counts) -> bool:
    """Whether anything on it opens only for who has paid."""
    return directory.access == Directory.Access.PAID or counts.has_paid_offers


NO_DIRECTORY = errors.not_found(507, "Directory not found")


def reached_directory(request: Request, directory_id: int) -> Directory:
    found = listing.directory(request.account, directory_id)
    if found is None:
        raise Failed(NO_DIRECTORY)
    return found


def _category(directory: Directory, category_id: int | None) -> Category | None:
    if category_id is None:
        return None
    found = campaign_editing.category(directory.account, category_id)
    if found is None:
        raise Failed(errors.not_allowed("Category not found", "not_found"))
    return found


def _first_members(directory: Directory) -> tuple[str, str, str, str, str]:
    url = addresses.directory_url(directory.code)
    return f"dir_{directory.pk}", directory.code, directory.name, url, directory.status


def listed_coupon(one: Listing, directory: Directory, at: datetime) -> ListedCoupon:
    """What the listing leaves empty is as the coupon has it."""
    campaign = one.campaign
    assert campaign is not None
    category = category_of(one, directory)
    return ListedCoupon(
        ID=f"cam_{campaign.pk}",
        code=campaign.code,
        name=campaign.name,
        url=coupon_url(campaign.code),
        status=schedule.shown_status(campaign, at),
        description=one.description or campaign.description,
        category=f"cat_{category.pk}" if category else "",
        category_name=category.name if category else "",
        featured=is_featured(one),
    )


def category_of(one: Listing, directory: Directory) -> Category | None:
    """The listing's own, else the coupon's if it is one of the directory's account: a subaccount has its own tree."""
    inherited = one.campaign.category if one.campaign else None
    if inherited and inherited.account_id != directory.account_id:
        inherited = None
    return one.category or inherited


def is_featured(one: Listing) -> bool:
    if one.is_featured is not None:
        return one.is_featured
    return bool(one.campaign and one.campaign.is_featured)
