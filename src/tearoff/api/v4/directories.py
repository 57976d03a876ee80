"""Directories in REST style: reading and sending them (contract/directories.md, V1, V2, V9)."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from tearoff.api import errors
from tearoff.api.calls import Request
from tearoff.api.errors import Failed
from tearoff.api.fields import Email, Id, Parameters, Text, Whole
from tearoff.api.rest import route
from tearoff.api.v3 import directories as v3
from tearoff.api.v3 import sendables, sending
from tearoff.api.v3.blocks import Inferred
from tearoff.directories import addresses, listing
from tearoff.directories.listing import Counts
from tearoff.directories.models import Directory
from tearoff.kit.public import public_url
from tearoff.messaging.models import Channel
from tearoff.messaging.sending import Letter, Queued

DIRECTORIES = "/v4/directory"
DIRECTORY = f"{DIRECTORIES}/{{directory}}"
MOST_A_PAGE = 5_000
BIGGEST_ID = 10**18 - 1

DirectoryId = Annotated[int, Id("dir")]


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


class Sent(msgspec.Struct):
    """What was queued; the worker sends it. (inferred)"""

    message: str
    recipient: str
    url: str


# What comes in


class NoParameters(Parameters):
    pass


class Pages(Parameters):
    """What part of a long list is asked for; without any of it all of the list."""

    leading = ("directory",)

    page: Annotated[int | None, Whole(1, 1_000_000, outside=301, inferred=True, note="All of them without it.")] = None
    limit: Annotated[int | None, Whole(1, MOST_A_PAGE, inferred=True)] = None
    after: Annotated[int | None, Whole(0, BIGGEST_ID, inferred=True, note="Id of the last one of the page before.")] = (
        None
    )

    @property
    def size(self) -> int:
        """How many of a page."""
        return self.limit or MOST_A_PAGE

    @property
    def start(self) -> int:
        """How many stand on the pages before."""
        return ((self.page or 1) - 1) * self.size

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut off."""
        return self.page is None and self.limit is None and self.after is None


class OneDirectory(Parameters):
    directory: DirectoryId


class SendByEmail(Parameters):
    directory: DirectoryId
    email: Annotated[str, Email()]
    subject: Annotated[str, Text(200)] = ""


class SendBySms(Parameters):
    directory: DirectoryId
    phone: Annotated[str, Text(32)]
    body: Annotated[str, Text(1_530, note="The address is put for {link}, or at the end.")] = ""


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
    directory = reached_directory(request, params.directory)
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
    reached_directory(request, params.directory)
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
    reached_directory(request, params.directory)
    sending.needs_sms(request)
    letter = Letter(Channel.SMS, params.phone, body=params.body)
    try:
        return _sent(sendables.send(request, ("dir", params.directory), letter))
    except Failed as failed:
        status = {"no_credit": 402, "malformed": 400}.get(failed.failure.faults[0].reason)
        if status is None:
            raise
        raise Failed(replace(failed.failure, http=status)) from None


# Parts

NO_DIRECTORY = errors.nothing_there("Directory not found.")


def reached_directory(request: Request, directory_id: int) -> Directory:
    found = listing.directory(request.account, directory_id)
    if found is None:
        raise Failed(NO_DIRECTORY)
    return found


def _sent(queued: Queued) -> bytes:
    assert queued.message is not None, "a directory may be sent to one person any number of times"
    return msgspec.json.encode(Sent(queued.message.text, queued.key, queued.link))


def _first_members(directory: Directory) -> tuple[int, str, str, str]:
    return directory.pk, directory.name, directory.code, urlsplit(public_url("/")).netloc
