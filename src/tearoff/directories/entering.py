"""How a member comes in: by password, by a link that works once, and back by the cookie of a browser that is logged in.

A key is random and goes out once; the database holds its keyed digest. Whether the member may come in is asked again
each time: a block, a removed directory or an account that is not live ends every log-in at the next request.
"""

import secrets
import string
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity import guessing
from tearoff.activity.recording import record
from tearoff.coupons import persons
from tearoff.directories import members
from tearoff.directories.models import Directory, Key, Member
from tearoff.kit import sealing, sql

SSO_GOOD_FOR = timedelta(minutes=10)
LOGIN_GOOD_FOR = timedelta(days=90)
LENGTH = 49
"""Letters and digits of a key: 291 bits, as the tokens of accounts have."""


class Refusal(StrEnum):
    """Why a log-in was refused."""

    WRONG = "wrong"
    """Unknown address and wrong password look the same (lesson 13)."""
    BLOCKED = "blocked"
    """Told only to who knew the password."""
    PAUSED = "paused"


def log_in(directory: Directory, email: str, password: str, place: str, *, at: datetime) -> str | Refusal:
    """The key of a new log-in, for the browser's cookie. `place` is the network address it comes from."""
    door = f"directory/{directory.pk}"
    key = persons.email_key(email)
    if not guessing.may_try(door, key, place, at=at):
        return Refusal.PAUSED
    member = Member.objects.filter(directory=directory, email_key=key, erased_at=None).first()
    if member is None:
        make_password(password)  # an unknown address takes as long as a wrong password
    if member is None or not check_password(password, member.password):
        return Refusal.WRONG
    guessing.was_right(door, key, place, at=at)
    if member.blocked_at is not None:
        return Refusal.BLOCKED
    return _let_in(member, at) or Refusal.WRONG


def confirm(member: Member, password: str, place: str, *, at: datetime) -> Refusal | None:
    """Whether somebody who is logged in knows the password too; wrong ones count as at the log-in. None: they do."""
    door = f"directory/{member.directory_id}"
    if not guessing.may_try(door, member.email_key, place, at=at):
        return Refusal.PAUSED
    if not check_password(password, member.password):
        return Refusal.WRONG
    guessing.was_right(door, member.email_key, place, at=at)
    return None


@rights.needs("directory")
def sign_on_token(member: Member, *, at: datetime, actor: str) -> str:
    """A token that signs this member in once within ten minutes; the only time it is known in plain."""
    with transaction.atomic():
        token = _issued(member, Key.Purpose.SSO, at, SSO_GOOD_FOR)
        data = {"directory": member.directory_id, "member": member.pk}
        subject = f"reg_{member.pk}"
        record("directory.sign_on_issued", account=member.account_id, actor=actor, at=at, subject=subject, data=data)
    return token


def is_good(directory: Directory, token: str, *, at: datetime) -> bool:
    """Whether taking it now would work; looking takes nothing."""
    return Key.objects.filter(
        digest=_digest(Key.Purpose.SSO, token),
        purpose=Key.Purpose.SSO,
        ended_at=None,
        expires_at__gt=at,
        member__directory=directory,
        member__blocked_at=None,
        member__erased_at=None,
    ).exists()


def sign_on(directory: Directory, token: str, *, at: datetime) -> str | None:
    """Use the token up for a log-in's key. None: it is unknown, used, too old, or its member may not come in. Of two at the
    same moment one gets in, by one guarded update (lesson 30). Locks in the order member, key, as whatever ends keys does."""
    digest = _digest(Key.Purpose.SSO, token)
    with transaction.atomic():
        held = Member.objects.select_for_update(no_key=True, of=("self",))
        member = held.filter(directory=directory, keys__digest=digest, blocked_at=None, erased_at=None).first()
        taken = member and sql.run(
            "update directory_key set ended_at = %(at)s "
            "where digest = %(digest)s and purpose = 'sso' and ended_at is null and expires_at > %(at)s",
            {"at": at, "digest": digest},
        )
        return _let_in(member, at) if member and taken else None


def member_of(directory: Directory, key: str, *, at: datetime) -> Member | None:
    """Who is logged in with this cookie, if they still may be here."""
    if not key:
        return None
    return Member.objects.filter(
        keys__digest=_digest(Key.Purpose.LOGIN, key),
        keys__purpose=Key.Purpose.LOGIN,
        keys__ended_at=None,
        keys__expires_at__gt=at,
        directory=directory,
        blocked_at=None,
        erased_at=None,
    ).first()


def log_out(key: str, *, at: datetime) -> None:
    """This browser's log-in ends."""
    Key.objects.filter(digest=_digest(Key.Purpose.LOGIN, key), ended_at=None).update(ended_at=at)


def change_password(member: Member, password: str, *, at: datetime) -> str | None:
    """A new password in place of the one `member` was read with; every other log-in and link of the member ends. The key of
    a new log-in for this browser. None: the password was changed meanwhile, or the member was blocked or has left, so who
    proved to know the old one may not set another."""
    hashed = make_password(password)
    with transaction.atomic():
        there = Member.objects.filter(pk=member.pk, password=member.password, blocked_at=None, erased_at=None)
        if not there.update(password=hashed, updated_at=at):
            return None
        members.end_all(member, at=at)
        data = {"directory": member.directory_id, "member": member.pk}
        subject = f"reg_{member.pk}"
        record(
            "directory.password_changed", account=member.account_id, actor=subject, at=at, subject=subject, data=data
        )
        return _issued(member, Key.Purpose.LOGIN, at, LOGIN_GOOD_FOR)


def forget_before(at: datetime) -> int:
    """Drop keys whose time has passed; how many that were."""
    return Key.objects.filter(expires_at__lt=at).delete()[0]


def _let_in(member: Member, at: datetime) -> str | None:
    """None: while the password was looked at it was changed, or the member was blocked or left. The row is held, so that a
    change that comes later ends this log-in too."""
    with transaction.atomic():
        held = Member.objects.select_for_update(no_key=True)
        if held.filter(pk=member.pk, password=member.password, blocked_at=None, erased_at=None).first() is None:
            return None
        key = _issued(member, Key.Purpose.LOGIN, at, LOGIN_GOOD_FOR)
        data = {"directory": member.directory_id, "member": member.pk}
        subject = f"reg_{member.pk}"
        record("directory.entered", account=member.account_id, actor=subject, at=at, subject=subject, data=data)
    return key


def _issued(member: Member, purpose: str, at: datetime, good_for: timedelta) -> str:
    key = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))
    Key.objects.create(
        digest=_digest(purpose, key), purpose=purpose, member=member, created_at=at, expires_at=at + good_for
    )
    return key


def _digest(purpose: str, key: str) -> bytes:
    return sealing.digest(f"directory/{purpose}", key)
