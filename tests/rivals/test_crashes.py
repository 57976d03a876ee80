"""Lessons 5, 27, 33 and 34: kill -9 at any moment loses no committed validation and no webhook, and invents none.

Callers write down what they were told: ok, refused, or unknown when the line went dead. Afterwards the ledger must have
every ok exactly once and nothing that nobody asked for, and the merchant's receiver must have heard all of the ledger.
"""

import json
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tearoff.coupons.models import CouponSession, Validation
from tearoff.kit import clock
from tearoff.webhooks import endpoints
from tests.street.server import Server, start_server, start_worker
from tests.world import Offer, Shop

ACTS = 240
CALLERS = 6
KILLS = 4
PATIENCE = 90.0


class Receiver:
    """The merchant's own server: notes every notification it was sent."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        noted = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                noted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class Street:
    """A web server that is killed and started again on its way; callers ask for its present address."""

    def __init__(self) -> None:
        self.server: Server = start_server()

    def kill_and_restart(self) -> None:
        self.server.kill9()
        self.server = start_server()


def call(street: Street, shop: Shop, code: str, key: str) -> str:
    """Validate with a request key until there is an answer; what the line said before is forgotten, as tills do."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = httpx.post(
                street.server.url + "/v3/couponsession/update",
                json={"couponsession": code, "status": "validated"},
                headers=shop.headers | {"Idempotency-Key": key},
                timeout=10,
            )
        except httpx.HTTPError:
            continue
        if answer.status_code in (200, 422):
            return "ok" if answer.status_code == 200 else answer.json()["status"]["errors"]["error_reason"][0]
        assert answer.status_code in (409, 500, 502, 503), answer.text
    raise AssertionError("No answer in all this time.")


def test_kill_9_of_the_web_server_loses_and_invents_no_validation(mario: Shop) -> None:
    """Retries carry the key of their act: each session is used once, and everybody is told ok in the end."""
    offer = mario.campaign()
    sessions = [offer.claimed() for _ in range(ACTS)]
    street = Street()
    done = threading.Semaphore(0)

    def work(code: str) -> str:
        try:
            return call(street, mario, code, f"act-{code}")
        finally:
            done.release()

    try:
        with ThreadPoolExecutor(CALLERS) as pool:
            running = [pool.submit(work, code) for code in sessions]
            for _ in range(KILLS):
                for _ in range(ACTS // (KILLS + 1)):
                    done.acquire()
                street.kill_and_restart()
            answers = [one.result() for one in running]
    finally:
        street.server.stop()

    assert Tally(answers) == {"ok": ACTS}
    assert offer.uses() == ACTS
    assert not CouponSession.objects.filter(campaign=offer.campaign).exclude(uses=1).exists()


def test_without_a_key_a_dead_line_is_unknown_and_never_two(mario: Shop) -> None:
    """No key, no retry: every ok is in the ledger once, every row of the ledger was asked for by an ok or an unknown."""
    offer = mario.campaign()
    sessions = [offer.claimed() for _ in range(ACTS)]
    street = Street()
    done = threading.Semaphore(0)
    history: dict[str, str] = {}

    def work(code: str) -> None:
        try:
            answer = httpx.post(
                street.server.url + "/v3/couponsession/update",
                json={"couponsession": code, "status": "validated"},
                headers=mario.headers,
                timeout=10,
            )
            history[code] = "ok" if answer.status_code == 200 else str(answer.status_code)
        except httpx.HTTPError:
            history[code] = "unknown"
        finally:
            done.release()

    try:
        with ThreadPoolExecutor(CALLERS) as pool:
            list_of_work = [pool.submit(work, code) for code in sessions]
            for _ in range(KILLS):
                for _ in range(ACTS // (KILLS + 1)):
                    done.acquire()
                street.kill_and_restart()
            for one in list_of_work:
                one.result()
    finally:
        street.server.stop()

    ledger = Tally(
        CouponSession.objects.filter(
            pk__in=Validation.objects.filter(campaign=offer.campaign.pk).values_list("session", flat=True)
        ).values_list("code", flat=True)
    )
    assert Validation.objects.filter(campaign=offer.campaign.pk).count() == len(ledger)
    told_ok = {code for code, answer in history.items() if answer == "ok"}
    assert told_ok <= set(ledger)
    assert all(history[code] in ("ok", "unknown") for code in ledger), history


def test_kill_9_of_the_worker_loses_and_invents_no_webhook(mario: Shop, receiver: Receiver) -> None:
    offer = mario.campaign()
    endpoints.create(mario.account.pk, url=receiver.url, kinds=["coupon_validated"], campaign=None, at=clock.now())
    used: list[str] = []
    worker = start_worker()
    try:
        for _ in range(KILLS):
            used += [_used(offer) for _ in range(40)]
            _until(lambda: len(receiver.heard) > 0)
            worker.kill9()
            worker = start_worker()
        _until(lambda: {one["session"] for one in receiver.heard} >= set(used))
    finally:
        worker.stop()

    heard = [one["session"] for one in receiver.heard]
    assert set(heard) == set(used), "a notification was lost or invented"
    assert len({one["id"] for one in receiver.heard}) == len(used), "one act, one id, however often it is sent"


def _used(offer: Offer) -> str:
    code = offer.claimed()
    assert offer.validate(code).ok
    return code


def _until(true: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "It never came to pass."
        time.sleep(0.02)
