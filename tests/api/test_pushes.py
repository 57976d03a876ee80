"""Push notifications until somebody can save a coupon to a wallet: envelope C (coupons.md 16 and 17)."""

from typing import Any

import pytest

from tests.api.reading import NOBODYS_CODE, WRONG_KEYS, good, told
from tests.world import Shop, door

ONE, ALL = "/v3/coupon/pushnotification/single", "/v3/coupon/pushnotification/all"


def test_a_session_that_is_not_in_a_wallet(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()
    for name in (code, code[:6]):
        answer = mario.api(ONE, {"campaign": offer.id, "couponsession": name, "message": "Still hungry?"})
        assert answer.json() == {
            "status": {"status": "failed"},
            "errors": {
                "error_message": "HTTP/1.0 422 Unprocessable entity.",
                "error_message_description": ["Couponsession is not saved to a wallet."],
                "error_code": [300],
                "error_reason": ["not_saved"],
            },
            "message": "Couponsession is not saved to a wallet.",
        }


def test_to_all_where_nobody_is(mario: Shop) -> None:
    answer = mario.api(ALL, {"campaign": mario.campaign().id, "message": "Last day!"})
    assert answer.json() == {"status": {"status": "OK"}}
    good(answer)


@pytest.mark.parametrize(
    ("path", "parameters", "codes"),
    [
        (ONE, {"couponsession": NOBODYS_CODE}, [505]),
        (ONE, {"campaign": "cam_999999999"}, [502]),
        (ONE, {"campaign": None, "couponsession": None, "message": None}, [200, 200, 200]),
        (ONE, {"campaign": "x", "couponsession": "y", "message": "z" * 501}, [301, 301, 300]),
        (ALL, {"campaign": "cam_999999999"}, [502]),
        (ALL, {"campaign": None, "message": None}, [200, 200]),
        (ALL, {"campaign": "x"}, [301]),
    ],
)
def test_failures_are_in_envelope_c(mario: Shop, path: str, parameters: dict[str, Any], codes: list[int]) -> None:
    offer = mario.campaign()
    body = {"campaign": offer.id, "couponsession": offer.claimed(), "message": "Hi"} | parameters
    answer = mario.api(path, body)
    assert list(answer.json()) == ["status", "errors", "message"]
    assert told(answer)[1] == codes


def test_a_session_of_another_coupon_is_not_found(mario: Shop, lucia: Shop) -> None:
    offer, other = mario.campaign(), mario.campaign()
    body = {"campaign": offer.id, "message": "Hi"}
    assert told(mario.api(ONE, body | {"couponsession": other.claimed()}))[1] == [505]
    assert told(lucia.api(ONE, body | {"couponsession": offer.claimed()}))[1] == [502]


def test_wrong_keys_are_in_envelope_a_here_too() -> None:
    for path in (ONE, ALL):
        assert door().post(path, json={}).json() == WRONG_KEYS
