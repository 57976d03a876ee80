"""Single-use links: making one, making many, removing one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from tearoff.accounts import rights
from tearoff.activity.recording import record
from tearoff.campaigns.models import Campaign
from tearoff.coupons.models import LinkBatch
from tearoff.coupons.outcomes import Outcome, Refusal, act, answered
from tearoff.kit import codes, sql

CHUNK = 5_000
FRESH_CODES_TRIED = 20
CROWDED = 1_000
"""Free codes wanted for each code asked for: so full a space and codes can be guessed (lesson 11)."""

DIGITS = "0123456789"
LETTERS_AND_DIGITS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class CodePattern:
    """How automatic validation codes look: prefix, then `length` characters of the alphabet."""

    prefix: str
    length: int
    alphabet: str


class TooCrowded(Exception):
    """Prefix, length and alphabet leave less than a thousand times as many codes as are asked for."""


@rights.needs("distribution")
def make_link(
    *,
    account: int,
    campaign: int,
    at: datetime,
    actor: str,
    fields: dict[str, Any],
    check: tuple[str, str] | None = None,
    auto: CodePattern | None = None,
) -> Outcome:
    """One link. `detail["duplicate"]` is true when `check` (field, normalised value) found the session of an earlier one."""
    field, value = check or (None, None)
    for _ in range(FRESH_CODES_TRIED):
        own_code = auto.prefix + codes.many(auto.alphabet, auto.length) if auto else None
        if own_code:
            fields = fields | {"own_code_key": codes.folded(own_code)}
        word, session, detail = answered(
            "coupon_link", account, campaign, codes.session_code(), at, actor, Jsonb(fields), field, value, own_code
        )
        if word == "duplicate":
            return Outcome(None, session, {"duplicate": True})
        if word != "again":
            return Outcome(None if word == "ok" else Refusal(word), session, detail)
    raise TooCrowded


@rights.needs("distribution")
def remove_link(*, account: int, code: str, at: datetime, actor: str) -> Outcome:
    """Remove an unclaimed link with its data; the event that it was there stays."""
    return act("coupon_link_removed", account, code, at, actor)


@rights.needs("distribution")
def make_links(
    *,
    campaign: Campaign,
    amount: int,
    at: datetime,
    actor: str,
    status: str = "normal",
    pattern: CodePattern | None = None,
    note: str = "",
) -> int:
    """Many links in one transaction; the id of their batch, by which `rows_of` streams them.

    `status` is `normal`, `voided` or `activated` (coupons.md 19).

    Raises:
        TooCrowded: the pattern leaves too few codes; nothing was written.
    """
    if pattern:
        refuse_if_crowded(campaign, amount, pattern)
    with transaction.atomic():
        batch = LinkBatch.objects.create(
            account=campaign.account_id, campaign=campaign.pk, amount=amount, created_at=at, note=note
        )
        made = 0
        while made < amount:
            made += _chunk(batch, campaign, min(CHUNK, amount - made), at, status, pattern)
        record(
            "link.made",
            account=campaign.account_id,
            actor=actor,
            at=at,
            campaign=campaign.pk,
            data={"amount": amount, "status": status},
        )
    return int(batch.pk)


def refuse_if_crowded(campaign: Campaign, amount: int, pattern: CodePattern) -> None:
    row = sql.one("select count(*) from link_key where campaign = %s and field = 'auto'", [campaign.pk])
    taken = row[0] if row else 0
    if len(pattern.alphabet) ** pattern.length < CROWDED * (amount + taken):
        raise TooCrowded


def _chunk(
    batch: LinkBatch, campaign: Campaign, amount: int, at: datetime, status: str, pattern: CodePattern | None
) -> int:
    """Write up to `amount` links; fewer when a drawn code was taken (the caller draws again)."""
    own = _free_codes(campaign, amount, pattern) if pattern else [""] * amount
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with made as (
                insert into coupon_session (account_id, campaign_id, code, short, is_link, batch, created_at, voided_at,
                    released_at, own_code, own_code_key, customid, customer, email_key, phone_key, value, source,
                    claim_type, uses, validation_type, validation_value, staff, doubtful_visits)
                select %(account)s, %(campaign)s, n.code, left(n.code, 6), true, %(batch)s, %(at)s,
                    case when %(status)s = 'voided' then %(at)s::timestamptz end,
                    case when %(status)s = 'activated' then %(at)s::timestamptz end,
                    n.own, n.key, '', '{}', '', '', '', '', '', 0, '', '', '', 0
                from unnest(%(codes)s::text[], %(own)s::text[], %(keys)s::text[]) with ordinality as n(code, own, key, place)
                order by n.place
                on conflict do nothing
                returning id, own_code
            ), kept as (
                update link_key k set session = made.id from made
                where k.campaign = %(campaign)s and k.field = 'auto' and k.value = made.own_code and made.own_code <> ''
            )
            select count(*) from made
            """,
            {
                "account": campaign.account_id,
                "campaign": campaign.pk,
                "batch": batch.pk,
                "at": at,
                "status": status,
                "codes": codes.session_codes(len(own)),
                "own": own,
                "keys": [codes.folded(code) for code in own],
            },
        )
        return int(cursor.fetchone()[0])


def _free_codes(campaign: Campaign, amount: int, pattern: CodePattern) -> list[str]:
    """Up to `amount` automatic codes that no other session of the coupon has, reserved by their unique key rows."""
    letters = codes.many(pattern.alphabet, amount * pattern.length)
    drawn = [pattern.prefix + letters[at : at + pattern.length] for at in range(0, len(letters), pattern.length)]
    return [
        row[0]
        for row in sql.rows(
            "insert into link_key (campaign, field, value, session) select c.id, 'auto', n.value, 0 "
            "from campaign c, unnest(%s::text[], %s::text[]) as n(value, key) "
            "where c.id = %s and not own_code_given(c, n.key, 0) on conflict do nothing returning value",
            [drawn, [codes.folded(code) for code in drawn], campaign.pk],
        )
    ]


def rows_of(batch: int, size: int = CHUNK) -> Iterator[list[tuple[int, str, str]]]:
    """The batch's links in order of creation, in chunks: (sequence id, session code, own code)."""
    last = 0
    while chunk := sql.rows(
        "select id, code, own_code from coupon_session where batch = %s and id > %s order by id limit %s",
        [batch, last, size],
    ):
        last = chunk[-1][0]
        yield chunk
