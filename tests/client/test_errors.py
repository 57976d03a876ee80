"""What a program is told when a call fails, whichever of the envelopes it came in."""

import httpx
import pytest
from django.test import override_settings

from tearoff.accounts.models import Account
from tearoff.client import Refused, Unauthorized, Unreadable
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
        if http_status == "real":
            with pytest.raises(Unauthorized):
                child.program().v4.loyalty.cards.list()


@pytest.mark.parametrize("content", [b"<html>Welcome to nginx!</html>", b"{}", b'{"status": {"status": "OK"}}', b""])
def test_another_program_at_this_address(mario: Shop, content: bytes) -> None:
    elsewhere = httpx.MockTransport(lambda request: httpx.Response(200, content=content))
    with pytest.raises(Unreadable):
        mario.program(transport=elsewhere).coupons.list()


def test_a_redirect_is_not_followed_with_the_keys(mario: Shop) -> None:
    away = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": "http://elsewhere.example/"}))
    with pytest.raises(Unreadable) as told:
        mario.program(transport=away).coupons.list()
    assert told.value.http_status == 302


def test_lucias_things_are_not_found(mario: Shop, lucia: Shop) -> None:
    with pytest.raises(Refused) as told:
        mario.client.coupons.info(lucia.campaign().id)
    assert told.value.codes == (502,)
