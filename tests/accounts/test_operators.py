"""An operator of the server who owns an account, too: what the keys of accounts can do must not open the operator's pages."""

import re

import httpx
import pytest

from tearoff.accounts import operators
from tearoff.accounts.models import User
from tests.api.test_subaccounts import created, pressed
from tests.dashboard.browsing import enter
from tests.world import Shop, door


@pytest.fixture
def roma(mario: Shop) -> dict[str, str]:
    """A client of Mario's whose owner became an operator."""
    made = created(mario, password="correct horse")
    operators.make_operator(made["email"])
    return made


def signed_on(url: str) -> httpx.Client:
    """A browser that has pressed the button behind a link."""
    browser = door(follow_redirects=True)
    path = httpx.URL(url).path
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
    assert token
    assert browser.post(path, data={"csrfmiddlewaretoken": token[1]}).status_code == 200
    return browser


def enters(browser: httpx.Client) -> bool:
    """Whether the operator's pages open, and not their log-in."""
    page = browser.get("/admin/accounts/account/", follow_redirects=False)
    return page.status_code == 200


def test_a_link_signs_the_owner_on_and_not_the_operator(mario: Shop, roma: dict[str, str]) -> None:
    own = {"X-Client-Id": roma["api_key"], "X-Client-Secret": roma["api_secret"]}
    user = User.objects.get(email=roma["email"])
    links = [
        mario.api("/v3/subaccount/sso", {"subaccount": roma["ID"]}).json()["subaccount"]["url"],
        mario.http.post("/v3/account/sso", headers=own).json()["account"]["url"],
        mario.http.post("/v3/teammate/sso", json={"teammate": str(user.pk)}, headers=own).json()["teammate"]["url"],
    ]

    for link in links:
        browser = signed_on(link)
        assert roma["email"] in browser.get("/account").text
        assert not enters(browser)
    assert enters(enter(roma["email"], "correct horse").client)
    assert User.objects.get(pk=user.pk).is_staff


def test_no_parent_sets_an_operators_password_or_address(mario: Shop, roma: dict[str, str]) -> None:
    asked = [
        mario.api("/v3/subaccount/reset/url", {"subaccount": roma["ID"]}),
        mario.api("/v4/subaccount/update", {"subaccount": roma["ID"], "password": "another horse"}),
        mario.api("/v4/subaccount/update", {"subaccount": roma["ID"], "email": f"x{roma['email']}"}),
    ]

    for answer in asked:
        assert answer.status_code == 422
        assert answer.json()["status"]["errors"]["error_reason"] == ["not_allowed"]
    assert mario.api("/v4/subaccount/update", {"subaccount": roma["ID"], "company_name": "Roma"}).status_code == 200
    assert enters(enter(roma["email"], "correct horse").client)


def test_a_link_that_resets_ends_when_its_user_becomes_an_operator(mario: Shop) -> None:
    made = created(mario, password="correct horse")
    url = mario.api("/v3/subaccount/reset/url", {"subaccount": made["ID"]}).json()["subaccount"]["url"]
    operators.make_operator(made["email"])

    assert pressed(url, password="another horse battery").status_code == 410
    assert enters(enter(made["email"], "correct horse").client)


def test_a_session_that_began_with_a_link_does_not_grow_with_its_user(mario: Shop) -> None:
    made = created(mario, password="correct horse")
    browser = signed_on(mario.api("/v3/subaccount/sso", {"subaccount": made["ID"]}).json()["subaccount"]["url"])
    operators.make_operator(made["email"])

    assert made["email"] in browser.get("/account").text
    assert not enters(browser)
