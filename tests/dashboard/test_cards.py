"""The operator's pages of loyalty cards, rewards and packages; all of it by the verbs."""

import pytest

from tearoff.accounts.models import Account, Package
from tearoff.activity.models import Event
from tearoff.loyalty.models import Card, Reward
from tests.dashboard.browsing import Operator, errors_in
from tests.street.loyalty import club
from tests.street.rivals import while_waiting
from tests.world import Shop, open_shop

CARDS, REWARDS, PACKAGES = "/admin/loyalty/card/", "/admin/loyalty/reward/", "/admin/accounts/package/"


def events(shop: Shop, kind: str) -> list[Event]:
    return list(Event.objects.filter(account=shop.account.pk, kind=kind).order_by("pk"))


def test_a_card_is_made_set_and_removed_and_people_can_join_meanwhile(olga: Operator, mario: Shop) -> None:
    new = {"account": mario.account.pk, "name": "Lunch club", "kind": "stamp", "goal": 10}
    made = olga.fill(f"{CARDS}add/", new, having="kind")
    card = Card.objects.get(account=mario.account)
    assert made.headers["location"] == f"{CARDS}{card.pk}/change/" and card.status == "draft"

    page, north = f"{CARDS}{card.pk}/change/", mario.location("Shop North", "4711")
    olga.fill(
        page, {"status": "active", "title": "Lunch", "max_per_day": 3, "places": [str(north.pk)]}, having="max_per_day"
    )
    card.refresh_from_db()
    assert (card.status, card.title, card.max_per_day, list(card.locations.all())) == ("active", "Lunch", 3, [north])
    assert [sorted(event.data["changed"]) for event in events(mario, "card.updated")] == [
        ["max_per_day", "status", "title"], ["locations"],
    ]  # fmt: skip
    assert mario.http.get(f"/l/{card.code}").status_code == 200
    listed = mario.api("/v3/loyalty/info", {"loyaltycard": card.pk}).json()["loyalty_info"]
    assert listed["locations"] == [{"ID": f"loc_{north.pk}", "name": "Shop North"}]

    olga.fill(f"{CARDS}{card.pk}/delete/", {"post": "yes"})
    card.refresh_from_db()
    assert card.deleted_at and len(events(mario, "card.removed")) == 1
    assert mario.http.get(f"/l/{card.code}").status_code == 404


def test_lesson_20_saving_a_card_unchanged_changes_nothing(olga: Operator, mario: Shop) -> None:
    lunch = club(
        mario, description="A\nB", form=[{"name": "firstname"}], consents=[{"name": "n", "text": "T", "version": "1"}]
    )
    lunch.at_location()
    before = Card.objects.filter(pk=lunch.card.pk).values().get()
    olga.fill(f"{CARDS}{lunch.card.pk}/change/", having="minutes_between")
    assert Card.objects.filter(pk=lunch.card.pk).values().get() == before
    assert lunch.card.locations.count() == 1 and not events(mario, "card.updated")


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("goal", "", "number of stamps"), ("goal", "0", "from 1 to"), ("goal", "1000001", "from 1 to"),
    ("timezone", "Mars/Base", "no time zone"),
    ("language", "English", "written en, nl"), ("brand_colour", "green", "#rrggbb"), ("max_per_day", "0", "nobody could collect"),
    ("minutes_between", "99999999", "at most 52560000"), ("title", "a\x07b", "cannot be shown"),
    ("name", "a\u202e\x1bb", "cannot be shown"),
    ("form", '[{"label": 1}]', "Field 1: label must be a text"), ("form", '{"a": 1}', "not a list of fields"),
    ("form", '[{"name": "size", "kind": "choice", "label": "Size"}]', "a choice needs options"),
    ("form", '[{"name": "size", "kind": "colour", "label": "Size"}]', "the kind is one of"),
    ("form", '[{"name": "size"}]', "a field of your own needs a label"), ("form", '[{"name": "Size Of", "label": "x"}]', "small letters"),
    ("form", '[{"name": "email", "requird": true}]', "'requird' is not known"),
    ("form", '[{"name": "email"}, {"name": "email"}]', "given twice"),
    ("form", '[{"name": "key", "label": "Key"}]', "the page needs itself"),
    ("consents", '[{"text": 1}]', "Consent 1: "), ("consents", '[{"name": "n", "text": " "}]', "1 to 2000 characters"),
    ("consents", '[{"name": "n", "text": "T", "link": "javascript:alert(1)"}]', "https://example.org/privacy"),
    ("consents", '[{"name": "n", "text": "T", "version": ""}]', "the version of the text"),
    ("words", '{"a": 1}', "a name and a text"), ("words", '["a"]', "an object"), ("words", '{"A b": "x"}', "a name and a text"),
])  # fmt: skip
def test_what_a_card_could_not_be_is_refused(olga: Operator, mario: Shop, field: str, typed: str, said: str) -> None:
    lunch = club(mario)
    answer = olga.fill(f"{CARDS}{lunch.card.pk}/change/", {field: typed}, having="minutes_between")
    assert answer.status_code == 200 and any(said in one for one in errors_in(answer.text)), errors_in(answer.text)
    assert not events(mario, "card.updated")


def test_lesson_20_what_came_in_with_a_problem_may_be_saved_again(olga: Operator, mario: Shop) -> None:
    lunch = club(
        mario, form=[{"name": "email", "requird": True}], words={"A b": "x"}, max_per_day=0, language="English"
    )
    olga.fill(f"{CARDS}{lunch.card.pk}/change/", {"title": "Lunch"}, having="minutes_between")
    lunch.card.refresh_from_db()
    assert (lunch.card.title, lunch.card.language) == ("Lunch", "English")
    assert [event.data["changed"] for event in events(mario, "card.updated")] == [["title"]]


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("points", "0", "At least one"), ("points", "11", "a round is full at 10"), ("days_valid", "0", "days from 1 to 36500"),
    ("days_valid", "36501", "days from 1 to 36500"),
])  # fmt: skip
def test_what_a_reward_could_not_be_is_refused(olga: Operator, mario: Shop, field: str, typed: str, said: str) -> None:
    """Days without end would carry its coupon beyond the database's last day, and every stamp that earns it would fail."""
    new = {"card": club(mario).card.pk, "campaign": mario.campaign().campaign.pk, "name": "Free drink", "points": 5}
    refused = olga.fill(f"{REWARDS}add/", new | {field: typed}, having="points")
    assert any(said in one for one in errors_in(refused.text)), errors_in(refused.text)
    assert not Reward.objects.filter(card__account=mario.account).exists()


def test_a_threshold_beyond_the_round_is_refused_and_may_stay(olga: Operator, mario: Shop) -> None:
    lunch = club(mario)
    reward = lunch.reward(5)
    page = f"{REWARDS}{reward.pk}/change/"
    assert any("full at 10" in one for one in errors_in(olga.fill(page, {"points": 12}, having="points").text))
    lunch.set(goal=4)
    assert olga.fill(page, having="points").status_code == 302
    assert olga.fill(page, {"points": 4}, having="points").status_code == 302
    reward.refresh_from_db()
    assert reward.points == 4


def test_kinds_without_rounds_have_no_goal_and_no_right_no_card(olga: Operator, mario: Shop) -> None:
    new = {"account": mario.account.pk, "name": "Friends", "kind": "membership", "goal": 10}
    assert any("have a goal" in one for one in errors_in(olga.fill(f"{CARDS}add/", new, having="kind").text))
    Account.objects.filter(pk=mario.account.pk).update(denied=["loyalty"])
    told = errors_in(olga.fill(f"{CARDS}add/", new | {"goal": ""}, having="kind").text)
    assert any("no right to loyalty cards" in one for one in told)
    assert not Card.objects.filter(account=mario.account).exists()


def test_a_reward_is_added_repriced_and_retired(olga: Operator, mario: Shop, lucia: Shop) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink")
    new = {"card": lunch.card.pk, "campaign": drink.campaign.pk, "name": "Free drink", "points": 5}
    olga.fill(f"{REWARDS}add/", new, having="points")
    reward = Reward.objects.get(card=lunch.card)
    holder = lunch.joined()
    lunch.grant(holder, 5)
    assert len(lunch.earned(holder)) == 1
    olga.fill(f"{REWARDS}{reward.pk}/change/", {"points": 8}, having="points")
    reward.refresh_from_db()
    assert reward.points == 8 and reward.thresholds.count() == 2
    olga.fill(f"{REWARDS}{reward.pk}/delete/", {"post": "yes"})
    reward.refresh_from_db()
    assert reward.retired_at and len(lunch.earned(holder)) == 1, "what was earned stays"

    foreign = new | {"campaign": lucia.campaign().campaign.pk}
    assert any("no template" in one for one in errors_in(olga.fill(f"{REWARDS}add/", foreign, having="points").text))
    member = club(mario, "Friends", kind="membership")
    refused = olga.fill(f"{REWARDS}add/", new | {"card": member.card.pk}, having="points")
    assert any("collects nothing" in one for one in errors_in(refused.text))
    assert Reward.objects.filter(card__account=mario.account).count() == 1


def test_a_package_is_made_given_to_a_client_and_holds(olga: Operator, mario: Shop) -> None:
    new = {"account": mario.account.pk, "name": "Start", "max_active_campaigns": 1, "denied": ["webhooks"]}
    olga.fill(f"{PACKAGES}add/", new, having="max_interactions")
    package = Package.objects.get(account=mario.account)
    assert (package.denied, package.max_active_campaigns, package.max_interactions) == (["webhooks"], 1, None)
    roma = open_shop("Roma", parent=mario.account)
    olga.fill(
        f"/admin/accounts/account/{roma.account.pk}/change/",
        {"package": package.pk, "max_campaigns": 5, "denied": ["loyalty"]}, having="max_campaigns",
    )  # fmt: skip
    roma.account.refresh_from_db()
    assert (roma.account.package, roma.account.max_campaigns, roma.account.denied) == (package, 5, ["loyalty"])
    assert roma.api("/v3/webhook/list").json()["status"]["errors"]["error_reason"] == ["not_allowed"]
    assert roma.api("/v3/loyalty/list").json()["status"]["errors"]["error_reason"] == ["not_allowed"]

    olga.fill(f"{PACKAGES}{package.pk}/change/", {"max_interactions": 100}, having="max_interactions")
    package.refresh_from_db()
    assert package.max_interactions == 100
    other = Package.objects.create(account=mario.account, name="Other")
    twice = olga.fill(f"{PACKAGES}{other.pk}/change/", {"name": "Start"}, having="max_interactions")
    assert any("of that name" in one for one in errors_in(twice.text))
    kept = olga.get(f"{PACKAGES}{package.pk}/delete/")
    assert "in use" in kept.text and "Roma has it" in kept.text and 'name="post"' not in kept.text
    token = {"csrfmiddlewaretoken": olga.client.cookies["csrftoken"]}
    assert "Roma has it" in olga.client.post(f"{PACKAGES}{package.pk}/delete/", data=token | {"post": "yes"}).text
    roma.account.refresh_from_db()
    assert roma.account.package == package and not events(mario, "package.removed")
    olga.fill(f"/admin/accounts/account/{roma.account.pk}/change/", {"package": ""}, having="max_campaigns")
    olga.fill(f"{PACKAGES}{package.pk}/delete/", {"post": "yes"})
    assert not Package.objects.filter(pk=package.pk).exists()
    kinds = [kind for kind in ("created", "updated", "removed") if events(mario, f"package.{kind}")]
    assert kinds == ["created", "updated", "removed"]


def test_a_card_removed_while_somebody_saves_is_named_and_stays_as_it_was(olga: Operator, mario: Shop) -> None:
    lunch = club(mario)
    page = f"{CARDS}{lunch.card.pk}/change/"
    sent = olga.form(page, "minutes_between").typed({"title": "Lunch"})
    answer = while_waiting(
        "update loyalty_card set deleted_at = now() where id = %s", [lunch.card.pk],
        lambda: olga.client.post(page, data=sent), lambda: None,
    )  # fmt: skip
    assert answer.headers["location"] == CARDS and "removed meanwhile" in olga.get(CARDS).text
    lunch.card.refresh_from_db()
    assert lunch.card.title == "" and lunch.card.deleted_at and not events(mario, "card.updated")


def test_a_removed_card_gets_no_reward(olga: Operator, mario: Shop) -> None:
    lunch, drink = club(mario), mario.campaign("Free drink")
    new = {"card": lunch.card.pk, "campaign": drink.campaign.pk, "name": "Free drink", "points": 5}
    olga.fill(f"{CARDS}{lunch.card.pk}/delete/", {"post": "yes"})
    assert "This card was removed." in errors_in(olga.fill(f"{REWARDS}add/", new, having="points").text)
    assert not Reward.objects.filter(card=lunch.card).exists()


def test_cards_are_copied_with_all_but_their_holders(olga: Operator, mario: Shop) -> None:
    lunch = club(mario, "L" * 50, title="Lunch", max_per_day=3)
    lunch.reward(5), lunch.at_location(), lunch.joined()
    form = olga.form(CARDS, "action")
    chosen = form.typed({"action": "duplicate", "_selected_action": lunch.card.pk})
    assert olga.client.post(CARDS, data=chosen).status_code == 302
    copy = Card.objects.exclude(pk=lunch.card.pk).get(account=mario.account)
    assert f"“{copy.name}” (active)" in olga.get(CARDS).text
    assert (copy.name, copy.title, copy.max_per_day, copy.status) == ("L" * 45 + " copy", "Lunch", 3, "active")
    assert (copy.rewards.count(), copy.locations.count(), copy.holders.count()) == (1, 1, 0)
    assert copy.code != lunch.card.code and len(events(mario, "card.created")) == 2

    Account.objects.filter(pk=mario.account.pk).update(denied=["loyalty"])
    assert olga.client.post(CARDS, data=chosen).status_code == 302
    assert "no right to loyalty cards" in olga.get(CARDS).text
    assert Card.objects.filter(account=mario.account).count() == 2
