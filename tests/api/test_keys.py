"""Keys, and the order in which a request is checked (conventions.md 2)."""

import ipaddress
from datetime import timedelta

import httpx
import pytest
from django.conf import settings

from tearoff.accounts import keys
from tearoff.accounts.models import Account, ApiClient
from tearoff.activity import throttling
from tearoff.config.wsgi import application
from tearoff.kit import clock
from tests.api.reading import EXPIRED, WRONG_KEYS, escaped, good, told
from tests.world import Shop, door

LIST = "/v3/coupon/list"


def test_the_usual_header_pair_opens(mario: Shop) -> None:
    good(mario.http.post(LIST, headers={"X-Client-Id": mario.client_id, "X-Client-Secret": mario.client_secret}))


@pytest.mark.parametrize("name", ["X-Client-Id", "X-Client-id", "x-client-id", "X-CLIENT-ID"])
def test_header_names_come_in_any_case(mario: Shop, name: str) -> None:
    good(mario.http.post(LIST, headers={name: mario.client_id, "x-client-SECRET": mario.client_secret}))


def test_the_other_header_pair_opens_the_same_doors(mario: Shop) -> None:
    good(mario.http.post(LIST, headers={"x-api-key": mario.client_id, "x-api-secret": mario.client_secret}))


def test_the_pair_in_a_json_body_opens(mario: Shop) -> None:
    good(mario.http.post(LIST, json={"client_id": mario.client_id, "client_secret": mario.client_secret}))


def test_the_pair_in_a_form_opens(mario: Shop) -> None:
    good(mario.http.post(LIST, data={"client_id": mario.client_id, "client_secret": mario.client_secret}))


def test_a_client_id_may_come_as_a_number_longer_than_any_integer(mario: Shop) -> None:
    body = f'{{"client_id": {mario.client_id}, "client_secret": "{mario.client_secret}"}}'
    good(mario.http.post(LIST, content=body, headers={"Content-Type": "application/json"}))


def test_the_pair_in_the_address_does_not_open(mario: Shop) -> None:
    address = f"{LIST}?client_id={mario.client_id}&client_secret={mario.client_secret}"
    for answer in (mario.http.get(address), mario.http.post(address)):
        assert answer.status_code == 401
        assert answer.json() == WRONG_KEYS


def test_headers_win_over_the_body(mario: Shop, lucia: Shop) -> None:
    mine = mario.campaign("Mario's")
    body = {"client_id": lucia.client_id, "client_secret": lucia.client_secret}
    names = [coupon["name"] for coupon in good(mario.api(LIST, body))["coupon_info"]]
    assert mine.campaign.name in names
    wrong = mario.http.post(LIST, json=body, headers={"X-Client-Id": mario.client_id, "X-Client-Secret": "wrong"})
    assert wrong.json() == WRONG_KEYS


def test_a_stray_authorization_header_and_cookies_are_nothing(mario: Shop) -> None:
    good(mario.api(LIST, headers={"Authorization": "Bearer abc", "Cookie": "sessionid=1; csrftoken=2"}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Client-Id": "1"},
        {"X-Client-Secret": "1"},
        {"X-Client-Id": "1", "X-Client-Secret": "2"},
        {"X-Client-Id": "9" * 200, "X-Client-Secret": "x" * 200},
        {"X-Client-Id": "1", "x-api-secret": "2"},
    ],
)
def test_wrong_or_missing_keys_are_told_exactly_so(headers: dict[str, str]) -> None:
    answer = door().post(LIST, headers=headers, json={})
    assert answer.status_code == 401
    assert answer.json() == WRONG_KEYS


def test_keys_in_the_body_that_no_database_can_hold_are_wrong_keys(mario: Shop) -> None:
    for text in ("\x00", "\ud800", "a\x07b", ["1"], {"a": 1}, True, 5.5):
        answer = escaped(mario, LIST, {"client_id": text, "client_secret": text}, keys={})
        assert answer.json() == WRONG_KEYS, text


def test_a_revoked_pair_is_wrong(mario: Shop) -> None:
    ApiClient.objects.filter(client_id=mario.client_id).update(revoked_at=clock.now())
    assert mario.api(LIST).json() == WRONG_KEYS


def test_a_rotated_secret_opens_for_a_day_beside_the_new_one(mario: Shop) -> None:
    client = ApiClient.objects.get(client_id=mario.client_id)
    fresh = keys.rotate(client, actor="test", at=clock.now())
    good(mario.api(LIST))
    good(mario.http.post(LIST, headers={"X-Client-Id": fresh.client_id, "X-Client-Secret": fresh.client_secret}))
    keys.forget()
    with clock.moved(clock.now() + timedelta(hours=25)):
        assert mario.api(LIST).json() == WRONG_KEYS


def test_an_expired_account_is_told_so_on_every_kind_of_call(mario: Shop) -> None:
    code = mario.campaign().claimed()
    for status in (Account.Status.EXPIRED, Account.Status.FROZEN):
        Account.objects.filter(pk=mario.account.pk).update(status=status)
        for path, parameters in (
            (LIST, {}),
            ("/v3/couponsession/data", {"couponsession": code}),
            ("/v3/couponsession/update", {"couponsession": code, "status": "validated"}),
            ("/v3/couponsession/update", {"couponsession": code, "status": "no such word"}),
            ("/v3/couponsession/update", {"couponsession": code, "customid": "x", "status": "validated"}),
            ("/v3/send/email", {}),
            ("/v3/coupon/pushnotification/all", {}),
        ):
            answer = mario.api(path, parameters)
            assert (answer.status_code, answer.json()) == (401, EXPIRED), path


def test_a_blocked_accounts_keys_look_wrong(mario: Shop) -> None:
    code = mario.campaign().claimed()
    Account.objects.filter(pk=mario.account.pk).update(status=Account.Status.BLOCKED)
    for path in (LIST, "/v3/couponsession/update"):
        assert mario.api(path, {"couponsession": code, "status": "validated"}).json() == WRONG_KEYS


def test_the_account_is_asked_before_the_state_of_the_session(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()
    good(mario.api("/v3/couponsession/update", {"couponsession": code, "status": "voided"}))
    Account.objects.filter(pk=mario.account.pk).update(status=Account.Status.EXPIRED)
    answer = mario.api("/v3/couponsession/update", {"couponsession": code, "status": "validated"})
    assert answer.json() == EXPIRED


def test_the_order_of_checks(mario: Shop, lucia: Shop) -> None:
    """Each request has two faults; the earlier one in conventions.md 2 is told."""
    wrong = {"X-Client-Id": "1", "X-Client-Secret": "2"}
    large = b"x" * (8 * 1024 * 1024 + 1)
    http = mario.http

    assert http.delete("/v3/no/such/call").status_code == 404, "path before method"
    assert http.request("PUT", LIST, content=large).status_code == 405, "method before size"
    assert http.post(LIST, content=large, headers=wrong).status_code == 413, "size before keys"
    assert http.post(LIST, content=b"{broken", headers=wrong).status_code == 401, "keys in headers before syntax"
    assert http.post(LIST, content=b"{broken").status_code == 400, "syntax before keys in the body"
    assert http.post("/v3/coupon/info", json={}).json() == WRONG_KEYS, "keys before parameters"

    assert told(mario.api("/v3/send/email", {"campaign": "!"})) == (422, [104], ["no_email"]), "right before parameters"
    both = mario.api("/v3/coupon/pushnotification/single", {"campaign": "!", "couponsession": "abc234"})
    assert told(both) == (422, [301, 200], ["malformed", "missing"]), "parameters together, in the table's order"
    foreign = lucia.campaign()
    format_first = mario.api("/v3/campaign/data", {"campaign": foreign.id, "page": "x"})
    assert told(format_first) == (422, [301], ["malformed"]), "format before existence"
    used = mario.campaign().claimed()
    unknown = mario.api("/v3/singleuse/remove", {"campaign": foreign.id, "single_use_code": used})
    assert told(unknown) == (422, [502], ["not_found"]), "existence before the result of the act"


def test_after_six_hundred_wrong_pairs_in_a_minute_an_address_has_to_wait(mario: Shop) -> None:
    wrong = {"X-Client-Id": "1", "X-Client-Secret": "2"}
    transport = httpx.WSGITransport(app=application, remote_addr="203.0.113.77")
    at = clock.now().replace(second=10, microsecond=0)
    with clock.moved(at), httpx.Client(base_url="http://testserver", transport=transport) as stranger:
        statuses = [stranger.post(LIST, headers=wrong).status_code for _ in range(601)]
        assert statuses == [401] * 600 + [429]
        waiting = stranger.post(LIST, headers=wrong)
        assert told(waiting) == (429, [300], ["too_many_requests"])
        assert waiting.headers["Retry-After"] == "50"
        assert waiting.headers["X-RateLimit-Remaining"] == "0"
        good(stranger.post(LIST, headers=mario.headers))
        assert door().post(LIST, headers=wrong).status_code == 401, "another address is not held up"
    with (
        clock.moved(at + timedelta(minutes=1)),
        httpx.Client(base_url="http://testserver", transport=transport) as later,
    ):
        assert later.post(LIST, headers=wrong).status_code == 401


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted_as"),
    [
        ((), "198.51.100.9", "203.0.113.80"),
        (("203.0.113.80/32",), "198.51.100.9", "198.51.100.9"),
        (("203.0.113.80/32",), "10.9.9.9, 198.51.100.9", "198.51.100.9"),
        (("203.0.113.80/32", "198.51.100.0/24"), "10.9.9.8, 198.51.100.9", "10.9.9.8"),
    ],
)
def test_a_forwarded_address_counts_only_from_our_own_proxies(
    proxies: tuple[str, ...], forwarded: str, counted_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lesson 31: with 0, 1 and 2 trusted hops."""
    monkeypatch.setattr(settings, "TEAROFF_TRUSTED_PROXIES", tuple(ipaddress.ip_network(text) for text in proxies))
    at = clock.now()
    before = throttling.counted(f"wrong-keys:{counted_as}", at=at, window=timedelta(minutes=1))
    transport = httpx.WSGITransport(app=application, remote_addr="203.0.113.80")
    with clock.moved(at), httpx.Client(base_url="http://testserver", transport=transport) as stranger:
        stranger.post(LIST, headers={"X-Client-Id": "1", "X-Client-Secret": "2", "X-Forwarded-For": forwarded})
    assert throttling.counted(f"wrong-keys:{counted_as}", at=at, window=timedelta(minutes=1)) == before + 1


def test_a_rate_per_key_is_kept_where_the_operator_sets_one(
    mario: Shop, lucia: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "TEAROFF_RATE_LIMIT_PER_KEY", 2)
    at = clock.now().replace(second=0, microsecond=0)
    with clock.moved(at):
        statuses = [mario.api(LIST).status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429], "five seconds' worth at once, then no more"
        assert mario.api(LIST).headers["Retry-After"] == "5"
        good(lucia.api(LIST))
    with clock.moved(at + timedelta(seconds=5)):
        good(mario.api(LIST))
