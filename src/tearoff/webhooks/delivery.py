"""Delivering: lease, send, record, release (lesson 34). Nothing is sent while a transaction is open.

`claiming.claim` leases what is due; `send` is one request and may run anywhere; `record` writes how it went and decides
what comes next. A worker that dies in between loses nothing: its lease runs out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from tearoff.kit import outbound, sql
from tearoff.webhooks import schedule
from tearoff.webhooks.claiming import Job
from tearoff.webhooks.models import Attempt, Delivery, Endpoint


def send(job: Job) -> outbound.Outcome:
    """One request. It needs no database, so any thread can do it."""
    if job.problem:
        return outbound.Outcome(None, job.problem)
    return outbound.post(job.url, job.body, job.headers)


def record(job: Job, outcome: outbound.Outcome, *, at: datetime) -> None:
    """Write down how one request went, and decide what comes next."""
    if outcome.arrived:
        record_arrived([(job, outcome)], at=at)
    else:
        _record_failed(job, outcome, at)


def record_arrived(done: Sequence[tuple[Job, outbound.Outcome]], *, at: datetime) -> None:
    """Settle deliveries that arrived, many in one statement: that is how nearly all of them end.

    A good word is believed even from a worker that has lost its lease.
    """
    sql.run(
        """
        with done as (
            select * from unnest(%(deliveries)s::bigint[], %(endpoints)s::bigint[], %(numbers)s::int[], %(codes)s::int[],
                                 %(excerpts)s::text[], %(milliseconds)s::int[])
                as d(delivery, endpoint, number, code, excerpt, milliseconds)
        ), settled as (
            update webhook_delivery d set state = 'delivered', leased_until = null, last_try_at = %(at)s
            from done where d.id = done.delivery returning d.id
        ), noted as (
            insert into webhook_attempt (delivery_id, number, at, code, problem, excerpt, milliseconds)
            select done.delivery, done.number, %(at)s, done.code, '', done.excerpt, done.milliseconds
            from done join settled on settled.id = done.delivery
        )
        update webhook_endpoint e
        set last_delivery_at = %(at)s, last_response_code = latest.code, failing_since = null, warned_at = null, failures = 0
        from (select distinct on (endpoint) endpoint, code from done order by endpoint, delivery desc) latest
        where e.id = latest.endpoint
        """,
        {
            "at": at,
            "deliveries": [job.delivery for job, _ in done],
            "endpoints": [job.endpoint for job, _ in done],
            "numbers": [job.number for job, _ in done],
            "codes": [outcome.code for _, outcome in done],
            "excerpts": [outcome.excerpt for _, outcome in done],
            "milliseconds": [outcome.milliseconds for _, outcome in done],
        },
    )


@transaction.atomic
def _record_failed(job: Job, outcome: outbound.Outcome, at: datetime) -> None:
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=job.endpoint).first()
    delivery = Delivery.objects.select_for_update(no_key=True).filter(pk=job.delivery).first()
    if endpoint is None or delivery is None:
        return  # removed meanwhile
    Attempt.objects.create(
        delivery=delivery,
        number=job.number,
        at=at,
        code=outcome.code,
        problem=outcome.problem,
        excerpt=outcome.excerpt,
        milliseconds=outcome.milliseconds,
    )
    if endpoint.url == job.url:  # an address it has no more says nothing of the one it has
        schedule.note_failure(endpoint, outcome, at)
    _put_off(delivery, job.number, outcome, at)


def _put_off(delivery: Delivery, number: int, outcome: outbound.Outcome, at: datetime) -> None:
    """Wait, or give up. The late word of a worker that has lost its lease decides nothing: a newer try is under way."""
    delivery.last_try_at = at
    if delivery.tries == number:
        delivery.leased_until = None
        if delivery.state == Delivery.State.DUE:
            wait = schedule.wait_after(number, outcome, at)
            delivery.next_try_at = at + (wait or timedelta())
            delivery.state = Delivery.State.FAILED if wait is None else Delivery.State.DUE
    delivery.save(update_fields=["last_try_at", "leased_until", "next_try_at", "state"])


def hold(limit: int, *, at: datetime) -> int:
    """Hold what is due to endpoints that are off, and to accounts that lost the right to webhooks, up to `limit`; how many.
    It waits there to be replayed."""
    return sql.run(
        "update webhook_delivery set state = 'held', leased_until = null where state = 'due' and id in ("
        "select d.id from webhook_endpoint e join webhook_delivery d on d.endpoint_id = e.id and d.state = 'due' "
        "where (not e.is_active or 'webhooks' = any(account_denied(e.account_id))) "
        "and (d.leased_until is null or d.leased_until <= %s) limit %s)",
        [at, limit],
    )


# By hand


def retry(delivery: Delivery, *, at: datetime) -> bool:
    """Send it once more, now, whatever became of it. False: its endpoint is off, or it is just being sent."""
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
        if not endpoint.is_active:
            return False
        again = Delivery.objects.filter(pk=delivery.pk, leased_until=None)
        return bool(again.update(state=Delivery.State.DUE, next_try_at=at))


def replay(endpoint: Endpoint, *, since: datetime, until: datetime, at: datetime, also_delivered: bool = False) -> int:
    """Send again what was held or given up between two moments (both included); how many that are. None while it is off."""
    states = [Delivery.State.HELD, Delivery.State.FAILED]
    if also_delivered:
        states.append(Delivery.State.DELIVERED)
    with transaction.atomic():
        current = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if not current.is_active:
            return 0
        return Delivery.objects.filter(
            endpoint=current, state__in=states, leased_until=None, notification__at__range=(since, until)
        ).update(state=Delivery.State.DUE, next_try_at=at)
