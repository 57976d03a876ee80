"""Locations, and the password that alone says which one it is."""

import pytest
from django.db import IntegrityError

from tearoff.campaigns import passwords
from tearoff.campaigns.models import Location
from tests.dashboard.browsing import Operator, errors_in
from tests.world import Shop

LIST = "/admin/campaigns/location/"


def add(olga: Operator, shop: Shop, name: str, password: str) -> list[str]:
    typed = {"account": shop.account.pk, "name": name, "password": password}
    return errors_in(olga.fill(f"{LIST}add/", typed, having="password").text)


def digest(shop: Shop, password: str) -> bytes:
    return passwords.digest_of(shop.account.pk, password)


def test_a_typed_password_is_kept_as_a_digest_and_validates(olga: Operator, mario: Shop):
    assert add(olga, mario, "Shop North", "47 11") == []

    place = Location.objects.get(account=mario.account)
    assert place.password_digest is not None and bytes(place.password_digest) == digest(mario, "47 11")
    assert "47 11" not in olga.get(f"{LIST}{place.pk}/change/").text
    offer = mario.campaign()
    offer.campaign.locations.add(place)
    used = offer.validate(offer.claimed(), method="scan", entrance="staff", password_digest=digest(mario, "47 11"))
    assert used.ok and used.session and used.session.location == place.pk


def test_lesson_20_saving_keeps_the_password(olga: Operator, mario: Shop):
    place = mario.location("Shop North", "4711")

    olga.fill(f"{LIST}{place.pk}/change/", {"city": "Ghent"}, having="password")

    place.refresh_from_db()
    assert place.city == "Ghent" and bytes(place.password_digest or b"") == digest(mario, "4711")
    olga.fill(f"{LIST}{place.pk}/change/", {"password": "0815"}, having="password")
    place.refresh_from_db()
    assert bytes(place.password_digest or b"") == digest(mario, "0815")


def test_a_password_is_unique_within_the_account_only(olga: Operator, mario: Shop, lucia: Shop):
    mario.location("Shop North", "4711")

    assert any(
        "Another location of this account has this password" in said for said in add(olga, mario, "Harbour", "4711")
    )
    assert add(olga, mario, "Harbour", "4712") == []
    assert add(olga, lucia, "Bakery", "4711") == []


def test_a_password_a_coupon_has_as_its_own_is_taken_too(olga: Operator, mario: Shop):
    mario.campaign("Slice", password_digest=digest(mario, "0815"))

    assert any("The coupon “Slice” of this account" in said for said in add(olga, mario, "Harbour", "0815"))


@pytest.mark.parametrize("short", ["1", "123", "äöü"])
def test_a_short_password_is_refused(olga: Operator, mario: Shop, short: str):
    assert any("at least 4 characters" in said for said in add(olga, mario, "Harbour", short))
    assert not Location.objects.filter(account=mario.account).exists()


def test_two_operators_with_one_password_at_one_moment(olga: Operator, mario: Shop, monkeypatch: pytest.MonkeyPatch):
    """The form found nothing wrong; then the other one's row was there first, and the constraint speaks."""
    mario.location("Shop North", "4711")

    def blind(form: object, account: object, password: str) -> None:
        form.instance.password_digest = digest(mario, password)  # type: ignore[attr-defined]

    monkeypatch.setattr("tearoff.dashboard.admin_locations.LocationForm._take", blind)
    typed = {"account": mario.account.pk, "name": "Harbour", "password": "4711"}
    answer = olga.fill(f"{LIST}add/", typed, having="password")

    assert answer.status_code == 302 and answer.headers["location"] == f"{LIST}add/"
    assert "Another location of this account has this password" in olga.get(f"{LIST}add/").text
    with pytest.raises(IntegrityError):
        mario.location("Harbour", "4711")


def test_a_disabled_location_validates_nothing(olga: Operator, mario: Shop):
    offer = mario.campaign()
    place = offer.at_location("Shop North", "4711")

    olga.fill(f"{LIST}{place.pk}/change/", {"is_disabled": "on"}, having="password")

    used = offer.validate(offer.claimed(), method="scan", entrance="staff", password_digest=digest(mario, "4711"))
    assert used.refusal == "wrong_location"


def test_a_location_stays_with_its_account(olga: Operator, mario: Shop, lucia: Shop):
    place = mario.location("Shop North", "4711")

    olga.fill(f"{LIST}{place.pk}/change/", {"account": lucia.account.pk, "name": "Shop North"}, having="password")

    place.refresh_from_db()
    assert place.account == mario.account
