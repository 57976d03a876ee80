"""Connecting a wallet in the admin, and reading what is missing (product.md J19, step 4)."""

import json

from tearoff.wallet.models import Issuer
from tests.dashboard.browsing import Operator
from tests.street.apple import apple_settings
from tests.street.google import google_settings
from tests.world import Shop

ADD = "/admin/wallet/issuer/add/"


def test_an_account_says_what_is_missing(olga: Operator, mario: Shop):
    page = olga.get(f"/admin/accounts/account/{mario.account.pk}/change/").text
    assert "Apple Wallet:</b> Not connected. It needs the pass type identifier" in page
    assert "Google Wallet:</b> Not connected. It needs the issuer id" in page


def test_a_wallet_is_connected_replaced_and_taken_away(olga: Operator, mario: Shop):
    typed = {"account": mario.account.pk, "maker": "google", "settings": json.dumps(google_settings())}
    for _ in range(2):
        assert olga.fill(ADD, typed).status_code == 302
    row = Issuer.objects.get(account=mario.account)
    shown = olga.get(f"/admin/wallet/issuer/{row.pk}/change/").text
    assert row.name in shown and "PRIVATE KEY" not in shown
    assert "Google Wallet:</b> Ready." in olga.get(f"/admin/accounts/account/{mario.account.pk}/change/").text
    assert olga.fill(f"/admin/wallet/issuer/{row.pk}/delete/").status_code == 302
    assert not Issuer.objects.filter(account=mario.account).exists()


def test_every_problem_is_said_in_the_form(olga: Operator, mario: Shop):
    settings = apple_settings() | {"team_id": "ZZ99ZZ99ZZ", "pass_type_id": "pass.org.example.other"}
    page = olga.fill(ADD, {"account": mario.account.pk, "maker": "apple", "settings": json.dumps(settings)})
    assert page.status_code == 200
    assert "The certificate is not for pass.org.example.other." in page.text
    assert "The certificate is not of the team ZZ99ZZ99ZZ." in page.text
    for wrong in ("[]", "{", "null", ""):
        assert olga.fill(ADD, {"account": mario.account.pk, "maker": "apple", "settings": wrong}).status_code == 200
    assert not Issuer.objects.filter(account=mario.account).exists()
