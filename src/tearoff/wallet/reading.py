"""What a pass shows, read anew from the session or the holder each time: both wallets say the same (lesson 25)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import nh3
from markupsafe import Markup

from tearoff.coupons import addresses
from tearoff.kit import colours, sql
from tearoff.kit.spoken import Speaker
from tearoff.loyalty.addresses import holder_url
from tearoff.wallet import serials
from tearoff.wallet.models import Pass
from tearoff.wallet.serials import Subject
from tearoff.wallet.words import WORDS

OUR_COLOUR = "#2f49c9"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""A pass is looked at on other days than the one on which it is written: it says no "today"."""

_BLOCKS = re.compile(r"<(br\s*/?|/(p|div|li|ul|ol|h[1-6]|tr|blockquote))\s*>", re.I)


@dataclass(frozen=True, slots=True)
class Line:
    """A label and its text. `is_told`: a change of it is worth a word on the lock screen."""

    name: str
    label: str
    text: str
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Barcode:
    shape: str
    """qr or code128."""
    text: str
    below: str


@dataclass(frozen=True, slots=True)
class Face:
    """All that a pass shows. `state`: ready, used, voided, expired, held, unavailable."""

    account: int
    subject: Subject
    family: int
    code: str
    """The session's code, by which its verbs know it; for a card the holder's."""
    url: str
    company: str
    title: str
    subtitle: str
    state: str
    is_claimed: bool
    ends_at: datetime | None
    colour: str
    logo: str
    """Where the logo lies in our storage; "" for none."""
    barcode: Barcode | None
    head: Line
    lines: tuple[Line, ...]
    back: tuple[Line, ...]
    language: str

    @property
    def serial(self) -> str:
        return self.subject.serial

    @property
    def is_over(self) -> bool:
        """Nothing can be got for it now: both wallets grey it."""
        return self.state in ("used", "voided", "expired", "unavailable")


def face(account: int, subject: Subject, at: datetime) -> Face | None:
    """None: this account has no such session or holder."""
    return _coupon(account, subject.id, at) if subject.kind == Pass.Kind.COUPON else _card(account, subject.id, at)


class _Place(msgspec.Struct):
    name: str
    address: str
    zip: str
    city: str

    def __str__(self) -> str:
        town = " ".join(part for part in (self.zip, self.city) if part)
        return ", ".join(part for part in (self.name, self.address, town) if part)


_PLACES = """
    select coalesce(json_agg(json_build_object('name', l.name, 'address', l.address, 'zip', l.zip, 'city', l.city)
                             order by l.name, l.id), '[]')::text
    from {ticks} n join location l on l.id = n.location_id where n.{owner} = c.id and not l.is_disabled
"""

_COUPON = f"""
    select s.code, s.short, s.campaign_id, s.value, s.own_code, s.uses, s.claimed_at, session_ends(s, c), c.code, c.title,
        c.name, c.subtitle, c.coupon_value, c.promo_code, c.description, c.terms, c.timezone, c.language, c.by_scan,
        c.own_code_format, c.uses_per_session, coalesce(nullif(c.brand_colour, ''), a.brand_colour),
        coalesce(nullif(c.logo, ''), a.logo), a.company, c.claim_method,
        case
            when s.voided_at is not null then 'voided'
            when c.deleted_at is not null or c.status <> 'active' or account_refusal(a.id, %(at)s) is not null
                then 'unavailable'
            when s.uses >= c.uses_per_session then 'used'
            when is_past(session_ends(s, c), %(at)s) then 'expired'
            when s.locked_at is not null then 'held'
            else 'ready'
        end,
        ({_PLACES.format(ticks="campaign_location", owner="campaign_id")})
    from coupon_session s join campaign c on c.id = s.campaign_id join account a on a.id = s.account_id
    where s.id = %(session)s and s.account_id = %(account)s
"""


def _coupon(account: int, session: int, at: datetime) -> Face | None:
    row = sql.one(_COUPON, {"account": account, "session": session, "at": at})
    if row is None:
        return None
    (code, short, campaign, value, own_code, uses, claimed_at, ends_at, coupon, title, name, subtitle, worth, promo,
     description, terms, zone, language, by_scan, own_format, of, colour, logo, company, claim_method, state,
     places) = row  # fmt: skip
    say, url = WORDS.say, addresses.session_url(coupon, code)
    lines = [Line("state", say("state"), say(f"state_{state}"))]
    if ends_at:
        lines.append(Line("use_by", say("use_by"), Speaker(zone, _LONG_AGO, language).moment(ends_at)))
    if of > 1:
        lines.append(Line("uses", say("uses"), say("of_goal", balance=uses, goal=of)))
    lines.append(Line("code", say("code"), own_code or short))
    shown_title = title or name
    return Face(
        account=account,
        subject=serials.session(session),
        family=campaign,
        code=code,
        url=url,
        company=company,
        title=shown_title,
        subtitle=subtitle,
        state=state,
        is_claimed=claimed_at is not None or claim_method == "none",
        ends_at=ends_at,
        colour=colours.normal(colour) or OUR_COLOUR,
        logo=logo,
        barcode=_barcode(own_code, own_format, addresses.scan_url(coupon, code) if by_scan else "", short),
        head=Line("worth", say("worth"), promo or value or worth or shown_title),
        lines=tuple(lines),
        back=_back(description, terms, places, url),
        language=language,
    )


def _barcode(own_code: str, own_format: str, scan_url: str, short: str) -> Barcode | None:
    """What the till reads goes first, as on the coupon's page. Wallets have no EAN or UPC that all of them draw: then
    staff scan the QR code, and the own code stands beside it as text."""
    if own_code and own_format in ("qr", "code128"):
        return Barcode(own_format, own_code, own_code)
    return Barcode("qr", scan_url, short) if scan_url else None


_CARD = f"""
    select h.code, h.key, h.card_id, h.first_name, h.balance, h.goal, h.round_started_at, c.code, c.kind, c.title, c.name,
        c.subtitle, c.description, c.terms, c.language, coalesce(nullif(c.brand_colour, ''), a.brand_colour),
        coalesce(nullif(c.logo, ''), a.logo), a.company,
        case
            when h.voided_at is not null then 'voided'
            when c.deleted_at is not null or c.status <> 'active' or account_refusal(a.id, %(at)s) is not null
                then 'unavailable'
            else 'ready'
        end,
        ({_PLACES.format(ticks="loyalty_card_location", owner="card_id")})
    from loyalty_holder h join loyalty_card c on c.id = h.card_id join account a on a.id = h.account_id
    where h.id = %(holder)s and h.account_id = %(account)s
"""

_NEXT = """
    select r.name, t.points
    from loyalty_reward r cross join lateral (
        select case when %(is_price)s then r.points else threshold_in(r, %(since)s) end as points
    ) t
    where r.card_id = %(card)s and r.retired_at is null and t.points > %(balance)s
    order by t.points, r.id limit 1
"""


def _card(account: int, holder: int, at: datetime) -> Face | None:
    row = sql.one(_CARD, {"account": account, "holder": holder, "at": at})
    if row is None:
        return None
    (short, key, card, first_name, balance, goal, since, code, kind, title, name, subtitle, description, terms, language,
     colour, logo, company, state, places) = row  # fmt: skip
    say, url = WORDS.say, holder_url(code, key)
    if kind == "membership":
        head = Line("member", say("member"), first_name or short)
    else:
        unit = "stamps" if kind == "stamp" else "points"
        text = say("of_goal", balance=balance, goal=goal) if goal else str(balance)
        head = Line("balance", say(unit), text, is_told=True)
    lines = [Line("state", say("state"), say(f"state_{state}"))] if state != "ready" else []
    following = sql.one(_NEXT, {"card": card, "balance": balance, "since": since, "is_price": kind == "reward"})
    if following and kind != "membership":
        text = say("next_at", reward=following[0], count=following[1] - balance)
        lines.append(Line("next", say("next"), text))
    if first_name and kind != "membership":
        lines.append(Line("member", say("member"), first_name))
    lines.append(Line("code", say("code"), short))
    return Face(
        account=account,
        subject=serials.holder(holder),
        family=card,
        code=short,
        url=url,
        company=company,
        title=title or name,
        subtitle=subtitle,
        state=state,
        is_claimed=True,
        ends_at=None,
        colour=colours.normal(colour) or OUR_COLOUR,
        logo=logo,
        barcode=Barcode("qr", url, short),
        head=head,
        lines=tuple(lines),
        back=_back(description, terms, places, url),
        language=language,
    )


def _back(description: str, terms: str, places: str, url: str) -> tuple[Line, ...]:
    """A location of ours has an address and no coordinates, so it is told in words."""
    say = WORDS.say
    listed = "\n".join(str(place) for place in msgspec.json.decode(places, type=list[_Place]))
    texts = (("about", plain(description)), ("terms", plain(terms)), ("places", listed), ("page", url))
    return tuple(Line(name, say(name), text) for name, text in texts if text)


def plain(text: str) -> str:
    """A merchant's text without tags: lines stay lines."""
    broken = _BLOCKS.sub(lambda found: found[0] + "\n", text)
    lines = (" ".join(line.split()) for line in Markup(nh3.clean(broken, tags=set())).unescape().splitlines())
    return "\n".join(line for line in lines if line)


def last_second(ends_at: datetime) -> datetime:
    """Our ends include their second (`is_past`); wallets' ends do not."""
    return ends_at.replace(microsecond=0) + timedelta(seconds=1)
