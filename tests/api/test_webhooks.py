"""Webhook calls: verification and endpoints (webhooks.md 5 and 6)."""

from datetime import timedelta
from typing import Any

import pytest

from tearoff.kit import clock
from tearoff.webhooks.endpoints import KINDS
from tearoff.webhooks.models import Endpoint, Notification
from tests.api.reading import good, told
from tests.world import Shop

URL = "http://127.0.0.1:9/hook"
CREATE, LIST, UPDATE, DELETE = (f"/v3/webhook/{word}" for word in ("create", "list", "update", "delete"))
VERIFY = "/v3/webhook/verification"


def create(shop: Shop, **parameters: Any) -> dict[str, Any]:
    answer = good(shop.api(CREATE, {"url": URL} | parameters))
    assert answer["action"] == "webhook_created"
    item: dict[str, Any] = answer["webhook"]
    return item


def test_an_endpoint_is_made_with_all_kinds_and_its_secret_is_told_once(mario: Shop) -> None:
    item = create(mario)
    assert item["secret"].startswith("whsec_")
    public = {name: value for name, value in item.items() if name != "secret"}
    assert public == {
        "ID": item["ID"],
        "url": URL,
        "types": list(KINDS),
        "campaign": "",
        "active": "1",
        "created_date_utc": item["created_date_utc"],
        "last_delivery_date_utc": "",
        "last_response_code": "",
    }
    listed = good(mario.api(LIST))
    assert (listed["amount_of_webhooks"], listed["webhook"]) == (1, [public])


@pytest.mark.parametrize("types", [["coupon_claimed", "coupon_validated"], "coupon_claimed, coupon_validated"])
@pytest.mark.parametrize("name", ["types", "type"])
def test_kinds_and_one_coupon(mario: Shop, types: Any, name: str) -> None:
    offer = mario.campaign()
    item = create(mario, campaign=offer.id, **{name: types})
    assert (item["types"], item["campaign"]) == (["coupon_claimed", "coupon_validated"], offer.id)


def test_an_endpoint_is_changed_switched_and_removed(mario: Shop) -> None:
    offer = mario.campaign()
    one = create(mario, types="coupon_claimed", campaign=offer.id)["ID"]
    answer = good(mario.api(UPDATE, {"webhook": one, "active": False, "url": URL + "/2"}))
    assert answer["action"] == "webhook_updated"
    assert (answer["webhook"]["active"], answer["webhook"]["url"]) == ("0", URL + "/2")
    assert (answer["webhook"]["types"], answer["webhook"]["campaign"]) == (["coupon_claimed"], offer.id), (
        "not sent, not touched"
    )
    assert "secret" not in answer["webhook"]
    answer = good(mario.api(UPDATE, {"webhook": one, "types": [], "campaign": 0, "active": "1"}))
    assert (answer["webhook"]["types"], answer["webhook"]["campaign"]) == (list(KINDS), "")
    assert good(mario.api(DELETE, {"webhook": one})) == {
        "status": {"status": "OK"}, "action": "webhook_removed", "webhook": one,
    }  # fmt: skip
    assert not Endpoint.objects.filter(account=mario.account).exists()
    assert told(mario.api(DELETE, {"webhook": one})) == (422, [509], ["not_found"])


@pytest.mark.parametrize(
    ("url", "reason"),
    [("ftp://example.org", None), ("example.org", None), ("http://user:pw@127.0.0.1/x", None), ("http://10.0.0.1/x", None),
     ("http://169.254.169.254/latest", None), ("http://[::1]/x", None), ("javascript:alert(1)", None), ("http://", None),
     ("http://127.0.0.1:99999/", None)],
)  # fmt: skip
def test_addresses_that_are_refused(mario: Shop, url: str, reason: str | None) -> None:
    assert told(mario.api(CREATE, {"url": url}))[:2] == (422, [300])
    one = create(mario)["ID"]
    assert told(mario.api(UPDATE, {"webhook": one, "url": url}))[:2] == (422, [300])
    assert [item["url"] for item in good(mario.api(LIST))["webhook"]] == [URL]


@pytest.mark.parametrize(
    ("path", "parameters", "codes"),
    [(CREATE, {}, [200]), (CREATE, {"url": URL, "types": "coupon_eaten"}, [302]), (CREATE, {"url": URL, "campaign": 999999999}, [502]),
     (CREATE, {"url": URL, "campaign": "x"}, [301]), (CREATE, {"url": "http://" + "x" * 2000}, [300]),
     (UPDATE, {}, [200]), (UPDATE, {"webhook": "whk_1"}, [200]), (UPDATE, {"webhook": "evt_1", "active": 1}, [301]),
     (UPDATE, {"webhook": "whk_999999999", "active": 1}, [509]), (UPDATE, {"webhook": "1", "active": "x"}, [302]),
     (DELETE, {}, [200]), (DELETE, {"webhook": "x"}, [301]), (DELETE, {"webhook": 999999999}, [509]),
     (VERIFY, {}, [200]), (VERIFY, {"webhook": "evt_short"}, [301]), (VERIFY, {"webhook": "whk_12"}, [301]),
     (VERIFY, {"webhook": "evt_" + "a" * 20}, [509])],
)  # fmt: skip
def test_wrong_parameters(mario: Shop, path: str, parameters: dict[str, Any], codes: list[int]) -> None:
    assert told(mario.api(path, parameters))[1] == codes


def test_another_accounts_endpoints_are_unknown(mario: Shop, lucia: Shop) -> None:
    hers = create(lucia)["ID"]
    for path, more in ((UPDATE, {"active": False}), (DELETE, {})):
        assert told(mario.api(path, {"webhook": hers} | more)) == (422, [509], ["not_found"])
    assert good(mario.api(LIST))["webhook"] == []
    assert good(lucia.api(LIST))["webhook"][0]["active"] == "1"


# Verification


def sent(shop: Shop, code: str, **parameters: Any) -> None:
    at = clock.now().replace(microsecond=0)
    Notification.objects.create(
        account=shop.account.pk, code=code, body=b"{}", created_at=at, **{"sent_at": at} | parameters
    )


def test_a_genuine_notification_is_valid(mario: Shop, lucia: Shop) -> None:
    offer = mario.campaign()
    session, at = offer.claimed(), clock.now().replace(microsecond=0) - timedelta(days=80)
    code = "evt_Qm3ZtL8vKpYw2RbXc7" + f"{offer.campaign.pk % 100:02d}"
    sent(mario, code, event=1, kind="coupon_validated", campaign_id=offer.campaign.pk, session_code=session, at=at)
    expected = {
        "status": {"status": "OK"},
        "result": "valid",
        "webhook": code,
        "date": f"{at:%Y-%m-%d %H:%M:%S}",
        "campaign": offer.id,
        "session": session,
        "type": "coupon_validated",
    }
    for extra in ({}, {"session": session}, {"session": session[:6]}, {"session": ""}):
        answer = mario.api(VERIFY, {"webhook": code} | extra)
        assert list(answer.json().items()) == list(expected.items())
    assert told(mario.api(VERIFY, {"webhook": code, "session": offer.claimed()})) == (422, [509], ["not_found"])
    assert told(lucia.api(VERIFY, {"webhook": code})) == (422, [509], ["not_found"])
    answer = mario.api(VERIFY, {"webhook": code[:-1] + "_"})
    assert told(answer) == (422, [301], ["malformed"])


def test_a_coupon_kind_has_no_session_and_one_never_sent_is_unknown(mario: Shop) -> None:
    offer = mario.campaign()
    code = f"evt_coupon{offer.campaign.pk:014d}"
    sent(mario, code, event=2, kind="coupon_updated", campaign_id=offer.campaign.pk, at=clock.now())
    assert good(mario.api(VERIFY, {"webhook": code}))["session"] == ""
    assert told(mario.api(VERIFY, {"webhook": code, "session": "abc234"}))[1] == [509]
    never = f"evt_never0{offer.campaign.pk:014d}"
    sent(mario, never, event=3, kind="coupon_updated", campaign_id=offer.campaign.pk, at=clock.now(), sent_at=None)
    assert told(mario.api(VERIFY, {"webhook": never}))[1] == [509]
