"""Coupons over the API: list, read, make, change, switch, delete (coupons.md 1 to 4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tearoff.activity.models import Event
from tearoff.campaigns.models import Campaign, Category, Counter, Folder
from tearoff.campaigns.owncodes import import_codes
from tearoff.kit import clock
from tests.api.reading import good, told
from tests.world import Offer, Shop, door, open_shop


def ids(shop: Shop, **parameters: Any) -> list[str]:
    answer = good(shop.api("/v3/coupon/list", parameters))
    assert answer["amount_of_coupons"] == len(answer["coupon_info"])
    return [item["ID"] for item in answer["coupon_info"] if item["status"] != "template"]


def template(shop: Shop) -> str:
    return str(shop.account.campaigns.get(is_template=True).pk)


def create(shop: Shop, **parameters: Any) -> dict[str, Any]:
    answer = good(shop.api("/v3/coupon/create", {"template": template(shop), "name": "Coffee"} | parameters))
    assert answer["action"] == "coupon_created"
    info: dict[str, Any] = answer["coupon_info"]
    return info


def row(info: dict[str, Any]) -> Campaign:
    return Campaign.objects.get(pk=int(info["ID"][4:]))


def events(info: dict[str, Any]) -> list[str]:
    return list(Event.objects.filter(campaign=int(info["ID"][4:])).order_by("id").values_list("kind", flat=True))


# 1. List


def test_all_states_are_listed_oldest_first_and_templates_too(mario: Shop) -> None:
    made = [mario.campaign(f"No {number}", status=status) for number, status in
            enumerate(("draft", "active", "inactive", "archived"))]  # fmt: skip
    ended = mario.campaign("Ended", ends_local=datetime(2020, 1, 1))
    ahead = mario.campaign("Ahead", starts_local=datetime(2040, 1, 1))
    items = good(mario.api("/v3/coupon/list"))["coupon_info"]
    assert [item["status"] for item in items] == [
        "template", "draft", "active", "inactive", "archived", "expired", "active",
    ]  # fmt: skip
    assert ids(mario) == [offer.id for offer in (*made, ended, ahead)]
    assert ids(mario, only_active=True) == [made[1].id, ahead.id]


def test_the_end_counts_in_the_coupons_own_zone_and_to_the_second(mario: Shop) -> None:
    end = datetime(2025, 6, 30, 23, 59, 59)
    offer = mario.campaign(timezone="America/New_York", ends_local=end)
    with clock.moved(datetime.fromisoformat("2025-07-01T03:59:59.900Z")):
        assert ids(mario, only_active="true") == [offer.id]
    with clock.moved(datetime.fromisoformat("2025-07-01T04:00:00Z")):
        assert ids(mario, only_active="true") == []
    item = good(mario.api("/v3/coupon/info", {"campaign": offer.id}))["coupon_info"]
    assert (item["expirydate"], item["timezone"]) == ("2025-06-30 23:59:59", "America/New_York")


def test_filters_combine_with_and(mario: Shop) -> None:
    folder = Folder.objects.create(account=mario.account, name="Spring")
    food = Category.objects.create(account=mario.account, name="Food & drinks")
    one = mario.campaign("One", folder=folder, category=food, tags=["coffee", "lunch"])
    two = mario.campaign("Two", folder=folder, tags=["coffee"])
    three = mario.campaign("Three", category=food, tags=["tea"])
    assert ids(mario, folder=f"fol_{folder.pk}") == [one.id, two.id]
    assert ids(mario, category=f"cat_{food.pk}") == [one.id, three.id]
    assert ids(mario, tags="tea,lunch") == [one.id, three.id]
    assert ids(mario, tags="coffee", category=food.pk, folder=folder.pk) == [one.id]
    item = good(mario.api("/v3/coupon/info", {"campaign": one.id}))["coupon_info"]
    assert (item["folder"], item["category"], item["coupon_category_name"], item["coupon_tags"]) == (
        f"fol_{folder.pk}", f"cat_{food.pk}", "Food & drinks", "coffee,lunch",
    )  # fmt: skip


def test_unknown_folder_and_unknown_category(mario: Shop, lucia: Shop) -> None:
    foreign = Folder.objects.create(account=lucia.account, name="Hers")
    mario.campaign()
    for folder in ("fol_999999999", f"fol_{foreign.pk}"):
        assert told(mario.api("/v3/coupon/list", {"folder": folder})) == (422, [515], ["not_found"])
    assert good(mario.api("/v3/coupon/list", {"category": "cat_999999999"}))["coupon_info"] == []


def test_the_old_call_takes_form_fields(mario: Shop) -> None:
    offer = mario.campaign()
    body = {"client_id": mario.client_id, "client_secret": mario.client_secret, "only_active": "1"}
    answer = good(door().post("/v2/coupon/list", data=body))
    assert [item["ID"] for item in answer["coupon_info"]] == [offer.id]


# 2. Info


def test_totals_come_from_the_ledger_of_what_happened(mario: Shop) -> None:
    offer = mario.campaign(uses_per_session=2)
    offer.link(), offer.opened(), offer.claimed()
    used = offer.claimed()
    assert offer.validate(used).ok and offer.validate(used).ok
    info = good(mario.api("/v3/coupon/info", {"campaign": offer.id}))["coupon_info"]
    names = ("amount_of_sessions", "amount_of_opens", "amount_of_claims", "amount_of_validations")
    assert tuple(info[name] for name in names) == (4, 3, 2, 2)


def test_usage_stats_count_own_codes(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=True)
    import_codes(offer.campaign, "A1\nA2\nA3\n")
    offer.claimed()
    info = good(mario.api("/v3/coupon/info", {"campaign": offer.id, "show_usage_stats": True}))["coupon_info"]
    assert (info["custom_validation_codes_total"], info["custom_validation_codes_claimed"]) == (3, 1)


# 3. Create


def test_a_new_coupon_has_the_templates_settings_and_is_a_draft(mario: Shop) -> None:
    mario.account.campaigns.filter(is_template=True).update(terms="One per visit", claim_method="form", max_claims=7)
    info = create(mario)
    made = row(info)
    assert (info["status"], info["name"], made.terms, made.claim_method, made.max_claims) == (
        "draft", "Coffee", "One per visit", "form", 7,
    )  # fmt: skip
    assert Counter.objects.filter(campaign=made).exists(), "a capped coupon counts from its first claim"
    assert events(info) == ["campaign.created"]


def test_everything_that_can_be_set_is_set(mario: Shop) -> None:
    folder = Folder.objects.create(account=mario.account, name="Spring")
    food = Category.objects.create(account=mario.account, name="Food")
    info = create(
        mario,
        title="Free coffee",
        subtitle="With lunch",
        description="<p onclick='x()'>One <b>per</b> visit</p><script>alert(1)</script>",
        terms="Not on Sundays & holidays",
        category=f"cat_{food.pk}",
        tags=["coffee", "Coffee", "lunch"],
        folder=f"fol_{folder.pk}",
        start_date="2031-03-01",
        expiry_date="2031-03-31",
        coupon_value="3.50",
        customid="own-1",
        status="published",
        featured=True,
        timezone="Asia/Tokyo",
        max_claims="100",
        max_validations=50,
        uses_per_session=3,
        valid_days_after_open=14,
        valid_minutes_after_claim=30,
        claim_method="button",
        single_use_only="1",
    )
    made = row(info)
    assert (info["status"], info["start_date"], info["expirydate"], info["timezone"]) == (
        "active", "2031-03-01 00:00:00", "2031-03-31 23:59:59", "Asia/Tokyo",
    )  # fmt: skip
    assert (made.starts_at, made.ends_at) == (
        datetime.fromisoformat("2031-02-28T15:00:00Z"), datetime.fromisoformat("2031-03-31T14:59:59Z"),
    )  # fmt: skip
    assert info["description"] == "<p>One <b>per</b> visit</p>"
    assert (made.terms, info["coupon_tags"], info["coupon_value"]) == (
        "Not on Sundays & holidays",
        "coffee,lunch",
        "3.50",
    )
    assert (made.folder, made.category, made.is_featured, made.customid) == (folder, food, True, "own-1")
    assert (made.max_claims, made.max_validations, made.uses_per_session, made.single_use_only) == (100, 50, 3, True)
    assert (made.after_open, made.after_open_unit, made.after_claim, made.after_claim_unit) == (
        14,
        "days",
        30,
        "minutes",
    )


def test_what_is_read_can_be_sent_back_unchanged(mario: Shop) -> None:
    """Lesson 20: saving is not editing."""
    info = create(mario, expiry_date="2031-10-26 02:30", start_date="2031-03-30 02:30", tags="a,b", coupon_value="5")
    back = {"campaign": info["ID"], "expiry_date": info["expirydate"], "start_date": info["start_date"],
            "tags": info["coupon_tags"]}  # fmt: skip
    same = ("name", "title", "subtitle", "description", "coupon_value", "customid", "timezone", "status")
    before = row(info)
    for _ in range(3):
        after = good(mario.api("/v3/coupon/update", back | {name: info[name] for name in same}))["coupon_info"]
        assert after == info
    assert (row(info).starts_at, row(info).ends_at) == (before.starts_at, before.ends_at)
    assert events(info) == ["campaign.created"], "nothing changed, so nothing is told"


def test_only_a_template_makes_coupons(mario: Shop, lucia: Shop) -> None:
    offer = mario.campaign()
    for wrong in (offer.id, "999999999", f"cam_{template(lucia)}"):
        answer = mario.api("/v3/coupon/create", {"template": wrong, "name": "x"})
        assert told(answer) == (422, [502], ["not_found"]), wrong
    good(mario.api("/v3/coupon/create", {"template": f"cam_{template(mario)}", "name": "x"}))


def test_a_subaccount_that_is_none_of_ours_is_unknown(mario: Shop, lucia: Shop) -> None:
    child = open_shop("Child", parent=mario.account)
    grandchild = open_shop("Grandchild", parent=child.account)
    for wrong in (f"sub_{lucia.account.pk}", "sub_999999999"):
        answer = mario.api("/v3/coupon/create", {"template": template(mario), "name": "x", "subaccount": wrong})
        assert told(answer) == (422, [300], ["not_found"])
    assert create(mario, subaccount=grandchild.account.pk)["subaccount"] == f"sub_{grandchild.account.pk}"


def test_a_coupon_made_in_a_subaccount_takes_its_folder_and_is_reached_by_every_call(mario: Shop) -> None:
    child = open_shop("Child", parent=mario.account)
    folder = Folder.objects.create(account=child.account, name="Theirs")
    info = create(mario, subaccount=child.account.pk, folder=folder.pk, status="active")
    assert row(info).folder == folder
    link = good(mario.api("/v3/singleuse/create", {"campaign": info["ID"], "customvalcode": "AB-1"}))["single_use_code"]
    good(mario.api("/v3/couponsession/update", {"couponsession": link[:6], "status": "claimed"}))
    good(mario.api("/v3/couponsession/update", {"customvalcode": "ab1", "status": "validated"}))
    assert len(good(mario.api("/v3/campaign/validations", {"campaign": info["ID"]}))["data"]) == 1
    assert len(good(mario.api("/v3/couponsession/search", {"search": "ab 1"}))["data"]) == 1
    other = child.campaign()
    assert told(mario.api("/v3/coupon/info", {"campaign": other.id}))[1] == [502], "not granted, not reached"
    secret = other.link(customvalcode="AB-1")
    assert len(good(mario.api("/v3/couponsession/search", {"search": "ab1"}))["data"]) == 1
    assert told(mario.api("/v3/couponsession/data", {"couponsession": secret}))[1] == [505]


# 4. Update, switch, delete


def test_only_what_is_sent_is_changed(mario: Shop) -> None:
    info = create(mario, title="Old", subtitle="Stays", tags="a", max_claims=5)
    after = good(mario.api("/v3/coupon/update", {"campaign": info["ID"], "title": "New"}))
    assert after["action"] == "coupon_updated"
    assert after["coupon_info"] == info | {"title": "New"}
    assert row(info).max_claims == 5
    assert events(info) == ["campaign.created", "campaign.updated"]


def test_zero_takes_a_limit_or_a_clock_away(mario: Shop) -> None:
    info = create(mario, max_claims=5, max_validations=5, valid_days_after_open=5, valid_minutes_after_claim=5)
    zero = dict.fromkeys(("max_claims", "max_validations", "valid_days_after_open", "valid_minutes_after_claim"), 0)
    good(mario.api("/v3/coupon/update", {"campaign": info["ID"]} | zero))
    made = row(info)
    assert (made.max_claims, made.max_validations, made.after_open, made.after_claim) == (None,) * 4


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "cap-1"}])
def test_a_first_limit_counts_what_was_given_out_before(mario: Shop, headers: dict[str, str]) -> None:
    """Below what is counted already is allowed and means sold out; with and without a request key."""
    offer = mario.campaign(status="active")
    codes = [offer.claimed() for _ in range(3)]
    good(mario.api("/v3/coupon/update", {"campaign": offer.id, "max_claims": 2, "max_validations": 3}, headers=headers))
    counter = Counter.objects.get(campaign=offer.campaign)
    assert (counter.claims, counter.validations) == (3, 0)
    answer = mario.api("/v3/couponsession/update", {"couponsession": offer.link(), "status": "claimed"})
    assert told(answer) == (422, [300], ["sold_out"])
    good(mario.api("/v3/couponsession/update", {"couponsession": codes[0], "status": "validated"}))


@pytest.mark.parametrize(
    ("parameters", "codes", "reasons"),
    [
        ({}, [200], ["missing"]),
        ({"title": ""}, [200], ["missing"]),
        ({"title": "x" * 201}, [300], ["too_long"]),
        ({"description": "x" * 20_001}, [300], ["too_long"]),
        ({"tags": "x" * 51}, [300], ["too_long"]),
        ({"tags": ",".join(f"t{number}" for number in range(51))}, [300], ["too_long"]),
        ({"uses_per_session": 0}, [300], ["malformed"]),
        ({"uses_per_session": 1001}, [300], ["malformed"]),
        ({"max_claims": "x"}, [301], ["malformed"]),
        ({"max_claims": 10**12}, [300], ["malformed"]),
        ({"status": "expired"}, [302], ["not_allowed"]),
        ({"claim_method": "video"}, [302], ["not_allowed"]),
        ({"timezone": "Mars/Olympus"}, [302], ["not_allowed"]),
        ({"featured": "maybe"}, [302], ["not_allowed"]),
        ({"expiry_date": "tomorrow"}, [303], ["bad_date"]),
        ({"folder": 999_999_999}, [515], ["not_found"]),
        ({"category": 999_999_999}, [300], ["not_found"]),
        ({"start_date": "2031-02-02", "expiry_date": "2031-02-01"}, [300], ["malformed"]),
        ({"claim_method": "none", "valid_minutes_after_claim": 5}, [300], ["malformed"]),
        ({"folder": "x", "start_date": "y", "status": "z"}, [301, 303, 302], ["malformed", "bad_date", "not_allowed"]),
    ],
)
def test_what_a_coupon_cannot_be(mario: Shop, parameters: dict[str, Any], codes: list[int], reasons: list[str]) -> None:
    info = create(mario)
    answer = mario.api("/v3/coupon/update", {"campaign": info["ID"]} | parameters)
    assert told(answer) == (422, codes, reasons)
    assert events(info) == ["campaign.created"]
    if codes != [200]:
        answer = mario.api("/v3/coupon/create", {"template": template(mario), "name": "x"} | parameters)
        assert told(answer)[1] == codes


@pytest.mark.parametrize(
    "asked", [{"form": [{"name": "email"}]}, {"consents": [{"name": "news", "text": "Yes", "required": True}]}]
)
def test_what_a_claim_asks_for_is_not_dropped_with_the_claim(mario: Shop, asked: dict[str, Any]) -> None:
    offer = mario.campaign(claim_method="form", **asked)
    told_off = (422, [300], ["malformed"])
    assert told(mario.api("/v3/coupon/update", {"campaign": offer.id, "claim_method": "none"})) == told_off
    mario.account.campaigns.filter(is_template=True).update(**asked)
    body = {"template": template(mario), "name": "x", "claim_method": "none"}
    assert told(mario.api("/v3/coupon/create", body)) == told_off
    offer.set(form=[], consents=[])
    good(mario.api("/v3/coupon/update", {"campaign": offer.id, "claim_method": "none"}))


@pytest.mark.parametrize(("word", "status"), [("active", "active"), ("published", "active"), ("inactive", "inactive"),
                                              ("archived", "archived"), ("INACTIVE", "inactive")])  # fmt: skip
def test_switching(mario: Shop, word: str, status: str) -> None:
    info = create(mario)
    answer = good(mario.api("/v3/coupon/status", {"campaign": info["ID"], "status": word}))
    assert (answer["action"], answer["coupon_info"]["status"]) == ("coupon_updated", status)


def test_switching_to_what_it_cannot_be(mario: Shop) -> None:
    info = create(mario)
    assert told(mario.api("/v3/coupon/status", {"campaign": info["ID"], "status": "draft"})) == (
        422,
        [302],
        ["not_allowed"],
    )
    assert told(mario.api("/v3/coupon/status", {})) == (422, [200, 200], ["missing", "missing"])


def test_a_deleted_coupon_is_unknown_everywhere(mario: Shop) -> None:
    offer = mario.campaign(uses_own_codes=False)
    code = offer.claimed()
    link = offer.link(customvalcode="X-1")
    answer = good(mario.api("/v3/coupon/delete", {"campaign": offer.id}))
    assert (answer["action"], answer["campaign"]) == ("coupon_removed", offer.id)
    assert offer.id not in ids(mario)
    for path, body, number in (
        ("/v3/coupon/info", {"campaign": offer.id}, 502),
        ("/v3/coupon/update", {"campaign": offer.id, "title": "x"}, 502),
        ("/v3/coupon/status", {"campaign": offer.id, "status": "active"}, 502),
        ("/v3/coupon/delete", {"campaign": offer.id}, 502),
        ("/v3/campaign/data", {"campaign": offer.id}, 502),
        ("/v3/singleuse/create", {"campaign": offer.id}, 502),
        ("/v3/multiplesingleuse/create", {"campaign": offer.id}, 502),
        ("/v3/coupon/pushnotification/all", {"campaign": offer.id, "message": "x"}, 502),
        ("/v3/couponsession/data", {"couponsession": code}, 505),
        ("/v3/couponsession/data", {"couponsession": code[:6]}, 505),
        ("/v3/couponsession/update", {"couponsession": code, "status": "validated"}, 505),
        ("/v3/couponsession/update", {"couponsession": code, "status": "voided"}, 505),
        ("/v3/couponsession/update", {"couponsession": code, "customid": "x"}, 505),
        ("/v3/couponsession/update", {"customvalcode": "X-1", "status": "voided"}, 505),
        ("/v3/singleuse/remove", {"single_use_code": link}, 505),
    ):
        assert told(mario.api(path, body)) == (422, [number], ["not_found"]), (path, body)
    assert good(mario.api("/v3/couponsession/search", {"search": code}))["data"] == []
    assert door().get(f"/p/{offer.code}/{code}").status_code == 404
    assert Campaign.objects.filter(code=offer.code).count() == 1, "its code is not given out again"


def test_one_clock_reading_dates_the_whole_act(mario: Shop) -> None:
    at = clock.now().replace(microsecond=0) + timedelta(days=400)
    with clock.moved(at):
        info = create(mario)
    assert info["created_date_utc"] == f"{at:%Y-%m-%d %H:%M:%S}"
    assert Event.objects.get(campaign=int(info["ID"][4:])).at == at


def test_pictures_are_absolute_addresses(mario: Shop) -> None:
    offer: Offer = mario.campaign(logo="logos/a.png", header_image="headers/b.png")
    info = good(mario.api("/v3/coupon/info", {"campaign": offer.id}))["coupon_info"]
    assert info["logo_url"] == "http://127.0.0.1:8000/media/logos/a.png"
    assert info["coupon_image"] == info["banner1"] == "http://127.0.0.1:8000/media/headers/b.png"
