"""Claiming: which deliveries go out now. A lease is a commit of its own; a worker that dies loses it after a minute.

First tries to one endpoint leave in the order of events, session by session: the next one waits until the one before it
has been tried (webhooks.md 7).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction

from tearoff.accounts import keys
from tearoff.kit import sealing, sql
from tearoff.webhooks import endpoints, signing

logger = logging.getLogger("tearoff.webhooks")

AT_A_TIME = 4
"""Requests to one endpoint at the same moment, over all workers (webhooks.md 7, lesson 38)."""

LEASE = timedelta(seconds=60)
"""Much longer than a request's deadline, so that only the dead lose theirs."""


@dataclass(frozen=True, slots=True)
class Job:
    """A leased delivery with all that sending needs; `problem` says why it cannot be sent."""

    delivery: int
    endpoint: int
    number: int
    url: str
    body: bytes
    headers: dict[str, str]
    is_failing: bool
    """No request to the endpoint has succeeded since one failed."""
    problem: str = ""


def claim(limit: int, *, at: datetime, limit_failing: int | None = None) -> list[Job]:
    """Lease up to `limit` deliveries whose time has come, at most `limit_failing` of them to endpoints that fail at present.

    An endpoint that fails gets one request at a time, so that many hanging ones cannot take all places from the healthy.
    """
    limit_failing = limit if limit_failing is None else limit_failing
    with transaction.atomic():
        endpoint_ids = _with_something_due(limit, limit_failing, at)
        rows = _leased(endpoint_ids, limit, limit_failing, at) if endpoint_ids else []
    client_secret = cache(keys.primary_secret)
    return [_job(row, client_secret, at) for row in rows]


@dataclass(frozen=True, slots=True)
class _Leased:
    delivery: int
    tries: int
    endpoint: int
    account: int
    is_failing: bool
    url: str
    secret: bytes
    previous: bytes | None
    code: str
    event: int
    body: bytes


def _with_something_due(limit: int, limit_failing: int, at: datetime) -> list[int]:
    """Endpoints that are on, have a free place and something to send, locked so that no other worker fills the place.

    The first part walks from endpoint to endpoint through the index; a long queue of one is stepped over. Those that
    have waited longest come first, failing and healthy ones each in a row of their own.
    """
    rows = sql.rows(
        """
        with recursive waiting as (
            (select d.endpoint_id from webhook_delivery d where d.state = 'due' order by d.endpoint_id limit 1)
            union all
            select (select d.endpoint_id from webhook_delivery d
                    where d.state = 'due' and d.endpoint_id > w.endpoint_id order by d.endpoint_id limit 1)
            from waiting w where w.endpoint_id is not null
        ), ready as (
            select e.id, e.failing_since is null as is_healthy, row_number() over (
                partition by e.failing_since is null order by first.next_try_at, e.id) as place
            from webhook_endpoint e
            join waiting w on w.endpoint_id = e.id
            cross join lateral (
                select d.next_try_at from webhook_delivery d
                where d.endpoint_id = e.id and d.state = 'due' and d.next_try_at <= %(at)s
                    and (d.leased_until is null or d.leased_until <= %(at)s)
                order by d.next_try_at limit 1
            ) first
            where e.is_active and not 'webhooks' = any(account_denied(e.account_id))
                and (select count(*) from webhook_delivery f where f.endpoint_id = e.id and f.leased_until > %(at)s)
                < case when e.failing_since is null then %(cap)s else 1 end
        )
        select e.id from webhook_endpoint e join ready r on r.id = e.id
        where r.place <= case when r.is_healthy then %(limit)s else %(limit_failing)s end
        order by e.id for no key update of e skip locked
        """,
        {"at": at, "cap": AT_A_TIME, "limit": limit, "limit_failing": limit_failing},
    )
    return [row[0] for row in rows]


def _leased(endpoint_ids: list[int], limit: int, limit_failing: int, at: datetime) -> list[_Leased]:
    """Asked in a statement of its own, after the locks: only so does it count what others have just leased."""
    rows = sql.rows(
        """
        with free as (
            select e.*, case when e.failing_since is null then %(cap)s else 1 end - (
                select count(*) from webhook_delivery f where f.endpoint_id = e.id and f.leased_until > %(at)s) as places
            from webhook_endpoint e where e.id = any(%(endpoints)s) and e.is_active
        ), ready as (
            select d.id, d.next_try_at, e.failing_since, row_number() over (
                partition by e.failing_since is null order by d.next_try_at, d.id) as place
            from free e cross join lateral (
                select d.id, d.next_try_at from webhook_delivery d
                where d.endpoint_id = e.id and d.state = 'due' and d.next_try_at <= %(at)s
                    and (d.leased_until is null or d.leased_until <= %(at)s)
                    and (d.last_try_at is not null or not exists (
                        select from webhook_delivery p
                        where p.endpoint_id = d.endpoint_id and p.line = d.line and p.id < d.id
                            and p.state = 'due' and p.last_try_at is null))
                order by d.next_try_at, d.id limit greatest(e.places, 0)
            ) d
        ), taken as (
            select id from ready where failing_since is null or place <= %(limit_failing)s
            order by next_try_at, id limit %(limit)s
        ), leased as (
            update webhook_delivery d set leased_until = %(until)s, tries = d.tries + 1
            where d.id in (select id from taken) returning d.id, d.tries, d.endpoint_id, d.notification_id
        ), sent as (
            update webhook_notification n set sent_at = %(at)s
            where n.sent_at is null and n.id in (select notification_id from leased)
        )
        select d.id, d.tries, e.id, e.account_id, e.failing_since is not null, e.url, e.secret_sealed,
            case when e.previous_until > %(at)s then e.previous_sealed end, n.code, n.event, n.body
        from leased d
        join webhook_endpoint e on e.id = d.endpoint_id
        join webhook_notification n on n.id = d.notification_id
        order by d.id
        """,
        {
            "at": at,
            "until": at + LEASE,
            "cap": AT_A_TIME,
            "endpoints": endpoint_ids,
            "limit": limit,
            "limit_failing": limit_failing,
        },
    )
    return [_Leased(*row) for row in rows]


def _job(row: _Leased, client_secret: Callable[[int], str | None], at: datetime) -> Job:
    body = bytes(row.body)
    problem, headers = "", {}
    try:
        headers = signing.headers(
            code=row.code,
            body=body,
            client_secret=client_secret(row.account),
            secrets=[sealing.unseal(bytes(sealed)) for sealed in (row.secret, row.previous) if sealed],
            attempt=row.tries,
            sequence=row.event,
            at=at,
        )
    except InvalidToken:
        logger.exception(
            "The secret of %s cannot be read: was TEAROFF_SECRET_KEY changed?", endpoints.name_of(row.endpoint)
        )
        problem = "secret_unreadable"
    if settings.TEAROFF_FORBID_PLAIN_HTTP_WEBHOOKS and not endpoints.is_encrypted(row.url):
        problem = "not_encrypted"
    return Job(row.delivery, row.endpoint, row.tries, row.url, body, headers, row.is_failing, problem)
