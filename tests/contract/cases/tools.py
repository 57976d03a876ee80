"""The SMS tool and its e-mail twin (smstool.md)."""

from collections.abc import Callable, Iterator

from tests.contract.conforming import Case, Told, Values
from tests.street.messaging import connect
from tests.world import Shop

TESTS = "tests/api/test_contacts.py"
ADDRESS = {"smstool": {"phone": "+34600111222"}, "emailtool": {"email": "pau@example.org"}}
GROUP = {"smstool": "smsgroup", "emailtool": "emailgroup"}
TOLD_AT = {"smstool": "S", "emailtool": "E"}


def _connected(shop: Shop) -> Values:
    connect(shop, "sms"), connect(shop, "mail")
    return {}


def _cases(tool: str) -> Iterator[Case]:
    def ask(told: Told, call: str, **more: str) -> dict[str, list[object]]:
        found: dict[str, list[object]] = told.ask(f"/v3/{tool}/{call}", **more)
        return found

    def with_a_group(shop: Shop) -> Values:
        _connected(shop)
        return {"group": shop.api(f"/v3/{tool}/addgroup", {"group_name": "Spring"}).json()["group_id"]}

    def with_pau(shop: Shop) -> Values:
        values = with_a_group(shop)
        pau = {GROUP[tool]: values["group"], "first_name": "Pau", "birthday": "1990-04-12", "customfield7": "vip"}
        added = shop.api(f"/v3/{tool}/addcontact", pau | ADDRESS[tool]).json()
        return values | {"contact": added["user"]["ID"]}

    def users(told: Told) -> list[object]:
        return ask(told, "userlist", **{GROUP[tool]: "$group"})["user"]

    def group_is_listed(told: Told) -> None:
        assert told.answer["group"] in ask(told, "grouplist")["group"]

    def groups_are_groups(told: Told) -> None:
        for group in told.answer["group"]:
            assert ask(told, "userlist", **{GROUP[tool]: group["ID"]})["user"] == []

    def contact_is_listed(told: Told) -> None:
        assert users(told) == [told.answer["user"]]

    def contacts_can_be_changed(told: Told) -> None:
        (pau,) = told.answer["user"]
        same = {GROUP[tool]: "$group", "contact": pau["ID"], "first_name": pau["first_name"]}
        assert ask(told, "updatecontact", **same)["user"] == pau

    def contact_is_gone(told: Told) -> None:
        assert users(told) == []

    def group_is_gone(told: Told) -> None:
        assert ask(told, "grouplist")["group"] == []

    def case(call: str, number: str, prepare: Callable[[Shop], Values], read_back: Callable[[Told], None], test: str,
             name: str = "", **learns: str) -> Case:  # fmt: skip
        contract = f"smstool.md {number}"
        file = f"messaging/{tool}_{name or call}"
        return Case(
            f"/v3/{tool}/{call}",
            contract,
            file,
            prepare,
            read_back,
            learns=learns,
            deeper=f"{TESTS}::{test}",
            is_plain=name != "grouplist_none",
        )

    first = TOLD_AT[tool]
    comes_and_goes = "test_a_contact_comes_changes_and_goes"
    yield case("grouplist", f"{first}1", with_a_group, groups_are_groups, "test_groups")
    yield case("grouplist", f"{first}1", _connected, groups_are_groups, "test_groups", "grouplist_none")
    yield case("userlist", f"{first}2", with_pau, contacts_can_be_changed, "test_paging_neither_repeats_nor_loses")
    yield case("addgroup", f"{first}3", _connected, group_is_listed, "test_groups", group="group_id")
    yield case("addcontact", f"{first}4", with_a_group, contact_is_listed, comes_and_goes, contact="user.ID")
    yield case("updatecontact", "S5, our own", with_pau, contact_is_listed, comes_and_goes)
    yield case("removecontact", "S5, our own", with_pau, contact_is_gone, comes_and_goes)
    yield case("removegroup", "S5, our own", with_pau, group_is_gone, "test_groups")


CASES = [*_cases("smstool"), *_cases("emailtool")]
