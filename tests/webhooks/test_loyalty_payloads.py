"""What a receiver is told of loyalty cards (webhooks.md 2 and 3.5)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from tearoff.client import Refused
from tearoff.kit import clock
from tearoff.loyalty import following
from tearoff.loyalty.models import Earned
from tearoff.webhooks.models import Delivery, Endpoint
from tests.street.loyalty import club
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import kinds, take, told, work
from tests.world import Shop

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
Listen = Callable[..., Endpoint]
KINDS = ["loyalty_user_registered", "loyalty_points_updated", "loyalty_reward_claimed", "loyalty_reward_validated"]


def follow() -> None:
    while following.take():
        pass


def test_a_card_s_life_is_told_kind_by_kind(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    with clock.moved(NOON):
        listen(mario, kinds=KINDS)
        lunch, offer = club(mario), mario.campaign("Free drink")
        reward = lunch.reward(2, offer=offer)
        holder = lunch.joined(first_name="Lena", email="lena@mail.example", phone="+32470000001", at=NOON)
        lunch.grant(holder, 3, NOON)
        [earned] = lunch.earned(holder)
        offer.validate(earned.session_code, NOON)
        follow()
        work()

    assert kinds(receiver) == KINDS
    registered, changed, claimed, validated = told(receiver)
    held = lunch.holder(holder)
    user = {
        "ID": f"usr_{held.person}", "code": held.code, "first_name": "Lena", "last_name": "", "email": "lena@mail.example",
        "phone": "32470000001", "gender": "", "birthday": "", "city": "", "points": "0", "voided": False,
        "createdate": "2026-03-02 11:00:00", "url": f"{settings.TEAROFF_BASE_URL}/l/{lunch.card.code}/{held.key}",
    }  # fmt: skip
    assert registered == {
        "id": registered["id"], "type": "loyalty_user_registered", "datetime": "2026-03-02 11:00:00", "campaign": "",
        "coupon": "", "loyaltycard": lunch.id, "user": user,
    }  # fmt: skip
    assert (changed["points"], changed["user"]) == ("3", user | {"points": "3"})
    for one in (claimed, validated):
        assert (one["campaign"], one["session"]) == (offer.id, earned.session_code)
        assert one["reward"] == {"ID": f"rew_{reward.pk}", "name": "Free drink"}
        assert one["user"] == user | {"points": "3"}


def test_what_the_api_changes_is_told_as_well_and_to_nobody_else(
    mario: Shop, lucia: Shop, receiver: Receiver, listen: Listen
) -> None:
    listen(lucia)
    lunch = club(mario)
    holder = lunch.holder(lunch.joined())
    listen(mario, kinds=["loyalty_points_updated"])
    users, user = mario.client.loyalty.users, f"usr_{holder.person}"
    for _ in range(2):
        assert users.update(lunch.id, user=user, points=2, idempotency_key="once").user.points == "2"
    with pytest.raises(Refused):
        users.update(lunch.id, user=user, points=-9)
    work()
    assert [(body["type"], body["user"]["points"]) for body in told(receiver)] == [("loyalty_points_updated", "2")]


def test_holders_do_not_wait_for_each_other_and_each_is_told_in_order(mario: Shop, listen: Listen) -> None:
    endpoint = listen(mario, kinds=KINDS)
    lunch = club(mario)
    lunch.reward(1)
    ann, bob = lunch.joined(), lunch.joined()
    lunch.grant(ann, 1), lunch.grant(bob, 1)
    take()
    lines = list(Delivery.objects.filter(endpoint=endpoint).order_by("pk").values_list("line", "notification__kind"))
    assert len(lines) == 6 and len({line for line, _ in lines}) == 2
    for line in {line for line, _ in lines}:
        assert [kind for one, kind in lines if one == line] == KINDS[:3]


def test_a_use_that_is_taken_back_is_forgotten_on_the_card(mario: Shop) -> None:
    from tearoff.coupons import redemption

    lunch, offer = club(mario), mario.campaign("Free drink")
    lunch.reward(1, offer=offer)
    holder = lunch.joined(at=NOON)
    lunch.grant(holder, 1, NOON)
    code = lunch.earned(holder)[0].session_code
    offer.validate(code, NOON + timedelta(minutes=1))
    follow()
    assert Earned.objects.get(holder=holder).used_at == NOON + timedelta(minutes=1)
    redemption.undo(account=mario.account.pk, code=code, at=NOON + timedelta(minutes=2), actor="test")
    follow()
    assert Earned.objects.get(holder=holder).used_at is None
