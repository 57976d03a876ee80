"""The SMS tool and the e-mail tool, read back through other calls (smstool.md); whole answers: test_conformance.py."""

from typing import Any

import pytest

from tearoff.accounts.models import Account
from tearoff.kit import clock
from tearoff.messaging import optouts
from tearoff.messaging.models import Contact
from tests.api.reading import good, told
from tests.street.messaging import connect
from tests.world import Shop

TOOLS = pytest.mark.parametrize("tool", ["smstool", "emailtool"])
ADDRESS = {"smstool": {"phone": "+34600111222"}, "emailtool": {"email": "pau@example.org"}}
GROUP = {"smstool": "smsgroup", "emailtool": "emailgroup"}


@pytest.fixture
def shop(mario: Shop) -> Shop:
    connect(mario, "sms"), connect(mario, "mail")
    return mario


def group(shop: Shop, tool: str, name: str = "Spring") -> str:
    found: str = good(shop.api(f"/v3/{tool}/addgroup", {"group_name": name}))["group_id"]
    return found


def users(shop: Shop, tool: str, group_id: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = good(shop.api(f"/v3/{tool}/userlist", {GROUP[tool]: group_id} | more))["user"]
    return found


@TOOLS
def test_groups(shop: Shop, tool: str) -> None:
    answer = good(shop.api(f"/v3/{tool}/addgroup", {"group_name": "Spring"}))
    assert good(shop.api(f"/v3/{tool}/grouplist"))["group"] == [answer["group"]]
    other = "emailtool" if tool == "smstool" else "smstool"
    assert good(shop.api(f"/v3/{other}/grouplist"))["amount_of_groups"] == 0
    good(shop.api(f"/v3/{tool}/removegroup", {GROUP[tool]: answer["group_id"]}))
    assert good(shop.api(f"/v3/{tool}/grouplist"))["group"] == []


@TOOLS
def test_a_contact_comes_changes_and_goes(shop: Shop, tool: str) -> None:
    name = group(shop, tool)
    person = {GROUP[tool]: name, **ADDRESS[tool]}
    body = person | {"first_name": "Pau", "birthday": "1990-04-12", "customfield7": "vip"}
    user = good(shop.api(f"/v3/{tool}/addcontact", body))["user"]
    assert users(shop, tool, name) == [user]

    again = good(shop.api(f"/v3/{tool}/addcontact", person | {"last_name": "Casals"}))["user"]
    assert again == user | {"last_name": "Casals"}  # again = update; what was not sent stays
    changed = good(shop.api(f"/v3/{tool}/updatecontact", person | {"customfield1": "x"}))["user"]
    assert changed == again | {"customfield1": "x"}
    by_id = {GROUP[tool]: name, "contact": user["ID"]}
    changed = good(shop.api(f"/v3/{tool}/updatecontact", by_id | {"first_name": "Pep"}))["user"]
    assert users(shop, tool, name) == [changed] and changed["first_name"] == "Pep"

    good(shop.api(f"/v3/{tool}/removecontact", by_id))
    assert users(shop, tool, name) == []
    assert told(shop.api(f"/v3/{tool}/removecontact", person)) == (422, [300], ["not_found"])


def test_spellings_of_one_number_are_one_contact(shop: Shop) -> None:
    name = group(shop, "smstool")
    for phone in ("+32470000001", "32470000001", "0470 00 00 01", "+32 (0)470/00.00.01", 32470000001):
        good(shop.api("/v3/smstool/addcontact", {"smsgroup": name, "phone": phone}))
    good(shop.api("/v3/emailtool/addcontact", {"group": group(shop, "emailtool"), "email": "a@example.org"}))
    assert [user["phone"] for user in users(shop, "smstool", name)] == ["32470000001"]


@pytest.mark.parametrize(("country", "phone", "stored"), [
    ("DE", "34600111222", "34600111222"), ("DE", "4915112345678", "4915112345678"), ("DE", "0151 12345678", "4915112345678"),
    ("DE", "3012345678", "493012345678"), ("DE", "032 470000101", "4932470000101"), ("AT", "33612345678", "33612345678"),
    ("IT", "32470000101", "32470000101"), ("IT", "347 1234567", "393471234567"), ("US", "646-555-1234", "16465551234"),
    ("US", "14155552671", "14155552671"), ("IN", "6265551234", "916265551234"),
])  # fmt: skip
def test_a_number_without_a_plus_is_the_one_that_was_meant(shop: Shop, country: str, phone: str, stored: str) -> None:
    """Lesson 42. v3 answers print no plus, so what was read must be what is meant when it is sent back; in Germany 34600111222 could
    be a landline as well."""
    Account.objects.filter(pk=shop.account.pk).update(country=country)
    name = group(shop, "smstool")
    for spelling in (phone, stored, f"+{stored}"):
        added = good(shop.api("/v3/smstool/addcontact", {"smsgroup": name, "phone": spelling}))
        assert added["phone"] == stored, spelling
    assert len(users(shop, "smstool", name)) == 1


def test_other_names_of_the_parameters(shop: Shop) -> None:
    name = good(shop.api("/v3/smstool/addgroup", {"name": "Spring"}))["group_id"]
    for other in ("group", "group_id", "emailgroup"):
        assert good(shop.api("/v3/smstool/userlist", {other: name}))["amount_of_users"] == 0


def test_a_list_does_not_bring_back_who_opted_out(shop: Shop) -> None:
    name = group(shop, "smstool")
    optouts.opt_out(shop.account.pk, "sms", "34600111222", reason="stop", at=clock.now())
    added = good(shop.api("/v3/smstool/addcontact", {"smsgroup": name, **ADDRESS["smstool"]}))
    assert added["user"]["state"] == "unsubscribed"
    optouts.opt_in(shop.account.pk, "sms", "34600111222", at=clock.now())
    assert users(shop, "smstool", name)[0]["state"] == "subscribed"


def test_paging_neither_repeats_nor_loses(shop: Shop) -> None:
    name = group(shop, "smstool")
    rows = [
        Contact(account=shop.account.pk, group_id=int(name[4:]), key=str(n), phone=f"+{n}", created_at=clock.now())
        for n in range(34600000000, 34600006001)
    ]
    Contact.objects.bulk_create(rows, batch_size=2000)
    whole = users(shop, "smstool", name)  # longer than one answer keeps: it is streamed
    assert [user["phone"] for user in whole] == [row.phone[1:] for row in rows]
    for limit in (999, 5000):
        paged = [user for page in range(1, 9) for user in users(shop, "smstool", name, page=page, limit=limit)]
        assert paged == whole
    answer = good(shop.api("/v3/smstool/userlist", {"smsgroup": name, "page": 70, "limit": 100}))
    assert (answer["amount_of_users"], answer["user"]) == (6001, [])
    assert len(users(shop, "smstool", name, page=2)) == 1001


@TOOLS
def test_not_connected_comes_before_the_parameters(lucia: Shop, tool: str) -> None:
    for act in ("grouplist", "userlist", "addgroup", "addcontact", "updatecontact", "removecontact", "removegroup"):
        assert told(lucia.api(f"/v3/{tool}/{act}", {}))[1] == [103]


@TOOLS
@pytest.mark.parametrize(
    ("act", "change", "codes"),
    [
        ("userlist", {"group": None}, [200]),
        ("userlist", {"group": "gro_x"}, [301]),
        ("userlist", {"group": "gro_999999999"}, [514]),
        ("userlist", {"page": "0"}, [301]),
        ("userlist", {"limit": "6000"}, [300]),
        ("addgroup", {}, [200]),
        ("addgroup", {"group_name": "x" * 201}, [300]),
        ("addcontact", {"group": None, "address": None}, [200, 200]),
        ("addcontact", {"group": "cam_1"}, [301]),
        ("addcontact", {"group": "gro_999999999"}, [514]),
        ("addcontact", {"birthday": "12-04-1990"}, [303]),
        ("addcontact", {"birthday": "1990-02-30"}, [303]),
        ("addcontact", {"customfield1": "x" * 51}, [300]),
        ("updatecontact", {"address": None}, [200]),
        ("updatecontact", {"address": None, "group": "gro_999999999"}, [200]),
        ("updatecontact", {"group": "gro_999999999"}, [514]),
        ("updatecontact", {"contact": "con_x"}, [301]),
        ("updatecontact", {"birthday": "x"}, [303]),
        ("updatecontact", {}, [300]),
        ("removecontact", {"address": None}, [200]),
        ("removecontact", {"address": None, "group": "gro_999999999"}, [200]),
        ("removecontact", {"contact": "con_999999999"}, [300]),
        ("removecontact", {"group": "gro_999999999"}, [514]),
        ("removegroup", {"group": None}, [200]),
        ("removegroup", {"group": "x"}, [301]),
        ("removegroup", {"group": "gro_999999999"}, [514]),
    ],
)
def test_errors(shop: Shop, tool: str, act: str, change: dict[str, Any], codes: list[int]) -> None:
    body: dict[str, Any] = {GROUP[tool]: group(shop, tool), **ADDRESS[tool], **change}
    if "group" in change:
        body[GROUP[tool]] = body.pop("group")
    if "address" in body:
        body = {name: value for name, value in body.items() if name not in ("phone", "email", "address")}
    assert told(shop.api(f"/v3/{tool}/{act}", body))[:2] == (422, codes)


def test_what_is_no_address(shop: Shop) -> None:
    for phone in ("12", "hello", "+999123"):
        for act in ("addcontact", "updatecontact", "removecontact"):
            for name in (group(shop, "smstool"), "gro_999999999"):
                body = {"smsgroup": name, "phone": phone}
                assert told(shop.api(f"/v3/smstool/{act}", body)) == (422, [300], ["malformed"])
    body = {"emailgroup": group(shop, "emailtool"), "email": "pau"}
    assert told(shop.api("/v3/emailtool/addcontact", body))[1] == [305]


@TOOLS
def test_a_neighbours_group_is_not_there(shop: Shop, lucia: Shop, tool: str) -> None:
    connect(lucia, "sms"), connect(lucia, "mail")
    name = group(shop, tool)
    person = {GROUP[tool]: name, **ADDRESS[tool]}
    contact = good(shop.api(f"/v3/{tool}/addcontact", person))["user"]["ID"]
    for act in ("userlist", "addcontact", "updatecontact", "removecontact", "removegroup"):
        assert told(lucia.api(f"/v3/{tool}/{act}", person))[1] == [514]
    own = group(lucia, tool)
    for act in ("updatecontact", "removecontact"):
        assert told(lucia.api(f"/v3/{tool}/{act}", {GROUP[tool]: own, "contact": contact}))[1] == [300]
    other = "emailtool" if tool == "smstool" else "smstool"
    assert told(shop.api(f"/v3/{other}/userlist", {"group": name}))[1] == [514]
    assert len(users(shop, tool, name)) == 1


def test_lists_answer_a_get(shop: Shop) -> None:
    name = group(shop, "smstool")
    answer = shop.http.get("/v3/smstool/userlist", params={"smsgroup": name}, headers=shop.headers)
    assert good(answer)["group_id"] == name
    assert shop.http.get("/v3/smstool/addgroup", headers=shop.headers).status_code == 405
