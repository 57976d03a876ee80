"""Push to wallets: a text for those who saved a coupon or a card. Queued here, in the caller's transaction, and told by
the worker.

Apple's wallet has no messages: the text is a field of the pass, and its change is what the phone shows. Of two texts pushed
before a phone has asked, it shows the second. Google shows each as a message of its own.
"""

from datetime import datetime

from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.kit import sql
from tearoff.wallet import updating

_IN_A_WALLET = (
    "(p.google_saved_at is not null or exists (select from wallet_registration r where r.wallet_pass_id = p.id))"
)

_SESSIONS = f"""
    select p.id from wallet_pass p join coupon_session s on s.id = p.subject and s.account_id = p.account
    where p.account = %(account)s and p.kind = 'coupon' and p.family = %(family)s
        and (%(subject)s::bigint is null or p.subject = %(subject)s) and s.voided_at is null and {_IN_A_WALLET}
    order by p.id
"""

_HOLDERS = f"""
    select p.id from wallet_pass p join loyalty_holder h on h.id = p.subject and h.account_id = p.account
    where p.account = %(account)s and p.kind = 'card' and p.family = %(family)s
        and (%(subject)s::bigint is null or p.subject = %(subject)s) and h.voided_at is null and {_IN_A_WALLET}
    order by p.id
"""


@rights.needs("distribution")
def push_to_coupon(
    account: int, campaign: int, text: str, *, at: datetime, actor: str, session: int | None = None
) -> int:
    """Queue the text for all who saved a session of the coupon, or for one session; how many passes that reaches."""
    return _pushed(_SESSIONS, account, campaign, session, text, f"cam_{campaign}", at, actor)


@rights.needs("distribution")
@rights.needs("loyalty")
def push_to_card(account: int, card: int, text: str, *, at: datetime, actor: str, holder: int | None = None) -> int:
    """Queue the text for all who saved the card, or for one holder; how many passes that reaches."""
    return _pushed(_HOLDERS, account, card, holder, text, f"loy_{card}", at, actor)


@transaction.atomic
def _pushed(
    found: str, account: int, family: int, subject: int | None, text: str, name: str, at: datetime, actor: str
) -> int:
    """Voided ones hear nothing."""
    passes = [row[0] for row in sql.rows(found, {"account": account, "family": family, "subject": subject})]
    if not passes:
        return 0
    updating.change(account, passes, at=at, message=text)
    sql.run(
        "insert into wallet_update (account_id, wallet_pass_id, maker, what, registration, text, state, outcome, tries, "
        "next_try_at, created_at) select p.account, p.id, 'google', 'message', 0, %(text)s, 'queued', '', 0, %(at)s, "
        "%(at)s from wallet_pass p where p.id = any(%(passes)s) and p.google_saved_at is not null order by p.id",
        {"text": text, "at": at, "passes": passes},
    )
    data = {"amount": len(passes), "way": "wallet"}
    record("push.queued", account=account, actor=actor, at=at, subject=name, data=data)
    return len(passes)
