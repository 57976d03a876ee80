"""The demo shows cards, directories and branches without any outside service, and their books agree."""

from pathlib import Path
from typing import Any

import pytest

from tearoff.accounts.models import Account
from tearoff.activity.models import Event
from tearoff.dashboard import demo
from tearoff.directories.models import Member
from tearoff.kit import clock
from tearoff.loyalty import following, proof
from tearoff.loyalty.models import Card, Earned, Entry, Holder
from tearoff.messaging import connecting
from tearoff.messaging.models import Group, Message
from tests.world import door


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return demo.fill(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def main(facts: dict[str, Any]) -> Account:
    return Account.objects.get(api_clients__client_id=facts["client_id"])


def ask(facts: dict[str, Any], path: str, **parameters: Any) -> dict[str, Any]:
    headers = {"X-Client-Id": facts["client_id"], "X-Client-Secret": facts["client_secret"]}
    answer: dict[str, Any] = door().post(path, json=parameters, headers=headers).json()
    assert answer["status"]["status"] == "OK", answer
    return answer


def test_a_card_of_each_kind_has_holders_who_collect_and_use_rewards(facts: dict[str, Any], main: Account) -> None:
    cards = ask(facts, "/v3/loyalty/list")["loyalty_info"]
    assert {card["type"] for card in cards} == {"stamp", "points", "reward", "membership"}
    for card in cards:
        assert ask(facts, "/v3/loyaltyusers/list", loyaltycard=card["ID"])["amount_of_users"] >= 5
        assert bool(card["rewards"]) is (card["type"] != "membership")
    mine = Card.objects.filter(account=main)
    assert Holder.objects.filter(card__in=mine, voided_at__isnull=False).exists()
    assert Holder.objects.filter(card__in=mine, first_name="").exists(), "an anonymous one"
    earned = Earned.objects.filter(holder__in=Holder.objects.filter(card__in=mine))
    assert earned.filter(is_chosen=True).exists() and earned.filter(is_chosen=False).exists()
    while following.take():
        pass
    kinds = set(Event.objects.filter(account=main.pk).values_list("kind", flat=True))
    assert {"loyalty.registered", "loyalty.points_changed", "loyalty.reward_claimed", "loyalty.reward_validated",
            "loyalty.voided", "loyalty.refused"} <= kinds  # fmt: skip
    assert Entry.objects.filter(card__in=mine.values("pk")).count() > 100
    assert proof.contradictions() == []


def test_two_directories_have_coupons_cards_and_members_in_every_state(facts: dict[str, Any], main: Account) -> None:
    directories = ask(facts, "/v3/directory/list")["directory_info"]
    assert [one["status"] for one in directories] == ["active", "active"]
    for one in directories:
        info = ask(facts, "/v3/directory/info", directory=one["ID"])["directory_info"]
        assert info["amount_of_campaigns"] >= 3 and info["amount_of_users"] >= 9
    assert [ask(facts, "/v3/directory/info", directory=one["ID"])["directory_info"]["registration"] for one in directories] == [
        False, True,
    ]  # fmt: skip
    members = Member.objects.filter(account=main.pk)
    now = clock.now()
    assert any(one.is_paying(now) for one in members) and any(
        one.has_paid and not one.is_paying(now) for one in members
    )
    assert members.filter(blocked_at__isnull=False).exists() and members.filter(has_paid=False).exists()
    categories = ask(facts, "/v3/category/list")["category"]
    assert any(one["main"] for one in categories)


def test_a_branch_is_in_each_state_and_its_keys_answer_so(facts: dict[str, Any], main: Account) -> None:
    branches = ask(facts, "/v4/subaccount/list")["subaccount"]
    keys = {
        one["company_name"]: {"X-Client-Id": one["api_key"], "X-Client-Secret": one["api_secret"]} for one in branches
    }
    told = {
        company: door().post("/v3/coupon/list", headers=pair).json()["status"].get("errors", {}).get("error_code")
        for company, pair in keys.items()
    }
    assert told == {
        "Forno Airport": None, "Forno Station": None, "Forno Food Truck": 101, "Forno Beach": 101, "Forno Pop-up": 1000,
    }  # fmt: skip
    assert set(Account.objects.filter(parent=main).values_list("status", flat=True)) == set(Account.Status.values)
    today = clock.now().date().isoformat()
    ends = {one["company_name"]: one["expiry_date"] for one in branches if one["expiry_date"]}
    assert ends["Forno Beach"] < today < ends["Forno Airport"] and len(ends) == 2
    station = door().post("/v3/coupon/list", json={"only_active": True}, headers=keys["Forno Station"]).json()
    assert [coupon["title"] for coupon in station["coupon_info"]] == ["Espresso with your slice"]


def test_sms_and_e_mail_go_to_the_page_of_messages_and_there_are_people_to_send_to(
    facts: dict[str, Any], main: Account
) -> None:
    assert connecting.is_connected(main.pk, "sms") and connecting.is_connected(main.pk, "mail")
    assert Group.objects.filter(account=main, kind="sms").count() == 2
    waiting = Message.objects.filter(account=main, state="queued")
    assert set(waiting.values_list("channel", flat=True)) == {"sms", "mail"}
    assert all(f"/p/{message.campaign.code}/" in message.text for message in waiting), "each has a link of its own"
    assert waiting.values("session").distinct().count() == waiting.count() == 6
    for group in ask(facts, "/v3/smstool/grouplist")["group"]:
        days = [one["date"][:10] for one in ask(facts, "/v3/smstool/userlist", group=group["ID"])["user"]]
        assert days == sorted(set(days)) and len(days) >= 3, "they came one by one"
    [first, *_] = ask(facts, "/v3/directory/list")["directory_info"]
    sent = ask(facts, "/v3/send/sms", campaign=first["ID"], phone="+32470000101")
    assert first["url"] in sent["message"]


def test_the_same_day_tells_the_same_story_of_cards_and_directories(
    facts: dict[str, Any], main: Account, tmp_path: Path
) -> None:
    other = Account.objects.get(api_clients__client_id=demo.fill(tmp_path)["client_id"])
    for account in (main, other):
        assert Holder.objects.filter(account=account.pk).count() == Holder.objects.filter(account=main.pk).count()
        assert sorted(Member.objects.filter(account=account.pk).values_list("first_name", flat=True)) == sorted(
            Member.objects.filter(account=main.pk).values_list("first_name", flat=True)
        )
