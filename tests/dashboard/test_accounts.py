"""Accounts opened by an operator, their keys, and the people who log in."""

import re
import secrets
from datetime import timedelta

import pytest

from tearoff.accounts import keys
from tearoff.accounts.models import Account, ApiClient, User
from tearoff.activity.models import Event
from tearoff.kit import clock
from tests.dashboard.browsing import Operator, errors_in, log_in
from tests.world import Shop

LIST = "/admin/accounts/account/"


def address() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def shown(html: str) -> dict[str, str]:
    """The secrets a page shows once, by name."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd><code>([^<]+)</code></dd>", html))


def opens(client_id: str, secret: str) -> bool:
    keys.forget()
    return keys.caller(client_id, secret) is not None


def test_an_account_is_opened_with_owner_keys_and_template_and_tells_its_secrets_once(olga: Operator):
    email = address()

    answer = olga.fill(
        f"{LIST}add/", {"company": "Corner Bakery", "email": email, "timezone": "Europe/Paris"}, having="company"
    )

    account = Account.objects.get(email=email)
    told = shown(answer.text)
    assert opens(told["Client id"], told["Client secret"])
    assert "no-store" in answer.headers["cache-control"] and "shown this once" in answer.text
    assert User.objects.get(email=email).check_password(told["Password"])
    assert account.campaigns.get().name == "Blank" and account.timezone == "Europe/Paris"
    for path in (f"{LIST}{account.pk}/change/", f"{LIST}{account.pk}/keys/", LIST):
        assert told["Client secret"] not in olga.get(path).text
    assert not Event.objects.filter(account=account.pk, data__icontains=told["Client secret"]).exists()


def test_a_client_of_an_agency_hangs_below_it(olga: Operator, mario: Shop):
    email = address()

    olga.fill(f"{LIST}add/", {"company": "Client", "email": email, "parent": mario.account.pk}, having="company")

    account = Account.objects.get(email=email)
    assert account.parent == mario.account and account.ancestors == [account.pk, mario.account.pk]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "no address"}, "Enter a valid email address."),
        ({"company": ""}, "This field is required."),
        ({"timezone": "Mars/Base"}, "There is no time zone 'Mars/Base'."),
        ({"currency": "euro"}, "at most 3 characters"),
        ({"currency": "eur"}, "three capital letters"),
        ({"language": "Dutch!"}, "A language is written en, nl or pt-BR."),
        ({"country": "be"}, "two capital letters"),
        ({"status": "gold"}, "Select a valid choice."),
    ],
)
def test_wrong_settings_are_named_and_open_nothing(olga: Operator, typed: dict[str, str], said: str):
    email = address()

    answer = olga.fill(f"{LIST}add/", {"company": "Wrong", "email": email} | typed, having="company")

    assert any(said in error for error in errors_in(answer.text)), errors_in(answer.text)
    assert not Account.objects.filter(email=email).exists()


def test_an_e_mail_that_logs_in_already_opens_no_second_account(olga: Operator, mario: Shop):
    answer = olga.fill(f"{LIST}add/", {"company": "Again", "email": mario.email.upper()}, having="company")

    assert "Somebody logs in with this e-mail address already." in errors_in(answer.text)


def test_status_and_expiry_close_the_door_and_are_noted(olga: Operator, mario: Shop):
    here = f"{LIST}{mario.account.pk}/change/"
    assert mario.account.status == "customer"

    olga.fill(here, {"status": "frozen"}, having="company")
    event = Event.objects.filter(account=mario.account.pk, kind="account.updated").get()
    assert event.data == {"status": "frozen", "changed": ["status"]} and event.actor == f"operator:{olga.user.pk}"
    offer = mario.campaign()
    assert mario.http.get(f"/p/{offer.code}").status_code == 404

    olga.fill(here, {"status": "customer", "expires_on": "2020-01-31"}, having="company")
    mario.account.refresh_from_db()
    assert mario.account.expires_at and mario.account.expires_at.isoformat() == "2020-01-31T22:59:59+00:00"
    assert mario.http.get(f"/p/{offer.code}").status_code == 404
    olga.fill(here, {"expires_on": ""}, having="company")
    assert mario.http.get(f"/p/{offer.code}").status_code in (200, 302)


def test_lesson_20_saving_an_account_unchanged_writes_nothing(olga: Operator, mario: Shop):
    olga.fill(f"{LIST}{mario.account.pk}/change/", {}, having="company")

    assert not Event.objects.filter(account=mario.account.pk, kind="account.updated").exists()


def test_the_parent_cannot_be_changed_by_a_form(olga: Operator, mario: Shop, lucia: Shop):
    olga.fill(f"{LIST}{mario.account.pk}/change/", {"parent": lucia.account.pk, "company": "Mario"}, having="company")

    mario.account.refresh_from_db()
    assert mario.account.parent is None and mario.account.company == "Mario"


# Keys


def test_a_rotated_secret_is_told_once_and_the_old_one_works_a_day_longer(olga: Operator, mario: Shop):
    here = f"{LIST}{mario.account.pk}/keys/"

    told = shown(olga.press(here, "rotate").text)

    assert told["Client id"] == mario.client_id
    assert opens(mario.client_id, told["Client secret"]) and opens(mario.client_id, mario.client_secret)
    with clock.moved(clock.now() + timedelta(hours=25)):
        assert opens(mario.client_id, told["Client secret"]) and not opens(mario.client_id, mario.client_secret)
    assert told["Client secret"] not in olga.get(here).text


def test_a_secret_in_wrong_hands_goes_at_once(olga: Operator, mario: Shop):
    told = shown(olga.press(f"{LIST}{mario.account.pk}/keys/", "rotate_at_once").text)

    assert opens(mario.client_id, told["Client secret"]) and not opens(mario.client_id, mario.client_secret)
    event = Event.objects.get(account=mario.account.pk, kind="keys.rotated")
    assert event.actor == f"operator:{olga.user.pk}"
    assert event.data == {"client_id": mario.client_id, "at_once": True}


def test_further_pairs_are_added_and_revoked_and_the_primary_stays(olga: Operator, mario: Shop):
    here = f"{LIST}{mario.account.pk}/keys/"
    told = shown(olga.press(here, "add").text)
    assert opens(told["Client id"], told["Client secret"])

    olga.press(here, "revoke", client_id=told["Client id"])

    assert not opens(told["Client id"], told["Client secret"]) and opens(mario.client_id, mario.client_secret)
    token = olga.form(here).values["csrfmiddlewaretoken"]
    for client_id in (mario.client_id, told["Client id"]):
        olga.client.post(here, data={"act": "revoke", "client_id": client_id, "csrfmiddlewaretoken": token})
    said = olga.get(here).text
    assert "The primary pair signs webhooks" in said and "This pair was revoked before." in said
    assert ApiClient.objects.get(client_id=mario.client_id).revoked_at is None
    kinds = Event.objects.filter(account=mario.account.pk, kind__startswith="keys.").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["keys.added", "keys.revoked"]


def test_lesson_28_keys_are_reached_through_their_account(olga: Operator, mario: Shop, lucia: Shop):
    here = f"{LIST}{mario.account.pk}/keys/"
    token = olga.form(here).values["csrfmiddlewaretoken"]

    answer = olga.client.post(here, data={"act": "rotate", "client_id": lucia.client_id, "csrfmiddlewaretoken": token})

    assert answer.status_code == 404 and opens(lucia.client_id, lucia.client_secret)
    assert olga.get(f"{LIST}999999/keys/").status_code == 404


# People


def test_a_new_operator_can_log_in_and_is_switched_off_again(olga: Operator):
    email, password = address(), secrets.token_urlsafe(12)
    typed = {"email": f" {email.upper()}", "is_staff": "on", "password1": password, "password2": password}

    assert olga.fill("/admin/accounts/user/add/", typed, having="password1").status_code == 302

    user = User.objects.get(email=email)
    assert user.is_staff and user.is_superuser and log_in(email, password).status_code == 302
    olga.fill(f"/admin/accounts/user/{user.pk}/change/", {"is_active": None}, having="email")
    assert log_in(email, password).status_code == 200


def test_weak_and_unequal_passwords_and_taken_addresses_are_refused(olga: Operator, mario: Shop):
    add = "/admin/accounts/user/add/"
    for typed, said in (
        ({"email": address(), "password1": "12345", "password2": "12345"}, "too short"),
        ({"email": address(), "password1": "correct horse", "password2": "battery staple"}, "didn’t match"),
        (
            {"email": mario.email.upper(), "password1": "correct horse", "password2": "correct horse"},
            "Somebody logs in",
        ),
    ):
        errors = errors_in(olga.fill(add, typed, having="password1").text)
        assert any(said in error for error in errors), errors


def test_nobody_locks_themselves_out(olga: Operator):
    olga.fill(f"/admin/accounts/user/{olga.user.pk}/change/", {"is_staff": None, "is_active": None}, having="email")

    assert olga.user.is_staff and olga.user.is_active
