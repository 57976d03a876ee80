"""Push to browsers: who wants to hear of a session or a loyalty card, and the messages queued for them."""

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime

from django.db import transaction

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.campaigns.models import Campaign
from tearoff.coupons.addresses import session_url
from tearoff.coupons.models import CouponSession
from tearoff.kit import outbound, sql

MOST_BROWSERS = 10
"""That may subscribe to one session or one holder's card: each belongs to one person."""

_P256DH = re.compile(r"[A-Za-z0-9_-]{87}=?")
_AUTH = re.compile(r"[A-Za-z0-9_-]{22}={0,2}")


@dataclass(frozen=True, slots=True)
class About:
    """What a browser wants to hear of: a session of a coupon, or a holder of a loyalty card, by the ids of their rows."""

    account: int
    campaign: int | None = None
    session: int | None = None
    card: int | None = None
    holder: int | None = None

    @property
    def owner(self) -> str:
        """The column that names whose subscription it is."""
        return "session" if self.session is not None else "holder"

    @property
    def key(self) -> int:
        found = self.session if self.session is not None else self.holder
        assert found is not None
        return found


def about_session(session: CouponSession) -> About:
    return About(session.account_id, campaign=session.campaign_id, session=session.pk)


def about_holder(account: int, card: int, holder: int) -> About:
    return About(account, card=card, holder=holder)


@transaction.atomic
def subscribe(about: About, *, endpoint: str, p256dh: str, auth: str, at: datetime) -> bool:
    """Keep a browser's subscription; False when it cannot be one. The same browser again only renews its keys."""
    if not (_P256DH.fullmatch(p256dh) and _AUTH.fullmatch(auth)) or len(endpoint) > 2000 or not _fine(endpoint):
        return False
    sql.one("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"push {about.owner} {about.key}"])
    row = sql.one(
        f"select count(*) from push_subscription where {about.owner} = %s and endpoint <> %s", [about.key, endpoint]
    )
    if row and row[0] >= MOST_BROWSERS:
        return False
    sql.run(
        "insert into push_subscription (account, campaign, session, card, holder, endpoint, p256dh, auth, created_at) "
        f"values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict ({about.owner}, endpoint) do update set "
        "p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at",
        [*astuple(about), endpoint, p256dh.rstrip("="), auth.rstrip("="), at],
    )
    return True


def _fine(endpoint: str) -> bool:
    """A push service's address; it is checked in full whenever something is sent there."""
    return outbound.is_address(endpoint)


def unsubscribe(about: About, endpoint: str) -> bool:
    return bool(
        sql.run(f"delete from push_subscription where {about.owner} = %s and endpoint = %s", [about.key, endpoint])
    )


@rights.needs("distribution")
def push_to_one(
    account: int, campaign: Campaign, session: CouponSession, text: str, *, at: datetime, actor: str
) -> int:
    """Queue the text for every browser of one session; how many these are."""
    return _queued(account, campaign, session.pk, text, at, actor)


@rights.needs("distribution")
def push_to_all(account: int, campaign: Campaign, text: str, *, at: datetime, actor: str) -> int:
    """Queue the text for all who subscribed to a session of the coupon; how many browsers these are."""
    return _queued(account, campaign, None, text, at, actor)


def subscribed_holders(account: int, card: int) -> list[int]:
    """The holders of a card who allowed notifications, voided ones among them."""
    rows = sql.rows("select distinct holder from push_subscription where account = %s and card = %s", [account, card])
    return [row[0] for row in rows]


@rights.needs("distribution")
@rights.needs("loyalty")
@transaction.atomic
def push_to_holders(
    account: int, card: int, addresses: Mapping[int, str], title: str, text: str, *, at: datetime, actor: str
) -> int:
    """Queue the text for every browser of these holders of a card; how many browsers these are.

    `addresses` is each holder's own page, by the id of the holder's row; the notification opens it.
    """
    amount = sql.run(
        """
        insert into message (account_id, channel, purpose, recipient, key, subject, text, sender, link, segments, state,
                             outcome, tries, next_try_at, provider_id, created_at)
        select %(account)s, 'push', 'push', p.id::text, p.id::text, %(title)s, %(text)s, '', h.address, 0, 'queued',
               '', 0, %(at)s, '', %(at)s
        from unnest(%(holders)s::bigint[], %(addresses)s::text[]) h(id, address)
        join push_subscription p on p.account = %(account)s and p.card = %(card)s and p.holder = h.id
        order by p.id
        """,
        {
            "account": account,
            "card": card,
            "holders": list(addresses),
            "addresses": list(addresses.values()),
            "title": " ".join(title.split())[:200],
            "text": text,
            "at": at,
        },
    )
    if amount:
        subject = f"loy_{card}"
        record("push.queued", account=account, actor=actor, at=at, subject=subject, data={"amount": amount})
    return amount


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
