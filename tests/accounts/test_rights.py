"""Rights are asked in the verbs: whoever calls one on behalf of an account that lacks the right changes nothing."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tearoff.accounts import entry, packages, rights, subaccounts, tokens
from tearoff.accounts.models import ApiClient, Package, User
from tearoff.accounts.rights import RIGHTS, NotAllowed, Right
from tearoff.campaigns import editing
from tearoff.coupons import links
from tearoff.kit import clock
from tearoff.loyalty import cards, granting, holding, joining, logins
from tearoff.messaging import connecting, contacts, pushing, sending
from tearoff.messaging.sending import Letter
from tearoff.webhooks import endpoints
from tests.api.test_isolation import rows_of, things_of
from tests.street.loyalty import club
from tests.street.messaging import connect
from tests.street.rivals import race
from tests.world import Shop, open_shop

URL = "http://127.0.0.1:9/hook"


def take(shop: Shop, *denied: str) -> None:
    subaccounts.update(shop.account, subaccounts.Changes({"denied": list(denied)}), actor="operator", at=clock.now())


def program(shop: Shop) -> str:
    """How the shop's program signs in the event ledger."""
    return f"api:{ApiClient.objects.get(account=shop.account, is_primary=True).pk}"


def acts(shop: Shop) -> dict[Right, list[Callable[..., Any]]]:
    """Every verb a right guards; each takes `actor` and `at`."""
    account, offer, card = shop.account.pk, shop.campaign(), club(shop)
    code, template = offer.link(), shop.account.campaigns.get(is_template=True)
    session = offer.session(code)
    connect(shop, "mail")
    group = contacts.add_group(account, "email", "G", at=clock.now(), actor="test")
    to = contacts.address("email", "ann@example.org", "")
    assert to is not None
    contact, _ = contacts.put(group, to, {}, at=clock.now(), actor="test")
    reward, holder = card.reward(3), card.joined()
    whk = endpoints.create(account, url=URL, kinds=None, campaign=None, at=clock.now()).pk
    letter = Letter("mail", "ann@example.org")
    return {
        "add_campaign": [
            lambda **by: editing.create_campaign(account=shop.account, template=template, name="x", changes={}, **by)
        ],
        "update_campaign": [
            lambda **by: editing.update_campaign(campaign=offer.campaign, changes={"title": "x"}, **by),
            lambda **by: editing.delete_campaign(campaign=offer.campaign, **by),
        ],
        "distribution": [
            lambda **by: links.make_link(account=account, campaign=offer.campaign.pk, fields={}, **by),
            lambda **by: links.make_links(campaign=offer.campaign, amount=3, **by),
            lambda **by: links.remove_link(account=account, code=code, **by),
            lambda **by: sending.send_coupon(account=account, campaign=offer.campaign, letter=letter, **by),
            lambda **by: sending.send_link(account=account, country="", letter=letter, title="x", link=URL, **by),
            lambda **by: pushing.push_to_one(account, offer.campaign, session, "x", **by),
            lambda **by: pushing.push_to_all(account, offer.campaign, "x", **by),
            lambda **by: contacts.add_group(account, "sms", "x", **by),
            lambda **by: contacts.put(group, to, {"first_name": "x"}, **by),
            lambda **by: contacts.change(contact, {"first_name": "x"}, **by),
            lambda **by: contacts.remove(contact, **by),
            lambda **by: contacts.remove_group(group, **by),
        ],
        "loyalty": [
            lambda **by: cards.create_card(account=shop.account, name="x", settings={"kind": "member"}, **by),
            lambda **by: cards.copy_card(card=card.card, name="x", **by),
            lambda **by: cards.update_card(card=card.card, changes={"name": "x"}, **by),
            lambda **by: cards.add_reward(card=card.card, campaign=offer.campaign, name="x", points=2, **by),
            lambda **by: cards.change_points(reward=reward, points=4, **by),
            lambda **by: cards.retire_reward(reward=reward, **by),
            lambda **by: joining.join(card=card.card.pk, profiles=[{}], **by),
            lambda **by: joining.link(card=card.card, person=card.holder(holder).person, **by),
            lambda **by: logins.create_login(account=account, email="x@example.org", password="long enough", **by),
            lambda **by: granting.grant(account=account, holder=holder, delta=1, method="api", **by),
            lambda **by: holding.hold(account=account, holder=holder, void=True, **by),
            lambda **by: cards.delete_card(card=card.card, **by),
        ],
        "integrations": [lambda **by: connecting.connect(account, "sms", "console", {}, **by)],
        "webhooks": [
            lambda **by: endpoints.create(account, url=URL, kinds=None, campaign=None, **by),
            lambda **by: endpoints.update(account, whk, active=False, **by),
            lambda **by: endpoints.rotate_secret(account, whk, **by),
            lambda **by: endpoints.send_test(account, whk, **by),
            lambda **by: endpoints.remove(account, whk, **by),
        ],
    }


def test_every_guarded_verb_refuses_programs_and_people_without_the_right(mario: Shop) -> None:
    verbs = acts(mario)
    things_of(mario)
    mate = User.objects.create_user(f"editor-{mario.email}", None, account=mario.account)
    take(mario, *verbs)
    before = rows_of(mario)

    for right, doing in verbs.items():
        for place, act in enumerate(doing):
            for actor in (program(mario), f"user:{mate.pk}"):
                with pytest.raises(NotAllowed, match="not_allowed"):
                    act(actor=actor, at=clock.now())
                    raise AssertionError(f"verb {place} of {right} went on")
    assert rows_of(mario) == before


def test_with_all_rights_but_one_the_verbs_of_the_others_go_on(mario: Shop) -> None:
    for right, doing in acts(mario).items():
        take(mario, *(set(RIGHTS) - {right}))
        for act in doing:
            act(actor=program(mario), at=clock.now())


@pytest.mark.parametrize("actor", ["operator:1", "staff", "holder", "worker"])
def test_rights_limit_nobody_who_acts_for_no_account(mario: Shop, actor: str) -> None:
    take(mario, *RIGHTS)

    assert all(rights.may_of(actor, right) for right in RIGHTS)


@pytest.mark.parametrize("actor", ["api:0", "user:0"])
def test_who_is_not_there_has_no_right(actor: str) -> None:
    assert not any(rights.may_of(actor, right) for right in RIGHTS)


def test_an_endpoint_is_changed_for_its_account_only_with_the_right(mario: Shop) -> None:
    take(mario, "webhooks")

    with pytest.raises(NotAllowed):
        endpoints.create(mario.account.pk, url=URL, kinds=None, campaign=None, at=clock.now())
    assert endpoints.create(
        mario.account.pk, url=URL, kinds=None, campaign=None, at=clock.now(), actor="operator:1"
    ).new_secret


def test_a_right_of_the_package_counts_like_the_accounts_own(mario: Shop) -> None:
    start = Package.objects.create(account=mario.account, name="Start", denied=["loyalty"])
    subaccounts.update(mario.account, subaccounts.Changes({"package": start}), actor="operator", at=clock.now())

    assert not rights.may_of(program(mario), "loyalty")
    assert rights.may_of(program(mario), "distribution")
    with pytest.raises(NotAllowed):
        rights.require(mario.account.pk, "loyalty")


def test_without_the_dashboard_nobody_is_signed_on_or_stays_in(mario: Shop) -> None:
    owner, at = subaccounts.owner(mario.account), clock.now()
    token = tokens.issue("sso", owner, at=at)
    take(mario, "dashboard")

    assert not entry.may_enter(owner, at=at)
    assert entry.sign_on(token, at=at) is None
    with pytest.raises(NotAllowed):
        tokens.issue("sso", owner, at=at)
    reset = tokens.issue("reset", owner, at=at)
    assert entry.choose_password(reset, "correct horse battery", at=at)


def test_a_package_that_a_client_has_is_not_removed_as_its_client_would_have_again_what_it_denies(mario: Shop) -> None:
    start = packages.create(mario.account, {"name": "Start", "denied": ["loyalty"]}, actor="operator", at=clock.now())
    roma = open_shop("Roma", parent=mario.account)
    subaccounts.update(roma.account, subaccounts.Changes({"package": start}), actor="operator", at=clock.now())

    with pytest.raises(packages.InUse) as refused:
        packages.remove(start, actor="operator", at=clock.now())

    assert refused.value.clients == 1
    assert not rights.may(roma.account.pk, "loyalty")
    subaccounts.update(roma.account, subaccounts.Changes({"package": None}), actor="operator", at=clock.now())
    packages.remove(start, actor="operator", at=clock.now())
    assert rights.may(roma.account.pk, "loyalty") and not Package.objects.filter(pk=start.pk).exists()


def test_of_who_gives_a_package_and_who_removes_it_one_comes_first(mario: Shop) -> None:
    for _ in range(8):
        start = packages.create(mario.account, {"name": "Start"}, actor="operator", at=clock.now())
        roma = open_shop("Roma", parent=mario.account)
        given = {"subaccount": f"sub_{roma.account.pk}", "package": f"pac_{start.pk}"}

        answer, removed = race(
            [
                lambda given=given: mario.api("/v4/subaccount/update", given),
                lambda start=start: packages.remove(start, actor="operator", at=clock.now()),
            ]
        )

        roma.account.refresh_from_db()
        was_given = roma.account.package_id == start.pk
        assert isinstance(answer, httpx.Response) and answer.status_code == (200 if was_given else 422), answer
        assert isinstance(removed, packages.InUse) is was_given, removed
        assert Package.objects.filter(pk=start.pk).exists() is was_given
        Package.objects.filter(pk=start.pk).update(name=f"Old {start.pk}")


def test_negative_control_a_package_only_looked_at_is_gone_before_it_is_given(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = packages.create(mario.account, {"name": "Start"}, actor="operator", at=clock.now())
    roma = open_shop("Roma", parent=mario.account)

    def only_looked_at(parent: int, package: int) -> Package:
        found = Package.objects.get(account_id=parent, pk=package)
        race([lambda: packages.remove(found, actor="operator", at=clock.now())])
        return found

    monkeypatch.setattr(subaccounts, "package", only_looked_at)
    given = {"subaccount": f"sub_{roma.account.pk}", "package": f"pac_{start.pk}"}

    assert mario.api("/v4/subaccount/update", given).status_code == 500
    assert not Package.objects.filter(pk=start.pk).exists()
