"""Lessons 16 and 17: whatever happens to a holder, in whatever order, the balance is the sum of the ledger and never negative.

A model of a card's life in a few lines of plain Python is played against the verbs; after every step both must agree.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tearoff.activity.models import Event
from tearoff.kit import sql
from tearoff.loyalty.models import Reward
from tearoff.loyalty.outcomes import Refusal
from tests.street.loyalty import Club, club
from tests.world import open_shop

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Copy:
    """What one holder should look like."""

    balance: int = 0
    lifetime: int = 0
    round: int = 1
    entries: list[int] = field(default_factory=list)
    taken_back: dict[int, int] = field(default_factory=dict)
    rewards: list[tuple[int, int]] = field(default_factory=list)
    """Threshold or price, and round."""
    nonces: dict[str, int] = field(default_factory=dict)
    today: int = 0
    voided: bool = False


class Life(RuleBasedStateMachine):
    @initialize(goal=st.integers(3, 8), stops=st.booleans(), chooses=st.booleans(), most=st.none() | st.integers(4, 12))
    def begin(self, goal: int, stops: bool, chooses: bool, most: int | None) -> None:
        shop = open_shop("Model")
        self.chooses, self.goal, self.stops, self.most = chooses, None if chooses else goal, stops, most
        kind = "reward" if chooses else "stamp"
        self.club: Club = club(shop, kind=kind, goal=self.goal, new_round=not stops, max_per_day=most)
        offer = shop.campaign("Drink")
        self.rewards: dict[int, Reward] = {
            points: self.club.reward(points, offer=offer, at=START) for points in (2, goal)
        }
        self.at = START
        self.copies = {self.club.joined(at=START): Copy() for _ in range(2)}

    def _one(self, place: int) -> tuple[int, Copy]:
        return list(self.copies.items())[place]

    @rule(hours=st.integers(1, 20))
    def wait(self, hours: int) -> None:
        day = (self.at + timedelta(hours=1)).date()  # Brussels in winter
        self.at += timedelta(hours=hours)
        if (self.at + timedelta(hours=1)).date() != day:
            for copy in self.copies.values():
                copy.today = 0

    @rule(place=st.integers(0, 1), delta=st.integers(-6, 9), nonce=st.none() | st.sampled_from("abc"))
    def grant(self, place: int, delta: int, nonce: str | None) -> None:
        holder, copy = self._one(place)
        outcome = self.club.grant(holder, delta, self.at, nonce=nonce)
        if nonce in copy.nonces:
            assert outcome.refusal == (None if copy.nonces[nonce] == delta else Refusal.NONCE_REUSED)
            return
        assert outcome.refusal == self._why_not(copy, delta)
        if outcome.ok:
            if nonce:
                copy.nonces[nonce] = delta
            self._given(copy, delta)

    @rule(place=st.integers(0, 1), which=st.integers(0, 8), amount=st.integers(1, 4))
    def reverse(self, place: int, which: int, amount: int) -> None:
        holder, copy = self._one(place)
        if which >= len(copy.entries) or copy.entries[which] <= 0:
            return
        left = copy.entries[which] - copy.taken_back.get(which, 0)
        numbers = [
            e[0]
            for e in sql.rows(
                "select number from loyalty_entry where holder_id = %s and method = 'scan' order by number", [holder]
            )
        ]
        outcome = self.club.grant(holder, -amount, self.at, reverses=numbers[which], method="correction")
        wanted = None
        if copy.voided:
            wanted = Refusal.VOIDED
        elif amount > left:
            wanted = Refusal.NOT_REVERSIBLE
        elif amount > copy.balance:
            wanted = Refusal.TOO_LITTLE
        assert outcome.refusal == wanted
        if outcome.ok:
            copy.taken_back[which] = copy.taken_back.get(which, 0) + amount
            copy.balance -= amount
            copy.lifetime -= amount
            self._allow_again(holder, copy)

    @rule(place=st.integers(0, 1), first=st.booleans(), nonce=st.none() | st.sampled_from("xy"))
    def choose(self, place: int, first: bool, nonce: str | None) -> None:
        holder, copy = self._one(place)
        price = (min if first else max)(self.rewards)
        outcome = self.club.choose(holder, self.rewards[price], self.at, nonce=nonce)
        if nonce in copy.nonces:
            assert outcome.refusal == (None if copy.nonces[nonce] == price else Refusal.NONCE_REUSED)
            return
        wanted = Refusal.VOIDED if copy.voided else None
        if wanted is None and not self.chooses:
            wanted = Refusal.NO_REWARD
        if wanted is None and copy.balance < price:
            wanted = Refusal.TOO_LITTLE
        assert outcome.refusal == wanted
        if outcome.ok:
            if nonce:
                copy.nonces[nonce] = price
            copy.balance -= price
            copy.rewards.append((price, copy.round))

    @rule(place=st.integers(0, 1), void=st.booleans())
    def hold(self, place: int, void: bool) -> None:
        holder, copy = self._one(place)
        assert self.club.hold(holder, void, self.at).ok
        copy.voided = void

    @invariant()
    def everything_agrees(self) -> None:
        if not hasattr(self, "copies"):
            return
        for holder, copy in self.copies.items():
            held = self.club.holder(holder)
            assert self.club.balance(holder) == copy.balance >= 0
            assert (held.lifetime, held.round) == (copy.lifetime, copy.round)
            running = 0
            for delta, after, _ in self.club.ledger(holder):
                running += delta
                assert after == running >= 0
            assert held.entries == len(self.club.ledger(holder))
            earned = [(self._points(one.reward_id), one.round) for one in self.club.earned(holder)]
            assert sorted(earned) == sorted(copy.rewards)
            assert all(one.session for one in self.club.earned(holder))
        changes = Event.objects.filter(account=self.club.shop.account.pk, kind="loyalty.points_changed")
        written = sql.one(
            "select count(*) from loyalty_entry where account = %s and method <> 'round'", [self.club.shop.account.pk]
        )
        assert written is not None and changes.count() == written[0]

    def _points(self, reward: int) -> int:
        return next(points for points, one in self.rewards.items() if one.pk == reward)

    def _why_not(self, copy: Copy, delta: int) -> Refusal | None:
        if copy.voided:
            return Refusal.VOIDED
        if delta == 0:
            return Refusal.NOTHING
        if delta > 0:
            if self.stops and self.goal and copy.balance >= self.goal:
                return Refusal.COMPLETED
            if self.most is not None and copy.today + delta > self.most:
                return Refusal.DAY_LIMIT
        return Refusal.TOO_LITTLE if copy.balance + delta < 0 else None

    def _given(self, copy: Copy, delta: int) -> None:
        copy.entries.append(delta)
        copy.lifetime += delta
        if delta < 0:
            copy.balance += delta
            return
        copy.today += delta
        for _ in range(delta):
            copy.balance += 1
            if self.chooses:
                continue
            if copy.balance in self.rewards and (copy.balance, copy.round) not in copy.rewards:
                copy.rewards.append((copy.balance, copy.round))
            if self.goal and not self.stops and copy.balance >= self.goal and self._is_full(copy):
                copy.balance -= self.goal
                copy.round += 1

    def _is_full(self, copy: Copy) -> bool:
        return copy.balance == self.goal

    def _allow_again(self, holder: int, copy: Copy) -> None:
        """What was given today and taken back by its name may be given again today."""
        row = sql.one(
            "select given_since(h, date_trunc('day', %s at time zone 'Europe/Brussels') at time zone 'Europe/Brussels') "
            "from loyalty_holder h where h.id = %s",
            [self.at, holder],
        )
        assert row is not None and 0 <= row[0] <= copy.today
        copy.today = row[0]


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
