"""A card that is removed while somebody has it before them: nothing is written on it any more, by whatever door."""

from collections.abc import Callable
from typing import Any

import pytest

from tearoff.activity.models import Event
from tearoff.kit import clock
from tearoff.loyalty import cards, joining, listing
from tearoff.loyalty.models import Card, Holder, Reward
from tests.api.reading import told
from tests.street.loyalty import Club, club
from tests.world import Shop


def by() -> dict[str, Any]:
    return {"actor": "test", "at": clock.now()}


def removed(shop: Shop, **settings: Any) -> Club:
    """Somebody has read the card, and then it is gone."""
    lunch = club(shop, **settings)
    cards.delete_card(card=Card.objects.get(pk=lunch.card.pk), **by())
    return lunch


ACTS: dict[str, Callable[[Club, Reward], object]] = {
    "change": lambda lunch, _: cards.update_card(card=lunch.card, changes={"name": "x"}, **by()),
    "tick": lambda lunch, _: cards.tick(card=lunch.card, locations=[lunch.shop.location("Shop North")], **by()),
    "copy": lambda lunch, _: cards.copy_card(card=lunch.card, name="x", **by()),
    "reward": lambda lunch, reward: cards.add_reward(card=lunch.card, campaign=reward.campaign, name="x", points=2, **by()),
    "reprice": lambda _, reward: cards.change_points(reward=reward, points=9, **by()),
    "join": lambda lunch, _: joining.join(card=lunch.card.pk, profiles=[{}], **by()),
    "join by form": lambda lunch, _: joining.join_by_form(card=lunch.card.pk, profile={}, request_key="k" * 20, **by()),
    "invite": lambda lunch, _: joining.invited(card=lunch.card, email="a@example.org", profile={}, **by()),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_removed_card_takes_nothing_more(mario: Shop, act: Callable[[Club, Reward], object]) -> None:
    lunch = club(mario)
    reward = lunch.reward(3)
    cards.delete_card(card=Card.objects.get(pk=lunch.card.pk), **by())
    before = Event.objects.filter(account=mario.account.pk).count()
    with pytest.raises(cards.CardGone):
        act(lunch, reward)
    assert Event.objects.filter(account=mario.account.pk).count() == before
    stored = Card.objects.get(account=mario.account)
    assert (stored.name, stored.locations.count(), stored.rewards.get().points) == ("Lunch club", 0, 3)
    assert not Holder.objects.filter(card=stored).exists()


def test_a_retired_reward_is_not_repriced(mario: Shop) -> None:
    reward = club(mario).reward(3)
    cards.retire_reward(reward=Reward.objects.get(pk=reward.pk), **by())
    assert cards.change_points(reward=reward, points=9, **by()).points == 3


@pytest.mark.parametrize(("path", "body"), [
    ("/v4/loyalty/loyalty-cards/{card}/stats", {}), ("/v4/loyalty/loyalty-cards/{card}/stats/bulk", [{}]),
    ("/v4/loyalty/loyalty-cards/{card}/copy", {}), ("/v3/loyaltyusers/link", {"loyaltycard": "{card}", "user": "{user}"}),
])  # fmt: skip
def test_programs_are_told_that_it_is_not_there(
    mario: Shop, monkeypatch: pytest.MonkeyPatch, path: str, body: Any
) -> None:
    """The call has found the card already when it is removed."""
    user = mario.api("/v3/loyaltyusers/create", {"email": "ann@example.org", "password": "correct horse"}).json()[
        "user"
    ]
    lunch = removed(mario)
    monkeypatch.setattr(listing, "card", lambda account, card: lunch.card)
    body = (
        {name: text.format(card=lunch.id, user=user["ID"]) for name, text in body.items()}
        if path.startswith("/v3")
        else body
    )
    answer = mario.api(path.format(card=lunch.card.pk), body)
    if path.startswith("/v3"):
        assert told(answer) == (422, [505], ["not_found"])
    else:
        assert (answer.status_code, answer.json()) == (404, {"message": "Loyalty card not found.", "errors": {}})
