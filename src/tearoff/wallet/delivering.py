"""The worker's part: lease, tell, record. Nothing is told while a transaction is open.

A nudge or a state may be told twice, so what was lost on the way is told again; a message is not (lesson 40).
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from tearoff.kit import clock, sql
from tearoff.messaging.delivering import LONGEST_WAIT, WAITS
from tearoff.wallet import apns, connecting, google_line, governing, reading, serials
from tearoff.wallet.connecting import Connected
from tearoff.wallet.jobs import Job, Result
from tearoff.wallet.models import Issuer, Maker, Pass, Registration, Update

logger = logging.getLogger("tearoff.wallet")

BATCH = 64
SHARE = 32
"""Of one account in a batch, so that a long queue of one keeps nobody else waiting."""

LEASE = timedelta(seconds=120)
STAY = timedelta(days=30)
"""How long it can be seen what wallets were told."""


def deliver(limit: int = BATCH) -> int:
    """One batch; how many updates there were."""
    settle_dead(at=clock.now())
    jobs = claim(limit, at=clock.now())
    for job, result in told(jobs):
        record(job, result, at=clock.now())
    return len(jobs)


# Lease


def claim(limit: int, *, at: datetime) -> list[Job]:
    """Lease up to `limit` updates that are due and that their makers have room for; the others wait for the next second."""
    with transaction.atomic():
        leased = list(_with_room(_due(limit, at), at))
        for update in leased:
            if update.what == Update.What.MESSAGE:
                update.notified_at = at if governing.may_be_heard(update.wallet_pass_id, at) else None
                update.save(update_fields=["notified_at"])
        sql.run(
            "update wallet_update set state = 'sending', tries = tries + 1, leased_until = %s where id = any(%s)",
            [at + LEASE, [update.pk for update in leased]],
        )
    return _jobs(leased, at)


def _due(limit: int, at: datetime) -> list[Update]:
    """The first part steps from account to account through the index, over however long a queue. Passes are locked for
    the count of their messages; one that is in somebody else's hands waits its turn."""
    ids = sql.rows(
        """
        with recursive waiting as (
            (select u.account_id from wallet_update u where u.state = 'queued' order by u.account_id limit 1)
            union all
            select (select u.account_id from wallet_update u
                    where u.state = 'queued' and u.account_id > w.account_id order by u.account_id limit 1)
            from waiting w where w.account_id is not null
        ), shares as (
            select first.id, first.next_try_at from waiting w cross join lateral (
                select u.id, u.next_try_at from wallet_update u
                where u.account_id = w.account_id and u.state = 'queued' and u.next_try_at <= %(at)s
                order by u.next_try_at, u.id limit %(share)s
            ) first
        )
        select u.id from wallet_update u join wallet_pass p on p.id = u.wallet_pass_id
        where u.id in (select id from shares order by next_try_at, id limit %(limit)s) and u.state = 'queued'
        order by u.id for no key update skip locked
        """,
        {"at": at, "share": SHARE, "limit": limit},
    )
    found = Update.objects.filter(pk__in=[row[0] for row in ids]).select_related("wallet_pass")
    return list(found.order_by("next_try_at", "pk"))


def _with_room(updates: Sequence[Update], at: datetime) -> Iterator[Update]:
    """Those that their issuers may be told in this second. Asked for in the order of the issuers' names, as every worker
    does, so that none waits for another crosswise."""
    accounts = {one.account_id for one in updates}
    issuers = Issuer.objects.filter(account_id__in=accounts).values_list("account_id", "maker", "name")
    names = {(account, maker): name for account, maker, name in issuers}
    for update in sorted(updates, key=lambda one: (one.maker, names.get((one.account_id, one.maker), ""))):
        name = names.get((update.account_id, update.maker), "")
        if not _must_wait(update) and governing.has_room(update.maker, name, _cost(update), at):
            yield update
        else:
            Update.objects.filter(pk=update.pk).update(next_try_at=at.replace(microsecond=0) + governing.SECOND)


def _must_wait(update: Update) -> bool:
    """A message waits for the object it goes to, as long as somebody is about to make that."""
    if update.what != Update.What.MESSAGE or update.wallet_pass.google_made_at:
        return False
    coming = Update.objects.filter(wallet_pass=update.wallet_pass_id, what=Update.What.STATE)
    return coming.filter(state__in=[Update.State.QUEUED, Update.State.SENDING]).exists()


def _cost(update: Update) -> int:
    if update.what != Update.What.STATE:
        return 1
    return google_line.COST["change" if update.wallet_pass.google_made_at else "make"]


def _jobs(updates: Sequence[Update], at: datetime) -> list[Job]:
    """What passes show is read now, after the lease: a change from here on has an update of its own."""
    issuers = {pair: connecting.issuer_of(*pair) for pair in {(one.account_id, one.maker) for one in updates}}
    devices = Registration.objects.in_bulk([one.registration for one in updates if one.registration])
    return [_job(one, issuers[one.account_id, one.maker], devices.get(one.registration), at) for one in updates]


def _job(update: Update, issuer: Connected | None, device: Registration | None, at: datetime) -> Job:
    one = update.wallet_pass
    is_google = update.maker == Maker.GOOGLE
    return Job(
        update=update.pk,
        number=update.tries + 1,
        account=update.account_id,
        wallet_pass=one.pk,
        maker=update.maker,
        what=update.what,
        text=update.text,
        registration=update.registration,
        token=device.token if device else "",
        registered_at=device.created_at if device else None,
        is_heard=update.notified_at is not None,
        is_made=one.google_made_at is not None,
        settings=issuer.settings if issuer else None,
        face=reading.face(update.account_id, serials.Subject(one.kind, one.subject), at) if is_google else None,
    )


# Tell


def told(jobs: Sequence[Job]) -> Iterator[tuple[Job, Result]]:
    """Apple's by issuer over one connection each, Google's one by one; all side by side. Needs no database."""
    if not jobs:
        return
    with ThreadPoolExecutor(min(len(jobs), 16)) as pool:
        for part, results in [(part, pool.submit(_told, part)) for part in _parts(jobs)]:
            yield from zip(part, results.result(), strict=True)


def _parts(jobs: Sequence[Job]) -> list[list[Job]]:
    apple = sorted((job for job in jobs if job.maker == Maker.APPLE), key=lambda job: job.account)
    parts = [list(part) for _, part in groupby(apple, key=lambda job: job.account)]
    return parts + [[job] for job in jobs if job.maker == Maker.GOOGLE]


def _told(part: list[Job]) -> list[Result]:
    """A bug of ours leaves open whether a message left; everything else is told again."""
    try:
        settings = part[0].settings
        if settings is None:
            return [Result("failed", "not_connected") for _ in part]
        if part[0].maker == Maker.APPLE:
            return _nudged(part, settings)
        return [
            Result("failed", "nothing_to_show") if job.face is None else google_line.tell(job, settings) for job in part
        ]
    except Exception:
        logger.exception("Update %s of a wallet met a bug", part[0].update)
        return [Result("unknown" if job.what == "message" else "again", "own_fault") for job in part]


def _nudged(part: list[Job], settings: dict[str, str]) -> list[Result]:
    there = [job for job in part if job.token]
    results = dict(zip((job.update for job in there), apns.nudge(there, settings) if there else [], strict=True))
    return [results.get(job.update, Result("failed", "not_registered")) for job in part]


# Record


@transaction.atomic
def record(job: Job, result: Result, *, at: datetime) -> None:
    """Write down how one try went, in the order pass, update. What a newer try said meanwhile stays."""
    one = Pass.objects.select_for_update(no_key=True).filter(pk=job.wallet_pass).first()
    update = Update.objects.select_for_update(no_key=True).filter(pk=job.update).first()
    if one is None or update is None:
        return
    if result.is_gone:
        _forget(one, job)
    elif result.state == "sent" and job.what == Update.What.STATE and one.google_made_at is None:
        one.google_made_at = at
        one.save(update_fields=["google_made_at"])
    if update.state != Update.State.SENDING or update.tries != job.number:
        return
    if result.state == "again":
        _put_off(update, result, at)
    else:
        _end(update, result.state, result.word, at)


def _forget(one: Pass, job: Job) -> None:
    """Lesson 44. A token is gone for all passes of its device; but not what registered anew while we were telling."""
    if job.maker == Maker.APPLE and job.registered_at:
        gone = Registration.objects.filter(account=job.account, token=job.token, created_at__lte=job.registered_at)
        gone.delete()
        return
    one.google_made_at = None
    if job.what == Update.What.MESSAGE:
        one.google_saved_at = None
    one.save(update_fields=["google_made_at", "google_saved_at"])


def _put_off(update: Update, result: Result, at: datetime) -> None:
    """A newer one of the same kind that waits already will do."""
    if update.tries > len(WAITS):
        _end(update, Update.State.FAILED, result.word, at)
        return
    is_message = update.what == Update.What.MESSAGE
    same = Update.objects.filter(wallet_pass=update.wallet_pass_id, what=update.what, registration=update.registration)
    if not is_message and same.filter(state=Update.State.QUEUED).exists():
        _end(update, Update.State.FAILED, "superseded", at)
        return
    wait = timedelta() if result.word == "not_there" else max(WAITS[update.tries - 1], timedelta(seconds=result.wait))
    update.state, update.leased_until, update.outcome = Update.State.QUEUED, None, result.word[:40]
    update.next_try_at, update.notified_at = at + min(wait, LONGEST_WAIT), None
    update.save(update_fields=["state", "leased_until", "outcome", "next_try_at", "notified_at"])


def _end(update: Update, state: str, word: str, at: datetime) -> None:
    update.state, update.outcome, update.leased_until, update.ended_at = state, word[:40], None, at
    update.save(update_fields=["state", "outcome", "leased_until", "ended_at"])


def settle_dead(*, at: datetime) -> int:
    """Updates whose worker died: told again, except messages, of which nobody knows whether they left."""
    rows = sql.rows(
        "select id, wallet_pass_id, what, tries from wallet_update where state = 'sending' and leased_until <= %s limit 1000",
        [at],
    )
    for update, wallet_pass, what, tries in rows:
        _settle(update, wallet_pass, what, tries, at)
    return len(rows)


@transaction.atomic
def _settle(number: int, wallet_pass: int, what: str, tries: int, at: datetime) -> None:
    Pass.objects.select_for_update(no_key=True).filter(pk=wallet_pass).first()
    update = (
        Update.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=number, state=Update.State.SENDING, tries=tries, leased_until__lte=at)
        .first()
    )
    if update is None:
        return
    if what == Update.What.MESSAGE:
        _end(update, Update.State.UNKNOWN, "worker_died", at)
    else:
        _put_off(update, Result("again", "worker_died"), at)


def forget(at: datetime, limit: int = 2_000) -> int:
    """Drop what ended long ago, a chunk; how many rows that were."""
    return sql.run(
        "delete from wallet_update where id in (select id from wallet_update where ended_at < %s order by ended_at limit %s)",
        [at - STAY, limit],
    )
