"""How a pass comes into a wallet and leaves it again.

Downloading Apple's file is a GET and writes nothing (lesson 23): a phone that keeps the pass registers for it, which is a
POST with the pass's own token, and only then it counts as saved. Google tells us nothing, so there the press of our button
counts, which is a POST too.
"""

from datetime import datetime

from django.db import transaction

from tearoff.coupons import saving
from tearoff.kit import sql
from tearoff.wallet import reading, updating
from tearoff.wallet.models import Maker, Pass
from tearoff.wallet.reading import Face

MOST_DEVICES = 20
"""That may register for one pass: a person's phones, watches and computers, old ones among them."""


class TooMany(Exception):
    """The pass is on too many devices already."""


def register(face: Face, *, device: str, token: str, at: datetime) -> bool:
    """Keep where one of Apple's devices is found; whether it is new. The same one again renews its token (lesson 45).

    A file may lie about for days before a phone takes it, and nobody was told of what happened meanwhile.

    Raises:
        TooMany: nothing was written.
    """
    with transaction.atomic():
        kept = _kept(face, at)
        others = sql.one(
            "select count(*) from wallet_registration where wallet_pass_id = %s and device <> %s", [kept, device]
        )
        if others and others[0] >= MOST_DEVICES:
            raise TooMany
        row = sql.one(
            "insert into wallet_registration (account, wallet_pass_id, device, token, created_at) "
            "values (%s, %s, %s, %s, %s) on conflict (wallet_pass_id, device) do update "
            "set token = excluded.token, created_at = excluded.created_at returning xmax = 0",
            [face.account, kept, device, token, at],
        )
        _tell(face, at)
    is_new = bool(row and row[0])
    if is_new:
        _correct(face, kept, at)
    return is_new


def _correct(face: Face, kept: int, at: datetime) -> None:
    """Nudge for a pass that is not ready, as its file may say that it is. Read once the registration is committed: what
    changes from then on is told anyway (`following`). In a transaction of its own, since the clock is locked first."""
    now = reading.face(face.account, face.subject, at)
    if now and now.state != "ready":
        with transaction.atomic():
            updating.change(face.account, [kept], at=at)


def unregister(account: int, serial: str, device: str) -> bool:
    """The pass was taken off a device. That it was saved once stays true."""
    gone = sql.run(
        "delete from wallet_registration r using wallet_pass p where p.id = r.wallet_pass_id and p.account = %s "
        "and p.serial = %s and r.device = %s",
        [account, serial, device],
    )
    return bool(gone)


@transaction.atomic
def go_to_google(face: Face, *, at: datetime) -> None:
    """The holder pressed the button: the worker brings the pass to Google, and from now on keeps it up to date."""
    kept = _kept(face, at)
    sql.run("update wallet_pass set google_saved_at = %s where id = %s", [at, kept])
    updating.queue([kept], Maker.GOOGLE, at=at)
    _tell(face, at)


def _kept(face: Face, at: datetime) -> int:
    """The id of the pass's row, made when it is the first time, and locked until the end of the transaction."""
    row = sql.one(
        "insert into wallet_pass (account, serial, kind, subject, family, tag, changed_at, message, created_at) "
        "values (%s, %s, %s, %s, %s, 0, date_trunc('second', %s), '', %s) "
        "on conflict (account, serial) do update set family = excluded.family returning id",
        [face.account, face.serial, face.subject.kind, face.subject.id, face.family, at, at],
    )
    assert row is not None
    return int(row[0])


def _tell(face: Face, at: datetime) -> None:
    if face.subject.kind == Pass.Kind.COUPON:
        saving.save(account=face.account, code=face.code, at=at, actor="holder")
