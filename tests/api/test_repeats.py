"""Repeating a write safely: the Idempotency-Key header (conventions.md 3, lessons 5 and 27)."""

import base64
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings

from tearoff.accounts import keys
from tearoff.activity import requestkeys
from tearoff.activity.models import Event, RequestKey
from tearoff.api import wire
from tearoff.coupons import links
from tearoff.coupons.models import CouponSession
from tearoff.kit import clock
from tests.api.reading import good, told
from tests.street.rivals import locked, race, while_waiting
from tests.street.server import Server, start_server
from tests.world import Offer, Shop, door

UPDATE, ONE, MANY = "/v3/couponsession/update", "/v3/singleuse/create", "/v3/multiplesingleuse/create"


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign(uses_per_session=5)


def post(shop: Shop, path: str, body: dict[str, Any], key: str = "act-1") -> httpx.Response:
    return shop.api(path, body, headers={"Idempotency-Key": key})


def is_repeat(answer: httpx.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def assert_same(first: httpx.Response, again: httpx.Response) -> None:
    assert not is_repeat(first)
    assert is_repeat(again)
    assert (first.status_code, first.content) == (again.status_code, again.content)


def kept(shop: Shop) -> int:
    return RequestKey.objects.filter(client__in=shop.account.api_clients.values("pk")).count()


def test_a_repeat_gets_the_first_answer_byte_for_byte_and_takes_nothing(offer: Offer) -> None:
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    first = post(offer.shop, UPDATE, body)
    assert offer.validate(code).ok, "meanwhile things go on"
    assert_same(first, post(offer.shop, UPDATE, body))
    assert good(first)["data"]["status"]["uses"] == "1"
    assert offer.uses() == 2
    assert Event.objects.filter(subject=code, kind="coupon.validated").count() == 2


def test_without_a_key_each_call_is_an_act(offer: Offer) -> None:
    code = offer.claimed()
    for uses in ("1", "2"):
        answer = good(offer.shop.api(UPDATE, {"couponsession": code, "status": "validated"}))
        assert answer["data"]["status"]["uses"] == uses


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ONE, {"customid": "1"}),
        (MANY, {"amount": 3}),
        ("/v3/coupon/update", {"title": "New"}),
        ("/v3/coupon/status", {"status": "inactive"}),
        ("/v3/coupon/delete", {}),
        ("/v3/webhook/create", {"url": "http://127.0.0.1:9/hook"}),
        ("/v3/coupon/pushnotification/all", {"message": "Hi"}),
    ],
)
def test_every_kind_of_write_can_be_repeated(offer: Offer, path: str, body: dict[str, Any]) -> None:
    body |= {"campaign": offer.id}
    sessions, events = CouponSession.objects.count(), 0
    first = post(offer.shop, path, body)
    good(first)
    sessions, events = CouponSession.objects.count(), Event.objects.count()
    assert_same(first, post(offer.shop, path, body))
    assert (CouponSession.objects.count(), Event.objects.count()) == (sessions, events)


def test_the_same_act_in_another_form_is_the_same(offer: Offer) -> None:
    body = {"campaign": offer.id, "customid": 5, "duplicate_check": False}
    first = post(offer.shop, ONE, body)
    headers = offer.shop.headers | {"Idempotency-Key": "act-1"}
    form = {"duplicate_check": "false", "customid": "5", "campaign": offer.id}
    assert_same(first, offer.shop.http.post(ONE, data=form, headers=headers))
    keyless = {"Idempotency-Key": "act-1"}
    inside = body | {"client_id": offer.shop.client_id, "client_secret": offer.shop.client_secret, "lastname": None}
    assert_same(first, offer.shop.http.post(ONE, json=inside, headers=keyless))


def test_an_alias_is_the_same_path(offer: Offer) -> None:
    first = post(offer.shop, "/v3/campaign/status", {"campaign": offer.id, "status": "inactive"})
    assert_same(first, post(offer.shop, "/v3/coupon/status", {"campaign": offer.id, "status": "inactive"}))


def test_other_parameters_under_the_same_key_are_refused(offer: Offer) -> None:
    good(post(offer.shop, ONE, {"campaign": offer.id, "customid": "1"}))
    answer = post(offer.shop, ONE, {"campaign": offer.id, "customid": "2"})
    assert told(answer) == (422, [300], ["key_reused"])
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 1


def test_the_scope_of_a_key_is_client_and_path(offer: Offer, lucia: Shop) -> None:
    body = {"campaign": offer.id, "amount": 1}
    good(post(offer.shop, MANY, body))
    assert not is_repeat(post(offer.shop, ONE, {"campaign": offer.id}))
    assert not is_repeat(post(lucia, ONE, {"campaign": lucia.campaign().id}))
    second = keys.make_pair(offer.shop.account, at=clock.now())
    mine = {"X-Client-Id": second.client_id, "X-Client-Secret": second.client_secret, "Idempotency-Key": "act-1"}
    answer = offer.shop.http.post(MANY, json=body, headers=mine)
    assert answer.status_code == 200
    assert not is_repeat(answer)


def test_a_refusal_of_the_state_is_an_outcome_too(offer: Offer) -> None:
    code = offer.claimed()
    good(offer.shop.api(UPDATE, {"couponsession": code, "status": "voided"}))
    body = {"couponsession": code, "status": "validated"}
    first = post(offer.shop, UPDATE, body)
    assert told(first) == (422, [300], ["voided"])
    good(offer.shop.api(UPDATE, {"couponsession": code, "status": "unvoided"}))
    assert_same(first, post(offer.shop, UPDATE, body))
    refused = Event.objects.filter(subject=code, kind="coupon.refused")
    assert refused.count() == 1, "what the refusal wrote down was committed with it, once"


def test_what_is_never_kept(offer: Offer) -> None:
    """Wrong keys, parameter errors, unknown paths and methods, a missing right: mend it and use the same key again."""
    shop, code = offer.shop, offer.claimed()
    header = {"Idempotency-Key": "act-1"}
    assert shop.http.post(UPDATE, json={}, headers=header).status_code == 401
    assert post(shop, "/v3/no/such", {}).status_code == 404
    assert shop.http.put(UPDATE, headers=shop.headers | header).status_code == 405
    assert shop.http.post(UPDATE, content=b"{", headers=shop.headers | header).status_code == 400
    assert told(post(shop, UPDATE, {"status": "validated"}))[1] == [200]
    assert told(post(shop, UPDATE, {"couponsession": code, "status": "eaten"}))[1] == [302]
    assert told(post(shop, "/v3/send/email", {}))[1] == [104]
    assert kept(shop) == 0
    answer = post(shop, UPDATE, {"couponsession": code, "status": "validated"})
    good(answer)
    assert not is_repeat(answer)


def test_a_busy_row_is_not_kept(offer: Offer) -> None:
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    with locked("select from coupon_session where code = %s for update", [code]):
        assert told(post(offer.shop, UPDATE, body)) == (409, [300], ["busy"])
    assert kept(offer.shop) == 0
    good(post(offer.shop, UPDATE, body))
    assert offer.uses() == 1


def test_a_fault_of_ours_is_not_kept(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"campaign": offer.id}
    with monkeypatch.context() as patched:
        patched.setattr(links, "make_link", lambda **_: 1 / 0)
        answer = post(offer.shop, ONE, body)
    assert told(answer) == (500, [300], ["own_fault"])
    assert kept(offer.shop) == 0
    good(post(offer.shop, ONE, body))


@pytest.mark.parametrize("key", ["", "x" * 256, "t\u00e4b", "a\tb"])
def test_what_is_no_key(offer: Offer, key: str) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": ONE,
        "CONTENT_LENGTH": "",
        "wsgi.input": io.BytesIO(f'{{"campaign": "{offer.id}"}}'.encode()),
        "HTTP_X_CLIENT_ID": offer.shop.client_id,
        "HTTP_X_CLIENT_SECRET": offer.shop.client_secret,
        "HTTP_IDEMPOTENCY_KEY": key,
    }
    statuses: list[str] = []
    body = b"".join(wire.application(environ, lambda status, headers: statuses.append(status)))
    assert statuses == ["422 Unprocessable Content"]
    assert b"Idempotency-Key" in body
    assert not CouponSession.objects.filter(campaign=offer.campaign).exists()


@pytest.mark.parametrize("key", ["x", "x" * 255, "6f1c0a52-3c3f-4a0e-9d46-111111111111", "a b \"{}' %s ; --"])
def test_what_is_a_key(offer: Offer, key: str) -> None:
    first = post(offer.shop, ONE, {"campaign": offer.id}, key)
    assert_same(first, post(offer.shop, ONE, {"campaign": offer.id}, key))


def test_reads_take_no_notice_of_a_key(offer: Offer) -> None:
    for _ in range(2):
        assert not is_repeat(post(offer.shop, "/v3/campaign/data", {"campaign": offer.id}))
    assert kept(offer.shop) == 0


def test_a_key_is_kept_for_forty_eight_hours(offer: Offer) -> None:
    at = clock.now()
    body = {"campaign": offer.id}
    with clock.moved(at):
        first = post(offer.shop, ONE, body)
    with clock.moved(at + timedelta(hours=47, minutes=59)):
        assert_same(first, post(offer.shop, ONE, body))
    with clock.moved(at + timedelta(hours=48)):
        second = post(offer.shop, ONE, {"campaign": offer.id, "customid": "other"})
        assert not is_repeat(second)
        assert second.json()["single_use_code"] != first.json()["single_use_code"]
    requestkeys.forget_before(at + timedelta(hours=95))
    assert kept(offer.shop) == 1
    assert requestkeys.forget_before(at + timedelta(hours=96)) >= 1
    assert kept(offer.shop) == 0


def test_a_long_answer_is_not_copied_but_made_again(offer: Offer) -> None:
    body = {"campaign": offer.id, "amount": 3_000, "automated_codes": True, "code_length": 12, "code_type": "numeric",
            "code_prefix": "é"}  # fmt: skip
    first = post(offer.shop, MANY, body)
    assert len(first.content) > 256 * 1024
    assert_same(first, post(offer.shop, MANY, body))
    row = RequestKey.objects.get(client__in=offer.shop.account.api_clients.values("pk"))
    assert (row.answer, row.batch is not None) == (None, True)
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 3_000


def test_the_longest_answer_that_is_copied_is_short_enough(offer: Offer) -> None:
    prefix = "\U0001f355" * 20
    body = {"campaign": offer.id, "amount": 1_000, "automated_codes": True, "code_length": 25, "code_type": "numeric",
            "code_prefix": prefix}  # fmt: skip
    assert len(post(offer.shop, MANY, body).content) <= 400_000


def test_a_secret_is_kept_sealed(mario: Shop) -> None:
    first = post(mario, "/v3/webhook/create", {"url": "http://127.0.0.1:9/hook"})
    secret = good(first)["webhook"]["secret"]
    assert_same(first, post(mario, "/v3/webhook/create", {"url": "http://127.0.0.1:9/hook"}))
    row = RequestKey.objects.get(client__in=mario.account.api_clients.values("pk"))
    stored = bytes(row.answer or b"")
    assert secret.encode() not in stored
    assert base64.b64encode(secret.encode())[:20] not in stored


# Two at once


def test_a_second_one_waits_for_the_first_and_gets_its_answer(offer: Offer) -> None:
    """The first waits for a row that somebody holds; the second for the first. Two seconds are its patience."""
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    answers = while_waiting(
        "select from coupon_session where code = %s for update",
        [code],
        lambda: race([lambda: post_fresh(offer, body), lambda: post_fresh(offer, body)]),
        lambda: None,
    )
    replayed = sorted(is_repeat(answer) for answer in answers)  # type: ignore[arg-type]
    assert replayed == [False, True]
    assert len({answer.content for answer in answers}) == 1  # type: ignore[union-attr]
    assert offer.uses() == 1


def post_fresh(offer: Offer, body: dict[str, Any]) -> httpx.Response:
    headers = offer.shop.headers | {"Idempotency-Key": "act-1"}
    with door() as client:
        return client.post(UPDATE, json=body, headers=headers)


def test_a_second_one_that_has_waited_long_enough_is_told_so(offer: Offer) -> None:
    client = offer.shop.account.api_clients.get()
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    with locked(
        "insert into request_key (client, path, key, fingerprint, created_at) values (%s, %s, 'act-1', '', now())",
        [client.pk, UPDATE],
    ):
        answer = post(offer.shop, UPDATE, body)
    assert told(answer) == (409, [300], ["busy"])
    assert answer.headers["Retry-After"] == "1"
    assert offer.uses() == 0


def test_twenty_at_once_over_two_processes_are_one_act(offer: Offer, server: Server) -> None:
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    headers = offer.shop.headers | {"Idempotency-Key": "till-4711"}
    clients = [door(server.url) for _ in range(20)]
    answers = race([lambda client=client: client.post(UPDATE, json=body, headers=headers) for client in clients])
    assert {answer.status_code for answer in answers} == {200}  # type: ignore[union-attr]
    assert len({answer.content for answer in answers}) == 1  # type: ignore[union-attr]
    assert sum(not is_repeat(answer) for answer in answers) == 1  # type: ignore[arg-type]
    assert offer.uses() == 1


def test_twenty_at_once_without_a_key_are_as_many_acts_as_there_are_uses(offer: Offer, server: Server) -> None:
    """The negative control: the same race without the key takes every use."""
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    clients = [door(server.url) for _ in range(20)]
    answers = race(
        [lambda client=client: client.post(UPDATE, json=body, headers=offer.shop.headers) for client in clients]
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [422] * 15  # type: ignore[union-attr]
    assert offer.uses() == 5


def test_many_links_asked_for_twice_at_once_are_made_once(offer: Offer, server: Server) -> None:
    body = {"campaign": offer.id, "amount": 2_000}
    headers = offer.shop.headers | {"Idempotency-Key": "batch-1"}
    clients = [door(server.url) for _ in range(4)]
    answers = race([lambda client=client: client.post(MANY, json=body, headers=headers) for client in clients])
    good_ones = [answer for answer in answers if answer.status_code == 200]  # type: ignore[union-attr]
    assert good_ones
    assert {answer.status_code for answer in answers} <= {200, 409}  # type: ignore[union-attr]
    assert len({answer.content for answer in good_ones}) == 1  # type: ignore[union-attr]
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 2_000


def test_the_next_process_gives_the_answer_of_one_that_was_killed(offer: Offer) -> None:
    """What is kept is in the database and not in a process. (Kills at any moment: tests/rivals.)"""
    code = offer.claimed()
    body = {"couponsession": code, "status": "validated"}
    server = start_server(1)
    try:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            first = client.post(UPDATE, json=body, headers=offer.shop.headers | {"Idempotency-Key": "act-9"})
    finally:
        server.kill9()
    again = start_server(1)
    try:
        with httpx.Client(base_url=again.url, timeout=30) as client:
            second = client.post(UPDATE, json=body, headers=offer.shop.headers | {"Idempotency-Key": "act-9"})
    finally:
        again.stop()
    assert is_repeat(second)
    assert offer.uses() == 1
    assert first.json()["data"]["status"] == second.json()["data"]["status"]


def test_the_key_survives_a_changed_setting_of_the_http_status(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"couponsession": "zzzzzz", "status": "validated"}
    monkeypatch.setattr(settings, "TEAROFF_ERROR_HTTP_STATUS", "always_200")
    first = post(offer.shop, UPDATE, body)
    assert (first.status_code, is_repeat(first)) == (200, False)
    monkeypatch.setattr(settings, "TEAROFF_ERROR_HTTP_STATUS", "real")
    again = post(offer.shop, UPDATE, body)
    assert (again.status_code, is_repeat(again), again.content) == (422, True, first.content)
