"""The SMS tool and its e-mail twin: groups and their contacts (smstool.md S1 to S4, E1 to E4, and our own calls).

Both tools are written once: `_enter` enters each call for `smstool` and for `emailtool`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec

from tearoff.accounts.models import Account
from tearoff.api import errors
from tearoff.api.arrays import array, at_most
from tearoff.api.calls import Made, Request, Told, call
from tearoff.api.errors import Failed, Failure, Fault
from tearoff.api.fields import Email, Id, Kind, Parameters, Text, Whole, Wrong, text_of
from tearoff.api.v3 import sendables
from tearoff.api.v3.blocks import OK, Answer, InferredNumber
from tearoff.messaging import connecting, contacts
from tearoff.messaging.contacts import Address, name_of
from tearoff.messaging.models import Channel, Contact, Group

WHOLE = 5_000
"""Up to so many contacts are one answer; a longer list is sent while it is read."""


@dataclass(frozen=True)
class Birthday(Kind):
    """A date: `1990-04-12`."""

    def read(self, name: str, value: Any) -> date:
        text = text_of(name, value, 303).strip()
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise Wrong(errors.bad_format(name, "yyyy-MM-dd", 303, "bad_date"))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "examples": ["1990-04-12"]}


class NoParameters(Parameters):
    """No parameters."""


GROUP_NAMES = ("smsgroup", "emailgroup", "group_id", "group")


def _group_id(own: str) -> Any:
    return Annotated[int, Id("gro", also=tuple(name for name in GROUP_NAMES if name != own))]


DETAILS: list[tuple[str, Any, Any]] = [
    ("first_name", Annotated[str | None, Text(100)], None),
    ("last_name", Annotated[str | None, Text(100)], None),
    ("birthday", Annotated[date | None, Birthday()], None),
    *((f"customfield{number}", Annotated[str | None, Text(50)], None) for number in range(1, 8)),
]
CONTACT = ("contact", Annotated[int | None, Id("con", inferred=True, note="Instead of the address.")], None)


def _parameters(name: str, *fields: tuple[Any, ...]) -> type[Parameters]:
    """A call's parameters, in the order of its table."""
    made: Any = msgspec.defstruct(name, fields, bases=(Parameters,), kw_only=True, module=__name__)
    return made


class GroupItem(msgspec.Struct):
    ID: str
    name: str


class GroupList(Answer, kw_only=True):
    amount_of_groups: int
    group: list[GroupItem]


class NewGroup(Answer, kw_only=True):
    """(inferred)"""

    group_id: str
    group: GroupItem


class RemovedGroup(Answer, kw_only=True):
    """(inferred)"""

    group_id: str
    action: str
    amount_of_users: int


class SmsContact(msgspec.Struct):
    """A contact; `state` is `subscribed` or `unsubscribed`. (inferred)"""

    ID: str
    phone: str
    first_name: str
    last_name: str
    birthday: str
    customfield1: str
    customfield2: str
    customfield3: str
    customfield4: str
    customfield5: str
    customfield6: str
    customfield7: str
    date: str
    state: str


class EmailContact(msgspec.Struct):
    """A contact; `state` is `subscribed` or `unsubscribed`. (inferred)"""

    ID: str
    email: str
    first_name: str
    last_name: str
    birthday: str
    customfield1: str
    customfield2: str
    customfield3: str
    customfield4: str
    customfield5: str
    customfield6: str
    customfield7: str
    date: str
    state: str


class SmsContacts(Answer, kw_only=True):
    """`amount_of_users` counts the whole group, also when `page` and `limit` cut the list."""

    group_id: str
    amount_of_users: InferredNumber
    user: list[SmsContact]


class EmailContacts(Answer, kw_only=True):
    """`amount_of_users` counts the whole group, also when `page` and `limit` cut the list."""

    group_id: str
    amount_of_users: InferredNumber
    user: list[EmailContact]


class OneSmsContact(Answer, kw_only=True):
    """(inferred)"""

    group_id: str
    phone: str
    user: SmsContact


class OneEmailContact(Answer, kw_only=True):
    """(inferred)"""

    group_id: str
    email: str
    user: EmailContact


class RemovedContact(Answer, kw_only=True):
    """(inferred)"""

    group_id: str
    action: str
    ID: str


NO_GROUP = errors.not_found(514, "Group not found")
NO_CONTACT = errors.not_found(300, "Contact not found")
"""What is removed while a call is at it is answered as if it had not been there."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What differs between the two."""

    path: str
    kind: Group.Kind
    channel: Channel
    group: str
    """The parameter that names a group."""
    address: str
    """The parameter that names a recipient."""
    address_kind: Kind
    not_connected: Failure
    contact: type[SmsContact] | type[EmailContact]
    contact_list: type[SmsContacts] | type[EmailContacts]
    one_contact: type[OneSmsContact] | type[OneEmailContact]
    example: str
    code: int
    """For an address that is none."""

    def right(self, request: Request) -> None:
        """103: nobody sends for this account on this channel."""
        if not connecting.is_connected(request.account, self.channel):
            raise Failed(self.not_connected)

    def params(self, name: str, *fields: tuple[Any, ...]) -> type[Parameters]:
        return _parameters(name, (self.group, _group_id(self.group)), *fields)

    def found(self, request: Request, params: Any) -> Group:
        group = contacts.group_of(request.account, self.kind, getattr(params, self.group))
        if group is None:
            raise Failed(NO_GROUP)
        return group

    def addressed(self, request: Request, params: Any) -> Address:
        country = Account.objects.values_list("country", flat=True).get(pk=request.account)
        to = contacts.address(self.kind, getattr(params, self.address), country)
        if to is None:
            raise Failed(sendables.NOT_E164)
        return to

    def contact_named(self, request: Request, params: Any) -> Contact:
        """By id, else by number or address. What is wrong with the request itself is told before what does not exist."""
        by: dict[str, Any] = {"pk": params.contact}
        if params.contact is None:
            if getattr(params, self.address) is None:
                raise Failed(errors.wrong_parameters([errors.missing(self.address)]))
            by = {"key": self.addressed(request, params).key}
        found = contacts.contact_of(self.found(request, params), **by)
        if found is None:
            raise Failed(NO_CONTACT)
        return found

    def item(self, contact: Contact) -> Any:
        values = {
            "ID": f"con_{contact.pk}",
            self.address: contact.phone.removeprefix("+") or contact.email,
            "birthday": contact.birthday.isoformat() if contact.birthday else "",
            "date": contact.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        }
        rest = (name for name in self.contact.__struct_fields__ if name not in values)
        return self.contact(**values | {name: getattr(contact, name) for name in rest})

    def one(self, contact: Contact) -> bytes:
        item = self.item(contact)
        about = {"group_id": f"gro_{contact.group_id}", self.address: getattr(item, self.address), "user": item}
        return msgspec.json.encode(self.one_contact(**about))


def details(params: Any) -> dict[str, Any]:
    """What was sent of a contact's details."""
    return {name: value for name in contacts.DETAILS if (value := getattr(params, name)) is not None}


SMS = Tool(
    "smstool", Group.Kind.SMS, Channel.SMS, "smsgroup", "phone", Text(32, note="E.164, with or without the plus."),
    sendables.NO_SMS, SmsContact, SmsContacts, OneSmsContact, "+34600111222", 300,
)  # fmt: skip
EMAIL = Tool(
    "emailtool", Group.Kind.EMAIL, Channel.MAIL, "emailgroup", "email", Email(),
    Failure(422, (Fault(103, "Account not connected.", "no_email"),)), EmailContact, EmailContacts, OneEmailContact,
    "pau@example.org", 305,
)  # fmt: skip


def _enter(tool: Tool) -> None:
    """Enter the tool's calls into the table."""
    path = f"/v3/{tool.path}"
    name = tool.path.capitalize()
    group = {tool.group: "gro_30871"}
    person = group | {tool.address: tool.example}
    one = (tool.address, Annotated[str, tool.address_kind])
    perhaps = (tool.address, Annotated[str | None, tool.address_kind], None)
    group_name = Annotated[str, Text(200, also=("name",))]
    paging = [
        ("page", Annotated[int, Whole(1, 1_000_000, outside=301)], 1),
        ("limit", Annotated[int | None, Whole(1, 5_000, note="Absent, and no page: all of them.")], None),
    ]
    wrong = {103, 200, 301, 514}
    add_group = _parameters(f"{name}AddGroup", ("group_name", group_name))

    @_call(tool, f"{path}/grouplist", NoParameters, GroupList, {103}, {}, "List the groups.", reads=True)
    def list_groups(request: Request, params: Any) -> bytes:
        found = [GroupItem(name_of(each), each.name) for each in contacts.groups(request.account, tool.kind)]
        return msgspec.json.encode(GroupList(amount_of_groups=len(found), group=found))

    @_call(
        tool, f"{path}/userlist", tool.params(f"{name}List", *paging), tool.contact_list, wrong | {300}, group,
        "List the contacts of a group, oldest first.", reads=True,
    )  # fmt: skip
    def list_contacts(request: Request, params: Any) -> bytes | Made:
        found = tool.found(request, params)
        total = contacts.count(found)
        if params.limit is None and params.page == 1:
            pieces = _pieces(tool, found, total)
            return b"".join(pieces) if total <= WHOLE else Made(found.pk, lambda _: pieces)
        users = contacts.page(found, params.page, params.limit or WHOLE, total)
        items = [tool.item(each) for each in users]
        listed: Any = {"group_id": name_of(found), "amount_of_users": total, "user": items}
        return msgspec.json.encode(tool.contact_list(**listed))

    @_call(tool, f"{path}/addgroup", add_group, NewGroup, {103, 200, 300}, {"group_name": "Spring"}, "Make a group.")
    def add_a_group(request: Request, params: Any) -> bytes:
        made = contacts.add_group(request.account, tool.kind, params.group_name, at=request.at, actor=request.actor)
        return msgspec.json.encode(NewGroup(group_id=name_of(made), group=GroupItem(name_of(made), made.name)))

    @_call(
        tool, f"{path}/addcontact", tool.params(f"{name}Add", one, *DETAILS), tool.one_contact,
        wrong | {300, 303, tool.code}, person | {"first_name": "Pau"},
        "Add a contact to a group; one that is there already is updated.",
    )  # fmt: skip
    def add_contact(request: Request, params: Any) -> bytes:
        to = tool.addressed(request, params)
        found = tool.found(request, params)
        try:
            contact, _ = contacts.put(found, to, details(params), at=request.at, actor=request.actor)
        except contacts.GroupGone:
            raise Failed(NO_GROUP) from None
        return tool.one(contact)

    @_call(
        tool, f"{path}/updatecontact", tool.params(f"{name}Update", CONTACT, perhaps, *DETAILS), tool.one_contact,
        wrong | {300, 303, tool.code}, person | {"last_name": "Casals"},
        "Change a contact's details. Tearoff's own call.", is_ours=True, yours=(tool.address,),
    )  # fmt: skip
    def update_contact(request: Request, params: Any) -> bytes:
        contact = tool.contact_named(request, params)
        if not contacts.change(contact, details(params), at=request.at, actor=request.actor):
            raise Failed(NO_CONTACT)
        return tool.one(contact)

    @_call(
        tool, f"{path}/removecontact", tool.params(f"{name}Remove", CONTACT, perhaps), RemovedContact,
        wrong | {300, tool.code}, person, "Take a contact out of a group. Tearoff's own call.", is_ours=True,
        yours=(tool.address,),
    )  # fmt: skip
    def remove_contact(request: Request, params: Any) -> bytes:
        contact = tool.contact_named(request, params)
        group_id, gone = f"gro_{contact.group_id}", f"con_{contact.pk}"
        if not contacts.remove(contact, at=request.at, actor=request.actor):
            raise Failed(NO_CONTACT)
        return msgspec.json.encode(RemovedContact(group_id=group_id, action="contact_removed", ID=gone))

    @_call(
        tool, f"{path}/removegroup", tool.params(f"{name}RemoveGroup"), RemovedGroup, wrong, group,
        "Remove a group with its contacts. Tearoff's own call.", is_ours=True,
    )  # fmt: skip
    def remove_group(request: Request, params: Any) -> bytes:
        found = tool.found(request, params)
        gone = name_of(found)
        try:
            amount = contacts.remove_group(found, at=request.at, actor=request.actor)
        except contacts.GroupGone:
            raise Failed(NO_GROUP) from None
        return msgspec.json.encode(RemovedGroup(group_id=gone, action="group_removed", amount_of_users=amount))


Body = Callable[[Request, Any], bytes | Made]


def _call(
    tool: Tool, path: str, params: type[Parameters], answer: type[Answer], codes: set[int], example: dict[str, Any],
    summary: str, *, reads: bool = False, is_ours: bool = False, yours: tuple[str, ...] = (),
) -> Callable[[Body], Body]:  # fmt: skip
    """As `call`; the summary is given, because one function serves two calls."""
    enter = call(
        path, params=params, answer=answer, errors=codes, access="distribution", reads=reads, right=tool.right,
        inferred=is_ours, example=example, told=Told(yours=yours),
    )  # fmt: skip

    def named(function: Body) -> Body:
        function.__doc__ = summary
        return enter(function)  # type: ignore[return-value]

    return named


def _pieces(tool: Tool, group: Group, total: int) -> Iterator[bytes]:
    """A whole list, written while it is read."""
    yield b'%b"group_id":"%b","amount_of_users":%d,"user":' % (OK, name_of(group).encode(), total)
    yield from array(at_most(contacts.chunks(group), total), tool.item)
    yield b"}"


_enter(SMS)
_enter(EMAIL)
