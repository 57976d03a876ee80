"""A model of a coupon's life beside the real one: whatever is done in whatever order, both say the same (lessons K).

The model is a few dictionaries and the rules of product.md 4.3 to 4.5 in a dozen lines; the ledger, the counter, the
session's row and the events must agree with it after every step (lessons 6, 16 and 25).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tearoff.activity.models import Event
from tearoff.coupons import claiming, holding, opening, redemption
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import sql
from tests.world import Offer, open_shop

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Copy:
    """What the model knows of one session."""

    opened: datetime
    claimed: datetime | None = None
    uses: int = 0
    used_at: datetime | None = None
    voided: bool = False
    locked: bool = False


class Life(RuleBasedStateMachine):
    codes = Bundle("codes")

    @initialize(
        max_claims=st.none() | st.integers(0, 4),
        max_validations=st.none() | st.integers(0, 4),
        uses=st.integers(1, 3),
        wait=st.sampled_from([0, 30]),
        after_claim=st.none() | st.just(90),
    )
    def begin(
        self, max_claims: int | None, max_validations: int | None, uses: int, wait: int, after_claim: int | None
    ) -> None:
        self.rules: dict[str, Any] = {
            "max_claims": max_claims,
            "max_validations": max_validations,
            "uses_per_session": uses,
            "minutes_between_uses": wait,
            "after_claim": after_claim,
            "ends_local": datetime(2026, 3, 2, 20, 0),
        }
        self.offer: Offer = open_shop("Mario").campaign(**self.rules)
        self.at = BEGIN
        self.copies: dict[str, Copy] = {}
        self.active = True
        self.validations = 0

    @rule(minutes=st.integers(0, 120))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(target=codes)
    def visit(self) -> str:
        visit = opening.visit(
            campaign_code=self.offer.code, cookie=None, person=True, customid=None, details={}, source="", at=self.at
        )
        reason = self._why_none_is_made()
        assert visit.refusal == reason
        if visit.session_code is None:
            return ""
        self.copies[visit.session_code] = Copy(opened=self.at)
        return visit.session_code

    @rule(code=codes)
    def claim(self, code: str) -> None:
        if not code:
            return
        outcome = claiming.claim(
            account=self.offer.shop.account.pk,
            code=code,
            at=self.at,
            actor="model",
            entrance="api",
            claim_type="button",
        )
        reason = self._why_not(code) or (
            Refusal.ALREADY_CLAIMED if self.copies[code].claimed else self._sold_out(claims=True)
        )
        assert outcome.refusal == reason
        if outcome.ok:
            self.copies[code].claimed = self.at

    @rule(code=codes, entrance=st.sampled_from(["api", "staff"]))
    def validate(self, code: str, entrance: str) -> None:
        if not code:
            return
        copy = self.copies[code]
        outcome = self.offer.validate(code, self.at, entrance=entrance, method="api")
        reason = self._why_not(code) or self._why_no_use(copy, entrance)
        assert outcome.refusal == reason
        if outcome.ok:
            copy.claimed = copy.claimed or self.at
            copy.uses, copy.used_at = copy.uses + 1, self.at
            self.validations += 1

    @rule(code=codes)
    def undo(self, code: str) -> None:
        if not code:
            return
        copy = self.copies[code]
        outcome = redemption.undo(account=self.offer.shop.account.pk, code=code, at=self.at, actor="model")
        assert outcome.refusal == (None if copy.uses else Refusal.NOT_USED)
        if outcome.ok:
            copy.uses -= 1
            self.validations -= 1
            assert outcome.session
            copy.used_at = outcome.session.validated_at
            assert (copy.used_at is None) == (copy.uses == 0)

    @rule(code=codes, what=st.sampled_from(["void", "unvoid", "lock", "unlock"]))
    def hold(self, code: str, what: Any) -> None:
        if not code:
            return
        copy = self.copies[code]
        outcome = holding.hold(account=self.offer.shop.account.pk, code=code, at=self.at, actor="model", what=what)
        flag = "voided" if "void" in what else "locked"
        wanted = not what.startswith("un")
        assert outcome.ok == (getattr(copy, flag) != wanted)
        setattr(copy, flag, wanted)

    @rule(active=st.booleans())
    def switch(self, active: bool) -> None:
        self.active = active
        self.offer.set(status="active" if active else "inactive")

    @invariant()
    def everything_agrees(self) -> None:
        if not hasattr(self, "offer"):
            return
        campaign = self.offer.campaign.pk
        assert self.offer.uses() == self.validations
        for code, copy in self.copies.items():
            session = self.offer.session(code)
            assert (session.uses, session.claimed_at, session.validated_at) == (copy.uses, copy.claimed, copy.used_at)
        if self.rules["max_claims"] is not None or self.rules["max_validations"] is not None:
            claims = sum(copy.claimed is not None for copy in self.copies.values())
            counted = sql.one("select claims, validations from campaign_counter where campaign = %s", [campaign])
            assert counted == (claims, self.validations)
        events = Event.objects.filter(campaign=campaign)
        validated = events.filter(kind="coupon.validated").count() - events.filter(kind="coupon.unvalidated").count()
        assert validated == self.validations

    def _why_none_is_made(self) -> Refusal | None:
        if not self.active:
            return Refusal.INACTIVE
        if self._has_ended():
            return Refusal.EXPIRED
        return self._sold_out(claims=True)

    def _why_not(self, code: str) -> Refusal | None:
        copy = self.copies[code]
        if copy.voided:
            return Refusal.VOIDED
        if copy.locked:
            return Refusal.LOCKED
        if not self.active:
            return Refusal.INACTIVE
        after = self.rules["after_claim"]
        if self._has_ended() or (
            copy.claimed and after and self.at >= copy.claimed + timedelta(minutes=after, seconds=1)
        ):
            return Refusal.EXPIRED
        return None

    def _why_no_use(self, copy: Copy, entrance: str) -> Refusal | None:
        if copy.uses >= self.rules["uses_per_session"]:
            return Refusal.ALREADY_USED
        if copy.claimed is None and entrance == "staff":
            return Refusal.NOT_CLAIMED
        wait = timedelta(minutes=self.rules["minutes_between_uses"])
        if copy.used_at and self.at < copy.used_at + wait:
            return Refusal.TOO_SOON
        return self._sold_out(claims=copy.claimed is None)

    def _sold_out(self, *, claims: bool) -> Refusal | None:
        most_uses, most_claims = self.rules["max_validations"], self.rules["max_claims"]
        given = sum(copy.claimed is not None for copy in self.copies.values())
        if most_uses is not None and self.validations >= most_uses:
            return Refusal.SOLD_OUT
        if claims and most_claims is not None and given >= most_claims:
            return Refusal.SOLD_OUT
        return None

    def _has_ended(self) -> bool:
        return self.at >= datetime(2026, 3, 2, 19, 0, 1, tzinfo=UTC)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
