"""How many coupons an account may hold, and how many its package lets it have on (product.md 4.18, J13.6)."""

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from tearoff.accounts import subaccounts
from tearoff.accounts.models import Package
from tearoff.accounts.rights import NotAllowed
from tearoff.activity.models import Event
from tearoff.campaigns import allowance, editing
from tearoff.campaigns.models import Campaign
from tearoff.kit import clock, sql
from tests.street.rivals import race, while_waiting
from tests.world import Offer, Shop, open_shop


@pytest.fixture
def roma(mario: Shop) -> Shop:
    """A client of Mario's agency."""
    return open_shop("Pizza Roma", parent=mario.account)


def limited(shop: Shop, held: int | None = None, active: int | None = None) -> None:
    start = Package.objects.create(account=shop.account.parent, name=f"{held} {active}", max_active_campaigns=active)
    changes = subaccounts.Changes({"max_campaigns": held, "package": start})
    shop.account = subaccounts.update(shop.account, changes, actor="test", at=clock.now())


def switch(offer: Offer, status: str = "active", **changes: Any) -> Campaign:
    changed = {"status": status, **changes}
    return editing.update_campaign(campaign=offer.campaign, changes=changed, actor="test", at=clock.now())


def active(shop: Shop) -> int:
    return Campaign.objects.filter(account=shop.account, status="active").count()


def test_the_third_activation_is_refused_until_another_is_off(roma: Shop) -> None:
    first, _second, third = roma.campaign(), roma.campaign(), roma.campaign(status="draft")
    limited(roma, active=2)
    before = Event.objects.filter(account=roma.account.pk).count()

    for act in (lambda: switch(third), roma.campaign):
        with pytest.raises(NotAllowed, match="package_limit"):
            act()
    third.campaign.refresh_from_db()
    assert (third.campaign.status, active(roma)) == ("draft", 2)
    assert Event.objects.filter(account=roma.account.pk).count() == before
    switch(first, "active", title="Still on")  # what is on may be changed
    switch(first, "inactive")
    assert switch(third).status == "active"


def test_a_coupon_that_has_ended_gives_its_place_back_and_takes_one_again(roma: Shop) -> None:
    ended = roma.campaign(ends_local=datetime(2020, 1, 1, 12))
    limited(roma, active=1)
    roma.campaign()

    with pytest.raises(NotAllowed, match="package_limit"):
        switch(ended, ends_local=datetime(2090, 1, 1, 12))
    with pytest.raises(NotAllowed, match="package_limit"):
        switch(ended, ends_local=None)


def test_so_many_coupons_are_held_and_no_more_by_whoever_makes_them(mario: Shop, roma: Shop) -> None:
    limited(roma, held=1)
    kept = roma.campaign(status="draft")
    template = mario.account.campaigns.get(is_template=True)
    wanted = {"template": str(template.pk), "name": "x", "subaccount": f"sub_{roma.account.pk}"}

    refused = mario.api("/v3/coupon/create", wanted, headers={"Idempotency-Key": roma.client_id})
    again = mario.api("/v3/coupon/create", wanted, headers={"Idempotency-Key": roma.client_id})

    told = refused.json()["status"]["errors"]
    assert (refused.status_code, told["error_code"], told["error_reason"]) == (422, [300], ["package_limit"])
    assert again.content == refused.content and again.headers["Idempotency-Replayed"] == "true"
    info = mario.api("/v4/subaccount", {"subaccount": f"sub_{roma.account.pk}"}).json()["subaccount"]
    assert (info["max_campaigns"], info["has_campaigns"], info["available_campaigns"]) == ("1", "1", "0")
    editing.delete_campaign(campaign=kept.campaign, actor="test", at=clock.now())
    assert mario.api("/v3/coupon/create", wanted).status_code == 200


def test_templates_take_no_place(roma: Shop) -> None:
    limited(roma, held=0, active=0)

    assert roma.campaign(status="draft", is_template=True).campaign.pk


def test_the_wire_says_package_limit_when_a_coupon_is_switched_on(roma: Shop) -> None:
    offer = roma.campaign(status="draft")
    limited(roma, active=0)

    answers = [
        roma.api("/v3/coupon/status", {"campaign": offer.id, "status": "active"}),
        roma.api("/v3/coupon/update", {"campaign": offer.id, "status": "active"}),
    ]

    assert [answer.json()["status"]["errors"]["error_reason"] for answer in answers] == [["package_limit"]] * 2


def test_of_many_activations_for_one_place_one_gets_it(roma: Shop) -> None:
    limited(roma, held=9, active=1)
    offers = [roma.campaign(status="draft") for _ in range(8)]

    results = race([lambda offer=offer: switch(offer) for offer in offers])

    assert sum(isinstance(result, Campaign) for result in results) == 1
    assert [str(result) for result in results if not isinstance(result, Campaign)] == ["package_limit"] * 7
    assert active(roma) == 1


def test_negative_control_counting_before_the_lock_gives_one_place_to_two(roma: Shop) -> None:
    limited(roma, active=1)
    first, second = roma.campaign(status="draft"), roma.campaign(status="draft")
    at = clock.now()

    def count_then_write() -> bool:
        """The twin: what there is is counted first, and the change waits afterwards."""
        with transaction.atomic():
            try:
                allowance.refuse_another_active(allowance.Allowance(None, 0), roma.account.pk, at)
            except NotAllowed:
                return False
            allowance.locked(roma.account.pk)
            Campaign.objects.filter(pk=first.campaign.pk).update(status="active")
        return True

    took = while_waiting(
        "select from account where id = %s for no key update",
        [roma.account.pk],
        count_then_write,
        lambda: sql.run("update campaign set status = 'active' where id = %s", [second.campaign.pk]) and None,
    )

    assert took and active(roma) == 2


def test_who_waits_for_the_last_place_sees_that_it_was_taken(roma: Shop) -> None:
    limited(roma, active=1)
    first, second = roma.campaign(status="draft"), roma.campaign(status="draft")

    def act() -> str:
        try:
            return switch(first).status
        except NotAllowed as refused:
            return refused.reason

    took = while_waiting(
        "select from account where id = %s for no key update",
        [roma.account.pk],
        act,
        lambda: sql.run("update campaign set status = 'active' where id = %s", [second.campaign.pk]) and None,
    )

    assert took == "package_limit" and active(roma) == 1


def test_a_limit_that_is_lowered_takes_nothing_away(roma: Shop) -> None:
    offers = [roma.campaign() for _ in range(3)]
    limited(roma, held=1, active=1)

    assert switch(offers[0], title="Still there").title == "Still there"
    assert active(roma) == 3
