"""Users of a directory in REST style (contract/directories.md, V3 to V8)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated

import msgspec

from tearoff.api import errors
from tearoff.api.arrays import array
from tearoff.api.calls import Headed, Request, Told
from tearoff.api.errors import Failed, Failure, Fault
from tearoff.api.fields import Email, Flag, Id, Parameters, Text
from tearoff.api.moments import Day, Local, Moment, instant_of_end, written
from tearoff.api.rest import route
from tearoff.api.v3.blocks import InferredFlag
from tearoff.api.v3.loyalty import Password
from tearoff.api.v4.directories import DIRECTORY, DirectoryId, Pages, reached_directory
from tearoff.directories import addresses, entering, listing, members
from tearoff.directories.listing import Listed
from tearoff.directories.models import Member

USERS = f"{DIRECTORY}/users"
USER = f"{USERS}/{{user}}"
UserId = Annotated[int, Id("reg")]


# What goes out


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


# What comes in


class ListUsers(Pages, kw_only=True):
    directory: DirectoryId


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


# The calls


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
    directory = reached_directory(request, params.directory)
    total = listing.count(directory)
    told = (("X-Total-Count", str(total)),)
    if params.is_whole:
        return Headed(_array(listing.pieces(directory), request.at), told)
    if params.after is not None:
        return Headed(list(_array([listing.after(directory, params.after, params.size)], request.at)), told)
    found = listing.page(directory, start=params.start, limit=params.size, total=total)
    return Headed(list(_array([found], request.at)), told)


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
    directory = reached_directory(request, params.directory)
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


# Parts


NO_USER = errors.nothing_there("Directory user not found.")


EMAIL_EXISTS = Failure(409, (Fault(304, "E-mail address already exists.", "email_exists", "email"),), is_final=True)


def _member(request: Request, directory_id: int, member_id: int) -> Member:
    found = listing.member(reached_directory(request, directory_id), member_id)
    if found is None:
        raise Failed(NO_USER)
    return found


def _one(member: Member, at: datetime) -> bytes:
    row = listing.listed(member.directory, member.pk)
    if row is None:
        raise Failed(NO_USER)
    return msgspec.json.encode(_user_object(row, at))


def _array(pieces: Iterable[list[Listed]], at: datetime) -> Iterator[bytes]:
    return array(pieces, lambda row: _user_object(row, at))


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
