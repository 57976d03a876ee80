"""What a consumer's page needs to know, in one statement: the session, its campaign, its account, and the verdict.

The verdict is that of the guards which decide about the acts themselves (`coupons/guard.sql`), so a page never promises what
a press of its button would not get (lesson 25). Nothing here writes.
"""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tearoff.coupons.outcomes import Refusal
from tearoff.kit import sql


class PlaceRow(msgspec.Struct, frozen=True):
    name: str
    address: str
    zip: str
    city: str
    opening_text: str


class CampaignRow(NamedTuple):
    """An offer as its page shows it. Times are instants; `hours`, `form`, `consents`, `words` and `end_redirects` are JSON."""

    id: int
    account: int
    code: str
    title: str
    name: str
    subtitle: str
    description: str
    terms: str
    coupon_value: str
    promo_code: str
    timezone: str
    language: str
    starts_at: datetime | None
    ends_at: datetime | None
    after_open: int | None
    after_claim: int | None
    hours: str
    max_claims: int | None
    uses_per_session: int
    minutes_between_uses: int
    single_use_only: bool
    claim_method: str
    form: str
    consents: str
    by_button: bool
    by_password: bool
    by_scan: bool
    own_code_format: str
    brand_colour: str
    logo: str
    header_image: str
    share_image: str
    art: str
    words: str
    after_claim_message: str
    link_text: str
    link_url: str
    end_redirects: str
    company: str
    country: str
    account_colour: str
    account_logo: str
    privacy_url: str
    help_url: str
    powered_by_text: str
    powered_by_link: str
    unavailable: str | None
    claims: int | None
    places: str

    @property
    def shown_title(self) -> str:
        return self.title or self.name

    @property
    def has_claim_step(self) -> bool:
        return self.claim_method != "none"


class SessionRow(NamedTuple):
    """One consumer's copy. `verdict` is why it cannot be claimed, or once it is claimed be used, at this moment."""

    id: int
    code: str
    short: str
    is_link: bool
    created_at: datetime
    opened_at: datetime | None
    claimed_at: datetime | None
    uses: int
    validated_at: datetime | None
    expires_at: datetime | None
    value: str
    own_code: str
    customer: str
    ends_at: datetime | None
    verdict: str | None
    used_at: str | None
    paused_until: datetime | None


class Seen(NamedTuple):
    """A session with its campaign."""

    campaign: CampaignRow
    session: SessionRow

    @property
    def refusal(self) -> Refusal | None:
        return Refusal(self.session.verdict) if self.session.verdict else None

    @property
    def is_ticket(self) -> bool:
        """Claimed, or in no need of it."""
        return self.session.claimed_at is not None or not self.campaign.has_claim_step


_CAMPAIGN = """
    c.id, c.account_id, c.code, c.title, c.name, c.subtitle, c.description, c.terms, c.coupon_value, c.promo_code, c.timezone,
    c.language, c.starts_at, c.ends_at, c.after_open, c.after_claim, c.hours, c.max_claims, c.uses_per_session,
    c.minutes_between_uses, c.single_use_only, c.claim_method, c.form, c.consents, c.by_button, c.by_password, c.by_scan,
    c.own_code_format, c.brand_colour, c.logo, c.header_image, c.share_image, c.art, c.words, c.after_claim_message, c.link_text,
    c.link_url, c.end_redirects, a.company, a.country, a.brand_colour, a.logo, a.privacy_url, a.help_url, a.powered_by_text,
    a.powered_by_link, campaign_unavailable(c, %(at)s), k.claims,
    (select coalesce(json_agg(json_build_object('name', l.name, 'address', l.address, 'zip', l.zip, 'city', l.city,
                                                'opening_text', l.opening_text) order by l.name, l.id), '[]')::text
     from campaign_location n join location l on l.id = n.location_id
     where n.campaign_id = c.id and not l.is_disabled)
"""

_SESSION = """
    s.id, s.code, s.short, s.is_link, s.created_at, s.opened_at, s.claimed_at, s.uses, s.validated_at, s.expires_at, s.value,
    s.own_code, s.customer, session_ends(s, c),
    case when s.claimed_at is null and c.claim_method <> 'none'
        then coupon_verdict('claim', 'holder', s, c, k, account_refusal(c.account_id, %(at)s), true, codes.are_left, %(at)s)
        else coupon_verdict('validate', 'holder', s, c, k, account_refusal(c.account_id, %(at)s), s.claimed_at is null,
                            codes.are_left, %(at)s)
    end,
    (select l.name from location l where l.id = s.location),
    (select t.paused_until from password_try t where t.session = s.id and t.paused_until > %(at)s)
"""

_OFFER = f"""
    select {_CAMPAIGN}
    from campaign c join account a on a.id = c.account_id left join campaign_counter k on k.campaign = c.id
    where c.code = %(coupon)s and c.deleted_at is null and not c.is_template
"""

_SEEN = f"""
    select {_CAMPAIGN}, {_SESSION}
    from campaign c
    join coupon_session s on s.account_id = c.account_id and s.code = %(session)s and s.campaign_id = c.id
    join account a on a.id = c.account_id
    left join campaign_counter k on k.campaign = c.id
    cross join lateral (
        select not c.uses_own_codes or s.own_code <> '' or s.claimed_at is not null
            or exists (select from own_code o where o.campaign_id = c.id and o.state = 'free') as are_left
    ) codes
    where c.code = %(coupon)s and c.deleted_at is null and not c.is_template
"""

_WIDTH = len(CampaignRow._fields)


def offer(coupon: str, at: datetime) -> CampaignRow | None:
    """The campaign of a public code; None when there is none or it was removed."""
    found = sql.prepared(_OFFER, {"coupon": coupon, "at": at})
    return CampaignRow(*found[0]) if found else None


def session(coupon: str, code: str, at: datetime) -> Seen | None:
    """The session of an address whose two parts belong together; None for any other pair, however it fails."""
    found = sql.prepared(_SEEN, {"coupon": coupon, "session": code, "at": at})
    return Seen(CampaignRow(*found[0][:_WIDTH]), SessionRow(*found[0][_WIDTH:])) if found else None


def last_claim(campaign: int) -> datetime | None:
    """When the latest claim was made, for the page that says that all are gone."""
    row = sql.one(
        "select max(claimed_at) from coupon_session where campaign_id = %s and claimed_at is not null", [campaign]
    )
    found: Any = row[0] if row else None
    return found
