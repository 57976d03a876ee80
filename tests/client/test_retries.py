"""Trying again: what is worth it, how long it waits, and that a repeated write acts once (lesson 27)."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from django.test import override_settings

from tearoff.api import errors
from tearoff.api.errors import Failure, Shape
from tearoff.client import Busy, Client, RateLimited, Refused, TearoffError, Unavailable
from tearoff.kit import clock
from tests.client.lines import Trouble, Troubled, line
from tests.street.server import Server
from tests.world import Offer, Shop

BROKEN = httpx.ReadError("Connection reset by peer")


def told(failure: Failure) -> httpx.Response:
    """As the server says it."""
    return httpx.Response(failure.http, content=errors.body(failure, Shape.NORMAL), headers=dict(failure.headers))


def many_uses(shop: Shop) -> tuple[Offer, str]:
    """A session that could be used more often than it may be here."""
    offer = shop.campaign(uses_per_session=5)
    return offer, offer.claimed()


def test_lesson_27_an_answer_lost_after_the_commit_does_not_use_a_coupon_twice(mario: Shop, server: Server) -> None:
    offer, code = many_uses(mario)
    slept: list[float] = []
    with line(server.url, cuts=2) as broken, Client(
        broken.url, mario.client_id, mario.client_secret, sleep=slept.append
    ) as client:  # fmt: skip
        answer = client.sessions.update(couponsession=code, status="validated", validation_value="12.50")

    assert answer.data.status.uses == "1"
    assert offer.uses() == 1
    assert broken.answered == [200, 200, 200]
    assert len(slept) == 2


def test_without_the_key_the_same_line_uses_it_three_times(mario: Shop, server: Server) -> None:
    """The twin of the test above: it is the key that protects, not luck."""
    offer, code = many_uses(mario)
    with line(server.url, cuts=2, keeps=lambda name: name.lower() != "idempotency-key") as broken, Client(
        broken.url, mario.client_id, mario.client_secret, sleep=lambda seconds: None
    ) as client:  # fmt: skip
        client.sessions.update(couponsession=code, status="validated")
    assert offer.uses() == 3


@pytest.mark.parametrize(
    "trouble",
    [
        BROKEN,
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("too long"),
        httpx.ReadTimeout("too long"),
        httpx.RemoteProtocolError("half an answer"),
        httpx.Response(408, text="Request time-out"),
        httpx.Response(502, text="<h1>Bad gateway</h1>"),
        httpx.Response(503),
        httpx.Response(504),
        told(errors.BUSY),
        told(errors.KEY_IN_USE),
        told(errors.too_many(3, 50)),
    ],
    ids=repr,
)
def test_what_may_pass_is_tried_again_with_the_same_key(mario: Shop, trouble: Trouble) -> None:
    _, code = many_uses(mario)
    way, slept = Troubled(trouble, trouble), list[float]()
    client = mario.program(transport=way, sleep=slept.append)

    assert client.sessions.update(couponsession=code, status="validated").data.status.validated == "1"
    assert len(way.requests) == 3
    assert way.keys[0] and len(set(way.keys)) == 1
    asked = float(trouble.headers.get("Retry-After", 0)) if isinstance(trouble, httpx.Response) else 0.0
    assert asked <= slept[0] <= asked + 0.25
    assert asked <= slept[1] <= asked + 0.5


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (told(errors.OWN_FAULT), Unavailable),
        (told(errors.no_campaign()), Refused),
        (told(errors.OTHER_REQUEST), Refused),
        (told(errors.too_many(3600, 50)), RateLimited),
        (httpx.Response(409, json={"message": "E-mail exists.", "errors": {}}), Refused),
    ],
    ids=repr,
)
def test_what_will_not_pass_is_told_at_once(mario: Shop, trouble: httpx.Response, kind: type[TearoffError]) -> None:
    way, slept = Troubled(trouble), list[float]()
    with pytest.raises(kind) as told_:
        mario.program(transport=way, sleep=slept.append).coupons.list()
    assert type(told_.value) is kind
    assert told_.value.http_status == trouble.status_code
    assert (len(way.requests), slept) == (1, [])


def test_the_last_trouble_is_told_when_all_attempts_are_used(mario: Shop) -> None:
    way, slept = Troubled(*[BROKEN] * 9), list[float]()
    with pytest.raises(Unavailable) as told_:
        mario.program(transport=way, retries=2, sleep=slept.append).coupons.list()
    assert told_.value.http_status is None and told_.value.__cause__ is BROKEN
    assert (len(way.requests), len(slept)) == (3, 2)

    with pytest.raises(Busy):
        mario.program(transport=Troubled(told(errors.BUSY)), retries=0).coupons.list()


def test_reads_carry_no_key_and_writes_one_of_their_own(mario: Shop) -> None:
    offer, way = mario.campaign(), Troubled()
    client = mario.program(transport=way)
    client.coupons.info(offer.id)
    first, second = client.links.create(offer.id), client.links.create(offer.id)
    assert first.single_use_code != second.single_use_code
    assert way.keys[0] is None and way.keys[1] and way.keys[2] and way.keys[1] != way.keys[2]


def test_a_key_of_the_programs_own_finds_the_first_answer_again(mario: Shop) -> None:
    """After a crash of the program itself, too: in both styles of calls."""
    offer = mario.campaign()
    made = [mario.program().links.create(offer.id, idempotency_key="receipt-4711") for _ in range(2)]
    assert made[0] == made[1]
    with pytest.raises(Refused) as told_:
        mario.client.links.create(offer.id, firstname="Bob", idempotency_key="receipt-4711")
    assert told_.value.reasons == ("key_reused",)


def test_a_server_that_counts_calls_is_come_back_to_when_it_says(mario: Shop) -> None:
    with override_settings(TEAROFF_RATE_LIMIT_PER_KEY=1), ExitStack() as later:

        def sleep(seconds: float) -> None:
            later.enter_context(clock.moved(clock.now() + timedelta(seconds=seconds)))

        later.enter_context(clock.moved(clock.now()))
        impatient, patient = mario.program(retries=0), mario.program(sleep=sleep)
        with pytest.raises(RateLimited) as told_:
            for _ in range(6):
                impatient.coupons.list()
        assert told_.value.retry_after and told_.value.retry_after <= 5
        assert patient.coupons.list(only_active=True).coupon_info == ()


def test_a_proxy_says_with_a_date_when_to_come_back(mario: Shop) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    gone = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    far = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    way, slept = Troubled(*(httpx.Response(503, headers={"Retry-After": at}) for at in (soon, gone, "soon", far))), []
    client = mario.program(transport=way, sleep=slept.append)
    with pytest.raises(Unavailable) as told_:
        client.coupons.list()
    assert 5 < slept[0] <= 20.25 and slept[1] <= 0.5 and slept[2] <= 1
    assert len(slept) == 3 and told_.value.retry_after and told_.value.retry_after > 80_000


def test_a_write_that_may_have_happened_is_repeated_with_the_key_of_its_error(mario: Shop, server: Server) -> None:
    """The program gave none of its own; the one it was sent with tells the outcome all the same."""
    offer, code = many_uses(mario)
    with line(server.url, cuts=1) as broken, Client(
        broken.url, mario.client_id, mario.client_secret, retries=0
    ) as client:  # fmt: skip
        with pytest.raises(Unavailable) as lost:
            client.sessions.update(couponsession=code, status="validated")
        again = client.sessions.update(
            couponsession=code, status="validated", idempotency_key=lost.value.idempotency_key
        )
    assert broken.answered == [200, 200] and again.data.status.uses == "1"
    assert offer.uses() == 1

    with pytest.raises(Unavailable) as read:
        mario.program(transport=Troubled(BROKEN), retries=0).coupons.list()
    assert read.value.idempotency_key is None


@pytest.mark.parametrize("key", ["", " 4711", "receipt\n4711", "reçu 4711", "x" * 256, 4711])
def test_a_key_that_guards_nothing_is_told_at_once(mario: Shop, key: str) -> None:
    """Before, an empty one was taken for none, and each repeat acted anew."""
    offer, way = mario.campaign(), Troubled()
    for write in (mario.program(transport=way).links.create, mario.program(transport=way).v4.loyalty.cards.copy):
        with pytest.raises(ValueError, match="idempotency_key"):
            write(offer.id if write.__name__ == "create" else 1, idempotency_key=key)  # type: ignore[operator]
    assert way.requests == []
    assert mario.client.links.create(offer.id, idempotency_key="~ receipt 4711 !" + "x" * 239).single_use_code
