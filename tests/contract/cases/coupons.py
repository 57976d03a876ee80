"""Rows 1 to 4 of coupons.md."""

from datetime import timedelta

from tests.contract.cases.spring import after, spring
from tests.contract.conforming import Case, Told, Values
from tests.world import Shop, open_shop

HOUR = timedelta(hours=1)


def _item_is_the_info(told: Told) -> None:
    """Every item of a list has the members of the coupon itself."""
    for item in told.answer["coupon_info"]:
        whole = told.ask("/v3/coupon/info", campaign=item["ID"])["coupon_info"]
        assert item == {name: whole[name] for name in item}


def _is_in_the_list(told: Told) -> None:
    info = told.answer["coupon_info"]
    (listed,) = (item for item in told.ask("/v3/coupon/list")["coupon_info"] if item["ID"] == info["ID"])
    assert listed == {name: info[name] for name in listed}


def _is_read_back(told: Told) -> None:
    info = told.answer["coupon_info"]
    assert told.ask("/v3/coupon/info", campaign=info["ID"])["coupon_info"] == info


def _has_a_page(told: Told) -> None:
    _is_read_back(told)
    assert "Free tea" in told.get("/p/$new_code").text


def _is_the_clients(told: Told) -> None:
    _is_read_back(told)
    keys = {"X-Client-Id": told.values["client_key"], "X-Client-Secret": told.values["client_secret"]}
    own = told.shop.http.post("/v3/coupon/list", headers=keys).json()["coupon_info"]
    assert told.values["new_campaign"] in [item["ID"] for item in own]


def _is_off(told: Told) -> None:
    assert told.ask("/v3/coupon/list", only_active=True)["coupon_info"] == []
    assert told.ask("/v3/coupon/info", campaign="$campaign")["coupon_info"]["status"] == "inactive"


def _is_gone(told: Told) -> None:
    assert told.refused("/v3/coupon/info", campaign="$campaign") == [502]
    assert told.refused("/v3/couponsession/data", couponsession="$session") == [505]
    assert told.get("/p/$coupon_code").status_code == 404


def _with_a_client(shop: Shop) -> Values:
    client = open_shop("Bakery Marti", parent=shop.account)
    return spring(shop) | {
        "subaccount": f"sub_{client.account.pk}",
        "client_key": client.client_id,
        "client_secret": client.client_secret,
    }


NEW = {"new_campaign": "coupon_info.ID", "new_code": "coupon_info.code"}

CASES = [
    Case("/v3/coupon/list", "coupons.md 1", "coupons/list", spring, _item_is_the_info,
         deeper="tests/api/test_coupons.py::test_filters_combine_with_and"),
    Case("/v3/coupon/info", "coupons.md 2", "coupons/info", after("claimed", "validated"), _is_in_the_list,
         deeper="tests/api/test_coupons.py::test_usage_stats_count_own_codes"),
    Case("/v3/coupon/create", "coupons.md 3", "coupons/create", spring, _has_a_page, learns=NEW,
         deeper="tests/api/test_coupons.py::test_a_new_coupon_has_the_templates_settings_and_is_a_draft"),
    Case("/v3/coupon/create", "coupons.md 3", "coupons/create_for_a_client", _with_a_client, _is_the_clients, learns=NEW,
         deeper="tests/api/test_coupons.py::test_a_coupon_made_in_a_subaccount_takes_its_folder_and_is_reached_by_every_call"),
    Case("/v3/coupon/update", "coupons.md 4", "coupons/update", spring, _is_read_back, after=HOUR,
         deeper="tests/api/test_coupons.py::test_only_what_is_sent_is_changed"),
    Case("/v3/coupon/status", "coupons.md 4", "coupons/status", spring, _is_off, after=HOUR,
         deeper="tests/api/test_coupons.py::test_switching"),
    Case("/v3/coupon/delete", "coupons.md 4", "coupons/delete", spring, _is_gone, after=HOUR,
         deeper="tests/api/test_coupons.py::test_a_deleted_coupon_is_unknown_everywhere"),
]  # fmt: skip
