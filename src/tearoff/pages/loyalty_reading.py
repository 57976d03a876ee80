"""What a loyalty page needs: card and holder in one statement, rewards and the ledger in one more each."""

from datetime import datetime
from typing import NamedTuple

from tearoff.kit import sql


class CardRow(NamedTuple):
    """A card as its pages show it; `form`, `consents` and `words` are JSON. `unavailable` is why nobody may see it."""

    id: int
    account: int
    code: str
    kind: str
    name: str
    title: str
    subtitle: str
    description: str
    terms: str
    timezone: str
    language: str
    goal: int | None
    new_round: bool
    form: str
    consents: str
    words: str
    brand_colour: str
    logo: str
    art: str
    company: str
    country: str
    account_colour: str
    account_logo: str
    privacy_url: str
    help_url: str
    powered_by_text: str
    powered_by_link: str
    unavailable: bool

    @property
    def shown_title(self) -> str:
        return self.title or self.name

    @property
    def unit(self) -> str:
        return "stamps" if self.kind == "stamp" else "points"


class HolderRow(NamedTuple):
    id: int
    key: str
    code: str
    first_name: str
    last_name: str
    balance: int
    entries: int
    round: int
    round_goal: int | None
    round_started_at: datetime
    voided_at: datetime | None


class RewardRow(NamedTuple):
    """A reward with the number that counts in the holder's round."""

    id: int
    name: str
    points: int
    is_earned: bool
    """In this round."""


class EarnedRow(NamedTuple):
    id: int
    name: str
    at: datetime
    coupon: str
    session: str
    state: str
    """waits, ready, used, over or voided."""


class EntryRow(NamedTuple):
    delta: int
    balance: int
    method: str
    at: datetime
    place: str | None
    note: str


class Held(NamedTuple):
    card: CardRow
    holder: HolderRow


_CARD = """
    c.id, c.account_id, c.code, c.kind, c.name, c.title, c.subtitle, c.description, c.terms, c.timezone, c.language, c.goal,
    c.new_round, c.form, c.consents, c.words, c.brand_colour, c.logo, c.art, a.company, a.country, a.brand_colour, a.logo,
    a.privacy_url, a.help_url, a.powered_by_text, a.powered_by_link,
    c.status <> 'active' or account_refusal(c.account_id, %(at)s) is not null
"""
_HOLDER = """
    h.id, h.key, h.code, h.first_name, h.last_name, h.balance, h.entries, h.round, h.goal, h.round_started_at, h.voided_at
"""
_WIDTH = len(CardRow._fields)


def card(code: str, at: datetime) -> CardRow | None:
    """The card of a public code, if people may see it."""
    row = sql.one(
        f"select {_CARD} from loyalty_card c join account a on a.id = c.account_id "
        "where c.code = %(code)s and c.deleted_at is null",
        {"code": code, "at": at},
    )
    found = CardRow(*row) if row else None
    return None if found is None or found.unavailable else found


def held(code: str, key: str, at: datetime) -> Held | None:
    """The holder of an address whose two parts belong together; None for any other pair, however it fails."""
    row = sql.one(
        f"select {_CARD}, {_HOLDER} from loyalty_card c join account a on a.id = c.account_id "
        "join loyalty_holder h on h.account_id = c.account_id and h.code = %(short)s and h.key = %(key)s "
        "and h.card_id = c.id where c.code = %(code)s and c.deleted_at is null",
        {"code": code, "key": key, "short": key[:6], "at": at},
    )
    found = Held(CardRow(*row[:_WIDTH]), HolderRow(*row[_WIDTH:])) if row else None
    return None if found is None or found.card.unavailable else found


def rewards(card: CardRow, holder: HolderRow | None) -> list[RewardRow]:
    """What there is to earn or to choose, the nearest first."""
    rows = sql.rows(
        "select r.id, r.name, t.points, exists (select from loyalty_earned e where e.holder_id = %(holder)s "
        "and e.reward_id = r.id and e.round = %(round)s and not e.is_chosen) "
        "from loyalty_reward r cross join lateral (select case when %(since)s::timestamptz is null then r.points "
        "else threshold_in(r, %(since)s) end) t(points) "
        "where r.card_id = %(card)s and r.retired_at is null order by t.points, r.id",
        {
            "card": card.id,
            "holder": holder.id if holder else None,
            "round": holder.round if holder else None,
            "since": holder.round_started_at if holder and card.kind != "reward" else None,
        },
    )
    return [RewardRow(*row) for row in rows]


def earned(holder: HolderRow, at: datetime) -> list[EarnedRow]:
    """The latest rewards of a holder, newest first, with what has become of their coupons."""
    rows = sql.rows(
        "select e.id, r.name, e.at, coalesce(c.code, ''), e.session_code, case "
        "when e.session is null then 'waits' when s.id is null or s.voided_at is not null then 'voided' "
        "when s.uses >= c.uses_per_session then 'used' when is_past(session_ends(s, c), %(at)s) then 'over' "
        "else 'ready' end "
        "from loyalty_earned e join loyalty_reward r on r.id = e.reward_id left join campaign c on c.id = e.campaign "
        "left join coupon_session s on s.id = e.session where e.holder_id = %(holder)s order by e.id desc limit 20",
        {"holder": holder.id, "at": at},
    )
    return [EarnedRow(*row) for row in rows]


def entries(holder: HolderRow) -> list[EntryRow]:
    """The latest changes, newest first."""
    rows = sql.rows(
        "select e.delta, e.balance, e.method, e.at, l.name, e.note from loyalty_entry e "
        "left join location l on l.id = e.location_id where e.holder_id = %s order by e.number desc limit 10",
        [holder.id],
    )
    return [EntryRow(*row) for row in rows]
