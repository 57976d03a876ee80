"""What the staff's page needs to know of a scanned coupon, in one statement. It writes nothing."""

from datetime import datetime
from typing import NamedTuple

from tearoff.kit import sql


class Scanned(NamedTuple):
    """A session with what its campaign and account have to say. `hours` and `places` are JSON; `used_at` is a location's name."""

    account: int
    coupon: str
    session: str
    session_id: int
    short: str
    title: str
    subtitle: str
    worth: str
    timezone: str
    currency: str
    starts_at: datetime | None
    ends_at: datetime | None
    hours: str
    by_scan: bool
    uses: int
    uses_per_session: int
    minutes_between_uses: int
    validated_at: datetime | None
    used_at: str | None
    holder: str
    company: str
    campaign_colour: str
    account_colour: str
    campaign_logo: str
    account_logo: str
    places: str
    paused_until: datetime | None
    is_unavailable: bool
    language: str


class Use(NamedTuple):
    """One use as the ledger has it."""

    at: datetime
    place: str | None
    value: str


_SCANNED = """
    select c.account_id, c.code, s.code, s.id, s.short, coalesce(nullif(c.title, ''), c.name), c.subtitle,
        coalesce(nullif(s.value, ''), c.coupon_value), c.timezone, c.currency, c.starts_at, session_ends(s, c), c.hours, c.by_scan,
        s.uses, c.uses_per_session, c.minutes_between_uses, s.validated_at,
        (select l.name from location l where l.id = s.location), coalesce(s.customer->>'firstname', ''), a.company, c.brand_colour,
        a.brand_colour, c.logo, a.logo,
        (select coalesce(json_agg(l.name order by l.name, l.id), '[]')::text
         from campaign_location n join location l on l.id = n.location_id where n.campaign_id = c.id and not l.is_disabled),
        (select t.paused_until from password_try t where t.session = s.id and t.paused_until > %(at)s),
        campaign_unavailable(c, %(at)s) is not null, c.language
    from campaign c
    join coupon_session s on s.account_id = c.account_id and s.code = %(session)s and s.campaign_id = c.id
    join account a on a.id = c.account_id
    where c.code = %(coupon)s and c.deleted_at is null and not c.is_template
"""


def scanned(coupon: str, session: str, at: datetime) -> Scanned | None:
    """None for a pair that does not belong together, however it fails."""
    found = sql.prepared(_SCANNED, {"coupon": coupon, "session": session, "at": at})
    return Scanned(*found[0]) if found else None


def use_named(session: int, act: str) -> Use | None:
    """The use that an act of this name took, if it still stands."""
    row = sql.one(
        "select v.at, l.name, v.value from validation v left join location l on l.id = v.location_id "
        "where v.session = %s and v.act = %s and v.undone_at is null",
        [session, act],
    )
    return Use(*row) if row else None
