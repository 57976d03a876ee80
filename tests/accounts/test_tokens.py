"""Lesson 30: links that sign in or reset die on use, on age and on a changed password; of two who use one, one gets in."""

from datetime import timedelta

import pytest

from tearoff.accounts import entry, subaccounts, tokens
from tearoff.accounts.models import Account, OneTimeToken, User
from tearoff.kit import clock, sql
from tests.street.rivals import race
from tests.world import Shop


def owner(shop: Shop) -> User:
    return subaccounts.owner(shop.account)


def test_a_token_is_taken_once(mario: Shop) -> None:
    at = clock.now()
    token = tokens.issue("sso", owner(mario), at=at, page="statistics")

    assert tokens.whose("sso", token, at=at) == owner(mario)
    taken = tokens.take("sso", token, at=at)

    assert taken == tokens.Taken(owner(mario).pk, "statistics", None)
    assert tokens.take("sso", token, at=at) is None
    assert tokens.whose("sso", token, at=at) is None


def test_of_many_who_take_a_token_at_once_one_gets_in(mario: Shop) -> None:
    at = clock.now()
    token = tokens.issue("sso", owner(mario), at=at)

    results = race([lambda: tokens.take("sso", token, at=at)] * 16)

    assert sum(isinstance(result, tokens.Taken) for result in results) == 1


def test_negative_control_looking_before_taking_lets_several_in(mario: Shop) -> None:
    at = clock.now()
    token = tokens.issue("sso", owner(mario), at=at)

    def look_then_take() -> bool:
        good = tokens.whose("sso", token, at=at) is not None
        sql.one("select pg_sleep(0.05)")
        OneTimeToken.objects.filter(user=owner(mario)).update(used_at=at)
        return good

    assert sum(result is True for result in race([look_then_take] * 8)) > 1


@pytest.mark.parametrize(("purpose", "lives"), [("sso", timedelta(minutes=10)), ("reset", timedelta(hours=24))])
def test_a_token_gets_too_old(mario: Shop, purpose: tokens.Purpose, lives: timedelta) -> None:
    at = clock.now()
    early, late = (tokens.issue(purpose, owner(mario), at=at) for _ in range(2))

    assert tokens.take(purpose, early, at=at + lives - timedelta(seconds=1))
    assert tokens.take(purpose, late, at=at + lives) is None


def test_a_token_does_only_what_it_was_made_for(mario: Shop) -> None:
    token = tokens.issue("sso", owner(mario), at=clock.now())

    assert tokens.take("reset", token, at=clock.now()) is None


def test_a_changed_password_ends_every_link(mario: Shop) -> None:
    at = clock.now()
    token = tokens.issue("reset", owner(mario), at=at)

    subaccounts.update(mario.account, subaccounts.Changes({}, password="a new long one"), actor="test", at=at)

    assert tokens.take("reset", token, at=at) is None
    assert owner(mario).check_password("a new long one")


def test_a_changed_address_ends_every_link_as_they_were_sent_to_somebody_else(mario: Shop) -> None:
    at = clock.now()
    sent, kept = tokens.issue("reset", owner(mario), at=at), tokens.issue("sso", owner(mario), at=at)

    subaccounts.update(mario.account, subaccounts.Changes({"email": mario.email.upper()}), actor="test", at=at)
    assert tokens.take("sso", kept, at=at), "the same address in other letters"
    subaccounts.update(mario.account, subaccounts.Changes({"email": f"new-{mario.email}"}), actor="test", at=at)

    assert tokens.take("reset", sent, at=at) is None
    assert tokens.take("reset", tokens.issue("reset", owner(mario), at=at), at=at)


def test_who_chooses_a_password_while_something_else_is_changed_keeps_it(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, url = clock.now(), tokens.issue("reset", owner(mario), at=clock.now())
    look_up = subaccounts.owner

    def and_meanwhile(account: Account) -> User:
        found = look_up(account)
        assert race([lambda: entry.choose_password(url, "correct horse battery", at=at)]) == [True]
        return found

    monkeypatch.setattr(subaccounts, "owner", and_meanwhile)
    subaccounts.update(mario.account, subaccounts.Changes({"first_name": "Ann"}), actor="test", at=at)

    assert User.objects.get(account=mario.account).check_password("correct horse battery")


def test_the_database_does_not_know_the_token(mario: Shop) -> None:
    token = tokens.issue("reset", owner(mario), at=clock.now())
    row = OneTimeToken.objects.get(user=owner(mario))

    assert len(token) == 49 and token.isalnum()
    assert token.encode() not in bytes(row.digest)
