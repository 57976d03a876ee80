"""L1 to L7 of contract/loyalty.md: each call answered as recorded, read back through another, every error provoked."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.conf import settings

from tearoff.kit import clock
from tearoff.loyalty import cards, listing
from tearoff.loyalty.models import Entry, Holder, Login
from tests.contract.recorded import example
from tests.street.loyalty import Club, club
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
LENA = example("loyalty/v3_users_create", {"user_id": ""}).request


@pytest.fixture(autouse=True)
def noon():  # type: ignore[no-untyped-def]
    with clock.moved(NOON):
        yield


def marti(shop: Shop) -> tuple[Club, dict[str, Any]]:
    """The card of the examples, and its values."""
    card = club(shop, "Marti stamp card")
    location = card.at_location("Main street")
    reward = card.reward(5, "Free roll")
    values = {
        "base": settings.TEAROFF_BASE_URL,
        "card_id": card.id,
        "card": card.card.pk,
        "card_code": card.card.code,
        "location_id": f"loc_{location}",
        "reward_id": f"rew_{reward.pk}",
        "campaign_id": f"cam_{reward.campaign_id}",
    }
    return card, values


def with_lena(shop: Shop) -> tuple[Club, dict[str, Any]]:
    card, values = marti(shop)
    user = shop.api("/v3/loyaltyusers/create", LENA).json()["user"]["ID"]
    assert shop.api("/v3/loyaltyusers/link", {"loyaltycard": card.id, "user": user}).status_code == 200
    held = Holder.objects.get(card=card.card)
    return card, values | {"user_id": user, "code": held.code, "key": held.key, "holder": held.pk}


def codes(answer: httpx.Response) -> list[int]:
    assert answer.status_code in (401, 422), answer.text
    status = answer.json()["status"]
    assert status["status"] == "failed"
    return status["errors"]["error_code"]


def reason(answer: httpx.Response) -> str:
    return answer.json()["status"]["errors"]["error_reason"][0]


# Cards


def test_cards_are_listed_with_their_locations_and_rewards(mario: Shop) -> None:
    _, values = marti(mario)
    recorded = example("loyalty/v3_list", values)
    assert mario.api("/v3/loyalty/list", recorded.request).json() == recorded.answer
    assert mario.http.get("/v3/loyalty/list", headers=mario.headers).json() == recorded.answer


def test_only_active_cards_and_the_newest_first(mario: Shop) -> None:
    first, second = club(mario, "First"), club(mario, "Second", status="inactive")
    names = [card["name"] for card in mario.api("/v3/loyalty/list", {"sorting": "DESC"}).json()["loyalty_info"]]
    assert names == ["Second", "First"]
    active = mario.api("/v3/loyalty/list", {"only_active": "1"}).json()["loyalty_info"]
    assert [card["ID"] for card in active] == [first.id]
    cards.delete_card(card=second.card, actor="test", at=NOON)
    assert len(mario.api("/v3/loyalty/list").json()["loyalty_info"]) == 1


def test_a_list_without_cards_is_an_empty_list(mario: Shop) -> None:
    assert mario.api("/v3/loyalty/list").json() == {"status": {"status": "OK"}, "loyalty_info": []}
    assert codes(mario.api("/v3/loyalty/list", {"sorting": "up"})) == [302]


def test_one_card(mario: Shop, lucia: Shop) -> None:
    card, values = marti(mario)
    recorded = example("loyalty/v3_info", values)
    assert mario.api("/v3/loyalty/info", recorded.request).json() == recorded.answer
    assert mario.api("/v3/loyalty/info", {"loyaltycard": card.card.pk}).json() == recorded.answer
    assert codes(mario.api("/v3/loyalty/info")) == [200]
    assert codes(mario.api("/v3/loyalty/info", {"loyaltycard": "loy_x"})) == [301]
    for unknown in ("loy_999999999", club(lucia).id):
        assert codes(mario.api("/v3/loyalty/info", {"loyaltycard": unknown})) == [507]


# People


def test_a_person_is_made_and_can_be_linked_to_a_card(mario: Shop) -> None:
    card, values = marti(mario)
    made = mario.api("/v3/loyaltyusers/create", LENA).json()
    values["user_id"] = made["user"]["ID"]
    assert made == example("loyalty/v3_users_create", values).answer
    login = Login.objects.get(account=mario.account)
    assert login.password.startswith("argon2$") and "horse" not in login.password

    link = {"loyaltycard": card.id, "user": values["user_id"]}
    answer = mario.api("/v3/loyaltyusers/link", link).json()
    held = Holder.objects.get(card=card.card)
    values |= {"code": held.code, "key": held.key}
    assert answer == example("loyalty/v3_users_link", values).answer
    assert mario.api("/v3/loyaltyusers/link", link).json() == answer, "a second time it is the same card"
    listed = mario.api("/v3/loyaltyusers/list", {"loyaltycard": card.id}).json()
    assert listed["users"] == [answer["user"]]


def test_a_user_of_one_card_gets_another_one_under_the_same_number(mario: Shop) -> None:
    first, second = club(mario), club(mario)
    holder = first.holder(first.joined(first_name="Bob", city="Ghent"))
    answer = mario.api("/v3/loyaltyusers/link", {"loyaltycard": second.id, "user": f"usr_{holder.person}"}).json()
    assert (answer["user"]["ID"], answer["user"]["first_name"], answer["user"]["city"]) == (
        f"usr_{holder.person}", "Bob", "Ghent",
    )  # fmt: skip
    assert answer["user"]["code"] != holder.code


def test_the_older_spelling_and_a_form_are_understood(mario: Shop) -> None:
    form = {"email": "x@mail.example", "password": "12345678", "first_Name": "Xan", "last_Name": "Yo", "birthday": ""}
    answer = mario.http.post("/v3/loyaltyusers/create", data=form, headers=mario.headers).json()
    assert (answer["user"]["first_name"], answer["user"]["last_name"], answer["user"]["birthday"]) == ("Xan", "Yo", "")


def test_what_is_wrong_with_a_person(mario: Shop, lucia: Shop) -> None:
    create = "/v3/loyaltyusers/create"
    assert codes(mario.api(create)) == [200, 200]
    assert codes(mario.api(create, LENA | {"email": "lena"})) == [305]
    assert codes(mario.api(create, LENA | {"password": "short"})) == [300]
    assert codes(mario.api(create, LENA | {"gender": "x"})) == [302]
    for birthday in ("31.05.1990", "1990-05-31 10:00"):
        wrong = mario.api(create, LENA | {"birthday": birthday})
        assert codes(wrong) == [303] and wrong.json()["message"].endswith("Required format: yyyy-MM-dd")
    assert mario.api(create, LENA).status_code == 200
    assert codes(mario.api(create, LENA | {"email": "LENA@mail.example"})) == [304]
    assert lucia.api(create, LENA).status_code == 200, "another shop's customers are its own"
    assert Login.objects.filter(account=mario.account).count() == 1


def test_what_cannot_be_linked(mario: Shop, lucia: Shop) -> None:
    link, card = "/v3/loyaltyusers/link", club(mario)
    user = mario.api("/v3/loyaltyusers/create", LENA).json()["user"]["ID"]
    foreign = lucia.api("/v3/loyaltyusers/create", LENA).json()["user"]["ID"]
    assert codes(mario.api(link)) == [200, 200]
    assert codes(mario.api(link, {"loyaltycard": "x", "user": user})) == [301]
    assert codes(mario.api(link, {"loyaltycard": club(lucia).id, "user": user})) == [505]
    assert codes(mario.api(link, {"loyaltycard": card.id, "user": "usr_1"})) == [506]
    assert codes(mario.api(link, {"loyaltycard": card.id, "user": foreign})) == [506]
    assert not Holder.objects.filter(card=card.card).exists()


# Users


def test_points_are_given_listed_and_found(mario: Shop) -> None:
    _, values = with_lena(mario)
    recorded = example("loyalty/v3_users_update", values)
    assert mario.api("/v3/loyaltyusers/update", recorded.request).json() == recorded.answer
    for call in ("list", "search"):
        asked = example(f"loyalty/v3_users_{call}", values)
        assert mario.api(f"/v3/loyaltyusers/{call}", asked.request).json() == asked.answer
    entry = Entry.objects.get(holder=values["holder"])
    assert (entry.delta, entry.method, f"loc_{entry.location_id}") == (4, "api", values["location_id"])
    assert entry.actor.startswith("api:")


@pytest.mark.parametrize("name", ["points", "stamps", "amount"])
def test_the_amount_has_three_names_and_may_be_negative(mario: Shop, name: str) -> None:
    card, values = with_lena(mario)
    user = {"loyaltycard": card.id, "user": values["user_id"], "merchant": values["location_id"]}
    assert mario.api("/v3/loyaltyusers/update", user | {name: "3"}).json()["user"]["points"] == "3"
    assert mario.api("/v3/loyaltyusers/update", user | {name: -1}).json()["user"]["points"] == "2"
    assert card.balance(values["holder"]) == 2


def test_a_reward_is_issued_when_the_api_crosses_its_threshold(mario: Shop) -> None:
    card, values = with_lena(mario)
    mario.client.loyalty.users.update(card.id, user=values["user_id"], points=6)
    (session,) = mario.client.sessions.iterate(values["campaign_id"])
    status = mario.client.sessions.info(session.session).data.status
    assert (status.claimed, status.claimtype) == ("1", "loyalty")
    mario.client.sessions.update(couponsession=session.session, status="validated")
    assert [used.session for used in mario.client.sessions.iterate(values["campaign_id"], kind="validations")] == [
        session.session
    ]


def test_void_stops_points_and_is_lifted_in_the_same_call(mario: Shop) -> None:
    card, values = with_lena(mario)
    user = {"loyaltycard": card.id, "user": values["user_id"]}
    voided = mario.client.loyalty.users.update(**user, points=1, void=True).user
    assert (voided.points, voided.voided) == ("1", True)
    refused = mario.api("/v3/loyaltyusers/update", user | {"points": 1})
    assert (codes(refused), reason(refused)) == ([300], "voided")
    lifted = mario.api("/v3/loyaltyusers/update", user | {"points": 1, "void": "false"}).json()["user"]
    assert (lifted["points"], lifted["voided"]) == ("2", False)
    assert mario.api("/v3/loyaltyusers/update", user | {"void": 0}).status_code == 200


def test_points_and_void_happen_both_or_neither(mario: Shop) -> None:
    card, values = with_lena(mario)
    user = {"loyaltycard": card.id, "user": values["user_id"]}
    mario.api("/v3/loyaltyusers/update", user | {"void": True})
    refused = mario.api("/v3/loyaltyusers/update", user | {"points": -5, "void": False})
    assert (codes(refused), reason(refused)) == ([300], "too_little")
    assert card.holder(values["holder"]).voided_at is not None


def test_a_repeat_by_nonce_or_by_idempotency_key_gives_nothing_again(mario: Shop) -> None:
    card, values = with_lena(mario)
    give = {"loyaltycard": card.id, "user": values["user_id"], "points": 1, "nonce": "till-1"}
    assert mario.api("/v3/loyaltyusers/update", give).json() == mario.api("/v3/loyaltyusers/update", give).json()
    key = {"headers": {"Idempotency-Key": "k1"}}
    again = {"loyaltycard": card.id, "user": values["user_id"], "points": 1}
    first = mario.api("/v3/loyaltyusers/update", again, **key)
    second = mario.api("/v3/loyaltyusers/update", again, **key)
    assert (first.content, second.headers["Idempotency-Replayed"]) == (second.content, "true")
    assert card.balance(values["holder"]) == 2


def test_what_is_wrong_with_an_update(mario: Shop, lucia: Shop) -> None:
    card, values = with_lena(mario)
    update, user = "/v3/loyaltyusers/update", {"loyaltycard": card.id, "user": values["user_id"]}
    assert codes(mario.api(update)) == [200, 200]
    assert codes(mario.api(update, user)) == [200]
    assert codes(mario.api(update, user | {"points": "many"})) == [300]
    assert codes(mario.api(update, user | {"points": 2_000_000})) == [300]
    assert codes(mario.api(update, user | {"points": 1, "location": "somewhere"})) == [301]
    assert codes(mario.api(update, user | {"points": 1, "void": "maybe"})) == [302]
    assert codes(mario.api(update, user | {"points": 1, "user": "?"})) == [301]
    assert codes(mario.api(update, user | {"points": 1, "loyaltycard": club(lucia).id})) == [505]
    assert codes(mario.api(update, user | {"points": 1, "user": "usr_7"})) == [506]
    elsewhere = mario.api(update, user | {"points": 1, "location": f"loc_{lucia.location().pk}"})
    assert (codes(elsewhere), reason(elsewhere)) == ([300], "wrong_location")
    assert card.balance(values["holder"]) == 0


def test_every_limit_of_the_card_holds_for_programs_too(mario: Shop) -> None:
    card, values = with_lena(mario)
    user = {"loyaltycard": card.id, "user": values["user_id"]}
    card.set(max_per_grant=2, max_per_day=3, minutes_between=5)
    seen = []
    for points in (3, 2, 1):
        answer = mario.api("/v3/loyaltyusers/update", user | {"points": points})
        seen.append(reason(answer) if answer.status_code == 422 else "ok")
    with clock.moved(NOON.replace(hour=12)):
        answer = mario.api("/v3/loyaltyusers/update", user | {"points": 2})
    assert [*seen, reason(answer)] == ["too_many", "ok", "too_soon", "day_limit"]
    assert "2026-03-02 23:00:00 UTC" in answer.json()["message"]
    card.set(status="inactive")
    assert reason(mario.api("/v3/loyaltyusers/update", user | {"points": 1})) == "inactive"
    member = club(mario, kind="membership")
    linked = {"loyaltycard": member.id, "user": values["user_id"]}
    mario.api("/v3/loyaltyusers/link", linked)
    assert reason(mario.api("/v3/loyaltyusers/update", linked | {"points": 1})) == "collects_nothing"


def test_lists_and_searches_answer_their_errors(mario: Shop, lucia: Shop) -> None:
    card, foreign = club(mario), club(lucia)
    for path, more in (("/v3/loyaltyusers/list", {}), ("/v3/loyaltyusers/search", {"search": "lena"})):
        assert 200 in codes(mario.api(path))
        assert codes(mario.api(path, {"loyaltycard": "loy-1"} | more)) == [301]
        assert codes(mario.api(path, {"loyaltycard": foreign.id} | more)) == [505]
    search = {"loyaltycard": card.id}
    assert codes(mario.api("/v3/loyaltyusers/search", search | {"search": "le"})) == [300]
    assert codes(mario.api("/v3/loyaltyusers/search", search | {"search": "le%na"})) == [301]
    assert mario.api("/v3/loyaltyusers/search", search | {"search": "nobody"}).json()["users"] == []
    assert codes(mario.api("/v3/loyaltyusers/list", search | {"page": 0})) == [301]


def test_search_looks_into_names_e_mail_phone_and_ids_and_reads_no_pattern(mario: Shop) -> None:
    card, values = with_lena(mario)
    card.joined(first_name="Le_na", email="other@mail.example")
    for text in ("LENA", "eters", "@mail", "470000", values["user_id"], values["user_id"][4:], values["code"].upper()):
        users = mario.client.loyalty.users.search(card.id, search=text).users
        assert values["user_id"] in [user.ID for user in users], text
    users = mario.client.loyalty.users.search(card.id, search="le_na").users
    assert [user.first_name for user in users] == ["Le_na"]


def test_a_list_is_cut_into_pages_only_when_asked(mario: Shop) -> None:
    card = club(mario)
    for number in range(7):
        card.joined(first_name=f"N{number}")
    users = mario.client.loyalty.users
    whole = users.list(card.id)
    assert (whole.amount_of_users, len(whole.users)) == (7, 7)
    pages = [users.list(card.id, page=page, limit=3).users for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert tuple(user for page in pages for user in page) == whole.users == tuple(users.iterate(card.id))
    first = mario.api("/v3/loyaltyusers/list", {"loyaltycard": card.id, "limit": 3}).json()
    assert (len(first["users"]), first["amount_of_users"]) == (3, 7), "so many has the card, not the page"


def test_who_joins_while_a_list_is_sent_is_not_more_than_was_counted(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lunch = club(mario)
    for _ in range(5):
        lunch.joined()
    read = listing.after

    def meanwhile(card: Any, wanted: Any, **options: Any) -> Any:
        if options["last"] is None:
            lunch.joined()
        return read(card, wanted, **options | {"limit": 2})

    monkeypatch.setattr(listing, "after", meanwhile)
    told = mario.api("/v3/loyaltyusers/list", {"loyaltycard": lunch.id}).json()
    assert told["amount_of_users"] == len(told["users"]) == 5


def test_an_expired_account_is_told_so_by_every_call(mario: Shop) -> None:
    card, values = with_lena(mario)
    mario.account.status = "expired"
    mario.account.save()
    user = {"loyaltycard": card.id, "user": values["user_id"], "points": 1, "search": "lena"} | LENA
    for path in (
        "loyalty/list",
        "loyalty/info",
        *(f"loyaltyusers/{verb}" for verb in ("create", "link", "list", "search", "update")),
    ):
        answer = mario.api(f"/v3/{path}", user)
        assert (answer.status_code, answer.json()["status"]["errors"]["error_code"]) == (401, 101), path
