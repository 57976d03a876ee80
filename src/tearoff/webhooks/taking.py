"""Taking events out of the outbox: one notification per account that wants it, one delivery per endpoint, frozen.

All of it is one transaction: a worker that dies in the middle has taken nothing (lesson 33). One worker takes at a time,
because a second one could finish a session's later event before its earlier one; delivering is what many share.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import DatabaseError, transaction

from tearoff.campaigns.models import Campaign, Location
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock, codes, sql
from tearoff.webhooks import directory_payloads, erasing, loyalty_payloads, payloads
from tearoff.webhooks.endpoints import name_of
from tearoff.webhooks.models import Delivery, Notification

logger = logging.getLogger("tearoff.webhooks")

BATCH = 200
HOLDERS = 10**15
MEMBERS = 2 * HOLDERS
"""Beyond every coupon's id, so that a holder's or a member's line is never a coupon's."""
TURN = 0x7EA20FF1
"""The number under which workers agree whose turn it is; held until the transaction ends."""


def take(limit: int = BATCH) -> int:
    """Take up to `limit` events; how many there were. One that cannot be told holds up nobody else's."""
    try:
        return _taken(limit=limit)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("A batch of events could not be taken; trying them one by one.")
    return sum(_taken_alone(slip) for slip in _waiting(limit))


def _taken_alone(slip: int) -> int:
    try:
        return _taken(slip=slip)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("Outbox row %s cannot be told to anybody; it stays where it is.", slip)
        return 0


def _waiting(limit: int) -> list[int]:
    return [row[0] for row in sql.rows("select id from outbox where reader = 'webhooks' order by id limit %s", [limit])]


@transaction.atomic
def _taken(*, limit: int = 1, slip: int | None = None) -> int:
    turn = sql.one("select pg_try_advisory_xact_lock(%s)", [TURN])
    if not turn or not turn[0]:
        return 0
    slips = sql.rows(
        "delete from outbox where id in (select id from outbox where reader = 'webhooks' and (%(slip)s::bigint is null or "
        "id = %(slip)s) order by id limit %(limit)s for update skip locked) returning event",
        {"slip": slip, "limit": limit},
    )
    events, now = [event for (event,) in slips], clock.now()
    _tell(_events(events), now)
    erasing.blank(events, now)
    return len(slips)


def _tell(events: Sequence["_Event"], now: datetime) -> None:
    """Write what everybody who wants these events will get."""
    told = [
        (event, account, list(theirs))
        for event, wanting in _with_those_who_want(events)
        for account, theirs in groupby(wanting, key=lambda endpoint: endpoint.account)
    ]
    rows = _Rows(event for event, _, _ in told)
    notifications = Notification.objects.bulk_create(
        _notification(event, account, rows, now) for event, account, _ in told
    )
    Delivery.objects.bulk_create(
        Delivery(
            account=account,
            notification=notification,
            endpoint_id=endpoint.id,
            state=Delivery.State.DUE if endpoint.is_active else Delivery.State.HELD,
            line=event.line,
            next_try_at=now,
            created_at=now,
        )
        for notification, (event, account, endpoints) in zip(notifications, told, strict=True)
        for endpoint in endpoints
    )


def _notification(event: "_Event", account: int, rows: "_Rows", now: datetime) -> Notification:
    code = codes.event_code()
    return Notification(
        account=account,
        event=event.id,
        code=code,
        kind=payloads.WIRE_KINDS[event.kind],
        campaign_id=event.campaign,
        session_code=event.subject if event.session else "",
        at=event.at,
        body=payloads.body(code, rows.of(event), now),
        created_at=now,
    )


# What happened


@dataclass(frozen=True, slots=True)
class _Event:
    id: int
    account: int
    kind: str
    subject: str
    campaign: int | None
    session: int | None
    location: int | None
    at: datetime
    data: dict[str, Any]

    @property
    def line(self) -> int:
        """What is delivered in the order it happened: all of one session, of one holder of a loyalty card, of one member of a
        directory, of one coupon."""
        if self.kind in loyalty_payloads.WIRE_KINDS:
            return -(HOLDERS + int(self.data["holder"]))
        if self.kind in directory_payloads.WIRE_KINDS:
            return -(MEMBERS + int(self.data["member"]))
        return self.session or -(self.campaign or 0)


def _events(ids: Sequence[int]) -> list[_Event]:
    """Those with a kind on the wire, in the order in which they happened."""
    rows = sql.rows(
        "select id, account, kind, subject, campaign, session, location, at, data from event "
        "where id = any(%s) and kind = any(%s) order by id",
        [list(ids), list(payloads.WIRE_KINDS)],
    )
    return [_Event(*(*columns, json.loads(data))) for *columns, data in rows]


class _Rows:
    """The coupons, sessions and places of a batch as they are now, each read once."""

    def __init__(self, events: Iterable[_Event]) -> None:
        about = list(events)
        self.campaigns = Campaign.objects.select_related("account").in_bulk({e.campaign for e in about if e.campaign})
        self.sessions = CouponSession.objects.in_bulk({e.session for e in about if e.session})
        self.locations = Location.objects.in_bulk({e.location for e in about if e.location})

    def of(self, event: _Event) -> payloads.Happened:
        return payloads.Happened(
            kind=event.kind,
            at=event.at,
            campaign_id=event.campaign,
            campaign=self.campaigns.get(event.campaign or 0),
            session_code=event.subject,
            session=self.sessions.get(event.session or 0),
            location=self.locations.get(event.location or 0),
            state=event.data,
        )


# Who wants to know


@dataclass(frozen=True, slots=True)
class _Endpoint:
    id: int
    account: int
    is_active: bool
    kinds: list[str]
    campaign: int | None
    is_granted: bool

    def wants(self, event: _Event) -> bool:
        if event.kind == "endpoint.tested":
            return event.subject == name_of(self.id) and self.account == event.account
        if self.kinds and payloads.WIRE_KINDS[event.kind] not in self.kinds:
            return False
        if self.account != event.account:
            return self.is_granted and self.campaign == event.campaign
        return self.campaign in (None, event.campaign)


def _with_those_who_want(events: Sequence[_Event]) -> list[tuple[_Event, list[_Endpoint]]]:
    endpoints = _endpoints({event.account for event in events}, {event.campaign for event in events if event.campaign})
    return [(event, [endpoint for endpoint in endpoints if endpoint.wants(event)]) for event in events]


def _endpoints(accounts: set[int], campaigns: set[int]) -> list[_Endpoint]:
    """All that could want something, sorted by account. An account without the right to webhooks is told nothing."""
    rows = sql.rows(
        "select e.id, e.account_id, e.is_active, e.kinds, e.campaign_id, exists (select from campaign_grant g "
        "where g.parent_id = e.account_id and g.campaign_id = e.campaign_id) from webhook_endpoint e "
        "where (e.account_id = any(%s) or e.campaign_id = any(%s)) "
        "and not 'webhooks' = any(account_denied(e.account_id)) order by e.account_id, e.id",
        [list(accounts), list(campaigns)],
    )
    return [_Endpoint(*row) for row in rows]
