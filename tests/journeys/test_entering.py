"""Ways in by a link, in a real browser: a client of an agency signs on, and chooses a new password."""

from collections.abc import Callable

import pytest

from tearoff.accounts import tokens
from tearoff.accounts.models import User
from tearoff.kit import clock
from tests.journeys.conftest import Phone
from tests.street.server import Server
from tests.world import Shop

Phones = Callable[..., Phone]


@pytest.fixture
def owner(mario: Shop) -> User:
    return User.objects.get(account=mario.account)


def test_a_link_signs_its_user_on_once(mario: Shop, owner: User, town: Server, phones: Phones) -> None:
    """A browser says with the form where it comes from; a page that hid it could not be sent at all."""
    mario.account.denied = ["webhooks"]
    mario.account.save()
    link = f"{town.url}/sso/{tokens.issue('sso', owner, at=clock.now())}"

    client = phones().open(link).headline("Sign in").approves().press("Sign me in")
    client.headline("Mario's Pizzeria").sees("Signed in as", "Use webhooks").approves()
    assert client.path == "/account"
    client.press("Sign out")
    client.open(f"{town.url}/account").headline("You are not signed in").approves()
    client.open(link).headline("This link no longer works").approves()


def test_a_password_is_chosen_and_a_bad_one_is_told_in_words(owner: User, town: Server, phones: Phones) -> None:
    link = f"{town.url}/reset/{tokens.issue('reset', owner, at=clock.now())}"

    client = phones().open(link).headline("Choose a password").approves()
    client.type("New password", "abc").press("Set my password")
    field = client.page.get_by_label("New password")
    said = " ".join(
        client.page.locator(f"#{one}").inner_text() for one in field.get_attribute("aria-describedby").split()
    )
    assert "too short" in said and "At least eight characters" in said and field.get_attribute("aria-invalid") == "true"
    client.approves()
    assert client.page.title() == "Not yet: choose a password"

    client.type("New password", "correct horse battery").press("Set my password")
    client.headline("Your password is set").approves()
    owner.refresh_from_db()
    assert owner.check_password("correct horse battery")
    client.open(link).headline("This link no longer works").approves()
