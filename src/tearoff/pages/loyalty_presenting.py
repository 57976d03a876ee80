"""From a card's rows to what its templates show: words, dates, addresses (see `pages.presenting` for coupons)."""

import hashlib
from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from tearoff.campaigns import forms
from tearoff.coupons.addresses import session_path
from tearoff.kit import colours, qr
from tearoff.kit.public import public_url
from tearoff.kit.spoken import Speaker
from tearoff.loyalty import addresses
from tearoff.messaging import vapid
from tearoff.pages import loyalty_reading, merchant_html
from tearoff.pages.asking import consents_shown, field_shown
from tearoff.pages.loyalty_reading import CardRow, EarnedRow, EntryRow, Held, HolderRow, RewardRow
from tearoff.pages.loyalty_shown import CardPage, Change, ChoosePage, Club, Ended, JoinPage, Prize, Stamp, Won
from tearoff.pages.loyalty_words import loyalty_words_for
from tearoff.pages.parts import OUR_COLOUR, media_url, tongue, wallet_shown
from tearoff.pages.shown import Card, ClaimForm, Link, Push, Shop

FRESH = timedelta(seconds=12)
"""How long a new stamp may land before the reader's eyes."""

MOST_STAMPS_DRAWN = 50


class Shown:
    """A card at a moment, in words; with `holder`, somebody's."""

    def __init__(self, card: CardRow, at: datetime, holder: HolderRow | None = None) -> None:
        self.card, self.at, self.holder = card, at, holder
        self.words = loyalty_words_for(card.language, msgspec.json.decode(card.words))
        self.speaker = Speaker(card.timezone, at, card.language)

    @classmethod
    def of(cls, held: Held, at: datetime) -> "Shown":
        return cls(held.card, at, held.holder)

    @cached_property
    def shop(self) -> Shop:
        row = self.card
        colour = colours.normal(row.brand_colour or row.account_colour) or OUR_COLOUR
        return Shop(
            name=row.company,
            brand_url=f"/brand/{colours.address(colour)}.css",
            colour=colour,
            logo_url=media_url(row.logo or row.account_logo),
            privacy_url=row.privacy_url,
            help_url=row.help_url,
            powered_by=Link(text=row.powered_by_text, url=row.powered_by_link),
        )

    @cached_property
    def path(self) -> str:
        assert self.holder is not None
        return addresses.holder_path(self.card.code, self.holder.key)

    @cached_property
    def rewards(self) -> list[RewardRow]:
        return loyalty_reading.rewards(self.card, self.holder)

    @cached_property
    def earned(self) -> list[EarnedRow]:
        return loyalty_reading.earned(self.holder, self.at) if self.holder else []

    @property
    def goal(self) -> int | None:
        return self.holder.round_goal if self.holder else self.card.goal

    @property
    def club(self) -> Club:
        row = self.card
        worth, label = "", self.words.say(row.unit)
        if self.holder and row.kind != "membership":
            balance = self.holder.balance
            worth = self.words.say("of_goal", balance=balance, goal=self.goal) if self.goal else str(balance)
        return Club(
            title=row.shown_title,
            subtitle=row.subtitle,
            worth=worth,
            worth_label=label,
            description=merchant_html.shown(row.description) if row.description else "",
            terms=merchant_html.shown(row.terms) if row.terms else "",
            art=row.art,
            language=tongue(row.language, self.words),
        )

    # Pages

    def join_page(self, *, key: str = "", filled: forms.Filled | None = None) -> JoinPage:
        """With `key` the form of a person, else what machines get."""
        form = None
        if key:
            fields = forms.fields_of(msgspec.json.decode(self.card.form))
            form = ClaimForm(
                action=addresses.card_path(self.card.code),
                key=key,
                fields=tuple(field_shown(one, filled, {}) for one in fields),
                consents=consents_shown(forms.consents_of(msgspec.json.decode(self.card.consents)), filled),
            )
        return JoinPage(
            shop=self.shop,
            public_url=addresses.card_url(self.card.code),
            club=self.club,
            prizes=tuple(Prize(name=one.name, price=self._price(one), state="") for one in self.rewards),
            form=form,
            card=self._social(),
        )

    def card_page(self, notice: str = "") -> CardPage:
        assert self.holder is not None
        row, holder = self.card, self.holder
        entries = loyalty_reading.entries(holder)
        has_progress = self.goal and (row.kind != "stamp" or self.goal > MOST_STAMPS_DRAWN)
        return CardPage(
            shop=self.shop,
            public_url=addresses.card_url(row.code),
            club=self.club,
            headline=self._headline(),
            name=holder.first_name,
            code=holder.code,
            qr=qr.drawn(addresses.holder_url(row.code, holder.key)),
            qr_said=self.words.say("show_member" if row.kind == "membership" else "show_card"),
            stamps=() if has_progress else self._stamps(entries),
            progress=(min(holder.balance, self.goal), self.goal) if has_progress and self.goal else None,
            ticks=tuple(100 * one.points // self.goal for one in self.rewards if self.goal and one.points < self.goal),
            won=tuple(self._won(one) for one in self.earned),
            prizes=tuple(self._prize(one) for one in self.rewards),
            changes=tuple(self._change(one) for one in entries),
            changes_title=self.words.say(f"your_{row.unit}"),
            collect_url=f"{self.path}/collect",
            notice=notice,
            live_url=f"{self.path}/live?seen={self.tag}",
            wallet=wallet_shown(row.account, self.path, self.at),
            push=Push(url=f"{self.path}/push", key=vapid.public_key()) if vapid.is_configured() else None,
        )

    def choose_page(self, reward: RewardRow, key: str) -> ChoosePage:
        assert self.holder is not None
        return ChoosePage(
            shop=self.shop,
            public_url=addresses.card_url(self.card.code),
            club=self.club,
            reward=reward.name,
            price=reward.points,
            balance=self.holder.balance,
            action=f"{self.path}/choose/{reward.id}",
            back_url=self.path,
            key=key,
        )

    def voided_page(self) -> Ended:
        say = self.words.say
        return Ended(
            shop=self.shop,
            public_url="",
            club=self.club,
            headline=say("card_voided"),
            said=say("card_voided_said"),
            proof=say("card_voided_proof"),
        )

    @cached_property
    def tag(self) -> str:
        """What a page that is open shows; another one when there is something new to see."""
        assert self.holder is not None
        states = [(one.id, one.state) for one in self.earned]
        seen = repr((self.holder.entries, self.holder.voided_at is None, states, self.holder.first_name))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]

    # Parts

    def _headline(self) -> str:
        row, holder, say = self.card, self.holder, self.words.say
        assert holder is not None
        if row.kind == "membership":
            return say("membership")
        ready = next((one for one in self.earned if one.state == "ready"), None)
        if row.kind == "reward":
            if any(one.points <= holder.balance for one in self.rewards):
                return say("can_choose")
            ahead = next(iter(self.rewards), None)
        else:
            ahead = next((one for one in self.rewards if one.points > holder.balance and not one.is_earned), None)
        if ready:
            return say("reward_ready", reward=ready.name)
        if ahead:
            return say(f"more_{row.unit}", count=ahead.points - holder.balance, reward=ahead.name)
        if self.goal and holder.balance >= self.goal:
            return say("card_full")
        return say("card_full_in", count=self.goal - holder.balance) if self.goal else say("collecting")

    def _stamps(self, entries: list[EntryRow]) -> tuple[Stamp, ...]:
        if self.card.kind != "stamp" or not self.goal:
            return ()
        assert self.holder is not None
        given = min(self.holder.balance, self.goal)
        newest = next((one for one in entries if one.method != "round"), None)
        fresh = newest.delta if newest and newest.delta > 0 and self.at - newest.at < FRESH else 0
        gifts = {one.points for one in self.rewards}
        return tuple(
            Stamp(
                number=number,
                is_given=number <= given,
                is_gift=number in gifts,
                is_fresh=given - fresh < number <= given,
            )
            for number in range(1, self.goal + 1)
        )

    def _price(self, one: RewardRow) -> str:
        return self.words.say("for_points" if self.card.kind == "reward" else f"at_{self.card.unit}", count=one.points)

    def _prize(self, one: RewardRow) -> Prize:
        assert self.holder is not None
        to_go = one.points - self.holder.balance
        if self.card.kind == "reward" and to_go <= 0:
            return Prize(name=one.name, price=self._price(one), state="", choose_url=f"{self.path}/choose/{one.id}")
        if one.is_earned or to_go <= 0:
            return Prize(name=one.name, price=self._price(one), state=self.words.say("earned_this_round"))
        return Prize(
            name=one.name,
            price=self._price(one),
            state=self.words.say("to_go", count=to_go),
            is_far=self.card.kind == "reward",
        )

    def _won(self, one: EarnedRow) -> Won:
        say = self.words.say
        words = {"used": "reward_used", "over": "reward_over", "voided": "reward_voided", "waits": "reward_waits"}
        return Won(
            name=one.name,
            when=say("earned_on", when=self.speaker.happened(one.at)),
            state=say(words[one.state]) if one.state in words else "",
            url=session_path(one.coupon, one.session) if one.state == "ready" else "",
            waits=one.state == "waits",
        )

    def _change(self, one: EntryRow) -> Change:
        say, unit = self.words.say, self.card.unit
        if one.method == "round":
            text = say("round_full")
        elif one.method == "reward":
            text = say("paid_points", reward=one.note)
        else:
            text = say(f"{'gave' if one.delta > 0 else 'took'}_{unit}", count=abs(one.delta))
        when = self.speaker.moment(one.at)
        return Change(
            text=text, where=f"{when}, {one.place}" if one.place else when, balance=one.balance, is_gain=one.delta > 0
        )

    def _social(self) -> Card:
        row = self.card
        picture = media_url(row.logo or row.account_logo)
        text = row.subtitle or merchant_html.plain(row.description)
        return Card(
            url=addresses.card_url(row.code),
            title=row.shown_title,
            text=text if len(text) <= 200 else text[:199].rstrip() + "…",
            image_url=public_url(picture) if picture else "",
        )
