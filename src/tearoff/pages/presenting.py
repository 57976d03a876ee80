"""From rows to what the templates show (`pages.shown`): words, dates, addresses, and the page each state has.

The order in which states are told is that of the guards (`reading`): here every word they answer gets its page.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from tearoff.campaigns import forms, hours
from tearoff.coupons import addresses
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import colours
from tearoff.kit.public import public_url
from tearoff.kit.spoken import Speaker
from tearoff.messaging import vapid
from tearoff.pages import endings, merchant_html
from tearoff.pages.asking import consents_shown, field_shown, host
from tearoff.pages.parts import OUR_COLOUR, code_drawn, digits, media_url, own_code, place, tongue, wallet_shown
from tearoff.pages.reading import CampaignRow, PlaceRow, Seen, SessionRow
from tearoff.pages.shown import (
    Card,
    ClaimForm,
    ConfirmPage,
    Consent,
    Countdown,
    End,
    FormField,
    GlimpsePage,
    Link,
    Moment,
    Offer,
    OfferPage,
    Page,
    PasswordPage,
    Preview,
    Push,
    Shop,
    Ticket,
    TicketPage,
    Uses,
)
from tearoff.pages.states import NEUTRAL, NOT_NOW, seen_tag
from tearoff.pages.words import words_for

FRESH = timedelta(seconds=12)
RUNS = timedelta(hours=48)
"""From here on a countdown shows running digits, before it whole days."""

COUNTED = timedelta(days=60)
"""Further off, a date says it all."""

REDIRECT_WORDS = {"already_used": "used", "used": "used"}
"""The name of a state in a campaign's `end_redirects`, where it is not the page's own."""


class Offering:
    """An offer at a moment, in words. `session` is the visitor's copy, if there is one."""

    def __init__(self, campaign: CampaignRow, at: datetime, *, session: SessionRow | None = None) -> None:
        self.campaign = campaign
        self.session = session
        self.at = at
        self.words = words_for(campaign.language, msgspec.json.decode(campaign.words))
        self.speaker = Speaker(campaign.timezone, at, campaign.language)

    @classmethod
    def of(cls, seen: Seen, at: datetime) -> "Offering":
        return cls(seen.campaign, at, session=seen.session)

    # What all its pages have

    @cached_property
    def shop(self) -> Shop:
        row = self.campaign
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
    def public_url(self) -> str:
        """The link to pass on; "" where the plain link opens nothing."""
        return "" if self.campaign.single_use_only else addresses.coupon_url(self.campaign.code)

    @cached_property
    def session_path(self) -> str:
        assert self.session is not None
        return addresses.session_path(self.campaign.code, self.session.code)

    @cached_property
    def offer(self) -> Offer:
        row, session = self.campaign, self.session
        is_claimed = session is not None and session.claimed_at is not None
        ends = session.ends_at if session else row.ends_at
        worth = (session.value if session else "") or row.coupon_value
        return Offer(
            title=row.shown_title,
            subtitle=row.subtitle,
            worth=(row.promo_code or worth) if is_claimed else worth,
            description=merchant_html.shown(row.description),
            terms=merchant_html.shown(row.terms),
            use_by=self._deadline(ends) if ends else None,
            hours=hours.said(self._windows("validate"), self.speaker),
            places=tuple(place(one) for one in msgspec.json.decode(row.places, type=list[PlaceRow])),
            left=None if row.max_claims is None or is_claimed else max(0, row.max_claims - (row.claims or 0)),
            of=row.max_claims,
            image_url=media_url(row.header_image),
            art=row.art,
            language=tongue(row.language, self.words),
        )

    @property
    def card(self) -> Card:
        row = self.campaign
        picture = media_url(row.share_image or row.header_image or row.logo or row.account_logo)
        text = row.subtitle or merchant_html.plain(row.description)
        return Card(
            url=addresses.coupon_url(row.code),
            title=row.shown_title,
            text=text if len(text) <= 200 else text[:199].rstrip() + "…",
            image_url=public_url(picture) if picture else "",
        )

    # Pages

    def page(self, state: str, *, preview: Preview | None = None) -> Page:
        """The page of a state of the session, as `state_of` names it."""
        if state == "offer":
            return self.offer_page(preview=preview)
        if state == "ticket":
            return self.ticket_page(preview=preview)
        if state in ("used", "used_partly"):
            return self.used(state, preview=preview)
        return self.end(Refusal(state), preview=preview)

    def offer_page(
        self, *, filled: forms.Filled | None = None, action: str | None = None, preview: Preview | None = None
    ) -> OfferPage:
        """The offer with its button or form; with `filled`, what was typed and what is wrong with it."""
        target = "" if preview else action or self.session_path
        form = ClaimForm(action=target, fields=self._fields(filled), consents=self._consents(filled))
        url = "" if preview else self.public_url
        return OfferPage(
            shop=self.shop,
            public_url=url,
            preview=preview,
            offer=self.offer,
            form=form,
            card=self.card,
            is_personal=not preview,
        )

    def glimpse_page(self) -> GlimpsePage:
        """For link previews and bots. The way on leads a person who came by a prefetch to their own page."""
        card = self.card
        if self.session is not None:
            card = msgspec.structs.replace(card, url=addresses.session_url(self.campaign.code, self.session.code))
        return GlimpsePage(shop=self.shop, public_url=self.public_url, offer=self.offer, card=card)

    def ticket_page(self, *, preview: Preview | None = None) -> TicketPage:
        row, session = self.campaign, self.session
        assert session is not None
        ticket = Ticket(
            code=session.short,
            qr=code_drawn(addresses.scan_url(row.code, session.code)) if row.by_scan else None,
            own_code=own_code(session.own_code, row.own_code_format),
            holder=self._holder,
            countdown=self._countdown(),
            uses=self._uses,
            use_url="" if preview or self._not_now else self._use_url,
            not_now=self._not_now,
            message=row.after_claim_message,
            link=Link(text=row.link_text or host(row.link_url), url=row.link_url) if row.link_url else None,
            live_url="" if preview else self._live_url,
            push=None if preview else self._push,
            wallet=None if preview else wallet_shown(row.account, self.session_path, self.at),
        )
        url = self.public_url
        return TicketPage(shop=self.shop, public_url=url, preview=preview, offer=self.offer, ticket=ticket)

    def confirm_page(self, key: str) -> ConfirmPage:
        return ConfirmPage(uses=self._uses, **self._use_page(key))

    def password_page(self, key: str, *, error: str = "", paused: int = 0) -> PasswordPage:
        """`paused`: for how many seconds no try counts."""
        waiting = endings.waiting(self.words, paused) if paused else ""
        return PasswordPage(error=error, paused=waiting, **self._use_page(key))

    def _use_page(self, key: str) -> dict[str, Any]:
        return {
            "shop": self.shop,
            "public_url": self.public_url,
            "offer": self.offer,
            "action": f"{self.session_path}/use",
            "back_url": self.session_path,
            "key": key,
        }

    def used(self, state: str, *, preview: Preview | None = None) -> End:
        """A use was taken: the last one, or one of several a moment ago."""
        session = self.session
        assert session is not None and session.validated_at is not None
        members = self._end_members(state, preview) | {
            "when": self._happened(session.validated_at),
            "place": session.used_at or "",
            "fresh": not preview and self.at - session.validated_at < FRESH,
        }
        if state == "used":
            return endings.used(self.words, **members)
        back = Link(text=self.words.say("back_to_coupon"), url=f"{self.session_path}?ticket=1")
        return endings.used_partly(
            self.words, **members | {"uses": self._uses, "action": back, "live_url": self._live_url}
        )

    def end(self, refusal: Refusal, *, preview: Preview | None = None, seconds: int = 0) -> End:
        """Why it cannot go on, whoever asked: a GET that found it so, or a POST that was refused."""
        if refusal in NEUTRAL:
            return endings.not_available(self.words)
        members = self._end_members(str(refusal), preview)
        if refusal is Refusal.THROTTLED:
            return endings.throttled(self.words, seconds=seconds, **members)
        from_facts = {
            Refusal.NOT_STARTED: self._not_started,
            Refusal.EXPIRED: self._expired,
            Refusal.ALREADY_USED: self._already_used,
            Refusal.TOO_SOON: self._too_soon,
            Refusal.SOLD_OUT: self._sold_out,
            Refusal.DAY_LIMIT: self._day_limit,
            Refusal.OUTSIDE_HOURS: self._outside_hours,
            Refusal.WRONG_LOCATION: self._wrong_location,
            Refusal.BUSY: self._busy,
        }
        if refusal in from_facts:
            return from_facts[refusal](members)
        simple = {
            Refusal.VOIDED: endings.voided,
            Refusal.LOCKED: endings.locked,
            Refusal.PERSONAL_LINK: endings.personal_link,
            Refusal.PERSON_HAS_ONE: endings.person_has_one,
            Refusal.QUOTA: endings.quota,
        }
        return simple[refusal](self.words, **members)

    # Each of these is told from the facts of its own refusal

    def _not_started(self, members: dict[str, Any]) -> End:
        assert self.campaign.starts_at is not None
        return endings.not_started(self.words, starts=self._moment(self.campaign.starts_at), **members)

    def _expired(self, members: dict[str, Any]) -> End:
        ends = self.session.ends_at if self.session else self.campaign.ends_at
        assert ends is not None
        since = ends.replace(microsecond=0) + timedelta(seconds=1)
        return endings.expired(
            self.words, until=self._deadline(ends), since=self._moment(since), is_claimed=self._is_claimed, **members
        )

    def _already_used(self, members: dict[str, Any]) -> End:
        session = self.session
        assert session is not None and session.validated_at is not None
        when = self._happened(session.validated_at)
        return endings.already_used(self.words, when=when, place=session.used_at or "", **members)

    def _sold_out(self, members: dict[str, Any]) -> End:
        if self._is_claimed:
            return endings.all_uses_taken(self.words, **members)
        row = self.campaign
        is_by_claims = row.max_claims is not None and (row.claims or 0) >= row.max_claims
        last = self.last_claim
        return endings.sold_out(
            self.words,
            of=row.max_claims if is_by_claims else None,
            last=self._happened(last) if last else None,
            **members,
        )

    last_claim: datetime | None = None
    """Set by who shows the page that says that all are gone."""

    def _day_limit(self, members: dict[str, Any]) -> End:
        midnight = (self.at.astimezone(self.speaker.zone) + timedelta(days=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return endings.day_is_full(self.words, next=self._moment(midnight), **members)

    def _outside_hours(self, members: dict[str, Any]) -> End:
        act: hours.Act = "validate" if self._is_ticket else "claim"
        windows = self._windows(act) or self._windows("validate")
        ends = self.session.ends_at if self.session else self.campaign.ends_at
        coming = hours.next_opening(windows, self.campaign.timezone, self.at, before=ends)
        return endings.outside_hours(
            self.words,
            hours=hours.said(windows, self.speaker),
            next=self._moment(coming) if coming else None,
            is_claimed=act == "validate",
            **members,
        )

    def _too_soon(self, members: dict[str, Any]) -> End:
        last, coming = self._wait
        return endings.wait_between(self.words, last=self._happened(last), next=self._moment(coming), **members)

    def _wrong_location(self, members: dict[str, Any]) -> End:
        return endings.wrong_place(self.words, places=[place.name for place in self.offer.places], **members)

    def _busy(self, members: dict[str, Any]) -> End:
        return End(kind="error", headline=self.words.say("busy"), said=self.words.say("busy_said"), **members)

    # Parts

    def _end_members(self, state: str, preview: Preview | None = None) -> dict[str, Any]:
        """What every end page of this offer has, the one way on included."""
        session = self.session
        members: dict[str, Any] = {
            "shop": self.shop,
            "public_url": self.public_url,
            "preview": preview,
            "offer": self.offer,
            "action": self._way_on(state, preview),
        }
        if session is not None and session.claimed_at is not None:
            members |= {"code": session.short, "holder": self._holder}
        if state in (Refusal.LOCKED, Refusal.OUTSIDE_HOURS) and session is not None and not preview:
            members["live_url"] = self._live_url
        return members

    def _way_on(self, state: str, preview: Preview | None) -> Link | None:
        """The address the merchant set for this end, else the way back where there is still something to go back to."""
        chosen = msgspec.json.decode(self.campaign.end_redirects).get(REDIRECT_WORDS.get(state, state))
        if isinstance(chosen, str) and chosen.startswith(("http://", "https://")):
            return Link(text=host(chosen), url=chosen)
        if self.session is None or preview:
            return None
        if state in (Refusal.TOO_SOON, Refusal.WRONG_LOCATION) or (state == Refusal.OUTSIDE_HOURS and self._is_ticket):
            return Link(text=self.words.say("back_to_coupon"), url=self.session_path)
        if state in (Refusal.PERSON_HAS_ONE,):
            return Link(text=self.words.say("back_to_offer"), url=self.session_path)
        if state in (Refusal.BUSY, Refusal.THROTTLED):
            return Link(text=self.words.say("try_again"), url=self.session_path)
        return None

    def _fields(self, filled: forms.Filled | None) -> tuple[FormField, ...]:
        if self.campaign.claim_method != "form":
            return ()
        stored = self.customer
        return tuple(field_shown(item, filled, stored) for item in forms_of(self.campaign))

    def _consents(self, filled: forms.Filled | None) -> tuple[Consent, ...]:
        return consents_shown(consents_of(self.campaign), filled)

    @cached_property
    def customer(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.session.customer) if self.session else {}
        return found

    @property
    def _holder(self) -> str:
        return str(self.customer.get("firstname") or "")

    @property
    def _is_claimed(self) -> bool:
        return self.session is not None and self.session.claimed_at is not None

    @property
    def _is_ticket(self) -> bool:
        return self._is_claimed or (self.session is not None and not self.campaign.has_claim_step)

    @property
    def _uses(self) -> Uses | None:
        of = self.campaign.uses_per_session
        return Uses(used=self.session.uses, of=of) if self.session is not None and of > 1 else None

    @property
    def _use_url(self) -> str:
        """It carries how many uses were taken when the link was drawn: a page that is older than the last use leads back
        to the coupon instead of to another use.
        """
        if not (self.campaign.by_button or self.campaign.by_password):
            return ""
        assert self.session is not None
        return f"{self.session_path}/use?n={self.session.uses}"

    @property
    def _push(self) -> Push | None:
        """None where this server cannot push."""
        if not vapid.is_configured():
            return None
        return Push(url=f"{self.session_path}/push", key=vapid.public_key())

    @property
    def _live_url(self) -> str:
        assert self.session is not None
        return f"{self.session_path}/live?seen={seen_tag(Seen(self.campaign, self.session), self.at)}"

    @cached_property
    def _not_now(self) -> str:
        verdict = self.session.verdict if self.session else None
        if verdict not in NOT_NOW:
            return ""
        return self.end(Refusal(verdict)).said

    @property
    def _wait(self) -> tuple[datetime, datetime]:
        """The last use, and when the next one is possible."""
        session = self.session
        assert session is not None and session.validated_at is not None
        return session.validated_at, session.validated_at + timedelta(minutes=self.campaign.minutes_between_uses)

    def _countdown(self) -> Countdown | None:
        session = self.session
        if session is None or session.ends_at is None:
            return None
        left = max(timedelta(0), session.ends_at.replace(microsecond=0) + timedelta(seconds=1) - self.at)
        if left > COUNTED:
            return None
        begun = (session.claimed_at if self.campaign.after_claim else session.opened_at) or session.created_at
        whole = max(session.ends_at - begun, timedelta(seconds=1))
        until = self._deadline(session.ends_at)
        seconds = int(left.total_seconds())
        return Countdown(
            said=self.words.say("use_by", when=until.text),
            until=until,
            left=digits(seconds) if left <= RUNS else self.words.say("days_left", count=left.days),
            seconds_left=seconds,
            share_left=round(min(1.0, left / whole), 4),
        )

    def _windows(self, act: hours.Act) -> list[hours.Window]:
        return hours.windows_of(self.campaign.hours, act)

    def _moment(self, at: datetime) -> Moment:
        return Moment(text=self.speaker.moment(at), iso=self.speaker.iso(at))

    def _happened(self, at: datetime) -> Moment:
        return Moment(text=self.speaker.happened(at), iso=self.speaker.iso(at))

    def _deadline(self, at: datetime) -> Moment:
        return Moment(text=self.speaker.deadline(at), iso=self.speaker.iso(at))


def forms_of(campaign: CampaignRow) -> list[forms.Field]:
    return msgspec.json.decode(campaign.form, type=list[forms.Field]) if campaign.claim_method == "form" else []


def consents_of(campaign: CampaignRow) -> list[forms.Consent]:
    return msgspec.json.decode(campaign.consents, type=list[forms.Consent])
