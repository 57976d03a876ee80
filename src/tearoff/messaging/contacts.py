"""Groups and their contacts. Every row is reached through its account; a contact is unique per group and normal form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.coupons import persons
from tearoff.kit import sql
from tearoff.messaging import optouts
from tearoff.messaging.models import Channel, Contact, Group

DETAILS = ("first_name", "last_name", "birthday", *(f"customfield{number}" for number in range(1, 8)))
"""What a contact may carry beside its number or address."""


@dataclass(frozen=True, slots=True)
class Address:
    """A recipient's normal form, and what was typed."""

    key: str
    phone: str
    email: str
    typed: str


def address(kind: str, typed: str, country: str) -> Address | None:
    """None: no number that can be one (lesson 42). An e-mail address was checked by the face."""
    if kind == Group.Kind.EMAIL:
        return Address(persons.email_key(typed), "", typed.strip(), typed)
    phone = persons.e164(typed, country)
    return Address(phone.removeprefix("+"), phone, "", typed) if phone else None


def groups(account: int, kind: str) -> list[Group]:
    """The account's groups of a kind, oldest first."""
    return list(Group.objects.filter(account_id=account, kind=kind).order_by("pk"))


def group_of(account: int, kind: str, group: int) -> Group | None:
    return Group.objects.filter(account_id=account, kind=kind, pk=group).first()


@rights.needs("distribution")
@transaction.atomic
def add_group(account: int, kind: str, name: str, *, at: datetime, actor: str) -> Group:
    """Two groups may have one name, as the incumbent's may."""
    made = Group.objects.create(account_id=account, kind=kind, name=name, created_at=at)
    record("group.created", account=account, actor=actor, at=at, subject=name_of(made))
    return made


class GroupGone(Exception):
    """The group was removed meanwhile, and nothing was written."""


@rights.needs("distribution")
@transaction.atomic
def remove_group(group: Group, *, at: datetime, actor: str) -> int:
    """With all its contacts; how many these were. Opt-outs stay: they are the numbers' own.

    Raises:
        GroupGone
    """
    _held(group, "update")
    contacts, _ = Contact.objects.filter(group=group).delete()
    name = name_of(group)
    Group.objects.filter(pk=group.pk).delete()
    record("group.removed", account=group.account_id, actor=actor, at=at, subject=name, data={"contacts": contacts})
    return contacts


@rights.needs("distribution")
@transaction.atomic
def put(group: Group, to: Address, details: dict[str, Any], *, at: datetime, actor: str) -> tuple[Contact, bool]:
    """Add the contact, or lay `details` over the one that is there; and whether it is new.

    One statement decides, not a look before it. Who has opted out stays unsubscribed, whatever list they come back with.

    Raises:
        GroupGone
    """
    _check(details)
    _held(group, "key share")
    is_out = optouts.is_out(group.account_id, channel_of(group), to.key)
    made = {
        **dict.fromkeys(DETAILS, ""),
        "birthday": None,
        **details,
        "account": group.account_id,
        "group_id": group.pk,
        "key": to.key,
        "phone": to.phone,
        "email": to.email,
        "typed": to.typed,
        "state": Contact.State.UNSUBSCRIBED if is_out else Contact.State.SUBSCRIBED,
        "created_at": at,
    }
    laid_over = ", ".join(f"{name} = excluded.{name}" for name in details or ("key",))
    row = sql.one(
        f"insert into contact ({', '.join(made)}) values ({', '.join(['%s'] * len(made))}) "
        f"on conflict (group_id, key) do update set {laid_over} returning id, xmax = 0",
        list(made.values()),
    )
    assert row is not None
    contact, is_new = Contact.objects.get(pk=row[0]), bool(row[1])
    if is_new or details:
        _note("contact.added" if is_new else "contact.updated", contact, at, actor)
    return contact, is_new


@rights.needs("distribution")
@transaction.atomic
def change(contact: Contact, details: dict[str, Any], *, at: datetime, actor: str) -> bool:
    """Lay `details` over the contact; what is not named stays. False: it was removed meanwhile."""
    _check(details)
    there = Contact.objects.filter(pk=contact.pk)
    if not details:
        return there.exists()
    if not there.update(**details):
        return False
    for name, value in details.items():
        setattr(contact, name, value)
    _note("contact.updated", contact, at, actor)
    return True


@rights.needs("distribution")
@transaction.atomic
def remove(contact: Contact, *, at: datetime, actor: str) -> bool:
    """False: it was gone already."""
    gone, _ = Contact.objects.filter(pk=contact.pk).delete()
    if gone:
        _note("contact.removed", contact, at, actor)
    return bool(gone)


def _held(group: Group, strength: str) -> None:
    """Until the transaction ends nobody removes the group; with `update`, nobody adds to it either."""
    if sql.one(f"select id from contact_group where id = %s for {strength}", [group.pk]) is None:
        raise GroupGone


def _check(details: dict[str, Any]) -> None:
    unknown = set(details) - set(DETAILS)
    if unknown:
        raise ValueError(f"No details of a contact: {', '.join(sorted(unknown))}")


def contact_of(group: Group, *, pk: int | None = None, key: str = "") -> Contact | None:
    """By its id or its normal form."""
    found = Contact.objects.filter(group=group)
    return (found.filter(pk=pk) if pk is not None else found.filter(key=key)).first()


def count(group: Group) -> int:
    return Contact.objects.filter(group=group).count()


def page(group: Group, number: int, size: int, total: int) -> list[Contact]:
    """One page in order of addition, of `total` contacts; counted from the nearer end, so that the last page is as
    quick as the first one."""
    start, end = (number - 1) * size, min(number * size, total)
    if start >= end:
        return []
    ids = Contact.objects.filter(group=group).values_list("pk", flat=True)
    if start <= total // 2:
        wanted = ids.order_by("pk")[start:end]
    else:
        wanted = ids.order_by("-pk")[total - end : total - start]
    return list(Contact.objects.filter(pk__in=list(wanted)).order_by("pk"))


def chunks(group: Group, size: int = 2_000) -> Iterator[list[Contact]]:
    """All of them in order of addition, however many."""
    last = 0
    while found := list(Contact.objects.filter(group=group, pk__gt=last).order_by("pk")[:size]):
        last = found[-1].pk
        yield found


def channel_of(group: Group) -> str:
    return Channel.SMS if group.kind == Group.Kind.SMS else Channel.MAIL


def name_of(group: Group) -> str:
    """The group's id on the wire and in the ledger."""
    return f"gro_{group.pk}"


def _note(kind: str, contact: Contact, at: datetime, actor: str) -> None:
    subject = f"con_{contact.pk}"
    record(kind, account=contact.account, actor=actor, at=at, subject=subject, data={"group": contact.group_id})
