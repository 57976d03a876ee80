"""Loyalty cards, L1 to L7 and V1 to V8 of loyalty.md."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from tearoff.loyalty.models import Holder
from tearoff.messaging.models import Message
from tests.contract.conforming import Case, Told, Values
from tests.contract.recorded import example
from tests.street.loyalty import Club, club
from tests.street.messaging import connect
from tests.street.pushing import Browser, push_key
from tests.world import Shop

V3, V4 = "tests/api/test_loyalty_v3.py", "tests/api/test_loyalty_v4.py"
PUSH, SENT_CARDS = "tests/messaging/test_loyalty_push.py", "tests/api/test_sending_cards.py"
CARDS = "/v4/loyalty/loyalty-cards"
USERS, USER = f"{CARDS}/{{card}}/stats", f"{CARDS}/{{card}}/stats/{{user}}"
HOUR = timedelta(hours=1)
SENT = {"key": "single_use_url/", "user_id": "notifications.0.user.ID", "code": "notifications.0.user.code"}
NEW = {"user": "id", "user_id": "notifications.0.user.ID", "code": "code", "key": "url/"}


def _marti(shop: Shop) -> tuple[Club, Values]:
    card = club(shop, "Marti stamp card")
    place, reward = card.at_location("Main street"), card.reward(5, "Free roll")
    return card, {
        "card": card.card.pk,
        "card_id": card.id,
        "card_code": card.card.code,
        "domain": urlsplit(settings.TEAROFF_BASE_URL).netloc,
        "location_id": f"loc_{place}",
        "reward_id": f"rew_{reward.pk}",
        "campaign_id": f"cam_{reward.campaign_id}",
        "campaign_code": reward.campaign.code,
    }


def _allowed(shop: Shop) -> Values:
    """Lena's browser hears of her card."""
    values = _with_lena(shop)
    with push_key():
        browser = Browser("http://127.0.0.1:9/push/lena")
        assert shop.http.post(f"/l/{values['card_code']}/{values['key']}/push", data=browser.form).status_code == 204
    return values


def _connected(shop: Shop) -> Values:
    connect(shop, "sms"), connect(shop, "mail")
    return _card(shop)


def _card(shop: Shop) -> Values:
    return _marti(shop)[1]


def _person(shop: Shop) -> Values:
    """Lena can log in and has no card yet."""
    lena = example("loyalty/v3_users_create", {"user_id": ""}).request
    return _card(shop) | {"user_id": shop.api("/v3/loyaltyusers/create", lena).json()["user"]["ID"]}


def _with_lena(shop: Shop) -> Values:
    """Lena has the card; made by v3."""
    values = _person(shop)
    shop.api("/v3/loyaltyusers/link", {"loyaltycard": values["card_id"], "user": values["user_id"]})
    return values | _held(values)


def _with_points(shop: Shop) -> Values:
    values = _with_lena(shop)
    give = {"loyaltycard": values["card_id"], "user": values["user_id"], "points": 4}
    assert shop.api("/v3/loyaltyusers/update", give).status_code == 200
    return values


def _with_lena_by_v4(shop: Shop) -> Values:
    values = _card(shop)
    empty = dict.fromkeys(("user", "code", "card_code", "key", "base"), "")
    lena = example("loyalty/v4_users_create", empty).request
    assert shop.http.post(USERS.format(**values), json=lena, headers=shop.headers).status_code == 200
    return values | _held(values)


def _held(values: Values) -> Values:
    held = Holder.objects.get(card=values["card"])
    return {"user": held.person, "user_id": f"usr_{held.person}", "code": held.code, "key": held.key}


def _items_are_the_infos(told: Told) -> None:
    for item in told.answer["loyalty_info"]:
        assert told.ask("/v3/loyalty/info", loyaltycard=item["ID"])["loyalty_info"] == item


def _is_in_the_list(told: Told) -> None:
    assert told.ask("/v3/loyalty/list")["loyalty_info"] == [told.answer["loyalty_info"]]
    assert told.get("/l/$card_code").status_code == 200


def _can_be_linked(told: Told) -> None:
    linked = told.ask("/v3/loyaltyusers/link", loyaltycard="$card_id", user="$user_id")["user"]
    person = told.answer["user"]
    assert {name: linked[name] for name in person} == person


def _is_listed(told: Told) -> None:
    assert told.ask("/v3/loyaltyusers/list", loyaltycard="$card_id")["users"] == [told.answer["user"]]
    assert told.get(told.answer["user"]["url"].removeprefix(told.values["base"])).status_code == 200


def _is_rewarded(told: Told) -> None:
    _is_listed(told)
    given = told.ask("/v3/couponsession/data", couponsession="$session")
    assert (given["campaign"], given["data"]["status"]["claimtype"]) == (told.values["campaign_id"], "loyalty")


def _are_found(told: Told) -> None:
    for call in ("list", "search"):
        assert (
            told.ask(f"/v3/loyaltyusers/{call}", loyaltycard="$card_id", search="lena")["users"] == told.answer["users"]
        )


def _message(told: Told) -> Message:
    """The one row that the worker will send."""
    found: Message = Message.objects.get(account=told.shop.account)
    assert found.state == "queued"
    return found


def _push_is_queued(told: Told) -> None:
    message = _message(told)
    assert (message.channel, message.text) == ("push", "Double stamps today!")
    assert message.link.endswith(f"/l/{told.values['card_code']}/{told.values['key']}")


def _is_sent_as_a_card_of_their_own(told: Told) -> None:
    (user,) = told.ask("/v3/loyaltyusers/list", loyaltycard="$card_id")["users"]
    message = _message(told)
    assert user["url"] == told.answer["single_use_url"] and user["url"] in (message.link or message.text)
    assert message.recipient in (user["email"], f"+{user['phone']}")


def _cards_agree(told: Told) -> None:
    v3 = told.ask("/v3/loyalty/list")["loyalty_info"]
    assert [(f"loy_{card['id']}", card["code"], card["name"], card["type"]) for card in told.answer] == [
        (card["ID"], card["code"], card["name"], card["type"]) for card in v3
    ]


def _copy_is_listed(told: Told) -> None:
    assert told.answer in told.get(CARDS).json()
    v3 = told.ask("/v3/loyalty/info", loyaltycard=told.answer["id"])["loyalty_info"]
    assert [reward["points"] for reward in v3["rewards"]] == ["5"]


def _users_are_read_back(told: Told) -> None:
    users = told.answer if isinstance(told.answer, list) else [told.answer]
    assert users
    for user in users:
        assert told.get(f"{USERS.format(**told.values)}/{user['id']}").json() == user
        assert told.get(user["url"].removeprefix(told.values["base"])).status_code == 200
    v3 = told.ask("/v3/loyaltyusers/list", loyaltycard="$card_id")["users"]
    assert [(user["ID"], user["code"], user["points"], user["voided"]) for user in v3] == [
        (f"usr_{user['id']}", user["code"], str(user["points"]), user["voided"]) for user in users
    ]


def _new_user(told: Told) -> None:
    _users_are_read_back(told)


CASES = [
    Case("/v3/loyalty/list", "loyalty.md L1", "loyalty/v3_list", _card, _items_are_the_infos,
         deeper=f"{V3}::test_only_active_cards_and_the_newest_first"),
    Case("/v3/loyalty/info", "loyalty.md L2", "loyalty/v3_info", _card, _is_in_the_list, deeper=f"{V3}::test_one_card"),
    Case("/v3/loyaltyusers/create", "loyalty.md L3", "loyalty/v3_users_create", _card, _can_be_linked,
         learns={"user_id": "user.ID"}, deeper=f"{V3}::test_what_is_wrong_with_a_person"),
    Case("/v3/loyaltyusers/link", "loyalty.md L4", "loyalty/v3_users_link", _person, _is_listed,
         learns={"code": "user.code", "key": "user.url/"},
         deeper=f"{V3}::test_a_user_of_one_card_gets_another_one_under_the_same_number"),
    Case("/v3/loyaltyusers/list", "loyalty.md L5", "loyalty/v3_users_list", _with_points, _are_found,
         deeper=f"{V3}::test_a_list_is_cut_into_pages_only_when_asked"),
    Case("/v3/loyaltyusers/search", "loyalty.md L6", "loyalty/v3_users_search", _with_points, _are_found,
         deeper=f"{V3}::test_search_looks_into_names_e_mail_phone_and_ids_and_reads_no_pattern"),
    Case("/v3/loyaltyusers/update", "loyalty.md L7", "loyalty/v3_users_update", _with_lena, _is_listed,
         deeper=f"{V3}::test_points_and_void_happen_both_or_neither"),
    Case("/v3/loyaltyusers/update", "loyalty.md L7", "loyalty/v3_users_rewarded", _with_points, _is_rewarded,
         after=HOUR, learns={"session": "notifications.1.session", "sequence": "notifications.1.sequenceid"},
         deeper=f"{V3}::test_a_reward_is_issued_when_the_api_crosses_its_threshold"),
    Case("/v3/loyalty/pushnotification/single", "loyalty.md L8", "loyalty/v3_push_single", _allowed, _push_is_queued,
         deeper=f"{PUSH}::test_a_push_opens_the_holders_own_card"
         " tests/wallet/test_apple.py::test_stamps_and_their_push_reach_the_card"),
    Case("/v3/loyalty/pushnotification/all", "loyalty.md L9", "loyalty/v3_push_all", _allowed, _push_is_queued,
         deeper=f"{PUSH}::test_to_all_users_of_this_card_and_nobody_else"),
    Case("/v3/send/email", "loyalty.md L10", "loyalty/v3_send_email", _connected, _is_sent_as_a_card_of_their_own,
         learns=SENT, deeper=f"{SENT_CARDS}::test_an_email_makes_a_holder_and_carries_their_own_link"),
    Case("/v3/send/sms", "loyalty.md L11", "loyalty/v3_send_sms", _connected, _is_sent_as_a_card_of_their_own,
         learns=SENT, deeper=f"{SENT_CARDS}::test_an_sms_reaches_the_card_a_person_has"),
    Case(f"GET {CARDS}", "loyalty.md V1", "loyalty/v4_list", _card, _cards_agree, deeper=f"{V4}::test_cards"),
    Case(f"POST {CARDS}/{{card}}/copy", "loyalty.md V2", "loyalty/v4_copy", _card, _copy_is_listed,
         learns={"copy": "id", "copy_code": "code"},
         deeper=f"{V4}::test_a_copy_has_the_settings_rewards_and_locations_and_no_users"),
    Case(f"GET {USERS}", "loyalty.md V3", "loyalty/v4_users_list", _with_lena_by_v4, _users_are_read_back,
         deeper=f"{V4}::test_objects_travel_on_a_get_in_every_way"),
    Case(f"GET {USER}", "loyalty.md V4", "loyalty/v4_users_get", _with_lena_by_v4, _users_are_read_back,
         deeper=f"{V4}::test_wrong_keys_and_dead_accounts_answer_401_in_rest_style"),
    Case(f"POST {USERS}", "loyalty.md V5", "loyalty/v4_users_create", _card, _new_user, learns=NEW,
         deeper=f"{V4}::test_a_user_is_made_and_read_back_everywhere"),
    Case(f"POST {USERS}", "loyalty.md V5", "loyalty/v4_users_create_anonymous", _card, _new_user, learns=NEW,
         deeper=f"{V4}::test_an_empty_body_makes_an_anonymous_user"),
    Case(f"POST {USERS}/bulk", "loyalty.md V6", "loyalty/v4_users_bulk", _card, _users_are_read_back,
         learns={"user": "0.id", "user_id": "notifications.0.user.ID", "code": "0.code", "key": "0.url/"},
         deeper=f"{V4}::test_ten_thousand_users_are_made_in_one_call_and_all_can_be_paged"),
    Case(f"POST {USER}", "loyalty.md V7", "loyalty/v4_users_update", _with_lena_by_v4, _users_are_read_back, after=HOUR,
         deeper=f"{V4}::test_an_update_changes_what_is_sent_and_keeps_the_rest"),
    Case(f"POST {USER}/points", "loyalty.md V8", "loyalty/v4_users_points", _with_lena_by_v4, _users_are_read_back,
         after=HOUR, deeper=f"{V4}::test_points_and_voids"),
    Case(f"DELETE {USER}", "loyalty.md V8", "loyalty/v4_users_void", _with_lena_by_v4, _users_are_read_back, after=HOUR,
         deeper=f"{V4}::test_voided_users_are_listed_only_when_asked_for"),
]  # fmt: skip
