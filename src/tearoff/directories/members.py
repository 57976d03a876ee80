"""Members of a directory: registering, blocking, paid access, leaving. Each is one guarded statement and one event.

Directory, block and paid access are asked again at each request of a member, so a change counts at once.
"""

import secrets
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.coupons import persons
from tearoff.directories.models import Directory, Key, Member
from tearoff.kit import sql


class EmailTaken(Exception):
    """Somebody of this directory logs in with this e-mail address already."""


@rights.needs("directory")
def register(
    *,
    directory: Directory,
    email: str,
    password: str | None,
    profile: dict[str, Any],
    at: datetime,
    actor: str,
    consents: list[dict[str, Any]] | None = None,
) -> Member:
    """A new member; `profile` are members of `Member.PROFILE` by name. Without a password a random one is set, which
    nobody knows: they come in by single sign-on. A phone that can be read is kept as E.164, any other text as it came
    (conventions.md 5.5).

    Raises:
        EmailTaken: and nothing was written. Of two at the same moment one gets this.
    """
    known = {name: value for name, value in profile.items() if value not in (None, "")}
    if "phone" in known:
        known["phone"] = persons.e164(known["phone"], directory.account.country) or known["phone"]
    member = Member(
        account_id=directory.account_id,
        directory=directory,
        email=email.strip(),
        email_key=persons.email_key(email),
        password=make_password(password or secrets.token_urlsafe(24)),
        consents=consents,
        created_at=at,
        updated_at=at,
        **known,
    )
    try:
        with transaction.atomic():
            member.save(force_insert=True)
            _noted("directory.registered", member, actor, at)
    except IntegrityError as problem:
        if "an_email_enters_a_directory_once" in str(problem):
            raise EmailTaken from None
        raise
    return member


@rights.needs("directory")
def block(member: Member, blocked: bool, *, at: datetime, actor: str) -> Member:
    """Keep a member out, or let them in again. An event only if that changed something."""
    with transaction.atomic():
        changed = sql.run(
            "update directory_member set blocked_at = case when %(blocked)s then %(at)s::timestamptz end, updated_at = %(at)s "
            "where id = %(id)s and account_id = %(account)s and erased_at is null and (blocked_at is not null) <> %(blocked)s",
            {"id": member.pk, "account": member.account_id, "blocked": blocked, "at": at},
        )
        return _after(member, changed, "directory.blocked" if blocked else "directory.unblocked", actor, at)


@rights.needs("directory")
def give_access(member: Member, until: datetime | None, *, at: datetime, actor: str) -> Member:
    """Open all paid content to the member, until an instant (its last good second) or for good."""
    return _paid(member, True, until, at, actor)


@rights.needs("directory")
def take_access(member: Member, *, at: datetime, actor: str) -> Member:
    """Take paid access away."""
    return _paid(member, False, None, at, actor)


@rights.needs("directory")
def erase(member: Member, *, at: datetime, actor: str) -> bool:
    """The member leaves: personal data is blanked, the row stays for the counts, every log-in ends (lesson 53). False: they
    had left already."""
    gone = f"erased-{secrets.token_hex(8)}"
    with transaction.atomic():
        changed = sql.run(
            "update directory_member set email = '', email_key = %s, password = '!', first_name = '', last_name = '', "
            "phone = '', address = '', zip = '', city = '', birth_date = null, custom_1 = '', custom_2 = '', custom_3 = '', "
            "consents = null, has_paid = false, paid_until = null, erased_at = %s, updated_at = %s "
            "where id = %s and account_id = %s and erased_at is null",
            [gone, at, at, member.pk, member.account_id],
        )
        if changed:
            end_all(member, at=at)
            _noted("directory.erased", member, actor, at)
    return bool(changed)


@rights.needs("directory")
def change_profile(member: Member, changes: dict[str, str | date | None], *, at: datetime, actor: str) -> Member:
    """Lay `changes`, members of `Member.PROFILE`, over what is known; an event only if something changed. Nothing is
    written about who has left meanwhile (lesson 53)."""
    with transaction.atomic():
        held = Member.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
        current = held.get(pk=member.pk)
        if current.erased_at is not None:
            return current
        if changes.get("phone"):
            phone = str(changes["phone"])
            changes = changes | {"phone": persons.e164(phone, current.account.country) or phone}
        changed = [name for name, value in changes.items() if getattr(current, name) != value]
        for name in changed:
            setattr(current, name, changes[name])
        if changed:
            current.updated_at = at
            current.save(update_fields=[*changed, "updated_at"])
            _noted("directory.edited", current, actor, at, {"changed": changed})
    return current


def end_all(member: Member, *, at: datetime) -> None:
    """No log-in and no link of this member works any more."""
    Key.objects.filter(member=member, ended_at=None).update(ended_at=at)


def _paid(member: Member, has_paid: bool, until: datetime | None, at: datetime, actor: str) -> Member:
    with transaction.atomic():
        changed = sql.run(
            "update directory_member set has_paid = %(paid)s, paid_until = %(until)s::timestamptz, updated_at = %(at)s "
            "where id = %(id)s and account_id = %(account)s and erased_at is null "
            "and (has_paid, paid_until) is distinct from (%(paid)s, %(until)s::timestamptz)",
            {"id": member.pk, "account": member.account_id, "paid": has_paid, "until": until, "at": at},
        )
        return _after(member, changed, "directory.paid", actor, at)


def _after(member: Member, changed: int, kind: str, actor: str, at: datetime) -> Member:
    """The member as it is now, and the event of the change."""
    now = Member.objects.select_related("directory").get(pk=member.pk)
    if changed:
        _noted(kind, now, actor, at)
    return now


def _noted(kind: str, member: Member, actor: str, at: datetime, data: dict[str, Any] | None = None) -> None:
    record(
        kind,
        account=member.account_id,
        actor=actor,
        at=at,
        subject=f"reg_{member.pk}",
        data={
            "directory": member.directory_id,
            "member": member.pk,
            "blocked": member.blocked_at is not None,
            "paid": member.is_paying(at),
            "paid_until": member.paid_until.isoformat() if member.paid_until else None,
        }
        | (data or {}),
    )
