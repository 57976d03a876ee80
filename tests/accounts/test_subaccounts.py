"""Clients of an account: product.md 4.1 and 4.18."""

from datetime import timedelta

import pytest

from tearoff.accounts import rights, subaccounts
from tearoff.accounts.models import Package
from tearoff.campaigns.founding import found_account
from tearoff.coupons.outcomes import Refusal
from tearoff.kit import clock
from tests.world import Shop, open_shop


def client_of(shop: Shop, **settings: object) -> Shop:
    return open_shop("Pizza Roma", parent=shop.account, **settings)


def test_a_parent_sees_its_own_clients_only(mario: Shop, lucia: Shop) -> None:
    roma = client_of(mario)

    assert subaccounts.of(mario.account.pk) == [roma.account]
    assert subaccounts.one(mario.account.pk, roma.account.pk) == roma.account
    assert subaccounts.one(lucia.account.pk, roma.account.pk) is None


@pytest.mark.parametrize("status", ["blocked", "frozen", "expired"])
def test_what_happens_to_the_parent_happens_to_all_below(mario: Shop, status: str) -> None:
    below = client_of(client_of(mario))
    code = below.campaign().claimed()
    offer = below.campaign()
    subaccounts.update(mario.account, subaccounts.Changes({"status": status}), actor="operator", at=clock.now())

    outcome = offer.validate(code)

    assert outcome.refusal == (Refusal.ACCOUNT_BLOCKED if status == "blocked" else Refusal.ACCOUNT_EXPIRED)


def test_a_last_day_is_good_to_its_end_where_the_account_is(mario: Shop) -> None:
    offer = mario.campaign()
    code, other = offer.claimed(), offer.claimed()
    today = clock.now().astimezone().date()
    subaccounts.update(mario.account, subaccounts.Changes({"expires_on": today}), actor="operator", at=clock.now())
    mario.account.refresh_from_db()
    assert mario.account.expires_at

    assert offer.validate(code, mario.account.expires_at).ok
    assert offer.validate(other, mario.account.expires_at + timedelta(seconds=1)).refusal == Refusal.ACCOUNT_EXPIRED


def test_becoming_a_customer_lifts_the_end_of_an_old_trial(mario: Shop) -> None:
    roma = client_of(mario)
    at = clock.now()
    past = (at - timedelta(days=3)).date()
    subaccounts.update(roma.account, subaccounts.Changes({"expires_on": past, "status": "trial"}), actor="test", at=at)

    changed = subaccounts.update(roma.account, subaccounts.Changes({"status": "customer"}), actor="test", at=at)

    assert changed.expires_on is None and changed.expires_at is None


def test_an_address_belongs_to_one_log_in(mario: Shop, lucia: Shop) -> None:
    roma = client_of(mario)

    with pytest.raises(subaccounts.EmailTaken):
        subaccounts.update(roma.account, subaccounts.Changes({"email": lucia.email}), actor="test", at=clock.now())
    roma.account.refresh_from_db()
    assert roma.account.email == roma.email


def test_a_right_is_there_until_the_account_or_its_package_loses_it(mario: Shop) -> None:
    roma = client_of(mario)
    start = Package.objects.create(account=mario.account, name="Start", denied=["webhooks"])
    changes = {"package": start, "denied": ["add_campaign"]}
    subaccounts.update(roma.account, subaccounts.Changes(changes), actor="test", at=clock.now())

    assert not rights.may(roma.account.pk, "webhooks")
    assert not rights.may(roma.account.pk, "add_campaign")
    assert rights.may(roma.account.pk, "statistics")
    with pytest.raises(rights.NotAllowed):
        rights.require(roma.account.pk, "webhooks")


def test_every_new_account_has_one_template(mario: Shop) -> None:
    opened = found_account(email=f"x{mario.email}", company="Roma", parent=mario.account)

    assert [one.name for one in opened.account.campaigns.filter(is_template=True)] == ["Blank"]
    assert opened.account.ancestors == [opened.account.pk, mario.account.pk]
