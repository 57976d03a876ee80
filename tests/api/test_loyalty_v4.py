"""V1 to V8 of contract/loyalty.md, in REST style: bare JSON, the HTTP status tells how it went."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from django.conf import settings

from tearoff.kit import clock
from tearoff.loyalty.models import Card, Entry, Holder
from tests.contract.recorded import example
from tests.street.loyalty import Club, club
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
CARDS = "/v4/loyalty/loyalty-cards"
PROFILE = example("loyalty/v4_users_create", dict.fromkeys(("user", "code", "card_code", "key", "base"), "")).request


@pytest.fixture(autouse=True)
def noon():  # type: ignore[no-untyped-def]
    with clock.moved(NOON):
        yield


def call(shop: Shop, verb: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
    """By the pair of header names the documentation of v4 shows."""
    keys = {"x-api-key": shop.client_id, "x-api-secret": shop.client_secret}
    return shop.http.request(verb, path, json=body, headers=keys | options.pop("headers", {}), **options)


def marti(shop: Shop) -> tuple[Club, dict[str, Any]]:
    card = club(shop, "Marti stamp card")
    return card, {
        "base": settings.TEAROFF_BASE_URL,
        "domain": urlsplit(settings.TEAROFF_BASE_URL).netloc,
        "card": card.card.pk,
        "card_code": card.card.code,
        "location_id": f"loc_{card.at_location('Main street')}",
    }


def users_of(card: Club) -> str:
    return f"{CARDS}/{card.card.pk}/stats"


def with_lena(shop: Shop) -> tuple[Club, dict[str, Any], str]:
    """The card, the values of the examples, and the address of the user in them."""
    card, values = marti(shop)
    assert call(shop, "POST", users_of(card), PROFILE).status_code == 200
    held = Holder.objects.get(card=card.card)
    values |= {"user": held.person, "code": held.code, "key": held.key, "holder": held.pk}
    return card, values, f"{users_of(card)}/{held.person}"


def test_cards(mario: Shop, lucia: Shop) -> None:
    _, values = marti(mario)
    club(lucia)
    answer = call(mario, "GET", CARDS)
    assert answer.json() == example("loyalty/v4_list", values).answer
    assert mario.http.get(f"{CARDS}/", headers=mario.headers).json() == answer.json(), (
        "the other header pair, a slash too many"
    )


def test_a_copy_has_the_settings_rewards_and_locations_and_no_users(mario: Shop) -> None:
    card, values = marti(mario)
    card.reward(5)
    card.joined()
    recorded = example("loyalty/v4_copy", values | {"copy": 0, "copy_code": ""})
    answer = call(mario, "POST", f"{CARDS}/{card.card.pk}/copy", recorded.request).json()
    made = Card.objects.get(pk=answer["id"])
    assert answer == example("loyalty/v4_copy", values | {"copy": made.pk, "copy_code": made.code}).answer
    assert made.code != card.card.code
    assert (made.goal, made.status, made.holders.count()) == (10, "active", 0)
    assert [(r.points, r.campaign_id) for r in made.rewards.all()] == [
        (r.points, r.campaign_id) for r in card.card.rewards.all()
    ]
    assert list(made.locations.all()) == list(card.card.locations.all())
    assert call(mario, "POST", f"{CARDS}/{card.card.pk}/copy").json()["name"] == "Marti stamp card copy"


def test_a_user_is_made_and_read_back_everywhere(mario: Shop) -> None:
    card, values = marti(mario)
    answer = call(mario, "POST", users_of(card), PROFILE)
    held = Holder.objects.get(card=card.card)
    values |= {"user": held.person, "code": held.code, "key": held.key}
    assert answer.json() == example("loyalty/v4_users_create", values).answer
    path = f"{users_of(card)}/{held.person}"
    assert call(mario, "GET", path).json() == example("loyalty/v4_users_get", values).answer
    recorded = example("loyalty/v4_users_list", values)
    listed = call(mario, "GET", users_of(card), recorded.request)
    assert (listed.json(), listed.headers["X-Total-Count"]) == (recorded.answer, "1")
    v3 = mario.api("/v3/loyaltyusers/list", {"loyaltycard": card.id}).json()["users"]
    assert [(user["ID"], user["code"], user["phone"]) for user in v3] == [
        (f"usr_{held.person}", held.code, "32470000001")
    ]


def test_an_empty_body_makes_an_anonymous_user(mario: Shop) -> None:
    card, values = marti(mario)
    answer = mario.http.post(users_of(card), headers=mario.headers).json()
    held = Holder.objects.get(card=card.card)
    values |= {"user": held.person, "code": held.code, "key": held.key}
    assert answer == example("loyalty/v4_users_create_anonymous", values).answer


def test_many_users_at_once_in_their_order(mario: Shop) -> None:
    card, values = marti(mario)
    recorded = example("loyalty/v4_users_bulk", values | dict.fromkeys(("user", "code", "key"), ""))
    answer = call(mario, "POST", f"{users_of(card)}/bulk", recorded.request).json()
    held = Holder.objects.get(card=card.card)
    values |= {"user": held.person, "code": held.code, "key": held.key}
    assert answer == example("loyalty/v4_users_bulk", values).answer
    names = [f"N{number}" for number in range(50)]
    wrapped = call(mario, "POST", f"{users_of(card)}/bulk", {"users": [{"first_name": name} for name in names]}).json()
    assert [user["first_name"] for user in wrapped] == names
    assert len({user["code"] for user in wrapped}) == 50
    assert call(mario, "POST", f"{users_of(card)}/bulk", []).json() == []


def test_ten_thousand_users_are_made_in_one_call_and_all_can_be_paged(mario: Shop) -> None:
    card = club(mario)
    made = call(
        mario, "POST", f"{users_of(card)}/bulk", [{"first_name": f"N{number}"} for number in range(10_000)]
    ).json()
    assert len({user["id"] for user in made}) == 10_000
    assert [user["first_name"] for user in made] == [f"N{number}" for number in range(10_000)]
    whole = call(mario, "GET", users_of(card))
    assert (whole.headers["X-Total-Count"], [user["id"] for user in whole.json()]) == (
        "10000", [user["id"] for user in reversed(made)],
    )  # fmt: skip
    last = call(mario, "GET", f"{users_of(card)}?pagination[page]=3&pagination[limit]=4000").json()
    assert [user["first_name"] for user in last] == [f"N{number}" for number in range(1999, -1, -1)]


def test_an_empty_object_of_php_is_an_empty_object(mario: Shop) -> None:
    """`json_encode([])` writes `[]`, wherever an object was meant."""
    lunch = club(mario)
    made = mario.api(f"/v4/loyalty/loyalty-cards/{lunch.card.pk}/stats/bulk", {"users": [[], {"first_name": "Ann"}]})
    assert [user["first_name"] for user in made.json()] == [None, "Ann"]
    asked = mario.http.request(
        "GET",
        f"/v4/loyalty/loyalty-cards/{lunch.card.pk}/stats",
        headers=mario.headers,
        json={"filter": [], "pagination": []},
    )
    assert len(asked.json()) == 2
    wrong = mario.api(f"/v4/loyalty/loyalty-cards/{lunch.card.pk}/stats/bulk", {"users": [["Ann"]]})
    assert wrong.status_code == 422


def test_one_wrong_user_makes_none(mario: Shop) -> None:
    card = club(mario)
    answer = call(mario, "POST", f"{users_of(card)}/bulk", [{"first_name": "Lena"}, {"email": "lena"}])
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["users[1].email"])
    assert call(mario, "POST", f"{users_of(card)}/bulk", ["Lena"]).status_code == 422
    assert call(mario, "POST", f"{users_of(card)}/bulk", [{}] * 10_001).status_code == 422
    assert not Holder.objects.filter(card=card.card).exists()


@pytest.mark.parametrize("verb", ["POST", "PATCH", "PUT"])
def test_an_update_changes_what_is_sent_and_keeps_the_rest(mario: Shop, verb: str) -> None:
    _, values, user = with_lena(mario)
    recorded = example("loyalty/v4_users_update", values)
    with clock.moved(NOON.replace(hour=12)):
        assert call(mario, verb, user, recorded.request).json() == recorded.answer
    assert call(mario, "GET", user).json() == recorded.answer
    assert call(mario, verb, user, {"void": False, "phone": None, "city": ""}).json() == recorded.answer | {
        "voided": False, "updated_at": "2026-03-02 11:00:00",
    }  # fmt: skip


def test_points_and_voids(mario: Shop) -> None:
    card, values, user = with_lena(mario)
    recorded = example("loyalty/v4_users_points", values)
    with clock.moved(NOON.replace(hour=12)):
        assert call(mario, "POST", f"{user}/points", recorded.request).json() == recorded.answer
    assert f"loc_{Entry.objects.get(holder=values['holder']).location_id}" == values["location_id"]
    assert call(mario, "POST", f"{user}/points", {"points": -3}).json()["points"] == 0
    with clock.moved(NOON.replace(hour=12)):
        assert call(mario, "DELETE", user).json() == example("loyalty/v4_users_void", values).answer
    assert call(mario, "DELETE", user).status_code == 200
    refused = call(mario, "POST", f"{user}/points", {"points": 1})
    assert (refused.status_code, refused.json()) == (422, {"message": "This user's card is voided.", "errors": {}})
    assert card.balance(values["holder"]) == 0


def test_voided_users_are_listed_only_when_asked_for(mario: Shop) -> None:
    card = club(mario)
    ann, bob = card.joined(first_name="Ann"), card.joined(first_name="Bob")
    card.hold(bob, True)
    assert [user["first_name"] for user in call(mario, "GET", users_of(card)).json()] == ["Ann"]
    both = call(mario, "GET", f"{users_of(card)}?include_voided=true")
    assert ([user["first_name"] for user in both.json()], both.headers["X-Total-Count"]) == (["Bob", "Ann"], "2")
    assert card.holder(ann).voided_at is None


@pytest.mark.parametrize("way", ["body", "json", "brackets", "whole", "beside"])
def test_objects_travel_on_a_get_in_every_way(mario: Shop, way: str) -> None:
    card = club(mario)
    for number in range(5):
        card.joined(first_name=f"N{number}", custom_1="blue" if number % 2 else "red")
    asked = {"filter": {"custom_1": "red"}, "pagination": {"page": 2, "limit": 2}}
    path, body = users_of(card), None
    if way == "body":
        body = asked
    elif way == "json":
        path += "?" + "&".join(f"{name}={quote(json.dumps(value))}" for name, value in asked.items())
    elif way == "brackets":
        path += "?filter[custom_1]=red&pagination%5Bpage%5D=2&pagination[limit]=2"
    elif way == "beside":
        path += "?filter[custom_1]=red&page=2&limit=2"
    else:
        path += "?" + quote(json.dumps(asked))
    answer = call(mario, "GET", path, body)
    assert ([user["first_name"] for user in answer.json()], answer.headers["X-Total-Count"]) == (["N0"], "3")


def test_pages_cover_the_list_once_in_either_way(mario: Shop) -> None:
    card = club(mario)
    for number in range(11):
        card.joined(first_name=f"N{number}")
    whole = call(mario, "GET", users_of(card)).json()
    by_number = [
        user
        for page in range(1, 6)
        for user in call(mario, "GET", f"{users_of(card)}?pagination[page]={page}&pagination[limit]=3").json()
    ]
    by_key: list[dict[str, Any]] = []
    while True:
        after = f"&pagination[after]={by_key[-1]['id']}" if by_key else ""
        page = call(mario, "GET", f"{users_of(card)}?pagination[limit]=4{after}").json()
        if not page:
            break
        by_key += page
    assert by_number == whole == by_key
    assert len(whole) == 11


@pytest.mark.parametrize(
    "narrowed", [{"search": "lena"}, {"email": "LENA@mail.example"}, {"phone": "0470 00 00 01"}, {"custom_8": "last"}]
)
def test_filters(mario: Shop, narrowed: dict[str, str]) -> None:
    card, values, _ = with_lena(mario)
    card.joined(first_name="Bob")
    found = call(mario, "GET", users_of(card), {"filter": narrowed}).json()
    assert [user["id"] for user in found] == [values["user"]]


def test_wrong_keys_and_dead_accounts_answer_401_in_rest_style(mario: Shop) -> None:
    answer = mario.http.get(CARDS, headers={"x-api-key": "1", "x-api-secret": "2"})
    assert (answer.status_code, set(answer.json())) == (401, {"message", "errors"})
    mario.account.status = "expired"
    mario.account.save()
    assert call(mario, "GET", CARDS).status_code == 401
    assert mario.http.get(f"{CARDS}?client_id={mario.client_id}&client_secret={mario.client_secret}").status_code == 401
    text = quote(json.dumps({"client_id": mario.client_id, "client_secret": mario.client_secret}))
    assert mario.http.get(f"{CARDS}?{text}").status_code == 401


def test_wrong_requests(mario: Shop) -> None:
    card, _, user = with_lena(mario)
    wrong = call(mario, "POST", users_of(card), {"email": "lena", "first_name": "x" * 101})
    assert (wrong.status_code, set(wrong.json()["errors"])) == (422, {"email", "first_name"})
    assert call(mario, "POST", f"{user}/points", {}).json()["errors"] == {"points": ["Missing parameter: points"]}
    assert call(mario, "POST", f"{user}/points", {"points": "x"}).status_code == 422
    assert call(mario, "GET", users_of(card), {"pagination": {"page": 0}}).status_code == 422
    assert call(mario, "GET", users_of(card), {"pagination": "x"}).status_code == 422
    assert call(mario, "GET", f"{users_of(card)}?include_voided=perhaps").status_code == 422
    assert call(mario, "POST", f"{CARDS}/{card.card.pk}/copy", {"name": "x" * 51}).status_code == 422
    broken = mario.http.post(
        users_of(card), content=b'"x"', headers=mario.headers | {"Content-Type": "application/json"}
    )
    assert (broken.status_code, set(broken.json())) == (400, {"message", "errors"})
    refused = call(mario, "PATCH", users_of(card))
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, POST")
    assert call(mario, "GET", f"{CARDS}/x/stats").status_code == 404


def test_nothing_of_another_account_is_there(mario: Shop, lucia: Shop) -> None:
    card, values, user = with_lena(mario)
    hers = club(lucia)
    member = hers.joined(first_name="Her")
    before = (card.balance(values["holder"]), card.holder(values["holder"]).voided_at)
    requests = [
        ("POST", f"{CARDS}/{card.card.pk}/copy", {}),
        ("GET", users_of(card), None),
        ("POST", users_of(card), {}),
        ("POST", f"{users_of(card)}/bulk", [{}]),
        *(
            (verb, user, {"city": "Rome"} if verb != "GET" else None)
            for verb in ("GET", "POST", "PATCH", "PUT", "DELETE")
        ),
        ("POST", f"{user}/points", {"points": 1}),
        ("GET", f"{users_of(hers)}/{values['user']}", None),
        ("DELETE", f"{users_of(hers)}/{values['user']}", None),
    ]
    for verb, path, body in requests:
        answer = call(lucia, verb, path, body)
        assert (answer.status_code, set(answer.json())) == (404, {"message", "errors"}), (verb, path)
    assert (card.balance(values["holder"]), card.holder(values["holder"]).voided_at) == before
    assert Holder.objects.filter(card=card.card).count() == 1
    assert hers.holder(member).voided_at is None
    after = call(lucia, "GET", f"{users_of(hers)}?pagination[after]={values['user']}&pagination[limit]=5")
    assert after.json() == []


def test_a_repeated_write_is_made_once(mario: Shop) -> None:
    card, values, user = with_lena(mario)
    key = {"headers": {"Idempotency-Key": "once"}}
    first = call(mario, "POST", users_of(card), {"first_name": "Bob"}, **key)
    again = call(mario, "POST", users_of(card), {"first_name": "Bob"}, **key)
    assert (first.content, again.headers["Idempotency-Replayed"]) == (again.content, "true")
    assert call(mario, "POST", f"{user}/points", {"points": 1}, **key).status_code == 200, "another path is another act"
    assert call(mario, "POST", users_of(card), {"first_name": "Eve"}, **key).status_code == 422
    assert Holder.objects.filter(card=card.card).count() == 2
    assert card.balance(values["holder"]) == 1
