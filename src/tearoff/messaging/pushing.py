"""Push to browsers: who wants to hear of a session, and the messages queued for them."""

import re
from datetime import datetime

from django.db import transaction

from tearoff.activity.recording import record
from tearoff.campaigns.models import Campaign
from tearoff.coupons.addresses import session_url
from tearoff.coupons.models import CouponSession
from tearoff.kit import outbound, sql

MOST_PER_SESSION = 10
"""Browsers that may subscribe to one session; a session has one holder."""

_P256DH = re.compile(r"[A-Za-z0-9_-]{87}=?")
_AUTH = re.compile(r"[A-Za-z0-9_-]{22}={0,2}")


@transaction.atomic
def subscribe(session: CouponSession, *, endpoint: str, p256dh: str, auth: str, at: datetime) -> bool:
    """Keep a browser's subscription; False when it cannot be one. The same browser again only renews its keys."""
    if not (_P256DH.fullmatch(p256dh) and _AUTH.fullmatch(auth)) or len(endpoint) > 2000 or not _fine(endpoint):
        return False
    CouponSession.objects.select_for_update(no_key=True).get(account=session.account_id, pk=session.pk)
    row = sql.one(
        "select count(*) from push_subscription where session = %s and endpoint <> %s", [session.pk, endpoint]
    )
    if row and row[0] >= MOST_PER_SESSION:
        return False
    sql.run(
        "insert into push_subscription (account, campaign, session, endpoint, p256dh, auth, created_at) "
        "values (%s, %s, %s, %s, %s, %s, %s) on conflict (session, endpoint) do update set "
        "p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at",
        [session.account_id, session.campaign_id, session.pk, endpoint, p256dh.rstrip("="), auth.rstrip("="), at],
    )
    return True


def _fine(endpoint: str) -> bool:
    """A push service's address; it is checked in full whenever something is sent there."""
    return outbound.is_address(endpoint)


def unsubscribe(session: CouponSession, endpoint: str) -> bool:
    return bool(sql.run("delete from push_subscription where session = %s and endpoint = %s", [session.pk, endpoint]))


def push_to_one(
    account: int, campaign: Campaign, session: CouponSession, text: str, *, at: datetime, actor: str
) -> int:
    """Queue the text for every browser of one session; how many these are."""
    return _queued(account, campaign, session.pk, text, at, actor)


def push_to_all(account: int, campaign: Campaign, text: str, *, at: datetime, actor: str) -> int:
    """Queue the text for all who subscribed to a session of the coupon; how many browsers these are."""
    return _queued(account, campaign, None, text, at, actor)


@transaction.atomic
def _queued(account: int, campaign: Campaign, session: int | None, text: str, at: datetime, actor: str) -> int:
    """One statement, however many; voided sessions hear nothing."""
    title = " ".join((campaign.title or campaign.name).split())[:200]
    amount = sql.run(
        """
        insert into message (account_id, channel, purpose, recipient, key, campaign_id, session, subject, text, sender,
                             link, segments, state, outcome, tries, next_try_at, provider_id, created_at)
        select %(account)s, 'push', 'push', p.id::text, p.id::text, p.campaign, p.session, %(title)s, %(text)s, '',
               %(address)s || s.code, 0, 'queued', '', 0, %(at)s, '', %(at)s
        from push_subscription p join coupon_session s on s.id = p.session and s.account_id = p.account
        where p.campaign = %(campaign)s and (%(session)s::bigint is null or p.session = %(session)s)
            and s.voided_at is null
        order by p.id
        """,
        {
            "account": account,
            "title": title,
            "text": text,
            "address": session_url(campaign.code, ""),
            "campaign": campaign.pk,
            "session": session,
            "at": at,
        },
    )
    if amount:
        record(
            "push.queued",
            account=account,
            actor=actor,
            at=at,
            campaign=campaign.pk,
            session=session,
            data={"amount": amount},
        )
    return amount
