"""What a directory's page needs: the directory, and in two statements its categories and one page of what shows on it now.

What ended, was switched off or removed is left out by the statement itself, so nothing has to be tidied up. A coupon may belong
to a subaccount of the directory's account; it shows as long as its own account is live too.
"""

import re
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Func, TextField, Value

from tearoff.directories.models import Directory
from tearoff.kit import sql

PER_PAGE = 24


class ListingRow(NamedTuple):
    """An offer as the list shows it. `code` is a coupon's, or with `kind` (stamp, points, ...) a loyalty card's."""

    id: int
    total: int
    owner: int
    company: str
    campaign: int | None
    kind: str
    code: str
    title: str
    text: str
    worth: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    colour: str
    picture: str
    art: str
    single_use_only: bool
    is_featured: bool
    is_paid_only: bool
    place: str
    """The name of its location; empty for none and for several."""
    places: int


class CategoryRow(NamedTuple):
    id: int
    parent: int | None
    name: str
    amount: int
    """Offers that stand in this category itself, not below it."""


def directory(code: str, at: datetime) -> Directory | None:
    """The directory of a public code, with its account, if people may see it."""
    refusal = Func(F("account_id"), Value(at), function="account_refusal", output_field=TextField())
    found = Directory.objects.select_related("account").alias(refusal=refusal)
    return found.filter(code=code, status="active", deleted_at=None, refusal__isnull=True).first()


_SHOWN = """
    shown as materialized (
        select l.id, l.position, l.created_at, l.is_paid_only, l.description, l.campaign_id, l.card, o.id as owner, o.company,
            coalesce(l.is_featured, c.is_featured, false) as is_featured, g.id as category, c.ends_at
        from directory_listing l
        left join campaign c on c.id = l.campaign_id and c.status = 'active' and not c.is_template and c.deleted_at is null
            and not is_past(c.ends_at, %(at)s)
        left join loyalty_card k on k.id = l.card and k.status = 'active' and k.deleted_at is null
        join account o on o.id = coalesce(c.account_id, k.account_id) and l.account = any (o.ancestors)
        left join category g on g.id = coalesce(l.category_id, c.category_id) and g.account_id = l.account
        cross join lateral (
            select concat_ws(' ', coalesce(nullif(c.title, ''), c.name, nullif(k.title, ''), k.name), c.subtitle, k.subtitle,
                c.coupon_value, o.company, g.name, coalesce(nullif(l.description, ''), c.description, k.description)) as said
        ) t
        where l.directory_id = %(directory)s and l.account = %(account)s
            and (l.shows_from is null or l.shows_from <= %(at)s) and not is_past(l.shows_until, %(at)s)
            and (%(listing)s::bigint is null or l.id = %(listing)s)
            and case when %(words)s::text[] is null then true
                when t.said ilike all (%(rough)s) then replace(replace(replace(replace(replace(
                    regexp_replace(t.said, '<[^>]*>', ' ', 'g'),
                    '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&amp;', '&') ilike all (%(words)s)
                else false end
    ), owners as materialized (  -- else the planner asks for the state of each row's account
        select distinct owner from shown
    ), live as materialized (
        select owner from owners where account_refusal(owner, %(at)s) is null
    )
"""
"""Everything of a directory that shows at this moment, whoever asks; the account's state is asked once for each owner. Words are
looked for roughly in the text as it is first, and only where they may be found in the text as people read it: without its tags."""

_ORDERS = {
    "manual": "is_featured desc, position, id",
    "newest": "is_featured desc, created_at desc, id desc",
    "expiring": "is_featured desc, ends_at nulls last, position, id",
}

_PAGE = """
    with {shown}, page as (
        select s.*, count(*) over () as total, row_number() over (order by {order}) as place
        from shown s join live using (owner)
        where %(categories)s::bigint[] is null or s.category = any (%(categories)s)
        order by {order} limit %(limit)s offset %(start)s
    )
    select p.id, p.total, p.owner, p.company, p.campaign_id, coalesce(k.kind, ''), coalesce(c.code, k.code),
        coalesce(nullif(c.title, ''), c.name, nullif(k.title, ''), k.name),
        coalesce(nullif(p.description, ''), nullif(c.subtitle, ''), nullif(k.subtitle, ''),
            left(coalesce(c.description, k.description), 2000)),
        coalesce(c.coupon_value, ''), coalesce(c.timezone, k.timezone), c.starts_at, c.ends_at,
        coalesce(nullif(c.brand_colour, ''), nullif(k.brand_colour, ''), a.brand_colour), coalesce(c.header_image, ''),
        coalesce(c.art, k.art), coalesce(c.single_use_only, false), p.is_featured, p.is_paid_only,
        coalesce(n.name, ''), n.amount
    from page p
    left join campaign c on c.id = p.campaign_id
    left join loyalty_card k on k.id = p.card
    join account a on a.id = p.owner
    cross join lateral (
        select case when count(*) = 1 then min(w.name) end as name, count(*)::int as amount from location w
        where not w.is_disabled and w.id in (
            select location_id from campaign_location where campaign_id = p.campaign_id
            union all select location_id from loyalty_card_location where card_id = p.card)
    ) n
    order by p.place
"""

_CATEGORIES = f"""
    with {_SHOWN}
    select g.id, g.parent_id, g.name, coalesce(n.amount, 0)
    from category g left join (
        select category, count(*)::int as amount from shown join live using (owner) group by category
    ) n on n.category = g.id
    where g.account_id = %(account)s order by lower(g.name), g.id
"""


def categories(found: Directory, words: list[str], at: datetime) -> list[CategoryRow]:
    """All categories of the account, by name, with how many offers that match the words stand in each."""
    return [CategoryRow(*row) for row in sql.rows(_CATEGORIES, _asked(found, words, at))]


def listings(
    found: Directory, words: list[str], categories: list[int] | None, at: datetime, *, start: int, limit: int = PER_PAGE
) -> list[ListingRow]:
    """One page of offers that show now, in the directory's order, featured ones first. Each row knows how many there are."""
    asked = _asked(found, words, at) | {"categories": categories, "start": start, "limit": limit}
    return [ListingRow(*row) for row in sql.rows(_PAGE.format(shown=_SHOWN, order=_ORDERS[found.order]), asked)]


def listing(found: Directory, listing_id: int, at: datetime) -> ListingRow | None:
    """One offer of the directory, if it shows now; another directory's is none."""
    asked = _asked(found, [], at) | {"listing": listing_id, "categories": None, "start": 0, "limit": 1}
    row = sql.one(_PAGE.format(shown=_SHOWN, order=_ORDERS[found.order]), asked)
    return ListingRow(*row) if row else None


def _asked(found: Directory, words: list[str], at: datetime) -> dict[str, Any]:
    patterns = [f"%{_literally(word)}%" for word in words] or None
    rough = [_ESCAPED.sub("%", pattern) for pattern in patterns or ()]
    return {
        "directory": found.pk,
        "account": found.account_id,
        "at": at,
        "words": patterns,
        "rough": rough,
        "listing": None,
    }


_ESCAPED = re.compile('[&<>"]')
"""What HTML writes in another way, so that a text may hold the one or the other."""


def _literally(word: str) -> str:
    """A stranger's word as a pattern that means only itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
