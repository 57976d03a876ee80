"""What an issuer needs, said in plain sentences; and where the owner and the operator read it (product.md 4.22, J19)."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from tearoff.activity.models import Event, Outbox, Reader
from tearoff.kit import clock
from tearoff.wallet import checking, connecting, delivering
from tearoff.wallet.models import Issuer, Maker, Pass, Update
from tearoff.wallet.pictures import pictures
from tests.street.apple import TEAM, apple_settings
from tests.street.certificates import authority, key, pass_certificate, pem_of
from tests.street.google import google_settings
from tests.street.wallet import with_apple, with_google
from tests.world import Shop

PASS = "pass.org.example.coupon"
OTHER = pass_certificate("pass.org.example.other", "ZZ99ZZ99ZZ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"wwdr": ""}, "wwdr is missing: Apple's intermediate certificate (WWDR), as PEM."),
        ({"certificate": "x"}, "certificate is no certificate in PEM form (-----BEGIN CERTIFICATE-----)."),
        (
            {"private_key": "x"},
            "private_key is no RSA key in PEM form without a password (-----BEGIN PRIVATE KEY-----).",
        ),
        ({"private_key": pem_of(key("another"))}, "private_key does not belong to the certificate."),
        ({"pass_type_id": "org.example"}, "pass_type_id must look like pass.com.example.coupon."),
        ({"pass_type_id": "pass.org.example"}, "The certificate is not for pass.org.example."),
        ({"team_id": "short"}, "team_id is ten capital letters and digits."),
        ({"team_id": "ZZ99ZZ99ZZ"}, "The certificate is not of the team ZZ99ZZ99ZZ."),
        (
            {"wwdr": authority("Street CA").pem},
            "wwdr is not the authority that signed the certificate: take the WWDR certificate it names.",
        ),
        ({"api_base": "nowhere"}, "api_base is no address."),
        ({"colour": "red"}, "There is no setting colour."),
    ],
)
def test_what_is_wrong_with_apples_settings(change: dict[str, str], sentence: str) -> None:
    assert checking.problems(Maker.APPLE, apple_settings(), clock.now()) == []
    assert checking.problems(Maker.APPLE, apple_settings() | change, clock.now()) == [sentence]


def test_a_certificate_has_its_time() -> None:
    old = pass_certificate(PASS, TEAM, days=-2)
    settings = apple_settings() | {"certificate": old.pem}
    (sentence,) = checking.problems(Maker.APPLE, settings, clock.now())
    assert sentence == f"certificate ran out on {clock.now() - timedelta(days=2):%Y-%m-%d}: renew it."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"issuer_id": ""}, "issuer_id is missing: the issuer id of the Google Pay and Wallet console."),
        ({"issuer_id": "x1"}, "issuer_id is a number."),
        ({"service_account": "me"}, "service_account is an e-mail address."),
        (
            {"private_key": "x"},
            "private_key is no RSA key in PEM form without a password (-----BEGIN PRIVATE KEY-----).",
        ),
    ],
)
def test_what_is_wrong_with_googles_settings(change: dict[str, str], sentence: str) -> None:
    assert checking.problems(Maker.GOOGLE, google_settings(), clock.now()) == []
    assert checking.problems(Maker.GOOGLE, google_settings() | change, clock.now()) == [sentence]


def test_a_wrong_issuer_writes_nothing_and_a_right_one_is_sealed(mario: Shop) -> None:
    with pytest.raises(connecting.BadIssuer, match="team_id"):
        connecting.connect(mario.account.pk, "apple", apple_settings(team_id=""), at=clock.now(), actor="test")
    assert not Issuer.objects.filter(account=mario.account).exists()
    with_apple(mario)
    with_apple(mario)
    row = Issuer.objects.get(account=mario.account)
    assert b"PRIVATE KEY" not in bytes(row.settings_sealed) and row.name == PASS
    with override_settings(SECRET_KEY="another key of the server, long enough"):
        assert connecting.issuer_of(mario.account.pk, "apple") is None


def test_events_are_kept_only_for_who_makes_passes(mario: Shop, lucia: Shop) -> None:
    with_google(mario)
    for shop in (mario, lucia):
        shop.campaign().claimed()
    assert Reader.objects.filter(account=mario.account.pk, name="wallet").exists()
    assert not Reader.objects.filter(account=lucia.account.pk, name="wallet").exists()
    waiting = Event.objects.filter(pk__in=Outbox.objects.filter(reader="wallet").values("event"))
    assert set(waiting.values_list("account", flat=True)) == {mario.account.pk}
    assert {"coupon.claimed", "coupon.opened"} < set(waiting.values_list("kind", flat=True))


def test_what_is_missing_is_said(mario: Shop) -> None:
    found = connecting.missing(mario.account.pk, clock.now())
    assert found["apple"][0].startswith("Not connected. It needs the pass type identifier")
    assert found["google"][0].startswith("Not connected. It needs the issuer id")
    with_apple(mario)
    with_google(mario)
    assert connecting.missing(mario.account.pk, clock.now()) == {}
    assert connecting.offered(mario.account.pk, clock.now()) == {"apple", "google"}
    with override_settings(TEAROFF_BASE_URL="http://tearoff.example"):
        assert "https" in connecting.missing(mario.account.pk, clock.now())["apple"][0]
        assert connecting.offered(mario.account.pk, clock.now()) == {"google"}


def test_the_database_keeps_its_word(mario: Shop) -> None:
    at = clock.now()
    one = Pass.objects.create(
        account=mario.account.pk, serial="c1", kind="coupon", subject=1, family=1, changed_at=at, created_at=at
    )
    with pytest.raises(IntegrityError, match="a_pass_stands_once"), transaction.atomic():
        Pass.objects.create(
            account=mario.account.pk, serial="c1", kind="coupon", subject=1, family=1, changed_at=at, created_at=at
        )
    shared = {"account": mario.account, "wallet_pass": one, "maker": "google", "next_try_at": at, "created_at": at}
    Update.objects.create(what="state", **shared)
    with pytest.raises(IntegrityError, match="the_newest_state_waits_once"), transaction.atomic():
        Update.objects.create(what="state", **shared)
    with pytest.raises(IntegrityError, match="is_leased"), transaction.atomic():
        Update.objects.create(what="message", state="sending", **shared)
    Update.objects.create(what="message", state="sent", ended_at=at - delivering.STAY - timedelta(1), **shared)
    assert delivering.forget(at) == 1 and Update.objects.filter(account=mario.account).count() == 1


def test_settings_are_json_texts(mario: Shop) -> None:
    written = json.loads(json.dumps(apple_settings() | {"team_id": 5}))
    assert checking.problems(Maker.APPLE, written, clock.now()) == ["team_id must be a text."]
    assert checking.problems("samsung", {}, clock.now()) == ["There is no wallet samsung."]


@pytest.mark.parametrize(("company", "twin"), [("Élan", "Emma"), ("寿司", "★")])
def test_an_icon_draws_what_the_font_can(company: str, twin: str) -> None:
    """Never the box that stands for a letter a font does not have."""
    drawn, same = (pictures("", name, "#0e3b2c")["icon@3x.png"] for name in (company, twin))
    assert drawn == same != pictures("", "Mario", "#0e3b2c")["icon@3x.png"]
