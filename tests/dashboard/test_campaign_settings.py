"""The form with all settings of a campaign: what it refuses, what it changes, and what it leaves alone."""

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from tearoff.activity.models import Event
from tearoff.campaigns import passwords
from tearoff.campaigns.models import Campaign, Category, Counter, Folder
from tearoff.dashboard import campaign_form
from tearoff.dashboard.campaign_form import SETTINGS
from tearoff.kit import sql
from tests.dashboard.browsing import Form, Operator, errors_in
from tests.world import Offer, Shop

FORM = [
    {"name": "firstname", "required": True},
    {"name": "customfield1", "label": "Size", "kind": "choice", "options": ["S", "M"]},
]
CONSENTS = [
    {"name": "optin", "text": "Yes,\nmail me.", "version": "2", "link": "https://example.org/p", "required": True}
]
HOURS = [{"act": "validate", "days": [1, 2], "from": "09:00", "to": "24:00"}]


def path(offer: Offer) -> str:
    return f"/admin/campaigns/campaign/{offer.campaign.pk}/change/"


def save(olga: Operator, offer: Offer, changes: dict[str, Any] | None = None, **options: Any) -> list[str]:
    """Type into the form and save; what it says is wrong, [] when it was saved."""
    answer = olga.fill(path(offer), changes, having="claim_method", **options)
    offer.campaign.refresh_from_db()
    assert answer.status_code in (200, 302)
    return [] if answer.status_code == 302 else errors_in(answer.text)


def settings_of(offer: Offer) -> dict[str, Any]:
    row = Campaign.objects.get(pk=offer.campaign.pk)
    names = [column.attname for column in Campaign._meta.concrete_fields]
    return {name: str(getattr(row, name)) for name in names} | {
        "at": sorted(row.locations.values_list("pk", flat=True))
    }


def events(offer: Offer) -> list[list[str]]:
    """What each update of the campaign said it changed."""
    found = Event.objects.filter(campaign=offer.campaign.pk, kind="campaign.updated").order_by("id")
    return [event.data["changed"] for event in found]


# Saving is not editing (lesson 20)


def everything(shop: Shop) -> dict[str, Any]:
    food = Category.objects.create(account=shop.account, name="Food")
    return {
        "subtitle": 'With ünïcödé & <b>tags</b> "quoted"',
        "description": "First line\nsecond line\n\nlast",
        "terms": "Came from Windows\r\nwith its line ends\r\n",
        "after_claim_message": "  blanks around it  ",
        "customid": " 007 ",
        "coupon_value": "€ 4.50",
        "promo_code": "00123",
        "folder": Folder.objects.create(account=shop.account, name="Every week"),
        "category": food,
        "tags": ["slice", "walk-in"],
        "is_featured": True,
        "timezone": "America/St_Johns",
        "language": "pt-BR",
        "starts_local": datetime(2025, 3, 30, 2, 30, 59, 123456),
        "ends_local": datetime(2027, 10, 31, 2, 30),
        "after_open": 3,
        "after_open_unit": "months",
        "after_claim": 90,
        "after_claim_unit": "minutes",
        "hours": HOURS,
        "max_claims": 50,
        "max_validations": 40,
        "max_claims_per_day": 7,
        "uses_per_session": 5,
        "minutes_between_uses": 60,
        "single_use_only": True,
        "claim_method": "form",
        "form": FORM,
        "consents": CONSENTS,
        "unique_fields": ["email", "customfield1"],
        "by_button": True,
        "own_code_format": "qr",
        "uses_own_codes": True,
        "brand_colour": "#0E3b2c",
        "art": "coffee",
        "words": {"get_it": "Give me {one}", "used": "Weg"},
        "link_text": "On",
        "link_url": "http://example.org/?a=1&b=2",
        "end_redirects": {"expired": "https://example.org/next"},
    }


def test_lesson_20_opening_and_saving_changes_nothing(olga: Operator, mario: Shop):
    offer = mario.campaign(**everything(mario))
    offer.at_location()
    before = settings_of(offer)

    assert save(olga, offer) == []

    assert settings_of(offer) == before
    assert events(offer) == []


def test_lesson_20_the_plainest_campaign_stays_as_it_is_too(olga: Operator, mario: Shop):
    offer = mario.campaign()
    before = settings_of(offer)

    assert save(olga, offer) == [], "it came in without a location, by another door: that is no reason to refuse it now"

    assert settings_of(offer) == before
    assert events(offer) == []


def test_one_change_touches_one_setting(olga: Operator, mario: Shop):
    offer = mario.campaign(**everything(mario))
    offer.at_location()
    before = settings_of(offer)

    assert save(olga, offer, {"title": "Another title"}) == []

    after = settings_of(offer)
    assert {name for name in after if after[name] != before[name]} == {"title"}
    assert events(offer) == [["title"]]


def test_everything_can_be_typed(olga: Operator, mario: Shop):
    offer = mario.campaign()
    offer.at_location()
    before = Campaign.objects.get(pk=offer.campaign.pk)
    wanted = everything(mario)
    typed: dict[str, Any] = {
        name: value for name, value in wanted.items() if isinstance(value, str | int) and value is not True
    }
    typed |= {name: "on" for name, value in wanted.items() if value is True}
    typed |= {name: json.dumps(wanted[name]) for name in ("hours", "form", "consents", "words", "end_redirects")}
    typed |= {"tags": "slice, walk-in", "unique_fields": "email, customfield1"}
    typed |= {"folder": wanted["folder"].pk, "category": wanted["category"].pk}
    typed |= {
        "starts_local_0": "2025-03-30",
        "starts_local_1": "02:30:59",
        "ends_local_0": "2027-10-31",
        "ends_local_1": "02:30",
    }

    assert save(olga, offer, typed) == []

    stored = Campaign.objects.get(pk=offer.campaign.pk)
    for name, value in wanted.items():
        expected = value.strip().replace("\r\n", "\n") if isinstance(value, str) else value
        expected = expected.replace(microsecond=0) if isinstance(expected, datetime) else expected
        got = getattr(stored, name)
        assert (got.replace("\r\n", "\n") if isinstance(got, str) else got) == expected, name
    assert set(events(offer)[0]) == {name for name, value in wanted.items() if getattr(before, name) != value}


def test_a_day_alone_means_the_whole_day_where_the_coupon_is(olga: Operator, mario: Shop):
    offer = mario.campaign()

    dates = {"starts_local_0": "2027-03-01", "starts_local_1": "", "ends_local_0": "2027-03-31", "ends_local_1": ""}
    assert save(olga, offer, dates) == []

    assert offer.campaign.starts_local == datetime(2027, 3, 1, 0, 0, 0)
    assert offer.campaign.ends_local == datetime(2027, 3, 31, 23, 59, 59)
    assert offer.campaign.ends_at and offer.campaign.ends_at.isoformat() == "2027-03-31T21:59:59+00:00"


# What is refused, and how that is said

WRONG = [
    ({"name": "  "}, "This field is required."),
    ({"name": "a\u200bb\u0007"}, "There is a character in it that cannot be shown"),
    ({"title": "x" * 201}, "at most 200 characters"),
    ({"description": "x" * 20_001}, "at most 20000 characters"),
    ({"timezone": "Europe/Brussel"}, "There is no time zone 'Europe/Brussel'"),
    ({"timezone": "../etc/passwd"}, "There is no time zone"),
    ({"language": "Nederlands"}, "A language is written en, nl or pt-BR."),
    ({"currency": "eur"}, "three capital letters"),
    ({"brand_colour": "red"}, "A colour is written #rrggbb."),
    ({"starts_local_0": "2027-05-02", "ends_local_0": "2027-05-01"}, "The end must come after the start."),
    ({"starts_local_1": "10:00"}, "Which day? There is only a time."),
    ({"ends_local_0": "2027-02-30"}, "Enter a valid date."),
    ({"ends_local_0": "9999-12-31", "timezone": "America/New_York"}, "This date is too far away."),
    ({"after_open": "0"}, "Write a number from 1 to 36500"),
    ({"after_claim": "53000000"}, "Write a number from 1 to 52560000"),
    ({"after_claim": "99999999999999999999"}, "less than or equal to"),
    ({"uses_per_session": "0"}, "A coupon can be used 1 to 1000 times."),
    ({"uses_per_session": "1001"}, "A coupon can be used 1 to 1000 times."),
    ({"minutes_between_uses": "99999999"}, "Write minutes, at most"),
    ({"max_claims": "-1"}, "greater than or equal to 0"),
    ({"max_claims": "3000000000"}, "less than or equal to"),
    ({"tags": "a, A"}, "A tag stands there twice."),
    ({"tags": "x" * 51}, "is no tag"),
    ({"hours": "[1"}, "Enter a valid JSON."),
    ({"hours": "9" * 5000}, "This is no JSON."),
    ({"hours": "[" * 100_000}, "This is no JSON."),
    ({"hours": "{}"}, "Opening hours are a list of windows"),
    ({"hours": '[{"days": [0], "from": "09:00", "to": "10:00"}]'}, "Window 1: the days are a list of numbers from 1"),
    ({"hours": '[{"days": [true], "from": "09:00", "to": "10:00"}]'}, "Window 1: the days are"),
    ({"hours": '[{"days": [1], "from": "9:00", "to": "10:00"}]'}, 'Window 1: "from" is a time like "09:00".'),
    ({"hours": '[{"days": [1], "from": "09:00", "to": "25:00"}]'}, '"to" is a time like'),
    ({"hours": '[{"days": [1], "from": "09:00", "to": "09:00"}]'}, "it opens and closes at the same time"),
    ({"hours": '[{"days": [1], "from": "09:00", "to": "10:00", "act": "open"}]'}, 'the act is "claim" or "validate".'),
    ({"hours": '[{"days": [1], "from": "09:00", "to": "10:00", "till": 1}]'}, "'till' is not a part of a window."),
    ({"claim_method": "form"}, "so the form needs a field or a consent"),
    ({"form": '["firstname"]'}, "Field 1: it must be an object in { }, not a text."),
    ({"form": '[{"label": "x"}]'}, "Field 1: name is missing."),
    ({"form": '[{"name": "email", "required": "yes"}]'}, "Field 1: required must be true or false, not a text."),
    ({"form": '{"name": "email"}'}, "This is not a list of fields."),
    ({"form": '[{"name": "email", "require": true}]'}, "Field 1: 'require' is not known."),
    ({"form": '[{"name": "E-Mail"}]'}, "a name has small letters"),
    ({"form": '[{"name": "shoe_size"}]'}, "a field of your own needs a label"),
    ({"form": '[{"name": "email", "kind": "mail"}]'}, "the kind is one of text, email"),
    ({"form": '[{"name": "gender", "kind": "choice"}]'}, "a choice needs options"),
    ({"form": '[{"name": "gender", "options": ["a"]}]'}, "options are for a choice"),
    ({"form": '[{"name": "email"}, {"name": "email"}]'}, "The name 'email' is given twice"),
    ({"form": '[{"name": "email", "help": "a\\u0000b"}]'}, "There is a character in it that cannot be shown."),
    ({"form": '[{"name": "email", "help": "\\ud800"}]'}, "There is a character in it that cannot be shown."),
    ({"consents": '[{"name": "optin"}]'}, "Consent 1: text is missing."),
    ({"consents": '[{"name": "optin", "text": " "}]'}, "Consent 1: the text to agree to"),
    ({"consents": '[{"name": "optin", "text": "x", "link": "javascript:alert(1)"}]'}, "Consent 1: the link is an address"),
    ({"consents": '[{"name": "email", "text": "x"}]', "form": '[{"name": "email"}]'}, "given twice among fields and consents"),
    ({"unique_fields": "shoe_size"}, "The form has no field 'shoe_size'"),
    ({"unique_fields": "email, email"}, "A field stands there twice."),
    ({"claim_method": "none", "uses_own_codes": "on"}, "Own codes are given out at the claim"),
    ({"claim_method": "none", "after_claim": "10"}, "A validity after the claim needs a claim."),
    ({"claim_method": "none", "form": '[{"name": "email"}]'}, "Fields and consents are asked for at the claim"),
    ({"link_url": "javascript:alert(1)"}, "Write an address like https://example.org."),
    ({"link_url": "ftp://example.org"}, "Write an address like https://example.org."),
    ({"words": "[]"}, "Own words are an object"),
    ({"words": '{"get_it": 5}'}, "a name and a text of at most 500 characters"),
    ({"end_redirects": '{"won": "https://example.org"}'}, "'won' is no end"),
    ({"end_redirects": '{"expired": "//example.org"}'}, "expired: write an address"),
    ({"coupon_password": "123"}, "at least 4 characters"),
    ({"folder": "999999"}, "Select a valid choice."),
    ({"status": "template"}, "Select a valid choice."),
]  # fmt: skip


def test_each_wrong_setting_is_named_and_nothing_is_saved(olga: Operator, mario: Shop):
    offer = mario.campaign(by_password=False, by_scan=False)
    before, form = settings_of(offer), olga.form(path(offer), "claim_method")

    for typed, said in WRONG:
        answer = olga.client.post(path(offer), data=form.typed(typed | {"subtitle": "typed besides"}))
        assert answer.status_code == 200, (typed, answer.status_code)
        assert any(said in error for error in errors_in(answer.text)), (typed, errors_in(answer.text))

    assert settings_of(offer) == before


def test_what_was_typed_stays_in_the_form(olga: Operator, mario: Shop):
    offer = mario.campaign()

    answer = olga.fill(
        path(offer), {"subtitle": "Kept", "form": "[oops", "timezone": "Mars/Base"}, having="claim_method"
    )

    assert 'value="Kept"' in answer.text and "[oops" in answer.text and 'value="Mars/Base"' in answer.text


def test_an_active_coupon_needs_a_password_for_the_ways_that_ask_for_one(olga: Operator, mario: Shop):
    offer = mario.campaign(status="draft")
    said = "asks for a password: tick a location that has one"

    errors = save(olga, offer, {"status": "active"})
    assert len([error for error in errors if said in error]) == 2, "by password and by staff scan"
    assert save(olga, offer, {"title": "A draft may wait for its locations"}) == []

    bare = mario.location("Without a password", password=None)
    assert any(said in error for error in save(olga, offer, {"status": "active", "places": bare.pk}))
    assert save(olga, offer, {"status": "active", "coupon_password": "0815"}) == []
    assert offer.campaign.password_digest is not None


def test_the_coupons_own_password_validates_and_can_be_forgotten(olga: Operator, mario: Shop):
    offer = mario.campaign()
    assert save(olga, offer, {"coupon_password": "08 15"}) == []

    digest = passwords.digest_of(mario.account.pk, "08 15")
    used = offer.validate(offer.claimed(), method="password", entrance="holder", password_digest=digest)
    assert used.ok, used

    assert save(olga, offer, {"by_password": None, "by_scan": None, "forget_coupon_password": "on"}) == []
    assert offer.campaign.password_digest is None


def test_a_coupon_password_is_no_locations_and_none_where_locations_are_ticked(olga: Operator, mario: Shop):
    offer = mario.campaign()
    place = mario.location("Shop North", "4711")

    assert "A location of this account has this password. Choose another." in save(
        olga, offer, {"coupon_password": "4711"}
    )
    errors = save(olga, offer, {"coupon_password": "0815", "places": place.pk})
    assert any("With locations ticked their passwords count" in error for error in errors)


def test_ticking_a_location_is_one_event_and_lets_it_validate(olga: Operator, mario: Shop):
    offer = mario.campaign()
    north, harbour = mario.location("Shop North", "4711"), mario.location("Shop Harbour", "4712")
    digest = passwords.digest_of(mario.account.pk, "4711")
    code = offer.claimed()
    assert (
        offer.validate(code, method="password", entrance="holder", password_digest=digest).refusal == "wrong_location"
    )

    assert save(olga, offer, {"places": [north.pk, harbour.pk]}) == []
    assert offer.validate(code, method="password", entrance="holder", password_digest=digest).ok
    assert save(olga, offer, {"places": [harbour.pk]}) == []

    assert list(offer.campaign.locations.all()) == [harbour]
    assert events(offer) == [["locations"], ["locations"]]


def test_lesson_28_nothing_of_another_account_can_be_chosen(olga: Operator, mario: Shop, lucia: Shop):
    offer = mario.campaign()
    theirs = {
        "places": lucia.location("Bakery", "4711").pk,
        "folder": Folder.objects.create(account=lucia.account, name="Theirs").pk,
        "category": Category.objects.create(account=lucia.account, name="Theirs").pk,
    }
    page = olga.get(path(offer)).text
    assert "Bakery" not in page and "Theirs" not in page

    for name, value in theirs.items():
        assert any("Select a valid choice." in error for error in save(olga, offer, {name: value})), name


def test_a_first_cap_counts_what_was_given_out_before(olga: Operator, mario: Shop):
    offer = mario.campaign()
    for _ in range(3):
        offer.claimed()

    assert save(olga, offer, {"max_claims": "4"}) == []

    assert Counter.objects.get(campaign=offer.campaign).claims == 3
    offer.claimed()
    assert offer.shop.http.get(f"/p/{offer.code}", headers={"User-Agent": "Mozilla/5.0"}).status_code == 200
    assert Counter.objects.get(campaign=offer.campaign).claims == 4
    page = olga.get(path(offer)).text
    assert "4 of 4" in page, "the page tells how many are taken"


def test_a_cap_that_cannot_be_counted_now_keeps_what_was_typed(
    olga: Operator, mario: Shop, monkeypatch: pytest.MonkeyPatch
):
    def busy(campaign: Campaign) -> None:
        raise sql.Busy

    offer = mario.campaign()
    monkeypatch.setattr("tearoff.campaigns.limits.start_counting", busy)

    answer = olga.fill(path(offer), {"max_claims": "4", "title": "Kept"}, having="claim_method")

    assert campaign_form.BUSY in errors_in(answer.text) and 'value="Kept"' in answer.text
    offer.campaign.refresh_from_db()
    assert offer.campaign.max_claims is None


def test_two_people_do_not_undo_each_others_changes(olga: Operator, mario: Shop):
    offer = mario.campaign()
    opened: Form = olga.form(path(offer), "claim_method")

    offer.set(title="Changed over the API meanwhile")
    answer = olga.client.post(path(offer), data=opened.typed({"subtitle": "Mine"}))

    assert answer.status_code == 200 and campaign_form.MEANWHILE in errors_in(answer.text)
    offer.campaign.refresh_from_db()
    assert (offer.campaign.title, offer.campaign.subtitle) == ("Changed over the API meanwhile", "")


def test_every_column_a_person_sets_is_in_the_form(olga: Operator, mario: Shop):
    ours = {
        "id",
        "account",
        "code",
        "is_template",
        "deleted_at",
        "created_at",
        "starts_at",
        "ends_at",
        "password_digest",
    }
    columns = {column.name for column in Campaign._meta.concrete_fields} - ours

    assert columns == set(SETTINGS)


# Pictures


def picture(shape: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#0e3b2c").save(out, shape, comment=b"<script>alert(1)</script>")
    return out.getvalue()


def test_lesson_51_a_picture_is_drawn_anew(olga: Operator, mario: Shop):
    offer = mario.campaign()
    sent = picture() + b"<script>alert(1)</script>"

    assert save(olga, offer, files={"logo": ("../../evil.php", sent, "image/svg+xml")}) == []

    stored = offer.campaign.logo
    assert stored.name.startswith("logos/") and "evil" not in stored.name
    assert b"<script>" not in stored.open().read()
    assert Image.open(stored.open()).size == (40, 30)
    assert events(offer) == [["logo"]]
    assert save(olga, offer) == [] and events(offer) == [["logo"]], "saving again leaves it alone"
    assert save(olga, offer, {"logo-clear": "on"}) == [] and not offer.campaign.logo


@pytest.mark.parametrize("sent", [b"", b"<svg onload='alert(1)'/>", picture()[:60], b"GIF89a" + b"\x00" * 40])
def test_lesson_51_what_is_no_picture_is_refused(olga: Operator, mario: Shop, sent: bytes):
    offer = mario.campaign()

    assert save(olga, offer, files={"header_image": ("a.png", sent, "image/png")}) != []

    assert not offer.campaign.header_image


def test_the_preview_link_shows_the_draft_and_makes_no_session(olga: Operator, mario: Shop):
    offer = mario.campaign(status="draft", title="Not yet for everybody")
    page = olga.get(path(offer)).text
    link = page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")

    shown = mario.http.get(link.partition("/p/")[2].join(["/p/", ""]))

    assert shown.status_code == 200 and "Not yet for everybody" in shown.text
    assert not offer.campaign.sessions.exists()
    assert mario.http.get(f"/p/{offer.code}").status_code == 404


def test_the_end_may_be_moved_while_sessions_live(olga: Operator, mario: Shop):
    offer = mario.campaign(ends_local=datetime.now() - timedelta(days=1))
    assert offer.shop.http.get(f"/p/{offer.code}").status_code == 200

    assert save(olga, offer, {"ends_local_0": "2099-01-01", "ends_local_1": ""}) == []

    offer.claimed()
