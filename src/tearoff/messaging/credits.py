"""SMS credits: one credit is one segment. A ledger, and beside it its sum, which is never negative.

Who counts: a sub-account always (its parent assigns credits, product.md 4.14), any other account from the first credits
it was assigned on. An account that pays its own provider and never got credits sends without counting.
"""

from datetime import datetime

from django.db import transaction

from tearoff.kit import sql
from tearoff.messaging.models import CreditEntry

_MOVE = "update message_credit set balance = balance + %s where account_id = %s and balance + %s >= 0 returning balance"
"""Check and write in one statement: of two sends that want the last credit one finds it gone (lesson 1)."""


def assign(account: int, amount: int, *, at: datetime) -> int | None:
    """Give credits, or take some back with a negative amount; the new balance. None: there are not so many to take.

    Only giving makes an account count: taking back from one that never had any must not stop what it sends.
    """
    if not amount:
        return balance(account)
    with transaction.atomic():
        if amount > 0:
            sql.run(
                "insert into message_credit (account_id, balance) values (%s, 0) on conflict (account_id) do nothing",
                [account],
            )
        return _move(account, amount, "assigned", None, at)


def spend(account: int, amount: int, message: int, *, at: datetime) -> bool:
    """Pay for a message, inside the transaction that queues it. False: too few credits are left."""
    if _move(account, -amount, "sent", message, at) is not None:
        return True
    row = sql.one(
        "select a.parent_id is null and not exists (select from message_credit c where c.account_id = a.id) "
        "from account a where a.id = %s",
        [account],
    )
    return bool(row and row[0])


def give_back(message: int, *, at: datetime) -> None:
    """Return what a message cost that was never sent; nothing if it cost nothing."""
    paid = CreditEntry.objects.filter(message=message, reason="sent").first()
    if paid:
        _move(paid.account, -paid.delta, "returned", message, at)


def balance(account: int) -> int | None:
    """Credits left; None where nobody counts."""
    row = sql.one("select balance from message_credit where account_id = %s", [account])
    return int(row[0]) if row else None


def held(account: int) -> int | None:
    """As `balance`, and nobody gives or spends any until the transaction ends."""
    row = sql.one("select balance from message_credit where account_id = %s for no key update", [account])
    return int(row[0]) if row else None


def _move(account: int, delta: int, reason: str, message: int | None, at: datetime) -> int | None:
    row = sql.one(_MOVE, [delta, account, delta])
    if row is None:
        return None
    CreditEntry.objects.create(
        account=account, delta=delta, balance_after=row[0], reason=reason, message=message, at=at
    )
    return int(row[0])
