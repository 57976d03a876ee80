"""From rows to what the staff see (`till.shown`): the form, and the verdict with its facts."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.core.files.storage import default_storage

from tearoff.campaigns import hours
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import colours
from tearoff.kit.spoken import Speaker
from tearoff.till import shown
from tearoff.till.reading import Scanned, Use
from tearoff.till.words import words_for

OUR_COLOUR = "#2f49c9"

VERDICTS = {
    Refusal.UNKNOWN: "unknown",
    Refusal.VOIDED: "voided",
    Refusal.LOCKED: "locked",
    Refusal.ACCOUNT_EXPIRED: "not_available",
    Refusal.ACCOUNT_BLOCKED: "not_available",
    Refusal.INACTIVE: "not_available",
    Refusal.METHOD_OFF: "not_available",
    Refusal.NOT_STARTED: "not_started",
    Refusal.EXPIRED: "expired",
    Refusal.ALREADY_USED: "already_used",
    Refusal.NOT_CLAIMED: "not_claimed",
    Refusal.TOO_SOON: "wait_between",
    Refusal.SOLD_OUT: "sold_out",
    Refusal.OUTSIDE_HOURS: "outside_hours",
    Refusal.WRONG_LOCATION: "wrong_place",
    Refusal.DAY_LIMIT: "day_limit",
    Refusal.PERSON_HAS_ONE: "person_has_one",
    Refusal.BUSY: "busy",
}
"""From the core's word to the staff's."""


class Telling:
    """A scanned coupon in words, at a moment and for a shop (`place`; "" while nobody said which)."""

    def __init__(self, scanned: Scanned, at: datetime, place: str = "") -> None:
        self.scanned = scanned
        self.place = place
        self.words = words_for()
        self.speaker = Speaker(scanned.timezone, at)

    @property
    def shop(self) -> shown.Shop:
        row = self.scanned
        colour = colours.normal(row.campaign_colour or row.account_colour) or OUR_COLOUR
        logo = row.campaign_logo or row.account_logo
        return shown.Shop(
            name=row.company,
            brand_url=f"/brand/{colours.address(colour)}.css",
            colour=colour,
            logo_url=str(default_storage.url(logo)) if logo else "",
            place=self.place,
        )

    @property
    def given(self) -> shown.Given:
        row = self.scanned
        is_foreign = row.language.lower().partition("-")[0] != self.words.language
        return shown.Given(
            title=row.title, subtitle=row.subtitle, worth=row.worth, language=row.language if is_foreign else ""
        )

    def scan_page(self, action: str, key: str, **members: Any) -> shown.ScanPage:
        row = self.scanned
        return shown.ScanPage(
            shop=self.shop, offer=self.given, code=row.short, action=action, key=key, currency=row.currency, **members
        )

    def valid(self, use: Use) -> shown.VerdictPage:
        facts = self._facts("fact_holder", "fact_code", "fact_uses")
        if use.value:
            facts += (
                shown.Fact(
                    label=self.words.say("fact_spent"), text=f"{self.scanned.currency} {Decimal(use.value):.2f}"
                ),
            )
        return shown.valid(self.words, time=self.speaker.time(use.at), shop=self.shop, offer=self.given, facts=facts)

    def refused(self, refusal: Refusal, again_url: str = "") -> shown.VerdictPage:
        row = self.scanned
        told = {
            "already_used": ("fact_used", "fact_where", "fact_code", "fact_holder"),
            "wait_between": ("fact_used", "fact_where", "fact_uses", "fact_code", "fact_holder"),
        }
        verdict = VERDICTS[refusal]
        return shown.refused(
            self.words,
            verdict,
            shop=self.shop,
            offer=self.given,
            facts=self._facts(*told.get(verdict, ("fact_code", "fact_holder"))),
            again_url=again_url if refusal in (Refusal.BUSY, Refusal.WRONG_LOCATION) else "",
            until=self.speaker.deadline(row.ends_at) if row.ends_at else "",
            when=self._when(verdict),
            hours=hours.said(hours.windows_of(row.hours, "validate"), self.speaker),
            places=", ".join(msgspec.json.decode(row.places, type=list[str])) or self.words.say("other_places"),
        )

    def waiting(self, seconds: int) -> str:
        """A waiting time as one would say it, rounded up."""
        if seconds <= 90:
            return self.words.say("wait_seconds", count=max(1, seconds))
        if seconds <= 90 * 60:
            return self.words.say("wait_minutes", count=-(-seconds // 60))
        return self.words.say("wait_hours", count=-(-seconds // 3600))

    def _when(self, verdict: str) -> str:
        row = self.scanned
        if verdict == "wait_between" and row.validated_at:
            return self.speaker.moment(row.validated_at + timedelta(minutes=row.minutes_between_uses))
        return self.speaker.moment(row.starts_at) if row.starts_at else ""

    def _facts(self, *names: str) -> tuple[shown.Fact, ...]:
        """Those of the named facts that are known."""
        row = self.scanned
        found = {
            "fact_holder": shown.Fact(label=self.words.say("fact_holder"), text=row.holder) if row.holder else None,
            "fact_code": shown.Fact(label=self.words.say("fact_code"), text=row.short, is_code=True),
            "fact_where": shown.Fact(label=self.words.say("fact_where"), text=row.used_at) if row.used_at else None,
            "fact_used": self._used(),
            "fact_uses": self._uses(),
        }
        return tuple(fact for name in names if (fact := found[name]))

    def _used(self) -> shown.Fact | None:
        at = self.scanned.validated_at
        if at is None:
            return None
        said = self.speaker.moment(at)
        moment = shown.Moment(text=said[:1].upper() + said[1:], iso=self.speaker.iso(at))
        return shown.Fact(label=self.words.say("fact_used"), moment=moment)

    def _uses(self) -> shown.Fact | None:
        row = self.scanned
        if row.uses_per_session < 2:
            return None
        text = self.words.say("uses", used=row.uses, of=row.uses_per_session)
        return shown.Fact(label=self.words.say("fact_uses"), text=text)
