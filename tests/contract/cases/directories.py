"""Directories, D1 to D8 and V1 to V9 of directories.md, and our own calls for what stands on one."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from tearoff.campaigns.models import Category
from tearoff.directories import entering
from tearoff.directories.models import Directory
from tearoff.kit import clock
from tearoff.messaging.models import Message
from tests.contract.conforming import Case, Told, Values
from tests.street import messaging
from tests.street.directories import PASSWORD, Page, directory
from tests.street.loyalty import club
from tests.world import Shop

V3, V4 = "tests/api/test_directories_v3.py", "tests/api/test_directories_v4.py"
ONE = "/v4/directory/{directory}"
USERS, USER = f"{ONE}/users", f"{ONE}/users/{{user}}"
COUPONS, COUPON, CARD = f"{ONE}/campaigns", f"{ONE}/campaigns/{{campaign}}", f"{ONE}/loyalty-cards/{{loyaltycard}}"
PROFILE = {
    "first_name": "Pau", "last_name": "Marti", "phone": "+32470000001", "address": "Carrer 1", "zip": "08001",
    "city": "Barcelona", "birth_date": date(1988, 3, 2), "custom_1": "vip",
}  # fmt: skip
HOUR = timedelta(hours=1)


def _deals(shop: Shop) -> tuple[Page, Values]:
    """A directory with one coupon and one member, in two levels of categories."""
    page = directory(shop)
    food = Category.objects.create(account=shop.account, name="Food")
    pizza = Category.objects.create(account=shop.account, name="Pizza", parent=food)
    offer = shop.campaign("Free slice", category=pizza, description="One per visit.")
    listing = page.lists(offer)
    pau = page.member(**PROFILE)
    return page, {
        "listing": listing.pk,
        "directory": page.id,
        "directory_code": page.code,
        "category": f"cat_{pizza.pk}",
        "main": f"cat_{food.pk}",
        "campaign": offer.id,
        "campaign_code": offer.code,
        "user": f"reg_{pau.pk}",
        "template": f"cam_{shop.account.campaigns.get(is_template=True).pk}",
    }


def _v3(shop: Shop) -> Values:
    return _deals(shop)[1]


def _three_levels(shop: Shop) -> Values:
    values = _v3(shop)
    Category.objects.create(account=shop.account, name="Sicilian", parent_id=int(values["category"][4:]))
    return values


def _one_more(shop: Shop) -> Values:
    """A second coupon, made there by the API."""
    values = _v3(shop)
    asked = {name: values[name] for name in ("directory", "template", "category")} | {"name": "Spring coffee"}
    made = shop.api("/v3/directory/campaign/create", asked | {"status": "active"}).json()["campaign"]
    return values | {"made": made["ID"], "made_code": made["code"]}


def _connected(shop: Shop) -> Values:
    messaging.connect(shop), messaging.connect(shop, "mail")
    return _v3(shop)


def _v4(shop: Shop) -> Values:
    """The ids as REST style has them, and those of v3 for what is heard."""
    values = _v3(shop)
    member = club(shop, "Club")
    plain = {name: int(values[name].partition("_")[2]) for name in ("directory", "user", "campaign", "category")}
    return (
        values
        | plain
        | {
            "directory_id": values["directory"],
            "user_id": values["user"],
            "campaign_id": values["campaign"],
            "domain": urlsplit(settings.TEAROFF_BASE_URL).netloc,
            "loyaltycard": member.card.pk,
            "card": member.card.pk,
        }
    )


def _nobody(shop: Shop) -> Values:
    """A directory without members."""
    page = directory(shop)
    return {"directory": page.directory.pk, "directory_id": page.id, "directory_code": page.code}


def _connected_v4(shop: Shop) -> Values:
    messaging.connect(shop), messaging.connect(shop, "mail")
    return _v4(shop)


def _with_a_card(shop: Shop) -> Values:
    values = _v4(shop)
    path = CARD.format(**values)
    assert shop.http.post(path, json={}, headers=shop.headers).status_code == 200
    return values


def _paying(shop: Shop) -> Values:
    values = _v4(shop)
    path = f"{USER.format(**values)}/access"
    assert shop.http.post(path, json={}, headers=shop.headers).status_code == 200
    return values


# Read back


def _items_are_the_infos(told: Told) -> None:
    for item in told.answer["directory_info"]:
        whole = told.ask("/v3/directory/info", directory=item["ID"])["directory_info"]
        assert item == {name: whole[name] for name in item}


def _counts_are_right(told: Told) -> None:
    info = told.answer["directory_info"]
    assert info["amount_of_users"] == len(told.ask("/v3/directoryusers/list", directory="$directory")["data"])
    assert info["amount_of_campaigns"] == len(told.ask("/v3/directory/campaigns", directory="$directory")["campaigns"])


def _items_are_coupons(told: Told) -> None:
    for item in told.answer["campaigns"]:
        coupon = told.ask("/v3/coupon/info", campaign=item["ID"])["coupon_info"]
        for name in ("code", "name", "url", "status", "category"):
            assert item[name] == coupon[name]


def _users_agree(told: Told) -> None:
    number = str(told.values["directory"]).partition("_")[2]
    v4 = told.get(f"/v4/directory/{number}/users").json()
    assert [(row["ID"], row["email"], row["paid"]) for row in told.answer["data"]] == [
        (f"reg_{user['id']}", user["email"], user["paid_access"]) for user in v4
    ]


def _has_paid(told: Told) -> None:
    (row,) = told.ask("/v3/directoryusers/list", directory="$directory")["data"]
    assert (row["paid"], row["payment_expiry"]) == (True, "2026-03-31 23:59:59")


def _categories_are_names(told: Told) -> None:
    """The coupon of the directory carries one of them, and the list of coupons takes its id."""
    names = {category["ID"]: category["name"] for category in told.answer["category"]}
    (coupon,) = told.ask("/v3/coupon/list", category="$category")["coupon_info"]
    assert names[coupon["category"]] == coupon["coupon_category_name"]


def _main_is_a_category(told: Told) -> None:
    listed = {one["ID"]: one["name"] for one in told.ask("/v3/category/list")["category"] if not one["main"]}
    assert {one["ID"]: one["name"] for one in told.answer["category"]} == listed


def _stands_there(told: Told) -> None:
    made = told.answer["campaign"]
    (listed,) = (
        one
        for one in told.ask("/v3/directory/campaigns", directory="$directory")["campaigns"]
        if one["ID"] == made["ID"]
    )
    assert made == {name: listed[name] for name in made}
    assert told.ask("/v3/coupon/info", campaign=made["ID"])["coupon_info"]["status"] == made["status"]


def _is_queued(told: Told) -> None:
    message = Message.objects.get(account=told.shop.account)
    address = f"{told.values['base']}/d/{told.values['directory_code']}"
    assert message.state == "queued" and address in (message.link or message.text)


def _directories_agree(told: Told) -> None:
    v3 = told.ask("/v3/directory/list")["directory_info"]
    found = told.answer if isinstance(told.answer, list) else [told.answer]
    assert [(f"dir_{one['id']}", one["code"], one["name"]) for one in found] == [
        (one["ID"], one["code"], one["name"]) for one in v3
    ]


def _are_read_back(told: Told) -> None:
    """One by one, and by v3."""
    users = told.answer if isinstance(told.answer, list) else [told.answer]
    assert users
    for user in users:
        assert told.get(f"{USERS.format(**told.values)}/{user['id']}").json() == user
    rows = told.ask("/v3/directoryusers/list", directory="$directory_id")["data"]
    assert [(row["ID"], row["blocked"], row["paid"]) for row in rows] == [
        (f"reg_{user['id']}", user["block"], user["paid_access"]) for user in users
    ]


def _can_log_in(told: Told) -> None:
    _are_read_back(told)
    assert isinstance(entering.log_in(_page(told), "pau@mail.example", PASSWORD, "x", at=clock.now()), str)


def _signs_on_once(told: Told) -> None:
    assert entering.sign_on(_page(told), told.values["token"], at=clock.now())
    assert entering.sign_on(_page(told), told.values["token"], at=clock.now()) is None


def _page(told: Told) -> Directory:
    return Directory.objects.get(code=told.values["directory_code"])


def _listed(told: Told) -> list[Any]:
    found: list[Any] = told.get(COUPONS.format(**told.values)).json()
    return found


def _is_listed(told: Told) -> None:
    assert told.answer in _listed(told)


def _coupons_agree(told: Told) -> None:
    v3 = told.ask("/v3/directory/campaigns", directory="$directory_id")["campaigns"]
    assert [f"cam_{one['campaign']}" for one in told.answer] == [one["ID"] for one in v3]


def _only_the_coupon_is_left(told: Told) -> None:
    assert [one["loyaltycard"] for one in _listed(told)] == [None]


def _nothing_is_left(told: Told) -> None:
    assert _listed(told) == []


CASES = [
    Case("/v3/directory/list", "directories.md D1", "directories/v3_list", _v3, _items_are_the_infos,
         deeper=f"{V3}::test_an_account_without_any_has_empty_lists"),
    Case("/v3/directory/info", "directories.md D2", "directories/v3_info", _v3, _counts_are_right,
         deeper=f"{V3}::test_a_directory_that_is_missing_malformed_or_not_ours"),
    Case("/v3/directory/campaigns", "directories.md D3", "directories/v3_campaigns", _v3, _items_are_coupons,
         deeper=f"{V3}::test_what_a_listing_leaves_empty_is_as_the_coupon_has_it"),
    Case("/v3/directoryusers/list", "directories.md D4", "directories/v3_users_list", _v3, _users_agree,
         deeper=f"{V3}::test_members_come_newest_first_a_hundred_a_page"),
    Case("/v3/directoryusers/update", "directories.md D5", "directories/v3_users_update", _v3, _has_paid,
         deeper=f"{V3}::test_the_status_has_three_names_and_many_spellings"),
    Case("/v3/category/list", "directories.md D6", "directories/v3_category_list", _v3, _categories_are_names,
         deeper=f"{V3}::test_an_account_without_any_has_empty_lists"),
    Case("/v3/category/main/list", "directories.md D6", "directories/v3_category_main_three_levels", _three_levels,
         _main_is_a_category, deeper=f"{V3}::test_main_categories_are_those_of_accounts_with_three_levels"),
    Case("/v3/category/main/list", "directories.md D6", "directories/v3_category_main_list", _v3,
         lambda told: _categories_are_names(Told(told.shop, told.values, told.ask("/v3/category/list"))), is_plain=False),
    Case("/v3/directory/campaign/create", "directories.md D7", "directories/v3_campaign_create", _v3, _stands_there,
         learns={"made": "campaign.ID", "made_code": "campaign.code"},
         deeper=f"{V3}::test_a_coupon_is_made_in_a_directory_and_changed_there"),
    Case("/v3/directory/campaign/update", "directories.md D7", "directories/v3_campaign_update", _one_more, _stands_there,
         after=HOUR, deeper=f"{V3}::test_what_else_may_be_wrong"),
    Case("/v3/send/email", "directories.md D8", "directories/v3_send_email", _connected, _is_queued,
         deeper=f"{V3}::test_a_directory_is_sent_by_e_mail_and_sms"),
    Case("/v3/send/sms", "directories.md D8", "directories/v3_send_sms", _connected, _is_queued,
         deeper=f"{V3}::test_a_directory_is_sent_by_e_mail_and_sms"),
    Case("GET /v4/directory", "directories.md V1", "directories/v4_list", _v4, _directories_agree,
         deeper=f"{V4}::test_what_is_read_is_as_recorded_with_either_form_of_ids_and_keys"),
    Case(f"GET {ONE}", "directories.md V2", "directories/v4_info", _v4, _directories_agree,
         deeper=f"{V4}::test_what_is_read_is_as_recorded_with_either_form_of_ids_and_keys"),
    Case(f"GET {USERS}", "directories.md V3", "directories/v4_users_list", _v4, _are_read_back,
         deeper=f"{V4}::test_lesson_29_pages_are_complete_and_in_order"),
    Case(f"GET {USER}", "directories.md V4", "directories/v4_users_get", _v4, _are_read_back,
         deeper=f"{V4}::test_what_is_read_is_as_recorded_with_either_form_of_ids_and_keys"),
    Case(f"POST {USERS}", "directories.md V5", "directories/v4_users_create", _nobody, _can_log_in,
         learns={"user": "id", "user_id": "notifications.0.user.ID"},
         deeper=f"{V4}::test_an_address_registers_once_in_a_directory"),
    Case(f"POST {USER}", "directories.md V6", "directories/v4_users_update", _v4, _are_read_back, after=HOUR,
         deeper=f"{V4}::test_a_block_keeps_a_user_out_and_changes_nothing_else"),
    Case(f"POST {USER}/access", "directories.md V7", "directories/v4_users_access", _v4, _are_read_back, after=HOUR,
         deeper=f"{V4}::test_paid_access_is_given_until_a_moment_for_good_and_taken"),
    Case(f"DELETE {USER}/access", "directories.md V7", "directories/v4_users_access_taken", _paying, _are_read_back,
         deeper=f"{V4}::test_paid_access_is_given_until_a_moment_for_good_and_taken"),
    Case(f"POST {USER}/sso", "directories.md V8", "directories/v4_users_sso", _v4, _signs_on_once, learns={"token": "token"},
         deeper=f"{V4}::test_lesson_30_a_sign_on_link_is_on_our_host_works_once_and_is_not_kept_in_plain"),
    Case(f"POST {ONE}/send/email", "directories.md V9", "directories/v4_send_email", _connected_v4, _is_queued,
         deeper=f"{V4}::test_a_directory_is_sent_and_costs_credits"),
    Case(f"POST {ONE}/send/sms", "directories.md V9", "directories/v4_send_sms", _connected_v4, _is_queued,
         deeper=f"{V4}::test_a_directory_is_sent_and_costs_credits"),
    Case(f"GET {COUPONS}", "our own", "directories/v4_campaigns", _v4, _coupons_agree,
         deeper=f"{V4}::test_lesson_29_what_stands_on_a_directory_is_walked_through_in_pages"),
    Case(f"POST {COUPON}", "our own", "directories/v4_campaigns_put", _v4, _is_listed, after=HOUR,
         deeper=f"{V4}::test_coupons_and_cards_are_put_on_a_directory_and_taken_off"),
    Case(f"DELETE {COUPON}", "our own", "directories/v4_removed", _v4, _nothing_is_left,
         deeper=f"{V4}::test_coupons_and_cards_are_put_on_a_directory_and_taken_off"),
    Case(f"POST {CARD}", "our own", "directories/v4_cards_put", _v4, _is_listed, learns={"entry": "id"},
         deeper=f"{V4}::test_coupons_and_cards_are_put_on_a_directory_and_taken_off"),
    Case(f"DELETE {CARD}", "our own", "directories/v4_removed", _with_a_card, _only_the_coupon_is_left,
         deeper=f"{V4}::test_coupons_and_cards_are_put_on_a_directory_and_taken_off"),
]  # fmt: skip
