"""What a program is told when a call fails, whichever of the envelopes it came in."""

from typing import Any

import httpx
import pytest
from django.test import override_settings

from tearoff.accounts.models import Account
from tearoff.api import errors
from tearoff.api.errors import Shape
from tearoff.client import Busy, RateLimited, Refused, Unauthorized, Unreadable
from tests.client.lines import Troubled
from tests.street.directories import directory
from tests.street.loyalty import club
from tests.world import Shop, open_shop


@pytest.fixture(params=["real", "always_200"])
def http_status(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_refusal_tells_all_that_is_wrong(mario: Shop, http_status: str) -> None:
    with override_settings(TEAROFF_ERROR_HTTP_STATUS=http_status), pytest.raises(Refused) as told:
        mario.client.sessions.update(couponsession="?", status="validated", email="nonsense")
    error = told.value
    assert type(error) is Refused
    assert error.http_status == (422 if http_status == "real" else 200)
    assert (error.codes, error.reasons) == ((301, 305), ("malformed", "bad_email"))
    assert error.descriptions[0] == "Invalid character in parameter: couponsession"
    assert str(error) == " ".join(error.descriptions)


def test_a_state_that_does_not_allow_it_has_a_word(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()
    mario.client.sessions.update(couponsession=code, status="validated")
    with pytest.raises(Refused) as told:
        mario.client.sessions.update(couponsession=code, status="validated")
    assert (told.value.codes, told.value.reasons) == ((300,), ("already_used",))
    assert offer.uses() == 1


def test_a_push_is_refused_in_its_own_envelope(mario: Shop, http_status: str) -> None:
    offer = mario.campaign()
    with override_settings(TEAROFF_ERROR_HTTP_STATUS=http_status), pytest.raises(Refused) as told:
        mario.client.push.single(offer.id, couponsession=offer.claimed(), message="Hungry?")
    assert (told.value.codes, told.value.reasons) == ((300,), ("not_saved",))


def test_rest_style_tells_by_the_names_of_the_parameters(mario: Shop, http_status: str) -> None:
    card = club(mario).card.pk
    with override_settings(TEAROFF_ERROR_HTTP_STATUS=http_status):
        with pytest.raises(Refused) as told:
            mario.client.v4.loyalty.users.create(card, email="nonsense")
        with pytest.raises(Refused) as unknown:
            mario.client.v4.loyalty.users.info(card, 999_999_999)
    assert told.value.fields == {"email": told.value.descriptions}
    assert "Invalid format in parameter: email" in told.value.descriptions[0]
    assert (str(unknown.value), unknown.value.fields) == ("Loyalty user not found.", {})
    assert unknown.value.http_status == (404 if http_status == "real" else 200)


def test_an_address_that_is_taken_is_refused_and_not_asked_for_again(mario: Shop) -> None:
    """HTTP 409, like a rival's lock, but time does not mend it."""
    deals, way = directory(mario), Troubled()
    deals.member("pau@mail.example")
    with pytest.raises(Refused) as told:
        mario.program(transport=way).v4.directories.users.create(deals.directory.pk, email="pau@mail.example")
    assert type(told.value) is Refused and told.value.http_status == 409
    assert len(way.requests) == 1


def test_wrong_keys_a_dead_account_and_a_right_it_has_not(mario: Shop, http_status: str) -> None:
    child = open_shop("Child", parent=mario.account)
    with override_settings(TEAROFF_ERROR_HTTP_STATUS=http_status):
        mario_client = mario.program()
        with pytest.raises(Unauthorized) as below:
            child.client.subaccounts.list()
        assert below.value.codes == (102,)

        Account.objects.filter(pk=mario.account.pk).update(status=Account.Status.EXPIRED)
        with pytest.raises(Unauthorized) as expired:
            mario_client.coupons.list()
        assert expired.value.codes == (101,)

        child.client_secret = "wrong"
        with pytest.raises(Unauthorized) as wrong:
            child.program().coupons.list()
        assert wrong.value.codes == (1000,)
        assert "Client ID or Secret not correct" in str(wrong.value)
        with pytest.raises(Unauthorized):
            child.program().v4.loyalty.cards.list()


@pytest.mark.parametrize("content", [b"<html>Welcome to nginx!</html>", b"{}", b'{"status": {"status": "OK"}}', b""])
def test_another_program_at_this_address(mario: Shop, content: bytes) -> None:
    with pytest.raises(Unreadable):
        mario.program(transport=elsewhere(200, content=content)).coupons.list()


def elsewhere(http: int, **told: Any) -> httpx.MockTransport:
    """Somebody else, who always says the same."""
    return httpx.MockTransport(lambda request: httpx.Response(http, **told))


@pytest.mark.parametrize("content", [b"{}", b'{"hello": "world"}', b'{"status": "OK"}', b"[]"])
def test_a_push_that_another_program_takes_was_not_sent(mario: Shop, content: bytes) -> None:
    """Its good answer says nothing but that it is good, so that must be said."""
    with pytest.raises(Unreadable):
        mario.program(transport=elsewhere(200, content=content)).push.all("cam_1", message="Hungry?")


@pytest.mark.parametrize("http", [400, 401, 403, 404, 409, 413])
def test_what_a_proxy_refuses_is_no_refusal_of_this_api(mario: Shop, http: int) -> None:
    """Or a till would say "not valid" because a firewall stood in the way."""
    way = elsewhere(http, text="<h1>Blocked by policy 17</h1>", headers={"Retry-After": "1"})
    with pytest.raises(Unreadable, match="policy 17") as told:
        mario.program(transport=way).sessions.update(couponsession="x", status="validated")
    assert told.value.http_status == http


def test_an_answer_that_cannot_be_unpacked(mario: Shop) -> None:
    packed = httpx.ByteStream(b"not gzip at all")
    way = httpx.MockTransport(lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=packed))
    with pytest.raises(Unreadable):
        mario.program(transport=way).coupons.list()


def test_a_redirect_is_not_followed_with_the_keys_and_tells_where_it_leads(mario: Shop) -> None:
    away = elsewhere(302, headers={"Location": "http://elsewhere.example/"})
    with pytest.raises(Unreadable, match=r"http://elsewhere\.example/") as told:
        mario.program(transport=away).coupons.list()
    assert told.value.http_status == 302


def test_rest_style_tells_what_may_pass_where_all_is_sent_with_200(mario: Shop) -> None:
    """There it has neither number nor word."""
    for failure, kind in ((errors.BUSY, Busy), (errors.KEY_IN_USE, Busy), (errors.too_many(90, 50), RateLimited)):
        content, headers = errors.body(failure, Shape.REST), dict(failure.headers)
        with pytest.raises(kind) as told:
            mario.program(transport=elsewhere(200, content=content, headers=headers), retries=0).v4.loyalty.cards.list()
        assert type(told.value) is kind and told.value.retry_after == float(headers["Retry-After"])

    with override_settings(TEAROFF_ERROR_HTTP_STATUS="always_200", TEAROFF_RATE_LIMIT_PER_KEY=1):
        with pytest.raises(RateLimited) as limited:
            for _ in range(9):
                mario.program(retries=0).v4.loyalty.cards.list()
        assert limited.value.http_status == 200


def test_lucias_things_are_not_found(mario: Shop, lucia: Shop) -> None:
    with pytest.raises(Refused) as told:
        mario.client.coupons.info(lucia.campaign().id)
    assert told.value.codes == (502,)
