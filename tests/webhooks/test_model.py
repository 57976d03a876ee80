"""Any history of events, answers, deaths, waits and switches (lessons 33 to 37): nothing is lost, nothing is invented."""

import secrets
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tearoff.kit import clock
from tearoff.webhooks import claiming, delivery, endpoints
from tearoff.webhooks.models import Delivery, Endpoint
from tests.webhooks.receiver import Answer, Received, Receiver
from tests.webhooks.yard import take, work
from tests.world import Shop, open_shop

STATUSES = st.sampled_from([200, 204, 302, 404, 410, 429, 500, 503])
MOMENTS = st.sampled_from([6, 61, 360, 3600, 12 * 3600, 25 * 3600])

_shop: list[Shop] = []


class Deliveries(RuleBasedStateMachine):
    """One endpoint, one receiver, and a street on which anything may happen next."""

    @initialize()
    def begin(self) -> None:
        if not _shop:
            _shop.append(open_shop("Deliveries"))
        self.shop = _shop[0]
        Endpoint.objects.update(is_active=False)
        self.now = datetime(2032, 1, 1, tzinfo=UTC)
        self.receiver = Receiver()
        self.status = 200
        self.good: set[str] = set()
        self.receiver.answering = self._answer
        self.offer = self.shop.campaign(secrets.token_hex(4))
        self.endpoint = endpoints.create(
            self.shop.account.pk, url=self.receiver.url, kinds=["coupon_claimed"], campaign=None, at=self.now
        )
        self.happened: set[str] = set()

    def _answer(self, request: Received) -> Answer:
        if 200 <= self.status < 300:
            self.good.add(request.id)
        return Answer(self.status)

    @rule(amount=st.integers(1, 4))
    def something_happens(self, amount: int) -> None:
        for _ in range(amount):
            self.happened.add(self.offer.claimed(self.now))

    @rule()
    def events_are_taken(self) -> None:
        with clock.moved(self.now):
            take()

    @rule(limit=st.integers(1, 6), status=STATUSES)
    def a_worker_does_its_part(self, limit: int, status: int) -> None:
        self.status = status
        for job in claiming.claim(limit, at=self.now):
            delivery.record(job, delivery.send(job), at=self.now)

    @rule(limit=st.integers(1, 6))
    def a_worker_dies_before_it_sends(self, limit: int) -> None:
        claiming.claim(limit, at=self.now)

    @rule(limit=st.integers(1, 6), status=STATUSES)
    def a_worker_dies_after_it_has_sent(self, limit: int, status: int) -> None:
        self.status = status
        for job in claiming.claim(limit, at=self.now):
            delivery.send(job)

    @rule(seconds=MOMENTS)
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(on=st.booleans())
    def the_owner_switches(self, on: bool) -> None:
        endpoints.update(self.shop.account.pk, self.endpoint.pk, active=on, at=self.now)

    @rule()
    def the_owner_replays(self) -> None:
        delivery.replay(self.endpoint, since=self.now - timedelta(days=99), until=self.now, at=self.now)

    @rule()
    def what_cannot_go_is_held(self) -> None:
        delivery.hold(100, at=self.now)

    @invariant()
    def no_more_than_four_are_on_their_way(self) -> None:
        if hasattr(self, "endpoint"):
            leased = Delivery.objects.filter(endpoint=self.endpoint, leased_until__gt=self.now).count()
            assert leased <= claiming.AT_A_TIME

    @invariant()
    def delivered_means_that_a_good_answer_was_given(self) -> None:
        if hasattr(self, "endpoint"):
            mine = Delivery.objects.filter(endpoint=self.endpoint)
            delivered = mine.filter(state="delivered").values_list("notification__code", flat=True)
            assert set(delivered) <= self.good
            assert not mine.filter(state="failed", tries__lt=10).exists()

    @invariant()
    def an_endpoint_that_is_off_gets_nothing(self) -> None:
        if hasattr(self, "endpoint"):
            is_active = Endpoint.objects.get(pk=self.endpoint.pk).is_active
            assert is_active or claiming.claim(1, at=self.now) == []

    def teardown(self) -> None:
        """In the end all is well again: everything that happened has arrived, and nothing else."""
        if not hasattr(self, "endpoint"):
            return
        self.status = 200
        self.now += timedelta(minutes=2)
        with clock.moved(self.now):
            endpoints.update(self.shop.account.pk, self.endpoint.pk, active=True, at=self.now)
            take()
            delivery.replay(self.endpoint, since=self.now - timedelta(days=99), until=self.now, at=self.now)
            Delivery.objects.filter(endpoint=self.endpoint, state="due").update(next_try_at=self.now)
            work()
        self.receiver.stop()
        assert not Delivery.objects.filter(endpoint=self.endpoint).exclude(state="delivered").exists()
        bodies = {request.id: request.body for request in self.receiver.received}
        assert all(bodies[request.id] == request.body for request in self.receiver.received)
        assert len(bodies) == len(self.happened)
        assert all(any(code.encode() in body for body in bodies.values()) for code in self.happened)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
