"""Sub-accounts and links that sign in or reset a password (subaccounts.md)."""

import html
import re
import secrets
from typing import Any

from tearoff.accounts.models import Package, User
from tests.contract.cases.spring import spring
from tests.contract.conforming import Case, Told, Values
from tests.world import Shop, door, open_shop

TESTS = "tests/api/test_subaccounts.py"
KEYS = {"api_key": "subaccount.api_key", "api_secret": "subaccount.api_secret"}
LINK = {"token": "subaccount.token"}


def _parent(shop: Shop) -> Values:
    package = Package.objects.create(account=shop.account, name="Start", denied=["loyalty"])
    return {"email": f"owner-{secrets.token_hex(6)}@bakery.example", "package": f"pac_{package.pk}"}


def _client(shop: Shop) -> Values:
    """Bakery Marti with one live coupon."""
    client = open_shop("Bakery Marti", parent=shop.account)
    offer = client.campaign("Free roll")
    return _parent(shop) | {
        "subaccount": f"sub_{client.account.pk}",
        "client_email": client.email,
        "api_key": client.client_id,
        "api_secret": client.client_secret,
        "client_campaign": offer.id,
        "client_code": offer.code,
    }


def _team(shop: Shop) -> Values:
    mate = User.objects.create_user(f"mate-{secrets.token_hex(6)}@example.org", "a long password", account=shop.account)
    return spring(shop) | {
        "teammate": str(mate.pk),
        "mate": mate.email,
        "account": str(shop.account.pk),
        "owner": shop.email,
    }


def _items_are_the_infos(told: Told) -> None:
    for item in told.answer["subaccount"]:
        whole = told.ask("/v4/subaccount", subaccount=item["ID"])["subaccount"]
        assert item == {name: value for name, value in whole.items() if name != "campaigns"}


def _is_read_back(told: Told) -> None:
    """As told, and its keys are keys."""
    info = told.answer["subaccount"]
    assert told.ask("/v4/subaccount", subaccount=info["ID"])["subaccount"] == info
    keys = {"X-Client-Id": info["api_key"], "X-Client-Secret": info["api_secret"]}
    coupons = told.shop.http.post("/v3/coupon/list", headers=keys).json()["coupon_info"]
    assert len(coupons) == len(info["campaigns"]) + 1, "and the template"


def _is_created(told: Told) -> None:
    assert User.objects.get(email=told.values["email"]).check_password("correct horse battery")
    assert len(told.answer["subaccount"]["api_secret"]) == len(told.answer["subaccount"]["api_key"]) == 31
    _is_read_back(told)


def _pressed(told: Told, link: dict[str, Any], **form: str) -> str:
    """What a person sees who opens the link and presses its one button."""
    path = str(link["url"]).removeprefix(told.values["base"])
    with door(follow_redirects=True) as browser:
        mark = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
        assert mark
        return html.unescape(browser.post(path, data=form | {"csrfmiddlewaretoken": mark[1]}).text)


def _signs_in(who: str, member: str) -> Any:
    def read_back(told: Told) -> None:
        assert len(told.values["token"]) == 49
        assert told.values[who] in _pressed(told, told.answer[member])

    return read_back


def _sets_the_password(told: Told) -> None:
    _pressed(told, told.answer["subaccount"], password="correct horse battery")
    assert User.objects.get(email=told.values["client_email"]).check_password("correct horse battery")


CASES = [
    Case("/v4/subaccount/list", "subaccounts.md 1", "subaccounts/list", _client, _items_are_the_infos,
         deeper=f"{TESTS}::test_the_list_and_the_info_tell_the_same"),
    Case("/v4/subaccount", "subaccounts.md 2", "subaccounts/info", _client, _is_read_back,
         deeper=f"{TESTS}::test_someone_elses_client_is_unknown"),
    Case("/v4/subaccount/create", "subaccounts.md 3", "subaccounts/create", _parent, _is_created,
         learns=KEYS | {"subaccount": "subaccount.ID"}, deeper=f"{TESTS}::test_a_client_is_opened_and_its_keys_work"),
    Case("/v4/subaccount/update", "subaccounts.md 4", "subaccounts/update", _client, _is_read_back,
         deeper=f"{TESTS}::test_only_what_is_sent_is_changed"),
    Case("/v3/subaccount/reset/url", "subaccounts.md 5", "subaccounts/reset_url", _client, _sets_the_password,
         learns={"url": "subaccount.url"}, deeper=f"{TESTS}::test_a_reset_link_sets_the_password_once"),
    Case("/v3/subaccount/sso", "subaccounts.md 6", "subaccounts/sso", _client, _signs_in("client_email", "subaccount"),
         learns=LINK, deeper=f"{TESTS}::test_single_sign_on_works_once_and_only_by_the_button"),
    Case("/v3/account/sso", "subaccounts.md 7", "subaccounts/account_sso", _team, _signs_in("owner", "account"),
         learns={"token": "account.token"}, deeper=f"{TESTS}::test_an_owner_and_a_teammate_sign_on"),
    Case("/v3/teammate/sso", "subaccounts.md 8", "subaccounts/teammate_sso", _team, _signs_in("mate", "teammate"),
         learns={"token": "teammate.token"}, deeper=f"{TESTS}::test_an_owner_and_a_teammate_sign_on"),
]  # fmt: skip
