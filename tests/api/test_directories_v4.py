"""V1 to V9 of contract/directories.md, in REST style, and our own calls for what stands on a directory."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings

from tearoff.directories import entering
from tearoff.directories.models import Key, Listing, Member
from tearoff.kit import clock
from tearoff.messaging import credits
from tearoff.messaging.models import Message
from tearoff.webhooks.models import Endpoint
from tests.api.test_directories_v3 import deals
from tests.contract.recorded import example
from tests.street import messaging
from tests.street.directories import PASSWORD, Page, directory
from tests.street.loyalty import club
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import told, work
from tests.world import Shop, open_shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
Listen = Callable[..., Endpoint]


@pytest.fixture(autouse=True)
def noon():  # type: ignore[no-untyped-def]
    with clock.moved(NOON):
        yield


def keys(shop: Shop) -> dict[str, str]:
    """The headers the documentation of these calls shows."""
    return {"x-api-key": shop.client_id, "x-api-secret": shop.client_secret}


def ask(shop: Shop, verb: str, path: str, body: Any = None) -> httpx.Response:
    return shop.http.request(verb, f"/v4/directory{path}", json=body, headers=keys(shop))


def recorded(name: str, values: dict[str, Any]) -> Any:
    return example(f"directories/{name}", values)


def numbered(values: dict[str, Any]) -> dict[str, Any]:
    """The ids as these calls have them."""
    plain = {
        name: int(values[name].partition("_")[2])
        for name in ("directory", "user", "campaign", "category")
        if name in values
    }
    return values | plain | {"domain": urlsplit(settings.TEAROFF_BASE_URL).netloc}


def with_pau(shop: Shop) -> tuple[Page, dict[str, Any]]:
    page, values = deals(shop)
    return page, numbered(values)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("v4_list", ""),
        ("v4_info", "/$directory"),
        ("v4_users_list", "/$directory/users"),
        ("v4_users_get", "/$directory/users/$user"),
        ("v4_campaigns", "/$directory/campaigns"),
    ],
)
def test_what_is_read_is_as_recorded_with_either_form_of_ids_and_keys(mario: Shop, name: str, path: str) -> None:
    _, values = with_pau(mario)
    for forms in ({"directory": values["directory"], "user": values["user"]},
                  {"directory": f"dir_{values['directory']}", "user": f"reg_{values['user']}"}):  # fmt: skip
        address = path.replace("$directory", str(forms["directory"])).replace("$user", str(forms["user"]))
        answer = ask(mario, "GET", address)
        assert (answer.status_code, answer.json()) == (200, recorded(name, values).answer)
        assert mario.http.get(f"/v4/directory{address}", headers=mario.headers).json() == answer.json()


def test_a_user_is_registered_read_back_and_told(
    mario: Shop,
    receiver: Receiver,
    listen: Listen,
) -> None:
    page = directory(mario)
    listen(mario)
    values = numbered({"directory": page.id, "base": settings.TEAROFF_BASE_URL})
    wanted = recorded("v4_users_create", values | {"user": 0})
    made = ask(mario, "POST", f"/{values['directory']}/users", wanted.request).json()
    values["user"] = made["id"]
    assert made == recorded("v4_users_create", values).answer
    assert ask(mario, "GET", f"/{values['directory']}/users/{made['id']}").json() == made
    assert datetime.fromisoformat(made["created_at"]) == NOON
    assert isinstance(entering.log_in(page.directory, "PAU@mail.example", "correct horse", "x", at=NOON), str)
    work()
    told_of = [body for body in told(receiver) if body["type"] == "directory_user_registered"]
    texts = {"directory": page.id, "user": f"reg_{made['id']}", "event": told_of[0]["id"]}
    assert told_of == [recorded("webhook_registered", texts).answer]


def test_an_address_registers_once_in_a_directory(mario: Shop) -> None:
    page, other = directory(mario), directory(mario, "Other")
    pau = {"email": "pau@mail.example"}
    assert ask(mario, "POST", f"/{page.directory.pk}/users", pau).status_code == 200
    again = ask(mario, "POST", f"/{page.directory.pk}/users", {"email": "Pau@mail.example"})
    assert (again.status_code, again.json()) == (
        409, {"message": "E-mail address already exists.", "errors": {"email": ["E-mail address already exists."]}},
    )  # fmt: skip
    assert ask(mario, "POST", f"/{other.directory.pk}/users", pau).status_code == 200
    assert Member.objects.filter(account=mario.account).count() == 2


def test_a_block_keeps_a_user_out_and_changes_nothing_else(mario: Shop) -> None:
    page, values = with_pau(mario)
    wanted = recorded("v4_users_update", values)
    path = f"/{values['directory']}/users/{values['user']}"
    assert ask(mario, "POST", path, wanted.request).json() == wanted.answer
    assert entering.log_in(page.directory, "pau@mail.example", PASSWORD, "x", at=NOON) is entering.Refusal.BLOCKED
    refused = ask(mario, "POST", f"{path}/sso")
    assert (refused.status_code, refused.json()["message"]) == (422, "This user is blocked.")
    assert ask(mario, "POST", path, {"block": "false"}).json()["block"] is False
    assert ask(mario, "POST", path, {}).json() == recorded("v4_users_get", values).answer, "nothing to change"


def test_paid_access_is_given_until_a_moment_for_good_and_taken(
    mario: Shop,
    receiver: Receiver,
    listen: Listen,
) -> None:
    _, values = with_pau(mario)
    listen(mario, kinds=["directory_user_paid"])
    path = f"/{values['directory']}/users/{values['user']}"
    wanted = recorded("v4_users_access", values)
    assert ask(mario, "POST", f"{path}/access", wanted.request).json() == wanted.answer
    with clock.moved(datetime(2026, 3, 31, 18, 0, 1, tzinfo=UTC)):
        assert ask(mario, "GET", path).json()["paid_access"] is False
    assert ask(mario, "POST", f"{path}/access").json() | {"paid_access": True, "expires_at": None} == (
        ask(mario, "GET", path).json()
    )
    assert ask(mario, "DELETE", f"{path}/access").json() == recorded("v4_users_access_taken", values).answer
    work()
    assert [(body["user"]["paid"], body["user"]["payment_expiry"]) for body in told(receiver)] == [
        (True, "2026-03-31 18:00:00"), (True, ""), (False, ""),
    ]  # fmt: skip


def test_lesson_30_a_sign_on_link_is_on_our_host_works_once_and_is_not_kept_in_plain(mario: Shop) -> None:
    page, values = with_pau(mario)
    path = f"/v4/directory/{values['directory']}/users/{values['user']}/sso"
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Idempotency-Key": "k"}
    answers = [mario.http.post(path, headers=keys(mario) | forged).json() for _ in range(2)]
    token = answers[0]["token"]
    assert answers == [recorded("v4_users_sso", values | {"token": token}).answer] * 2
    assert Key.objects.filter(member=values["user"]).count() == 1, "a repeat by key makes no second one"
    assert entering.sign_on(page.directory, token, at=NOON)
    assert entering.sign_on(page.directory, token, at=NOON) is None


def test_a_directory_is_sent_and_costs_credits(mario: Shop) -> None:
    _, values = with_pau(mario)
    path = f"/{values['directory']}/send"
    assert ask(mario, "POST", f"{path}/email", {"email": "ann@example.org"}).status_code == 422, "nobody sends for it"
    messaging.connect(mario, "mail"), messaging.connect(mario)
    for name, channel in (("v4_send_email", "email"), ("v4_send_sms", "sms")):
        wanted = recorded(name, values)
        assert ask(mario, "POST", f"{path}/{channel}", wanted.request).json() == wanted.answer
    credits.assign(mario.account.pk, 1, at=NOON)
    sms = {"phone": "+32470000001"}
    nobody = ask(mario, "POST", f"{path}/sms", {"phone": "12"})
    assert (nobody.status_code, list(nobody.json()["errors"])) == (400, ["phone"])
    assert ask(mario, "POST", f"{path}/sms", sms).status_code == 200
    empty = ask(mario, "POST", f"{path}/sms", sms)
    assert (empty.status_code, empty.json()) == (402, {"message": "No SMS credits are left.", "errors": {}})
    assert Message.objects.filter(account=mario.account).count() == 3


def test_coupons_and_cards_are_put_on_a_directory_and_taken_off(mario: Shop, lucia: Shop) -> None:
    _, values = with_pau(mario)
    card = club(mario).card
    values["card"] = card.pk
    at = f"/{values['directory']}"
    for name, path in (("v4_campaigns_put", f"{at}/campaigns/{values['campaign']}"),
                       ("v4_cards_put", f"{at}/loyalty-cards/{card.pk}")):  # fmt: skip
        put = ask(mario, "POST", path, recorded(name, values | {"entry": 0}).request).json()
        wanted = recorded(name, values | {"entry": put["id"]})
        assert put == wanted.answer
        assert wanted.answer in ask(mario, "GET", f"{at}/campaigns").json()
    assert len(ask(mario, "GET", f"{at}/campaigns").json()) == 2
    hers = club(lucia).card.pk
    for path in (f"{at}/campaigns/{lucia.campaign().campaign.pk}", f"{at}/loyalty-cards/{hers}"):
        for verb in ("POST", "DELETE"):
            assert ask(mario, verb, path, {}).status_code == 404
    for path in (f"{at}/campaigns/{values['campaign']}", f"{at}/loyalty-cards/{card.pk}"):
        assert ask(mario, "DELETE", path).json() == recorded("v4_removed", values).answer
        assert ask(mario, "DELETE", path).status_code == 404
    assert ask(mario, "GET", f"{at}/campaigns").json() == []
    assert not Listing.objects.filter(directory=values["directory"]).exists()


def test_how_a_client_s_offer_stands_there_is_the_directory_s_matter(mario: Shop) -> None:
    """The operator put them there; no grant leads to the coupon."""
    page, roma = directory(mario), open_shop("Roma", parent=mario.account)
    theirs, card = roma.campaign("Theirs"), club(roma)
    page.puts(theirs), page.puts(card)
    number = page.directory.pk
    for path in (f"/{number}/campaigns/{theirs.campaign.pk}", f"/{number}/loyalty-cards/{card.card.pk}"):
        assert ask(mario, "POST", path, {"featured": True}).json()["featured"] is True
    asked = {"directory": page.id, "campaign": theirs.id}
    said = mario.api("/v3/directory/campaign/update", asked | {"description": "New"})
    assert said.json()["campaign"]["description"] == "New"
    refused = mario.api("/v3/directory/campaign/update", asked | {"status": "inactive"})
    assert refused.json()["status"]["errors"]["error_code"] == [502], "whether it is on is the client's"
    theirs.campaign.refresh_from_db()
    assert theirs.campaign.status == "active"
    for path in (f"/{number}/campaigns/{theirs.campaign.pk}", f"/{number}/loyalty-cards/{card.card.pk}"):
        assert ask(mario, "DELETE", path).status_code == 200
        assert ask(mario, "POST", path, {}).status_code == 404, "once off, it is out of reach"


WRONG = [
    ("POST", "/users", {}, "email"),
    ("POST", "/users", {"email": "pau"}, "email"),
    ("POST", "/users", {"email": "x@mail.example", "password": "short"}, "password"),
    ("POST", "/users", {"email": "x@mail.example", "birth_date": "31.05.1990"}, "birth_date"),
    ("POST", "/users", {"email": "x@mail.example", "first_name": "x" * 101}, "first_name"),
    ("GET", "/users?page=0", None, "page"),
    ("GET", "/users?limit=5001", None, "limit"),
    ("POST", "/users/$user", {"block": "perhaps"}, "block"),
    ("POST", "/users/$user/access", {"expires_at": "soon"}, "expires_at"),
    ("POST", "/send/email", {"email": "x"}, "email"),
    ("POST", "/send/sms", {}, "phone"),
    ("GET", "/campaigns?page=0", None, "page"),
    ("GET", "/campaigns?limit=5001", None, "limit"),
    ("GET", "/campaigns?after=x", None, "after"),
]


@pytest.mark.parametrize(("verb", "path", "body", "name"), WRONG)
def test_what_is_wrong_is_a_400_that_names_it_and_changes_nothing(
    mario: Shop, verb: str, path: str, body: Any, name: str
) -> None:
    _, values = with_pau(mario)
    before = list(Member.objects.filter(account=mario.account).values())
    answer = ask(mario, verb, f"/{values['directory']}{path.replace('$user', str(values['user']))}", body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [name]
    assert list(Member.objects.filter(account=mario.account).values()) == before


def test_wrong_keys_are_401_and_no_keys_too(mario: Shop) -> None:
    for headers in ({}, keys(mario) | {"x-api-secret": "wrong"}):
        answer = mario.http.get("/v4/directory", headers=headers)
        assert (answer.status_code, set(answer.json())) == (401, {"message", "errors"})


def test_lesson_29_pages_are_complete_and_in_order(mario: Shop) -> None:
    page = directory(mario)
    for number in range(25):
        page.member(f"m{number}@mail.example", password=None)
    whole = ask(mario, "GET", f"/{page.directory.pk}/users")
    assert (len(whole.json()), whole.headers["X-Total-Count"]) == (25, "25")
    assert whole.json()[0]["email"] == "m24@mail.example"
    for limit in (1, 7, 24, 25, 26):
        found: list[dict[str, Any]] = []
        for number in range(1, 27):
            piece = ask(mario, "GET", f"/{page.directory.pk}/users?limit={limit}&page={number}").json()
            found += piece
            if not piece:
                break
        assert found == whole.json()
    walked: list[dict[str, Any]] = []
    while piece := ask(
        mario, "GET", f"/{page.directory.pk}/users?limit=7" + (f"&after={walked[-1]['id']}" if walked else "")
    ).json():
        walked += piece
        page.member(f"new{len(walked)}@mail.example", password=None)  # joins while the list is walked
    assert walked == whole.json()


def test_lesson_29_what_stands_on_a_directory_is_walked_through_in_pages(mario: Shop) -> None:
    page = directory(mario)
    offers = [mario.campaign(f"Offer {number}") for number in range(11)]
    for offer in offers:
        page.lists(offer)
    page.lists(club(mario, title="Lunch club"))
    page.puts(club(open_shop("Roma", parent=mario.account), title="Of an account below"))
    gone = club(mario, title="Gone")
    page.puts(gone)
    gone.set(deleted_at=NOON)
    path = f"/{page.directory.pk}/campaigns"
    whole = ask(mario, "GET", path)
    assert (len(whole.json()), whole.headers["X-Total-Count"]) == (13, "13"), "what people see, and nothing deleted"
    assert [one["campaign"] for one in whole.json()[:11]] == [offer.campaign.pk for offer in offers]
    assert [one["position"] for one in whole.json()] == list(range(1, 14))
    for limit in (1, 5, 12, 13, 14):
        pages = [ask(mario, "GET", f"{path}?limit={limit}&page={number}") for number in range(1, 13 // limit + 2)]
        assert [one for piece in pages for one in piece.json()] == whole.json(), limit
        assert {piece.headers["X-Total-Count"] for piece in pages} == {"13"}
    walked: list[dict[str, Any]] = []
    while piece := ask(mario, "GET", f"{path}?limit=4&after={walked[-1]['id'] if walked else 0}").json():
        walked += piece
        if piece[-1]["campaign"]:  # the last one of the page is taken off while the list is walked through
            assert ask(mario, "DELETE", f"{path}/{piece[-1]['campaign']}").status_code == 200
    assert walked == whole.json()


@pytest.mark.parametrize("of", ["coupon", "card"])
def test_a_directory_charges_no_more_once_what_cost_is_deleted(mario: Shop, of: str) -> None:
    page = directory(mario)
    what = mario.campaign() if of == "coupon" else club(mario)
    page.lists(what, paid_only=True)
    info = f"/{page.directory.pk}"
    assert ask(mario, "GET", info).json()["payment"] is True
    what.set(deleted_at=NOON)
    assert ask(mario, "GET", info).json()["payment"] is False


def test_a_password_is_never_told_and_a_repeat_by_key_registers_once(mario: Shop) -> None:
    page = directory(mario)
    body = {"email": "pau@mail.example", "password": "secret horse"}
    path = f"/v4/directory/{page.directory.pk}/users"
    answers = {
        mario.http.post(path, json=body, headers=keys(mario) | {"Idempotency-Key": "once"}).text for _ in range(3)
    }
    assert len(answers) == 1 and "secret horse" not in answers.pop()
    assert Member.objects.filter(directory=page.directory).count() == 1
    assert "secret horse" not in json.dumps(list(Member.objects.filter(directory=page.directory).values()), default=str)


def test_the_end_of_access_given_as_a_bare_date_is_its_last_second(mario: Shop) -> None:
    _, values = with_pau(mario)
    path = f"/{values['directory']}/users/{values['user']}"
    assert (
        ask(mario, "POST", f"{path}/access", {"expires_at": "2026-03-02"}).json()["expires_at"] == "2026-03-02 23:59:59"
    )
    for late, open_now in ((0, True), (1, False)):
        with clock.moved(datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC) + timedelta(seconds=late)):
            assert ask(mario, "GET", path).json()["paid_access"] is open_now
