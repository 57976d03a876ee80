"""Directories and their users in REST style (contract/directories.md, V1 to V9), and our own calls for what stands on them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Headed, Request, Told
from tearoff.api.errors import Failed, Failure, Fault
from tearoff.api.fields import Email, Flag, Html, Id, Parameters, Text, Whole
from tearoff.api.moments import Day, Local, Moment, instant_of_end, written
from tearoff.api.rest import route
from tearoff.api.v3 import directories as v3
from tearoff.api.v3 import sendables, sending
from tearoff.api.v3.blocks import Inferred, InferredFlag
from tearoff.api.v3.loyalty import Password
from tearoff.campaigns import editing as campaign_editing
from tearoff.campaigns import reach
from tearoff.campaigns.models import Category
from tearoff.directories import addresses, editing, entering, listing, members
from tearoff.directories.listing import Counts, Listed
from tearoff.directories.models import Directory, Listing, Member
from tearoff.kit.public import public_url
from tearoff.loyalty import listing as cards
from tearoff.messaging.models import Channel
from tearoff.messaging.sending import Letter, Queued

DIRECTORIES = "/v4/directory"
DIRECTORY = f"{DIRECTORIES}/{{directory}}"
USERS = f"{DIRECTORY}/users"
USER = f"{USERS}/{{user}}"
COUPONS = f"{DIRECTORY}/campaigns"
COUPON = f"{COUPONS}/{{campaign}}"
CARD = f"{DIRECTORY}/loyalty-cards/{{loyaltycard}}"
MOST_A_PAGE = 5_000
BIGGEST_ID = 10**18 - 1

DirectoryId = Annotated[int, Id("dir")]
UserId = Annotated[int, Id("reg")]


# What goes out


class DirectoryObject(msgspec.Struct):
    """A directory."""

    id: int
    name: str
    code: Inferred
    domain: Inferred


class OneDirectoryObject(DirectoryObject):
    """A directory with its settings. (inferred)"""

    url: str
    status: str
    registration: bool
    payment: bool
    amount_of_campaigns: int
    amount_of_users: int


class MemberObject(msgspec.Struct):
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
    block: InferredFlag
    paid_access: InferredFlag
    expires_at: Annotated[str | None, msgspec.Meta(description="(inferred)")]
    created_at: str


class SignOn(msgspec.Struct):
    """A link that signs a user in, once. (inferred)"""

    token: str
    url: str


class ListingObject(msgspec.Struct):
    """A coupon or a loyalty card on a directory; exactly one of the two ids is set. (inferred)"""

    campaign: int | None
    loyaltycard: int | None
    description: str | None
    category: int | None
    featured: bool
    paid_only: bool
    shows_from: str | None
    shows_until: str | None


class Removed(msgspec.Struct):
    """(inferred)"""

    removed: bool


class Sent(msgspec.Struct):
    """What was queued; the worker sends it. (inferred)"""

    message: str
    recipient: str
    url: str


# What comes in


class NoParameters(Parameters):
    pass


class OneDirectory(Parameters):
    directory: DirectoryId


class ListUsers(Parameters):
    directory: DirectoryId
    page: Annotated[int | None, Whole(1, 1_000_000, outside=301, inferred=True, note="All users without it.")] = None
    limit: Annotated[int | None, Whole(1, MOST_A_PAGE, inferred=True)] = None
    after: Annotated[
        int | None, Whole(0, BIGGEST_ID, inferred=True, note="Id of the last user of the page before.")
    ] = None


class OneUser(Parameters):
    directory: DirectoryId
    user: UserId


class CreateUser(Parameters):
    directory: DirectoryId
    email: Annotated[str, Email(note="The log-in.")]
    password: Annotated[str | None, Password(note="Absent: a random one, so that only single sign-on leads in.")] = None
    first_name: Annotated[str, Text(100)] = ""
    last_name: Annotated[str, Text(100)] = ""
    phone: Annotated[str, Text(32)] = ""
    address: Annotated[str, Text(255)] = ""
    zip: Annotated[str, Text(32)] = ""
    city: Annotated[str, Text(100)] = ""
    birth_date: Annotated[date | None, Day()] = None
    custom_1: Annotated[str, Text(255)] = ""
    custom_2: Annotated[str, Text(255)] = ""
    custom_3: Annotated[str, Text(255)] = ""


class UpdateUser(Parameters):
    directory: DirectoryId
    user: UserId
    block: Annotated[bool | None, Flag(note="Blocked users cannot enter the directory.")] = None


class GiveAccess(Parameters):
    directory: DirectoryId
    user: UserId
    expires_at: Annotated[
        Local | None,
        Moment(in_utc=True, note="UTC, yyyy-MM-dd HH:mm:ss; a bare date ends at 23:59:59. Absent: it does not end."),
    ] = None


class SendByEmail(Parameters):
    directory: DirectoryId
    email: Annotated[str, Email()]
    subject: Annotated[str, Text(200)] = ""


class SendBySms(Parameters):
    directory: DirectoryId
    phone: Annotated[str, Text(32)]
    body: Annotated[str, Text(1_530, note="The address is put for {link}, or at the end.")] = ""


class Listings(Parameters):
    """How something stands on a directory. What is not sent stays."""

    description: Annotated[str | None, Html(20_000, inferred=True, note="Empty: as the coupon has it.")] = None
    category: Annotated[int | None, Id("cat", inferred=True)] = None
    featured: Annotated[bool | None, Flag(inferred=True)] = None
    paid_only: Annotated[bool | None, Flag(inferred=True, note="Opens only for who has paid.")] = None
    shows_from: Annotated[Local | None, Moment(in_utc=True, inferred=True, note="UTC.")] = None
    shows_until: Annotated[Local | None, Moment(in_utc=True, inferred=True, note="UTC.")] = None


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
    "GET", DIRECTORIES, params=NoParameters, answer=list[DirectoryObject], errors={401}, access="directory", invalid=400
)
def list_directories(request: Request, params: NoParameters) -> bytes:
    """All directories of the account."""
    found = listing.directories_of(request.account).order_by("id")
    return msgspec.json.encode([DirectoryObject(*_first_members(one)) for one in found])


@route(
    "GET",
    DIRECTORY,
    params=OneDirectory,
    answer=OneDirectoryObject,
    errors={400, 401, 404},
    access="directory",
    invalid=400,
)
def read_directory(request: Request, params: OneDirectory) -> bytes:
    """One directory with its settings."""
    directory = _directory(request, params.directory)
    counts: Counts = listing.counts([directory])[directory.pk]
    found = OneDirectoryObject(
        *_first_members(directory),
        url=addresses.directory_url(directory.code),
        status=directory.status,
        registration=v3.demands_registration(directory),
        payment=v3.charges(directory, counts),
        amount_of_campaigns=counts.campaigns,
        amount_of_users=counts.members,
    )
    return msgspec.json.encode(found)


@route(
    "GET",
    USERS,
    params=ListUsers,
    answer=list[MemberObject],
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    example={"page": 1, "limit": 100},
    told=Told(total_in_header=True),
)
def list_users(request: Request, params: ListUsers) -> Headed:
    """All users of a directory, newest first; `page` or `after`, and `limit`, cut the list. The total is in X-Total-Count."""
    directory = _directory(request, params.directory)
    total = (("X-Total-Count", str(listing.count(directory))),)
    limit = params.limit or MOST_A_PAGE
    if params.after is not None:
        return Headed(list(_array([listing.after(directory, params.after, limit)], request.at)), total)
    if params.page is None and params.limit is None:
        return Headed(_array(listing.pieces(directory), request.at), total)
    found = listing.page(directory, start=((params.page or 1) - 1) * limit, limit=limit)
    return Headed(list(_array([found], request.at)), total)


@route("GET", USER, params=OneUser, answer=MemberObject, errors={400, 401, 404}, access="directory", invalid=400)
def read_user(request: Request, params: OneUser) -> bytes:
    """One user of a directory."""
    return _one(_member(request, params.directory, params.user), request.at)


@route(
    "POST",
    USERS,
    params=CreateUser,
    answer=MemberObject,
    errors={400, 401, 404, 409},
    access="directory",
    invalid=400,
    example={"email": "pau@mail.example", "password": "correct horse", "first_name": "Pau", "custom_1": "vip"},
    told=Told(yours=("email",)),
)
def create_user(request: Request, params: CreateUser) -> bytes:
    """Register a user of a directory."""
    directory = _directory(request, params.directory)
    profile: dict[str, str | date] = {
        name: text for name in Member.PROFILE if name != "birth_date" and (text := getattr(params, name))
    }
    if params.birth_date is not None:
        profile["birth_date"] = params.birth_date
    try:
        made = members.register(
            directory=directory,
            email=params.email,
            password=params.password,
            profile=profile,
            at=request.at,
            actor=request.actor,
        )
    except members.EmailTaken:
        raise Failed(EMAIL_EXISTS) from None
    return _one(made, request.at)


@route(
    "POST",
    USER,
    params=UpdateUser,
    answer=MemberObject,
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    example={"block": True},
)
def update_user(request: Request, params: UpdateUser) -> bytes:
    """Block a user, or let them in again. Other members are not changed by this call."""
    member = _member(request, params.directory, params.user)
    if params.block is not None:
        member = members.block(member, params.block, at=request.at, actor=request.actor)
    return _one(member, request.at)


@route(
    "POST",
    f"{USER}/access",
    params=GiveAccess,
    answer=MemberObject,
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    example={"expires_at": "2027-01-31 23:59:59"},
)
def give_access(request: Request, params: GiveAccess) -> bytes:
    """Open all paid content of a directory to a user."""
    member = _member(request, params.directory, params.user)
    until = instant_of_end(params.expires_at, "UTC") if params.expires_at else None
    return _one(members.give_access(member, until, at=request.at, actor=request.actor), request.at)


@route(
    "DELETE",
    f"{USER}/access",
    params=OneUser,
    answer=MemberObject,
    errors={400, 401, 404},
    access="directory",
    invalid=400,
)
def take_access(request: Request, params: OneUser) -> bytes:
    """Take paid access away."""
    member = _member(request, params.directory, params.user)
    return _one(members.take_access(member, at=request.at, actor=request.actor), request.at)


@route(
    "POST",
    f"{USER}/sso",
    params=OneUser,
    answer=SignOn,
    errors={400, 401, 404, 422},
    access="directory",
    invalid=400,
    is_secret=True,
)
def sign_on(request: Request, params: OneUser) -> bytes:
    """A link that signs a user in once, within ten minutes: send the user's browser there."""
    member = _member(request, params.directory, params.user)
    if member.blocked_at is not None:
        raise Failed(errors.not_allowed("This user is blocked.", "blocked"))
    token = entering.sign_on_token(member, at=request.at, actor=request.actor)
    return msgspec.json.encode(SignOn(token, addresses.sign_on_url(member.directory.code, token)))


@route(
    "POST",
    f"{DIRECTORY}/send/email",
    params=SendByEmail,
    answer=Sent,
    errors={400, 401, 404, 422},
    access=("directory", "distribution"),
    invalid=400,
    inferred=True,
    example={"email": "ann@example.org", "subject": "This week's deals"},
)
def send_by_email(request: Request, params: SendByEmail) -> bytes:
    """Send the address of a directory by e-mail."""
    _directory(request, params.directory)
    sending.needs_email(request)
    letter = Letter(Channel.MAIL, params.email, subject=params.subject)
    return _sent(sendables.send(request, ("dir", params.directory), letter))


@route(
    "POST",
    f"{DIRECTORY}/send/sms",
    params=SendBySms,
    answer=Sent,
    errors={400, 401, 402, 404, 422},
    access=("directory", "distribution"),
    invalid=400,
    inferred=True,
    example={"phone": "+32470000001", "body": "This week's deals:"},
)
def send_by_sms(request: Request, params: SendBySms) -> bytes:
    """Send the address of a directory by SMS. 402 when the account's credits are used up."""
    _directory(request, params.directory)
    sending.needs_sms(request)
    letter = Letter(Channel.SMS, params.phone, body=params.body)
    try:
        return _sent(sendables.send(request, ("dir", params.directory), letter))
    except Failed as failed:
        fault = failed.failure.faults[0]
        if fault.reason != "no_credit":
            raise
        raise Failed(Failure(402, (fault,), is_final=True)) from None


# What stands on it: our own, as the contract knows no such calls


@route(
    "GET",
    COUPONS,
    params=OneDirectory,
    answer=list[ListingObject],
    errors={400, 401, 404},
    access="directory",
    invalid=400,
    inferred=True,
)
def list_listings(request: Request, params: OneDirectory) -> bytes:
    """Coupons and loyalty cards on a directory, in the order they stand there."""
    directory = _directory(request, params.directory)
    found = list(listing.everything_on(directory))
    alive = set(
        cards.cards_of(request.account)
        .filter(pk__in=[one.card for one in found if one.card])
        .values_list("pk", flat=True)
    )
    return msgspec.json.encode(
        [_listing_object(one, directory) for one in found if one.card is None or one.card in alive]
    )


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
    directory = _directory(request, params.directory)
    campaign = reach.campaign(request.account, params.campaign)
    if campaign is None or campaign.is_template:
        raise Failed(NO_COUPON)
    changes = _changes(params, directory)
    put = editing.put(directory=directory, campaign=campaign, changes=changes, actor=request.actor, at=request.at)
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
    directory = _directory(request, params.directory)
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
    directory = _directory(request, params.directory)
    card = cards.card(request.account, params.loyaltycard)
    if card is None:
        raise Failed(NO_CARD)
    changes = _changes(params, directory)
    put = editing.put(directory=directory, card=card.pk, changes=changes, actor=request.actor, at=request.at)
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
    directory = _directory(request, params.directory)
    return _taken_off(request, Listing.objects.filter(directory=directory, card=params.loyaltycard).first(), NO_CARD)


# Parts

NO_DIRECTORY = errors.nothing_there("Directory not found.")
NO_USER = errors.nothing_there("Directory user not found.")
NO_COUPON = errors.nothing_there("Coupon not found.")
NO_CARD = errors.nothing_there("Loyalty card not found.")
EMAIL_EXISTS = Failure(409, (Fault(304, "E-mail address already exists.", "email_exists", "email"),), is_final=True)


def _directory(request: Request, directory_id: int) -> Directory:
    found = listing.directory(request.account, directory_id)
    if found is None:
        raise Failed(NO_DIRECTORY)
    return found


def _member(request: Request, directory_id: int, member_id: int) -> Member:
    found = listing.member(_directory(request, directory_id), member_id)
    if found is None:
        raise Failed(NO_USER)
    return found


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


def _sent(queued: Queued) -> bytes:
    assert queued.message is not None, "a directory may be sent to one person any number of times"
    return msgspec.json.encode(Sent(queued.message.text, queued.key, queued.link))


def _one(member: Member, at: datetime) -> bytes:
    row = listing.listed(member.directory, member.pk)
    if row is None:
        raise Failed(NO_USER)
    return msgspec.json.encode(_user_object(row, at))


def _array(pieces: Iterable[list[Listed]], at: datetime) -> Iterator[bytes]:
    """The list, made while it is sent."""
    yield b"["
    is_first = True
    for piece in pieces:
        body = msgspec.json.encode([_user_object(row, at) for row in piece])[1:-1]
        yield body if is_first or not body else b"," + body
        is_first = is_first and not body
    yield b"]"


def _first_members(directory: Directory) -> tuple[int, str, str, str]:
    return directory.pk, directory.name, directory.code, urlsplit(public_url("/")).netloc


def _user_object(row: Listed, at: datetime) -> MemberObject:
    return MemberObject(
        id=row.id,
        email=row.email,
        first_name=row.first_name or None,
        last_name=row.last_name or None,
        phone=row.phone or None,
        address=row.address or None,
        zip=row.zip or None,
        city=row.city or None,
        birth_date=row.birth_date.isoformat() if row.birth_date else None,
        custom_1=row.custom_1 or None,
        custom_2=row.custom_2 or None,
        custom_3=row.custom_3 or None,
        block=row.blocked_at is not None,
        paid_access=row.is_paying(at),
        expires_at=written(row.paid_until) or None,
        created_at=row.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def _listing_object(one: Listing, directory: Directory) -> ListingObject:
    category = v3.category_of(one, directory)
    return ListingObject(
        campaign=one.campaign_id,
        loyaltycard=one.card,
        description=one.description or None,
        category=category.pk if category else None,
        featured=v3.is_featured(one),
        paid_only=one.is_paid_only,
        shows_from=written(one.shows_from) or None,
        shows_until=written(one.shows_until) or None,
    )
