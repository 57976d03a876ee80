"""Sub-accounts over the wire: every call of subaccounts.md, read back through another door."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tearoff.accounts import subaccounts, tokens
from tearoff.accounts.models import OwnerMail, Package, User
from tearoff.activity.models import Event
from tearoff.kit import clock, outbound
from tearoff.webhooks import endpoints
from tests.street.rivals import race
from tests.world import Shop, door, open_shop


def fresh_email() -> str:
    return open_shop("Nobody").email.replace("nobody", "client")


def created(mario: Shop, **parameters: Any) -> dict[str, Any]:
    answer = mario.api("/v4/subaccount/create", {"email": fresh_email(), "company_name": "Pizza Roma"} | parameters)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["subaccount"]
    return made


def codes(answer: httpx.Response) -> list[int]:
    found: list[int] = answer.json()["status"]["errors"]["error_code"]
    return found


def keys_of(made: dict[str, Any]) -> dict[str, str]:
    return {"X-Client-Id": made["api_key"], "X-Client-Secret": made["api_secret"]}


@pytest.mark.parametrize("version", ["/v3", "/v4"])
def test_a_client_is_opened_and_its_keys_work(mario: Shop, version: str) -> None:
    answer = mario.api(f"{version}/subaccount/create", {"email": fresh_email(), "password": "long enough"})
    made = answer.json()["subaccount"]

    assert re.fullmatch(r"sub_[0-9]+", made["ID"])
    assert re.fullmatch(r"[1-9][0-9]{30}", made["api_key"]) and len(made["api_secret"]) == 31
    coupons = mario.http.post("/v3/coupon/list", headers=keys_of(made)).json()
    assert [one["name"] for one in coupons["coupon_info"]] == ["Blank"]
    assert User.objects.get(email=made["email"]).check_password("long enough")


def test_without_a_password_the_owner_is_mailed_a_link(mario: Shop) -> None:
    made = created(mario)

    letter = OwnerMail.objects.get(account_id=int(made["ID"][4:]))
    assert letter.kind == "choose_password"
    assert "token" not in letter.data and "link" not in letter.data


def test_the_list_and_the_info_tell_the_same(mario: Shop) -> None:
    made = created(mario, first_name="Ines", country="es", max_campaigns=10, expiry_date="2099-06-30", status="trial")

    listed = mario.api("/v4/subaccount/list").json()
    told = mario.api("/v4/subaccount", {"subaccount": made["ID"]}).json()["subaccount"]

    assert listed["amount_of_subaccounts"] == 1
    assert listed["subaccount"][0] == {key: value for key, value in told.items() if key != "campaigns"}
    assert told == made
    assert (told["first_name"], told["country"], told["max_campaigns"], told["available_campaigns"]) == (
        "Ines",
        "ES",
        "10",
        "10",
    )
    assert (told["expiry_date"], told["status"], told["has_campaigns"]) == ("2099-06-30", "trial", "0")


def test_a_list_of_many_asks_the_database_no_more_than_one_of_few(mario: Shop) -> None:
    package = Package.objects.create(account=mario.account, name="Start", denied=["loyalty"])

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            listed = mario.api("/v4/subaccount/list").json()["subaccount"]
        told = [mario.api("/v4/subaccount", {"subaccount": one["ID"]}).json()["subaccount"] for one in listed]
        assert listed == [{name: value for name, value in one.items() if name != "campaigns"} for one in told]
        return len(seen)

    open_shop("Roma", parent=mario.account).campaign()
    mario.api("/v4/subaccount/list")  # the keys are remembered from here on
    few = asked()
    created(mario, max_campaigns=3, webhook_endpoint="http://127.0.0.1:9/hook", access_webhooks=False)
    created(mario, package=f"pac_{package.pk}", webhook_endpoint="http://127.0.0.1:9/other")
    for number in range(2):
        open_shop("Napoli", parent=mario.account).campaign(f"Offer {number}")
    assert asked() == few


def test_only_what_is_sent_is_changed(mario: Shop) -> None:
    package = Package.objects.create(account=mario.account, name="Start", denied=["loyalty"])
    made = created(mario, first_name="Ines")

    changed = mario.api(
        "/v4/subaccount/update",
        {"subaccount": made["ID"], "last_name": "Marti", "package": f"pac_{package.pk}", "access_webhooks": "false"},
    ).json()["subaccount"]

    differing = {key for key in made if made[key] != changed[key]}
    assert differing == {"last_name", "package", "access_loyalty", "access_webhooks"}
    again = mario.api("/v4/subaccount/update", {"subaccount": made["ID"], "access_webhooks": True}).json()["subaccount"]
    assert again["access_webhooks"] is True


def test_the_webhook_endpoint_is_an_endpoint(mario: Shop) -> None:
    made = created(mario, webhook_endpoint="http://127.0.0.1:9/hook")

    own = mario.http.post("/v3/webhook/list", headers=keys_of(made)).json()

    assert made["webhook_endpoint"] == "http://127.0.0.1:9/hook"
    assert [one["url"] for one in own["webhook"]] == ["http://127.0.0.1:9/hook"]


def test_the_webhook_endpoint_is_the_one_that_is_told_of_everything(mario: Shop) -> None:
    made = created(mario)
    picky = {"url": "http://127.0.0.1:9/picky", "types": "coupon_claimed"}
    mario.http.post("/v3/webhook/create", json=picky, headers=keys_of(made))

    told = mario.api(
        "/v4/subaccount/update", {"subaccount": made["ID"], "webhook_endpoint": "http://127.0.0.1:9/all"}
    ).json()["subaccount"]
    mario.api("/v4/subaccount/update", {"subaccount": made["ID"], "webhook_endpoint": "http://127.0.0.1:9/moved"})

    own = mario.http.post("/v3/webhook/list", headers=keys_of(made)).json()["webhook"]
    assert told["webhook_endpoint"] == "http://127.0.0.1:9/all"
    assert [(one["url"], len(one["types"])) for one in own] == [
        ("http://127.0.0.1:9/picky", 1),
        ("http://127.0.0.1:9/moved", len(endpoints.KINDS)),
    ]


@pytest.mark.parametrize(
    ("address", "reason"),
    [("http://user:word@example.org/", "bad_url"), ("http://169.254.169.254/latest", "private_address")],
)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_a_wrong_webhook_endpoint_opens_and_changes_nothing(
    mario: Shop, address: str, reason: str, headers: dict[str, str]
) -> None:
    made, email = created(mario, first_name="Ines"), fresh_email()
    wrong = {"webhook_endpoint": address, "first_name": "Ann"}

    for path, more in (("create", {"email": email}), ("update", {"subaccount": made["ID"]})):
        answer = mario.api(f"/v4/subaccount/{path}", wrong | more, headers=headers)
        assert codes(answer) == [300]
        assert answer.json()["status"]["errors"]["error_reason"] == [reason]
    assert mario.api("/v4/subaccount", {"subaccount": made["ID"]}).json()["subaccount"] == made
    again = mario.api("/v4/subaccount/create", {"email": email, "webhook_endpoint": "http://127.0.0.1:9/hook"})
    assert again.status_code == 200, again.text


def test_who_may_not_use_webhooks_opens_no_client_with_one(mario: Shop) -> None:
    subaccounts.update(mario.account, subaccounts.Changes({"denied": ["webhooks"]}), actor="operator:1", at=clock.now())
    email = fresh_email()

    answer = mario.api("/v4/subaccount/create", {"email": email, "webhook_endpoint": "http://127.0.0.1:9/hook"})

    assert codes(answer) == [300] and answer.json()["status"]["errors"]["error_reason"] == ["not_allowed"]
    assert not User.objects.filter(email=email).exists()


def test_no_name_is_looked_up_while_a_transaction_is_open(mario: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = []
    ask = outbound.check_url
    monkeypatch.setattr(
        outbound, "check_url", lambda url: inside.append(connection.in_atomic_block) or ask(url)
    )  # watched, not replaced

    created(mario, webhook_endpoint="http://127.0.0.1:9/hook")
    mario.api(
        "/v4/subaccount/create",
        {"email": fresh_email(), "webhook_endpoint": "http://127.0.0.1:9/hook"},
        headers={"Idempotency-Key": "once"},
    )

    assert inside == [False, False]


def test_two_clients_may_have_one_username(mario: Shop) -> None:
    made = [created(mario, username="bakerymarti") for _ in range(2)]

    assert [one["username"] for one in made] == ["bakerymarti"] * 2
    changed = mario.api("/v4/subaccount/update", {"subaccount": made[0]["ID"], "username": "marti"}).json()
    assert changed["subaccount"]["username"] == "marti"


def test_currency_and_language_are_stored_as_the_rest_of_the_house_writes_them(mario: Shop) -> None:
    made = created(mario, currency="usd", language="NL")

    assert (made["currency"], made["language"]) == ("USD", "nl")
    for wrong in ({"currency": "x1?"}, {"currency": "euro"}, {"language": "<b>"}, {"language": "Dutch please"}):
        assert codes(mario.api("/v4/subaccount/update", {"subaccount": made["ID"]} | wrong)) == [300], wrong


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({"email": None}, [200]),
        ({"email": "x"}, [305]),
        ({"expiry_date": "30/06/2099"}, [303]),
        ({"expiry_date": "2099-06-30 10:00"}, [303]),
        ({"status": "blocked"}, [302]),
        ({"package": "pac_x"}, [301]),
        ({"package": "pac_999999999"}, [300]),
        ({"password": "short"}, [300]),
        ({"webhook_endpoint": "ftp://example.org"}, [300]),
    ],
)
def test_what_is_wrong_with_a_new_client_is_told(mario: Shop, parameters: dict[str, Any], wanted: list[int]) -> None:
    answer = mario.api("/v4/subaccount/create", {"email": fresh_email()} | parameters)

    assert answer.status_code == 422
    assert codes(answer) == wanted


def test_what_is_wrong_is_told_in_the_order_of_the_contract(mario: Shop) -> None:
    wrong = {"max_campaigns": "-1", "status": "blocked", "package": "x", "email": "x", "password": "x"}
    assert codes(mario.api("/v4/subaccount/create", wrong)) == [305, 300, 301, 302, 300]
    assert codes(mario.api("/v4/subaccount/update", wrong)) == [200, 305, 300, 301, 302, 300]


def test_an_address_that_logs_in_already_is_304(mario: Shop, lucia: Shop) -> None:
    made = created(mario)

    assert codes(mario.api("/v4/subaccount/create", {"email": lucia.email})) == [304]
    assert codes(mario.api("/v4/subaccount/update", {"subaccount": made["ID"], "email": lucia.email})) == [304]


CALLS: dict[str, dict[str, Any]] = {
    "/v4/subaccount": {},
    "/v4/subaccount/update": {"first_name": "x"},
    "/v3/subaccount/reset/url": {},
    "/v3/subaccount/sso": {},
}


@pytest.mark.parametrize("path", CALLS)
def test_someone_elses_client_is_unknown(mario: Shop, lucia: Shop, path: str) -> None:
    hers = created(lucia)

    foreign = mario.api(path, CALLS[path] | {"subaccount": hers["ID"]})
    unknown = mario.api(path, CALLS[path] | {"subaccount": "sub_999999999"})

    assert codes(foreign) == codes(unknown) == [510]
    assert foreign.content == unknown.content
    assert codes(mario.api(path, CALLS[path])) == [200]
    assert codes(mario.api(path, CALLS[path] | {"subaccount": "sub_x"})) == [301]


@pytest.mark.parametrize("path", [*CALLS, "/v4/subaccount/list", "/v4/subaccount/create"])
def test_a_client_manages_no_clients(mario: Shop, path: str) -> None:
    made = created(mario)

    answer = mario.http.post(path, json={"subaccount": made["ID"], "email": "x@example.org"}, headers=keys_of(made))

    assert answer.status_code == 401
    assert codes(answer) == [102]


def test_a_client_whose_time_is_over_is_101_and_a_blocked_one_has_wrong_keys(mario: Shop) -> None:
    made = created(mario, expiry_date="2020-01-01")

    answer = mario.http.post("/v3/coupon/list", headers=keys_of(made)).json()
    assert answer["status"]["errors"]["error_code"] == 101
    mario.api("/v4/subaccount/update", {"subaccount": made["ID"], "status": "customer"})
    assert mario.http.post("/v3/coupon/list", headers=keys_of(made)).json()["status"]["status"] == "OK"
    mario.account.subaccounts.update(status="blocked")
    assert mario.http.post("/v3/coupon/list", headers=keys_of(made)).json()["status"]["errors"]["error_code"] == 1000


def pressed(url: str, **form: str) -> httpx.Response:
    """A person opens a link and presses its one button."""
    with door(follow_redirects=True) as browser:
        page = browser.get(httpx.URL(url).path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if not token:
            return page
        return browser.post(httpx.URL(url).path, data=form | {"csrfmiddlewaretoken": token[1]})


def test_single_sign_on_works_once_and_only_by_the_button(mario: Shop) -> None:
    made = created(mario, access_statistics=False)
    link = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"], "page": "statistics"}).json()["subaccount"]
    path = httpx.URL(link["url"]).path

    assert (
        link["ID"] == made["ID"]
        and re.fullmatch(r"[A-Za-z0-9]{49}", link["token"])
        and link["url"].endswith(link["token"])
    )
    with door() as scanner:
        for _ in range(5):
            assert scanner.get(path).status_code == 200
            scanner.head(path)
    page = pressed(link["url"])
    assert page.status_code == 200 and "Pizza Roma" in page.text and made["email"] in page.text
    assert pressed(link["url"]).status_code == 410
    assert mario.api("/v4/subaccount", {"subaccount": made["ID"]}).json()["subaccount"]["amountlogin"] == "1"


def test_of_two_who_press_at_once_one_is_signed_in(mario: Shop) -> None:
    made = created(mario)
    link = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"]}).json()["subaccount"]["url"]

    results = race([lambda: pressed(link).status_code] * 6)

    assert sorted(str(result) for result in results) == ["200", *["410"] * 5]


def test_a_reset_link_sets_the_password_once(mario: Shop) -> None:
    made = created(mario)
    url = mario.api("/v3/subaccount/reset/url", {"subaccount": made["ID"]}).json()["subaccount"]["url"]

    assert pressed(url, password="short").status_code == 422
    assert pressed(url, password="correct horse battery").status_code == 200
    assert User.objects.get(email=made["email"]).check_password("correct horse battery")
    assert pressed(url, password="another horse battery").status_code == 410


def test_of_many_who_choose_a_password_at_once_one_does(mario: Shop) -> None:
    """Lesson 30: a link that resets is taken once, however many press at the same moment."""
    made = created(mario)
    url = mario.api("/v3/subaccount/reset/url", {"subaccount": made["ID"]}).json()["subaccount"]["url"]
    chosen = [f"correct horse {number}" for number in range(6)]

    results = race([lambda word=word: pressed(url, password=word).status_code for word in chosen])

    assert sorted(str(result) for result in results) == ["200", *["410"] * 5]
    user = User.objects.get(email=made["email"])
    assert [user.check_password(word) for word in chosen].count(True) == 1
    assert user.check_password(chosen[results.index(200)])
    assert Event.objects.filter(account=user.account_id, kind="user.password_changed").count() == 1


def test_negative_control_looking_before_choosing_lets_several_choose(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin takes no token: it looks whether the link is good, and then sets the password."""
    made = created(mario)
    url = mario.api("/v3/subaccount/reset/url", {"subaccount": made["ID"]}).json()["subaccount"]["url"]
    monkeypatch.setattr(tokens, "take", lambda purpose, token, at: tokens.Taken(owner_of(made), "", None))
    monkeypatch.setattr(tokens, "end_all", lambda user, at: None)

    results = race([lambda: pressed(url, password="correct horse battery").status_code] * 4)

    assert results.count(200) > 1


def owner_of(made: dict[str, Any]) -> int:
    return User.objects.get(email=made["email"]).pk


def test_a_changed_password_ends_every_other_link(mario: Shop) -> None:
    """Lesson 30: whoever got hold of an older link has nothing any more."""
    made = created(mario)
    sso = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"]}).json()["subaccount"]["url"]
    older, newer = (
        mario.api("/v3/subaccount/reset/url", {"subaccount": made["ID"]}).json()["subaccount"]["url"] for _ in range(2)
    )

    assert pressed(newer, password="correct horse battery").status_code == 200

    for link in (sso, older):
        with door() as browser:
            assert browser.get(httpx.URL(link).path).status_code == 410
    mario.api("/v4/subaccount/update", {"subaccount": made["ID"], "password": "another horse battery"})
    again = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"]}).json()["subaccount"]["url"]
    mario.api("/v4/subaccount/update", {"subaccount": made["ID"], "password": "a third horse battery"})
    assert pressed(again).status_code == 410


def test_the_account_page_says_rights_and_landing_in_plain_words(mario: Shop) -> None:
    made = created(mario, access_update_campaign=False)
    for page in ("campaigns", "add_campaign", "statistics", "distribution"):
        link = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"], "page": page}).json()["subaccount"]["url"]
        shown = pressed(link).text
        assert "Change coupons" in shown and "You were led to" in shown
        assert "_campaign" not in shown.lower()


def test_a_forged_host_changes_no_link_and_leads_nowhere_else(mario: Shop) -> None:
    """Lesson 30: neither an address in an answer nor a redirect follows the Host header of a stranger."""
    made, forged = created(mario), {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    ours = httpx.URL(settings.TEAROFF_BASE_URL).host
    links = [
        mario.api(path, {"subaccount": made["ID"]}, headers=forged).json()["subaccount"]["url"]
        for path in ("/v3/subaccount/sso", "/v3/subaccount/reset/url")
    ]

    assert {httpx.URL(link).host for link in links} == {ours}
    with door() as browser:
        page = browser.get(httpx.URL(links[0]).path, headers=forged)
        assert "evil.example" not in page.text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        entered = browser.post(httpx.URL(links[0]).path, data={"csrfmiddlewaretoken": token[1]}, headers=forged)
        assert (entered.status_code, entered.headers["location"]) == (302, "/account")


def test_links_get_too_old(mario: Shop) -> None:
    made = created(mario)
    link = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"]}).json()["subaccount"]["url"]

    with clock.moved(clock.now() + timedelta(minutes=11)):
        assert pressed(link).status_code == 410


def test_links_belong_to_our_own_host(mario: Shop) -> None:
    answer = mario.api("/v3/account/sso", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert "evil" not in answer.text


def test_an_owner_and_a_teammate_sign_on(mario: Shop, lucia: Shop) -> None:
    mate = User.objects.create_user(fresh_email(), "a long password", account=mario.account)
    hers = User.objects.create_user(fresh_email(), "a long password", account=lucia.account)

    assert pressed(mario.api("/v3/account/sso").json()["account"]["url"]).status_code == 200
    link = mario.api("/v3/teammate/sso", {"teammate": str(mate.pk)}).json()["teammate"]
    assert mate.email in pressed(link["url"]).text
    assert codes(mario.api("/v3/teammate/sso", {"teammate": str(hers.pk)})) == [503]
    assert codes(mario.api("/v3/teammate/sso", {})) == [200]
    assert codes(mario.api("/v3/teammate/sso", {"teammate": "x"})) == [301]
    assert codes(mario.api("/v3/teammate/sso", {"teammate": str(mate.pk), "page": "update_campaign"})) == [200]
    foreign = mario.api(
        "/v3/teammate/sso", {"teammate": str(mate.pk), "page": "update_campaign", "campaign": lucia.campaign().id}
    )
    assert codes(foreign) == [502]


def test_a_log_in_ends_with_the_account(mario: Shop) -> None:
    made = created(mario)
    link = mario.api("/v3/subaccount/sso", {"subaccount": made["ID"]}).json()["subaccount"]["url"]
    with door(follow_redirects=True) as browser:
        path = httpx.URL(link).path
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
        assert token and browser.post(path, data={"csrfmiddlewaretoken": token[1]}).status_code == 200
        assert browser.get("/account").status_code == 200
        mario.account.subaccounts.update(status="blocked")
        assert browser.get("/account").status_code == 401
