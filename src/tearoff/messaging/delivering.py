"""The worker's part: lease, send, record (lesson 40). Nothing is sent while a transaction is open.

A message whose worker died, or whose answer was lost on the way, may have left: it is `unknown` and never sent again by
itself. What certainly did not leave waits and is tried again, a few times.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction

from tearoff.accounts.models import Account
from tearoff.activity.recording import record as note
from tearoff.kit import clock, sql
from tearoff.messaging import connecting, credits, optouts, providers
from tearoff.messaging.connecting import Connected
from tearoff.messaging.models import Channel, Message, PushSubscription, SentOnce
from tearoff.messaging.providers import Job, Result
from tearoff.messaging.sending import name_of

logger = logging.getLogger("tearoff.messaging")

BATCH = 16
SHARE = 8
"""Of one account in a batch, so that a long queue of one keeps nobody else waiting."""

LEASE = timedelta(seconds=120)
"""Much longer than any provider may take, so that only the dead lose theirs."""

WAITS = [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4)]
"""Before the second try, the third ...; after the last one a message has failed."""

LONGEST_WAIT = timedelta(hours=6)


def deliver(limit: int = BATCH) -> int:
    """One batch: lease, send side by side, record; how many there were."""
    settle_dead(at=clock.now())
    jobs = claim(limit, at=clock.now())
    if not jobs:
        return 0
    with ThreadPoolExecutor(len(jobs)) as pool:
        for job, result in zip(jobs, pool.map(providers.send, jobs), strict=True):
            record(job, result, at=clock.now())
    return len(jobs)


def claim(limit: int, *, at: datetime) -> list[Job]:
    """Lease up to `limit` messages that are due. Who opted out since the message was queued gets nothing, and an account
    that is not live sends nothing: its coupons could not be used."""
    with transaction.atomic():
        messages = _due(limit, at)
        stopped = _stopped(messages, at)
        for message in messages:
            if message.pk in stopped:
                _fail(message, stopped[message.pk], at)
        leased = [message for message in messages if message.pk not in stopped]
        sql.run(
            "update message set state = 'sending', tries = tries + 1, leased_until = %s where id = any(%s)",
            [at + LEASE, [message.pk for message in leased]],
        )
    return _jobs(leased)


def _due(limit: int, at: datetime) -> list[Message]:
    """The first part steps from account to account through the index, over however long a queue."""
    ids = sql.rows(
        """
        with recursive waiting as (
            (select m.account_id from message m where m.state = 'queued' order by m.account_id limit 1)
            union all
            select (select m.account_id from message m
                    where m.state = 'queued' and m.account_id > w.account_id order by m.account_id limit 1)
            from waiting w where w.account_id is not null
        ), shares as (
            select first.id, first.next_try_at from waiting w cross join lateral (
                select m.id, m.next_try_at from message m
                where m.account_id = w.account_id and m.state = 'queued' and m.next_try_at <= %(at)s
                order by m.next_try_at, m.id limit %(share)s
            ) first
        )
        select m.id from message m
        where m.id in (select id from shares order by next_try_at, id limit %(limit)s) and m.state = 'queued'
        order by m.id for no key update skip locked
        """,
        {"at": at, "share": SHARE, "limit": limit},
    )
    return list(Message.objects.filter(pk__in=[row[0] for row in ids]).order_by("pk"))


def _stopped(messages: Sequence[Message], at: datetime) -> dict[int, str]:
    """Those that must not leave, and the word for why: `account_blocked`, `account_expired` or `opted_out`."""
    return dict(
        sql.rows(
            "select m.id, coalesce('account_' || a.refusal, 'opted_out') from message m "
            "cross join lateral (select account_refusal(m.account_id, %(at)s) as refusal) a "
            "left join opt_out o on o.account_id = m.account_id and o.channel = m.channel and o.key = m.key "
            "and m.purpose <> 'reply' where m.id = any(%(messages)s) and (a.refusal is not null or o.key is not null)",
            {"at": at, "messages": [message.pk for message in messages]},
        )
    )


def _jobs(messages: Sequence[Message]) -> list[Job]:
    connections = {pair: _connection(*pair) for pair in {(one.account_id, one.channel) for one in messages}}
    browsers = PushSubscription.objects.in_bulk([int(one.recipient) for one in messages if one.channel == Channel.PUSH])
    accounts = Account.objects.in_bulk({one.account_id for one in messages if one.channel == Channel.MAIL})
    return [
        Job(
            message=one,
            number=one.tries + 1,
            connection=connections[one.account_id, one.channel],
            browser=browsers.get(int(one.recipient)) if one.channel == Channel.PUSH else None,
            account=accounts.get(one.account_id),
        )
        for one in messages
    ]


def _connection(account: int, channel: str) -> Connected | None:
    """None also where the settings cannot be read: then the message fails instead of looking sent."""
    try:
        return connecting.connection_of(account, channel)
    except InvalidToken:
        logger.exception("The connection of account %s cannot be read: was TEAROFF_SECRET_KEY changed?", account)
        return None


@transaction.atomic
def record(job: Job, result: Result, *, at: datetime) -> None:
    """Write down how one try went. What a delivery report or a newer try said meanwhile stays."""
    message = Message.objects.select_for_update(no_key=True).filter(pk=job.message.pk).first()
    if message is None:
        return
    if result.provider_id and not message.provider_id:
        message.provider_id = result.provider_id[:100]
        message.save(update_fields=["provider_id"])
    if result.opt_out:
        optouts.opt_out(message.account_id, message.channel, message.key, reason=result.word, at=at)
    if result.is_gone and job.browser:
        _forget(job.browser)
    if message.state == Message.State.UNKNOWN and result.state == "sent":
        settle(message, Message.State.SENT, "", at)
    if message.state != Message.State.SENDING or message.tries != job.number:
        return
    match result.state:
        case "again":
            _put_off(message, result, at)
        case "failed":
            _fail(message, result.word, at)
        case "sent":
            settle(message, Message.State.SENT, "", at)
        case _:
            settle(message, Message.State.UNKNOWN, result.word, at)


def _forget(browser: PushSubscription) -> None:
    """For all sessions, as the address itself is gone; but not what subscribed anew while we were sending."""
    PushSubscription.objects.filter(endpoint=browser.endpoint, created_at__lte=browser.created_at).delete()


def _put_off(message: Message, result: Result, at: datetime) -> None:
    if message.tries > len(WAITS):
        _fail(message, result.word, at)
        return
    asked = timedelta(seconds=result.wait)
    message.state, message.leased_until, message.outcome = Message.State.QUEUED, None, result.word
    message.next_try_at = at + min(max(WAITS[message.tries - 1], asked), LONGEST_WAIT)
    message.save(update_fields=["state", "leased_until", "outcome", "next_try_at"])


def _fail(message: Message, word: str, at: datetime) -> None:
    """It never left: the credits come back, and the recipient has not got the campaign."""
    credits.give_back(message.pk, at=at)
    SentOnce.objects.filter(message=message.pk).delete()
    settle(message, Message.State.FAILED, word, at)


def settle(message: Message, state: str, word: str, at: datetime) -> None:
    """Write an end, and its event, inside the caller's transaction."""
    message.state, message.outcome, message.leased_until, message.ended_at = state, word[:40], None, at
    message.save(update_fields=["state", "outcome", "leased_until", "ended_at"])
    note(
        f"message.{state}",
        account=message.account_id,
        actor="worker",
        at=at,
        subject=name_of(message.pk),
        campaign=message.campaign_id,
        session=message.session,
        data={"channel": message.channel, "outcome": message.outcome},
    )


@transaction.atomic
def settle_dead(*, at: datetime) -> int:
    """Messages whose worker died while it sent them: nobody knows whether they left."""
    dead = Message.objects.select_for_update(skip_locked=True, no_key=True).filter(
        state=Message.State.SENDING, leased_until__lte=at
    )[:1000]
    count = 0
    for message in dead:
        settle(message, Message.State.UNKNOWN, "worker_died", at)
        count += 1
    return count
