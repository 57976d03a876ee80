"""What Apple's devices ask for: which of their passes have changed, and a pass as it is now."""

from datetime import datetime
from typing import NamedTuple

from tearoff.kit import sql


class Changed(NamedTuple):
    """Serials of passes, and the tag to ask from the next time."""

    serials: list[str]
    tag: str


def is_known(account: int, device: str) -> bool:
    return (
        sql.one("select from wallet_registration where account = %s and device = %s limit 1", [account, device])
        is not None
    )


def changed(account: int, device: str, since: str) -> Changed | None:
    """The passes of a device that changed after a tag; None if there are none. What is no tag of ours counts as none."""
    tag = int(since) if since.isascii() and since.isdigit() and len(since) < 19 else -1
    rows = sql.rows(
        "select p.serial, p.tag from wallet_registration r join wallet_pass p on p.id = r.wallet_pass_id "
        "where r.account = %s and r.device = %s and p.tag > %s order by p.id",
        [account, device, tag],
    )
    return Changed([serial for serial, _ in rows], str(max(tag for _, tag in rows))) if rows else None


class Kept(NamedTuple):
    """What a pass's row adds to what it shows."""

    message: str
    changed_at: datetime


def kept(account: int, serial: str) -> Kept | None:
    """None for a pass that no phone has."""
    row = sql.one("select message, changed_at from wallet_pass where account = %s and serial = %s", [account, serial])
    return Kept(*row) if row else None
