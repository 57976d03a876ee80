"""The operator's pages of directories: settings, what stands on them, members; all of it by the verbs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry

from tearoff.activity.models import Event
from tearoff.campaigns.models import Category
from tearoff.directories import entering
from tearoff.directories.models import Directory, Listing, Member
from tearoff.kit import clock
from tests.dashboard.browsing import Operator, errors_in
from tests.street.directories import PASSWORD, directory
from tests.street.loyalty import club
from tests.world import Shop, open_shop

DIRECTORIES, LISTINGS, MEMBERS = (f"/admin/directories/{name}/" for name in ("directory", "listing", "member"))


def events(shop: Shop, kind: str) -> list[Event]:
    return list(Event.objects.filter(account=shop.account.pk, kind=kind).order_by("pk"))


def test_a_directory_is_made_set_and_removed_by_its_verbs(olga: Operator, mario: Shop) -> None:
    made = olga.fill(f"{DIRECTORIES}add/", {"account": mario.account.pk, "name": "City deals"}, having="name")
    [deals] = Directory.objects.filter(account=mario.account)
    assert made.headers["location"] == f"{DIRECTORIES}{deals.pk}/change/" and deals.status == "draft"

    page = f"{DIRECTORIES}{deals.pk}/change/"
    olga.fill(
        page, {"status": "active", "access": "paid", "title": "Deals", "payment_url": "pay.example/x"}, having="access"
    )
    deals.refresh_from_db()
    assert (deals.status, deals.access, deals.title, deals.payment_url) == (
        "active",
        "paid",
        "Deals",
        "https://pay.example/x",
    )
    [changed] = events(mario, "directory.updated")
    assert sorted(changed.data["changed"]) == ["access", "payment_url", "status", "title"]
    assert changed.actor == f"operator:{olga.user.pk}"

    olga.fill(f"{DIRECTORIES}{deals.pk}/delete/", {"post": "yes"}, having="csrfmiddlewaretoken")
    deals.refresh_from_db()
    assert deals.deleted_at and len(events(mario, "directory.removed")) == 1
    assert olga.get(page).status_code == 302


def test_lesson_20_saving_a_directory_unchanged_changes_nothing(olga: Operator, mario: Shop) -> None:
    deals = directory(
        mario,
        intro="Two\nlines ",
        words={"log_in": "Come in"},
        consents=[{"name": "news", "text": "News", "version": "1"}],
    )
    slice_ = deals.lists(mario.campaign(), shows_from=datetime(2026, 3, 1, 7, tzinfo=UTC), description="A\nB")
    before = (
        Directory.objects.filter(pk=deals.directory.pk).values().get(),
        Listing.objects.filter(pk=slice_.pk).values().get(),
    )
    olga.fill(f"{DIRECTORIES}{deals.directory.pk}/change/", having="access")
    olga.fill(f"{LISTINGS}{slice_.pk}/change/", having="position")
    after = (
        Directory.objects.filter(pk=deals.directory.pk).values().get(),
        Listing.objects.filter(pk=slice_.pk).values().get(),
    )
    assert after == before and not events(mario, "directory.updated") and not events(mario, "listing.updated")


@pytest.mark.parametrize(("field", "typed", "said"), [
    ("timezone", "Mars/Base", "There is no time zone"), ("consents", '[{"text": 1}]', "Consent 1: "),
    ("words", '{"log_in": 1}', "a name and a text"), ("language", "English", "written en, nl"), ("payment_url", "ftp://pay.example", "https://example.org"),
    ("brand_colour", "green", "#rrggbb"), ("consents", "{", "valid JSON"),
])  # fmt: skip
def test_what_a_page_could_not_show_is_refused(olga: Operator, mario: Shop, field: str, typed: str, said: str) -> None:
    deals = directory(mario)
    answer = olga.fill(f"{DIRECTORIES}{deals.directory.pk}/change/", {field: typed}, having="access")
    assert answer.status_code == 200
    assert any(said in one for one in errors_in(answer.text)), errors_in(answer.text)
    assert not events(mario, "directory.updated")


def test_an_account_without_the_right_gets_no_directory(olga: Operator, mario: Shop) -> None:
    deals = directory(mario)
    mario.account.denied = ["directory"]
    mario.account.save()
    for path, having in ((f"{DIRECTORIES}add/", "name"), (f"{DIRECTORIES}{deals.directory.pk}/change/", "access"),
                         (f"{LISTINGS}add/?directory={deals.directory.pk}", "position")):  # fmt: skip
        answer = olga.fill(
            path, {"account": mario.account.pk, "name": "More", "campaign": mario.campaign().campaign.pk}, having=having
        )
        assert any("no right to directories" in one for one in errors_in(answer.text)), path
    assert Directory.objects.filter(account=mario.account, deleted_at=None).count() == 1 and not Listing.objects.filter(
        account=mario.account.pk
    )


def test_coupons_and_cards_are_put_on_a_directory_ordered_and_taken_off(olga: Operator, mario: Shop) -> None:
    deals, roma = directory(mario), open_shop("Roma", parent=mario.account)
    offer, theirs, card = mario.campaign("Slice"), roma.campaign("Theirs"), club(mario, title="Lunch club")
    food = Category.objects.create(account=mario.account, name="Food")
    add = f"{LISTINGS}add/?directory={deals.directory.pk}"
    olga.fill(
        add,
        {"campaign": offer.campaign.pk, "category": food.pk, "is_featured": "true", "shows_until_0": "2026-12-31"},
        having="position",
    )
    olga.fill(add, {"campaign": theirs.campaign.pk}, having="position")
    olga.fill(add, {"card_to_list": card.card.pk, "is_paid_only": "on"}, having="position")
    first, second, third = Listing.objects.filter(directory=deals.directory).order_by("position")
    assert (first.campaign_id, first.category_id, first.is_featured) == (offer.campaign.pk, food.pk, True)
    assert first.shows_until == datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), (
        "the whole day, on the directory's clock"
    )
    assert (second.is_featured, third.card, third.is_paid_only) == (None, card.card.pk, True)
    assert "Lunch club" in olga.get(f"{LISTINGS}?directory__id__exact={deals.directory.pk}").text

    olga.fill(f"{LISTINGS}{second.pk}/change/", {"position": 0, "description": "New"}, having="position")
    second.refresh_from_db()
    assert (second.position, second.description) == (0, "New")
    olga.fill(f"{LISTINGS}{second.pk}/delete/", {"post": "yes"})
    assert not Listing.objects.filter(pk=second.pk).exists()
    assert len(events(mario, "listing.added")) == 3 and len(events(mario, "listing.removed")) == 1
    theirs.campaign.refresh_from_db()
    assert theirs.campaign.deleted_at is None, "the coupon lives on"


def test_lesson_28_nothing_of_another_tenant_is_put_on_a_directory(olga: Operator, mario: Shop, lucia: Shop) -> None:
    deals = directory(mario)
    foreign = Category.objects.create(account=lucia.account, name="Hers")
    add = f"{LISTINGS}add/?directory={deals.directory.pk}"
    for typed, said in (
        ({"campaign": lucia.campaign().campaign.pk}, f"It belongs to {lucia.account}"),
        ({"card_to_list": club(lucia).card.pk}, "not one of the available choices"),
        ({}, "Choose a coupon or a loyalty card."),
        ({"campaign": mario.campaign().campaign.pk, "category": foreign.pk}, "not one of the available choices"),
        ({"campaign": mario.campaign().campaign.pk, "card_to_list": club(mario).card.pk}, "Choose a coupon or a"),
    ):
        errors = errors_in(olga.fill(add, typed, having="position").text)
        assert any(said in one for one in errors), (said, errors)
    assert not Listing.objects.filter(directory=deals.directory).exists()


def test_members_are_found_blocked_paid_and_erased(olga: Operator, mario: Shop) -> None:
    deals = directory(mario)
    pau, eva = deals.member(first_name="Pau"), deals.member("eva@mail.example")
    for term in (" PAU@mail.example", f"reg_{pau.pk}"):
        found = olga.get(MEMBERS, params={"q": term, "directory__id__exact": deals.directory.pk})
        assert f"reg_{pau.pk}" in found.text and f"reg_{eva.pk}" not in found.text
    page = f"{MEMBERS}{pau.pk}/change/"
    enter = lambda: entering.log_in(deals.directory, "pau@mail.example", PASSWORD, "203.0.113.7", at=clock.now())  # noqa: E731
    olga.press(page, "block")
    assert enter() is entering.Refusal.BLOCKED and "blocked" in olga.get(page).text
    olga.press(page, "unblock")
    assert isinstance(enter(), str)

    tomorrow = (clock.now() + timedelta(days=1)).date()
    olga.client.post(
        f"{MEMBERS}{pau.pk}/act/",
        data=olga.form(page, "csrfmiddlewaretoken").typed({"act": "give", "until": tomorrow.isoformat()}),
    )
    until = deals.now(pau).paid_until
    assert until is not None and deals.now(pau).is_paying(until) and until > clock.now()
    for wrong in ("2001-01-01", "soon"):
        olga.client.post(f"{MEMBERS}{pau.pk}/act/", data=olga.form(page).typed({"act": "give", "until": wrong}))
        assert deals.now(pau).paid_until == until
    olga.press(page, "give")
    assert deals.now(pau).has_paid and deals.now(pau).paid_until is None
    olga.press(page, "take")
    assert not deals.now(pau).has_paid
    assert (
        olga.client.post(f"{MEMBERS}{pau.pk}/act/", data=olga.form(page).typed({"act": "promote"})).status_code == 404
    )
    assert {event.actor for event in events(mario, "directory.paid")} == {f"operator:{olga.user.pk}"}

    assert "pau@mail.example" in olga.get(f"{MEMBERS}{pau.pk}/delete/").text
    olga.fill(f"{MEMBERS}{pau.pk}/delete/", {"post": "yes"})
    assert deals.now(pau).first_name == "" and deals.now(pau).erased_at and Member.objects.filter(pk=pau.pk).exists()
    told = LogEntry.objects.filter(user=olga.user, object_id=str(pau.pk)).values_list("object_repr", flat=True)
    assert list(told) == [f"reg_{pau.pk}"], "the log of the operators' acts names nobody who was erased (lesson 53)"
    assert olga.get(page).status_code == 302 and len(events(mario, "directory.erased")) == 1
