"""D1 to D8 of contract/directories.md: each call answered as recorded, read back through another, every error provoked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings

from tearoff.campaigns.models import Campaign, Category
from tearoff.directories import members
from tearoff.kit import clock
from tearoff.messaging.models import Message
from tearoff.webhooks.models import Endpoint
from tests.contract.recorded import example
from tests.street import messaging
from tests.street.directories import Page, directory
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import told, work
from tests.world import Shop, open_shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
PROFILE = {
    "first_name": "Pau", "last_name": "Marti", "phone": "+32470000001", "address": "Carrer 1", "zip": "08001",
    "city": "Barcelona", "birth_date": NOON.date().replace(year=1988), "custom_1": "vip",
}  # fmt: skip


@pytest.fixture(autouse=True)
def noon():  # type: ignore[no-untyped-def]
    with clock.moved(NOON):
        yield


def deals(shop: Shop) -> tuple[Page, dict[str, Any]]:
    """The directory of the examples with a coupon and a member, and its values."""
    page = directory(shop)
    food = Category.objects.create(account=shop.account, name="Food")
    pizza = Category.objects.create(account=shop.account, name="Pizza", parent=food)
    offer = shop.campaign("Free slice", category=pizza, description="One per visit.")
    listing = page.lists(offer)
    pau = page.member(**PROFILE)
    return page, {
        "listing": listing.pk,
        "base": settings.TEAROFF_BASE_URL,
        "directory": page.id,
        "directory_code": page.code,
        "category": f"cat_{pizza.pk}",
        "main": f"cat_{food.pk}",
        "campaign": offer.id,
        "campaign_code": offer.code,
        "user": f"reg_{pau.pk}",
    }


def codes(answer: httpx.Response) -> list[int]:
    assert answer.status_code in (401, 422), answer.text
    status = answer.json()["status"]
    assert status["status"] == "failed"
    return status["errors"]["error_code"]


RECORDED = [
    ("v3_list", "/v3/directory/list"),
    ("v3_info", "/v3/directory/info"),
    ("v3_campaigns", "/v3/directory/campaigns"),
    ("v3_users_list", "/v3/directoryusers/list"),
    ("v3_category_list", "/v3/category/list"),
    ("v3_category_main_list", "/v3/category/main/list"),
]


@pytest.mark.parametrize(("name", "path"), RECORDED)
def test_what_is_read_is_as_recorded_however_it_is_asked(mario: Shop, name: str, path: str) -> None:
    _, values = deals(mario)
    recorded = example(f"directories/{name}", values)
    asked = recorded.request
    assert mario.api(path, asked).json() == recorded.answer
    assert mario.http.post(path, data=asked, headers=mario.headers).json() == recorded.answer
    assert mario.http.get(path, params=asked, headers=mario.headers).json() == recorded.answer


def test_an_account_without_any_has_empty_lists(lucia: Shop) -> None:
    assert lucia.api("/v3/directory/list").json() == {"status": {"status": "OK"}, "directory_info": []}
    for path in ("/v3/category/list", "/v3/category/main/list"):
        assert lucia.api(path).json() == {"status": {"status": "OK"}, "amount_of_categories": 0, "category": []}


def test_main_categories_are_those_of_accounts_with_three_levels(mario: Shop) -> None:
    _, values = deals(mario)
    assert mario.api("/v3/category/main/list").json()["category"] == []
    pizza = Category.objects.get(pk=int(values["category"][4:]))
    Category.objects.create(account=mario.account, name="Sicilian", parent=pizza)
    assert mario.api("/v3/category/main/list").json()["category"] == [{"ID": values["main"], "name": "Food"}]


def test_members_come_newest_first_a_hundred_a_page(mario: Shop) -> None:
    page = directory(mario)
    for number in range(103):
        page.member(f"m{number}@mail.example", password=None)
    first, second, third = (
        mario.api("/v3/directoryusers/list", {"directory": page.id, "page": number}).json() for number in (1, 2, 3)
    )
    emails = [row["email"] for answer in (first, second) for row in answer["data"]]
    assert emails == [f"m{number}@mail.example" for number in reversed(range(103))]
    assert (len(first["data"]), second["page"], third["data"]) == (100, 2, [])


Listen = Callable[..., Endpoint]


@pytest.mark.parametrize("encoding", ["json", "form"])
def test_a_payment_opens_the_directory_and_is_told(
    mario: Shop,
    encoding: str,
    receiver: Receiver,
    listen: Listen,
) -> None:
    page, values = deals(mario)
    listen(mario, kinds=["directory_user_paid"])
    recorded = example("directories/v3_users_update", values)
    sent: dict[str, Any] = {"json": recorded.request} if encoding == "json" else {"data": recorded.request}
    answer = mario.http.post("/v3/directoryusers/update", headers=mario.headers, **sent)
    assert answer.json() == recorded.answer
    row = mario.api("/v3/directoryusers/list", {"directory": page.id}).json()["data"][0]
    assert (row["paid"], row["payment_expiry"]) == (True, "2026-03-31 23:59:59")
    with clock.moved(datetime(2026, 4, 1, tzinfo=UTC)):
        late = mario.api("/v3/directoryusers/list", {"directory": page.id}).json()["data"][0]
    assert (late["paid"], late["payment_expiry"]) == (False, "2026-03-31 23:59:59")
    work()
    [body] = told(receiver)
    assert body == example("directories/webhook_paid", values | {"event": body["id"]}).answer


@pytest.mark.parametrize(
    ("name", "value", "paid"),
    [
        ("payment_status", "paid", True), ("status", "UNPAID", False), ("paid", True, True), ("paid", "0", False),
        ("payment_status", "true", True), ("status", False, False), ("status", 1, True),
    ],
)  # fmt: skip
def test_the_status_has_three_names_and_many_spellings(mario: Shop, name: str, value: Any, paid: bool) -> None:
    page, values = deals(mario)
    user = {"directory": page.id, "user": values["user"]}
    mario.api("/v3/directoryusers/update", user | {"paid": not paid})
    assert mario.api("/v3/directoryusers/update", user | {name: value}).json()["paid"] is paid
    until = mario.api("/v3/directoryusers/update", user | {"paid": 1, "expires_at": "2026-03-02 12:00"}).json()
    assert until["paid"] is True
    with clock.moved(NOON + timedelta(hours=1, seconds=1)):
        assert mario.api("/v3/directoryusers/list", user).json()["data"][0]["paid"] is False


def test_a_coupon_is_made_in_a_directory_and_changed_there(mario: Shop) -> None:
    page, values = deals(mario)
    template = mario.account.campaigns.get(is_template=True)
    create = example("directories/v3_campaign_create", values | {"template": template.pk, "made": "", "made_code": ""})
    answer = mario.api("/v3/directory/campaign/create", create.request).json()
    made = Campaign.objects.get(pk=int(answer["campaign"]["ID"][4:]))
    values |= {"template": template.pk, "made": f"cam_{made.pk}", "made_code": made.code}
    assert answer == example("directories/v3_campaign_create", values).answer
    assert mario.api("/v3/coupon/list", {"category": values["category"]}).json()["amount_of_coupons"] == 2

    update = example("directories/v3_campaign_update", values)
    assert mario.api("/v3/directory/campaign/update", update.request).json() == update.answer
    listed = mario.api("/v3/directory/campaigns", {"directory": page.id}).json()["campaigns"]
    assert listed[0] == update.answer["campaign"], "the latest added comes first"
    assert [one["ID"] for one in listed] == [f"cam_{made.pk}", values["campaign"]]
    assert mario.api("/v3/coupon/info", {"campaign": f"cam_{made.pk}"}).json()["coupon_info"]["status"] == "active"
    mario.api("/v3/coupon/delete", {"campaign": f"cam_{made.pk}"})
    assert len(mario.api("/v3/directory/campaigns", {"directory": page.id}).json()["campaigns"]) == 1


def test_a_coupon_of_a_subaccount_stands_in_the_parent_s_directory(mario: Shop) -> None:
    page, _ = deals(mario)
    child = open_shop("Child", parent=mario.account)
    template = mario.account.campaigns.get(is_template=True)
    asked = {"directory": page.id, "template": template.pk, "subaccount": f"sub_{child.account.pk}", "name": "Theirs"}
    made = mario.api("/v3/directory/campaign/create", asked).json()["campaign"]
    assert mario.api("/v3/directory/campaigns", {"directory": page.id}).json()["campaigns"][0]["ID"] == made["ID"]
    assert child.api("/v3/coupon/info", {"campaign": made["ID"]}).status_code == 200


def test_what_a_listing_leaves_empty_is_as_the_coupon_has_it(mario: Shop) -> None:
    page, values = deals(mario)
    update = {"directory": page.id, "campaign": values["campaign"]}
    shown = mario.api("/v3/directory/campaign/update", update | {"featured": False}).json()["campaign"]
    mario.api("/v3/coupon/update", {"campaign": values["campaign"], "featured": True, "description": "New text"})
    listed = mario.api("/v3/directory/campaigns", update).json()["campaigns"][0]
    assert (listed["featured"], listed["description"]) == (False, "New text")
    assert listed["category_name"] == shown["category_name"] == "Pizza"
    mario.api("/v3/directory/campaign/update", update | {"description": "<p>Here <script>x</script>only</p>"})
    assert mario.api("/v3/directory/campaigns", update).json()["campaigns"][0]["description"] == "<p>Here only</p>"


def test_a_directory_is_sent_by_e_mail_and_sms(mario: Shop) -> None:
    page, values = deals(mario)
    messaging.connect(mario, "mail"), messaging.connect(mario)
    for name, path in (("v3_send_email", "/v3/send/email"), ("v3_send_sms", "/v3/send/sms")):
        recorded = example(f"directories/{name}", values)
        assert mario.api(path, recorded.request).json() == recorded.answer
    sent = Message.objects.filter(account=mario.account).order_by("pk")
    assert [(one.channel, one.recipient, page.path in one.text) for one in sent] == [
        ("mail", "ann@example.org", True), ("sms", "+32470000001", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/v3/directory/info", "/v3/directory/campaigns", "/v3/directoryusers/list", "/v3/directoryusers/update"]
)
def test_a_directory_that_is_missing_malformed_or_not_ours(mario: Shop, lucia: Shop, path: str) -> None:
    deals(mario)
    others = {"user": "reg_1", "paid": 1}
    assert codes(mario.api(path, others)) == [200]
    assert codes(mario.api(path, others | {"directory": "dir_x"})) == [301]
    for unknown in ("dir_999999999", directory(lucia).id):
        assert codes(mario.api(path, others | {"directory": unknown})) == [507]


def test_what_else_may_be_wrong(mario: Shop, lucia: Shop) -> None:
    page, values = deals(mario)
    other = directory(mario, "Other")
    user = {"directory": page.id, "user": values["user"], "paid": 1}
    update = "/v3/directoryusers/update"
    assert codes(mario.api(update, user | {"user": None, "paid": None})) == [200, 200]
    assert codes(mario.api(update, user | {"user": "reg_x"})) == [301]
    assert codes(mario.api(update, user | {"paid": "perhaps"})) == [302]
    assert codes(mario.api(update, user | {"expiry_date": "31.01.2026"})) == [303]
    assert codes(mario.api(update, user | {"directory": other.id})) == [506], "a member of another directory"
    change = {"directory": page.id, "campaign": values["campaign"]}
    path = "/v3/directory/campaign/update"
    assert codes(mario.api(path, change)) == [200]
    assert codes(mario.api(path, change | {"status": "gone"})) == [302]
    assert codes(mario.api(path, change | {"category": "cat_999999999"})) == [300]
    assert codes(mario.api(path, change | {"directory": other.id, "featured": 1})) == [502], "it does not stand there"
    foreign = Category.objects.create(account=lucia.account, name="Hers")
    assert codes(mario.api(path, change | {"category": f"cat_{foreign.pk}"})) == [300]
    assert codes(mario.api("/v3/directoryusers/list", {"directory": page.id, "page": "0"})) == [301]
    create = {"directory": page.id, "template": values["campaign"]}
    assert codes(mario.api("/v3/directory/campaign/create", create)) == [502], "no template"


def test_an_erased_member_is_listed_no_more(mario: Shop) -> None:
    page, values = deals(mario)
    pau = page.directory.members.get()
    members.erase(pau, at=NOON, actor="test")
    assert mario.api("/v3/directoryusers/list", {"directory": page.id}).json()["data"] == []
    assert mario.api("/v3/directory/info", {"directory": page.id}).json()["directory_info"]["amount_of_users"] == 0
    user = {"directory": page.id, "user": values["user"], "paid": 1}
    assert codes(mario.api("/v3/directoryusers/update", user)) == [506]
