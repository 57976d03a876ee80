"""Registered users of a directory (contract/directories.md, D4 and D5)."""

from datetime import datetime
from typing import Annotated

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Headed, Request, Told, call
from tearoff.api.errors import Failed
from tearoff.api.fields import Choice, Id, Parameters
from tearoff.api.moments import Local, Moment, instant_of_end, written
from tearoff.api.v3.blocks import Answer
from tearoff.api.v3.directories import A_PAGE, PageOfDirectory, reached_directory
from tearoff.api.v3.loyalty import shown_phone
from tearoff.directories import listing, members
from tearoff.directories.listing import Listed
from tearoff.directories.models import Member

# What goes out


class MemberBlock(msgspec.Struct):
    """A registered user of a directory; dates are UTC. (inferred)"""

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


class MemberList(Answer, kw_only=True):
    """(inferred)"""

    directory: str
    page: int
    data: list[MemberBlock]


class PaymentAnswer(Answer, kw_only=True):
    """(inferred)"""

    directory: str
    user: str
    paid: bool


# What comes in


PAID = {"paid": "paid", "true": "paid", "1": "paid", "unpaid": "unpaid", "false": "unpaid", "0": "unpaid"}


class UpdatePayment(Parameters):
    directory: Annotated[int, Id("dir", note="As it was given to the payment page.")]
    user: Annotated[int, Id("reg", inferred=True, note="As it was given to the payment page.")]
    payment_status: Annotated[str, Choice(PAID, also=("status", "paid"), inferred=True)]
    expiry_date: Annotated[
        Local | None,
        Moment(
            also=("expires_at",),
            in_utc=True,
            inferred=True,
            note="UTC; a bare date ends at 23:59:59. Absent: it does not end.",
        ),
    ] = None


# The calls


@call(
    "/v3/directoryusers/list",
    params=PageOfDirectory,
    answer=MemberList,
    errors={200, 301, 507},
    access="directory",
    reads=True,
    example={"directory": "dir_6120", "page": 1},
    told=Told(total_in_header=True),
)
def list_directory_users(request: Request, params: PageOfDirectory) -> Headed:
    """The registered users of a directory, newest first, a hundred a page."""
    directory = reached_directory(request, params.directory)
    total = listing.count(directory)
    found = listing.page(directory, start=(params.page - 1) * A_PAGE, limit=A_PAGE, total=total)
    blocks = [member_block(row, request.at) for row in found]
    body = msgspec.json.encode(MemberList(directory=f"dir_{directory.pk}", page=params.page, data=blocks))
    return Headed(body, (("X-Total-Count", str(total)),))


@call(
    "/v3/directoryusers/update",
    params=UpdatePayment,
    answer=PaymentAnswer,
    errors={200, 301, 302, 303, 506, 507},
    access="directory",
    example={"directory": "dir_6120", "user": "reg_90417", "payment_status": "paid", "expiry_date": "2024-01-31"},
)
def update_payment_status(request: Request, params: UpdatePayment) -> bytes:
    """Open or close the paid content of a directory for a user, after your own payment page was paid or not."""
    directory = reached_directory(request, params.directory)
    member = listing.member(directory, params.user)
    if member is None:
        raise Failed(errors.not_found(506, "Directory user not found"))
    now = _paid(request, member, params)
    return msgspec.json.encode(
        PaymentAnswer(directory=f"dir_{directory.pk}", user=f"reg_{now.pk}", paid=now.is_paying(request.at))
    )


def _paid(request: Request, member: Member, params: UpdatePayment) -> Member:
    if params.payment_status == "unpaid":
        return members.take_access(member, at=request.at, actor=request.actor)
    until = instant_of_end(params.expiry_date, "UTC") if params.expiry_date else None
    return members.give_access(member, until, at=request.at, actor=request.actor)


# Parts


def member_block(row: Listed, at: datetime) -> MemberBlock:
    return MemberBlock(
        ID=f"reg_{row.id}",
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        phone=shown_phone(row.phone),
        address=row.address,
        zip=row.zip,
        city=row.city,
        birth_date=row.birth_date.isoformat() if row.birth_date else "",
        custom_1=row.custom_1,
        custom_2=row.custom_2,
        custom_3=row.custom_3,
        blocked=row.blocked_at is not None,
        paid=row.is_paying(at),
        payment_expiry=written(row.paid_until),
        created_at=written(row.created_at),
    )
