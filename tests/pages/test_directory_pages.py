"""The consumer's pages of directories: finding, opening, coming in. A GET writes nothing, and nothing is given past the door
(lessons 13, 23, 26, 28, 30, 51 and 52)."""

import re
from datetime import UTC, datetime, timedelta
from unittest import mock

import httpx
import pytest
from django.test import override_settings

from tearoff.accounts import rights
from tearoff.activity.models import Event
from tearoff.campaigns.models import Category
from tearoff.coupons.models import CouponSession
from tearoff.directories import editing, entering, members
from tearoff.directories.models import Listing, Member
from tearoff.kit import clock, sql
from tests.pages.phones import statements
from tests.pages.test_walls import OUR_TAGS, PAYLOADS, Read
from tests.street.directories import PASSWORD, Page, directory
from tests.street.loyalty import club
from tests.world import PERSON, Shop, door, open_shop, phone

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
BOT = PERSON | {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}


def titles(page: httpx.Response) -> list[str]:
    return re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", page.text)


def log_in(someone: httpx.Client, deals: Page, email: str = "pau@mail.example", **more: str) -> httpx.Response:
    typed = {"email": email, "password": PASSWORD} | more
    return someone.post(f"{deals.path}/login", data=typed, follow_redirects=False)


def offer_path(deals: Page, listing: Listing) -> str:
    return f"{deals.path}/o/{listing.pk}"


def rows() -> tuple[int, ...]:
    found = sql.one(
        "select (select count(*) from directory_member), (select count(*) from directory_key), "
        "(select count(*) from directory_key where ended_at is not null), "
        "(select count(*) from coupon_session), (select count(*) from event), (select coalesce(sum(amount), 0) from throttle)"
    )
    assert found is not None
    return found


# The list


def test_what_is_empty_in_a_listing_is_as_the_coupon_has_it(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario, title="City deals", intro="What the <b>town</b> gives away", timezone="UTC")
    slice_ = mario.campaign(
        "Free slice",
        subtitle="Its own subtitle",
        coupon_value="€ 4.50",
        is_featured=True,
        ends_local=datetime(2026, 3, 8, 23, 59, 59),
        brand_colour="#0e3b2c",
    )
    slice_.at_location("Shop North")
    loaf = mario.campaign("Loaf", description="<p>Own <i>text</i></p>", brand_colour="#ffe680", art="bread")
    lunch = club(mario, title="Lunch club")
    deals.lists(loaf, description="What the directory says")
    deals.lists(lunch)
    deals.lists(slice_)
    with clock.moved(NOON):
        page = ann.get(deals.path)

    assert page.status_code == 200 and titles(page) == ["Free slice", "Loaf", "Lunch club"], "featured ones come first"
    assert "Its own subtitle" in page.text and "€ 4.50" in page.text and "Sunday 8 March, 23:59" in page.text
    assert "Shop North" in page.text and page.text.count("Featured") == 1
    assert "What the directory says" in page.text and "Own text" not in page.text and "Stamp card" in page.text
    assert "<b>town</b>" in page.text and "3 offers" in page.text
    [sheet] = re.findall(r'href="(/brand/tones/[^"]+)"', page.text)
    answer = ann.get(sheet)
    assert answer.status_code == 200 and ".b-0e3b2c" in answer.text and ".b-ffe680" in answer.text
    assert ann.get(sheet.replace("0e3b2c", "nocolour")).status_code == 404


def test_what_is_over_off_or_gone_leaves_by_itself(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    roma = open_shop("Roma", parent=mario.account)
    names = ("draft", "inactive", "archived", "template", "deleted", "ended", "later", "over", "kept", "theirs")
    offers = {name: (roma if name == "theirs" else mario).campaign(name) for name in names}
    cards = {name: club(mario, title=f"card {name}") for name in ("kept", "inactive", "deleted")}
    with clock.moved(NOON):
        for name, offer in offers.items():
            when = {"later": {"shows_from": NOON + timedelta(hours=1)}, "over": {"shows_until": NOON}}.get(name, {})
            deals.puts(offer, **when)
        for card in cards.values():
            deals.lists(card)
    for name in ("draft", "inactive", "archived"):
        offers[name].set(status=name)
    offers["template"].set(is_template=True)
    offers["deleted"].set(deleted_at=NOON)
    offers["ended"].set(ends_at=NOON)
    cards["inactive"].set(status="inactive")
    cards["deleted"].set(deleted_at=NOON)

    def shown(at: datetime) -> list[str]:
        with clock.moved(at):
            return titles(ann.get(deals.path))

    late = NOON + timedelta(seconds=1)
    assert shown(NOON) == ["ended", "over", "kept", "theirs", "card kept"], "the last second of an end is good"
    assert shown(late) == ["kept", "theirs", "card kept"]
    assert shown(NOON + timedelta(hours=1)) == ["later", "kept", "theirs", "card kept"]
    assert "Roma" in ann.get(deals.path).text
    roma.account.status = "expired"
    roma.account.save()
    assert shown(late) == ["kept", "card kept"]
    for listing in (
        Listing.objects.filter(directory=deals.directory)
        .exclude(campaign__name="kept")
        .exclude(card=cards["kept"].card.pk)
    ):
        with clock.moved(late):
            assert ann.get(offer_path(deals, listing)).status_code == 404, listing.campaign


def test_categories_have_three_levels_and_only_those_with_something_show(
    mario: Shop, lucia: Shop, ann: httpx.Client
) -> None:
    deals = directory(mario)
    make = lambda name, parent=None, shop=mario: Category.objects.create(account=shop.account, name=name, parent=parent)  # noqa: E731
    food = make("Food")
    pizza, bare = make("Pizza", food), make("Bare")
    thin = make("Thin crust", pizza)
    foreign = make("Foreign", shop=lucia)
    deals.lists(mario.campaign("Thin one", category=thin))
    deals.lists(mario.campaign("Any pizza", category=bare), category=f"cat_{pizza.pk}")
    deals.lists(mario.campaign("Something", category=foreign))

    page = ann.get(deals.path)
    assert "Food" in page.text and "Pizza" not in page.text.replace("Any pizza", "").replace("Mario&#39;s Pizzeria", "")
    assert "Bare" not in page.text and "Foreign" not in page.text and len(titles(page)) == 3
    within = ann.get(deals.path, params={"category": f"cat_{food.pk}"})
    assert (
        titles(within) == ["Thin one", "Any pizza"] and "All of Food" in within.text and "Thin crust" not in within.text
    )
    deep = ann.get(deals.path, params={"category": thin.pk})
    assert titles(deep) == ["Thin one"] and "All of Pizza" in deep.text and "Thin crust" in deep.text
    assert len(re.findall('aria-current="true"', deep.text)) == 3
    assert (
        titles(ann.get(deals.path, params={"category": bare.pk})) == []
        and "Nothing in Bare right now" in ann.get(deals.path, params={"category": bare.pk}).text
    )
    for nonsense in (foreign.pk, "x", "9" * 18, ""):
        assert len(titles(ann.get(deals.path, params={"category": nonsense}))) == 3
    deals.set(has_categories=False, has_search=False)
    assert '<nav class="menu"' not in ann.get(deals.path).text and 'role="search"' not in ann.get(deals.path).text


def test_search_finds_whole_and_part_words_and_means_what_was_typed(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    deals.lists(mario.campaign("Pizza slice", coupon_value="50 %"))
    deals.lists(mario.campaign("Calzone", description="<p title='pizza'>Folded</p>"))
    deals.lists(club(mario, title="Pizza_club"))
    look = lambda q: titles(ann.get(deals.path, params={"q": q}))  # noqa: E731
    assert look("PIZZA") == ["Pizza slice", "Pizza_club"]
    assert look("slice pizza") == ["Pizza slice"] and look("folded") == ["Calzone"]
    assert look("%") == ["Pizza slice"] and look("_") == ["Pizza_club"] and look("\\") == []
    assert look("x\x00y") == [] and look(" ") == ["Pizza slice", "Calzone", "Pizza_club"]
    deals.lists(mario.campaign("Night", description="<p>R&amp;B and 1 &lt; 2</p>"))
    deals.lists(mario.campaign("H&M"))
    assert look("r&b") == ["Night"] and look("1 <") == ["Night"] and look("h&m") == ["H&amp;M"]
    assert look("amp") == look("lt") == look("p>") == [], "only what people read is found"
    nothing = ann.get(deals.path, params={"q": "<sushi>"})
    assert "Nothing matches “&lt;sushi&gt;”" in nothing.text and "Clear the search" in nothing.text
    assert nothing.status_code == 200 and 'value="&lt;sushi&gt;"' in nothing.text


def test_pages_are_links_and_the_order_is_the_directorys(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    assert "Nothing here yet" in ann.get(deals.path).text
    for number in range(1, 31):
        ends = datetime(2030, 1, 31 - number) if number % 2 else None
        deals.lists(mario.campaign(f"Offer {number:02}", ends_local=ends), at=NOON + timedelta(minutes=number))
    first, second = ann.get(deals.path), ann.get(deals.path, params={"page": 2})
    assert titles(first) + titles(second) == [f"Offer {number:02}" for number in range(1, 31)]
    assert (
        len(titles(first)) == 24
        and "Page 1 of 2" in first.text
        and f'rel="next" href="{deals.path}?page=2"' in first.text
    )
    past = ann.get(deals.path, params={"page": 3})
    assert past.status_code == 200 and "There are no more offers" in past.text and "To the first page" in past.text
    deals.set(order="newest")
    assert titles(ann.get(deals.path))[0] == "Offer 30"
    deals.set(order="expiring")
    assert titles(ann.get(deals.path))[:2] == ["Offer 29", "Offer 27"] and titles(ann.get(deals.path))[15] == "Offer 02"


def test_a_list_of_thousands_is_two_statements_and_light(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    category = Category.objects.create(account=mario.account, name="Food")
    first = deals.lists(
        mario.campaign("Offer", subtitle="A slice of whatever comes out of the oven. " * 2, category=category)
    )
    sql.run(
        "with made as (insert into campaign select (jsonb_populate_record(c, jsonb_build_object('id', nextval("
        "pg_get_serial_sequence('campaign', 'id')), 'code', 'b' || c.id || 'x' || n, 'title', 'Offer ' || n))).* "
        "from campaign c, generate_series(1, 1999) n where c.id = %s returning id) "
        "insert into directory_listing (account, directory_id, campaign_id, description, is_paid_only, position, created_at) "
        "select l.account, l.directory_id, made.id, '', false, made.id, l.created_at from made, directory_listing l where l.id = %s",
        [first.campaign_id, first.pk],
    )
    with statements() as ran:
        page = ann.get(deals.path)
    assert len(titles(page)) == 24 and "2000 offers" in page.text
    assert len([one for one in ran if "directory" in one]) == 3, "the directory itself, its categories, its offers"
    assert len(page.content) < 60_000
    last = ann.get(deals.path, params={"page": 84})
    assert len(titles(last)) == 8


# Doors


def test_an_offer_opens_through_the_directory_and_tells_where_from(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    offer, card = mario.campaign(), club(mario)
    coupon, collected = deals.lists(offer), deals.lists(card)
    page = ann.get(deals.path)
    assert offer.code not in page.text and offer_path(deals, coupon) in page.text
    led = ann.get(offer_path(deals, coupon), follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (302, f"/p/{offer.code}?src={deals.id}")
    assert (
        ann.get(offer_path(deals, collected), follow_redirects=False)
        .headers["location"]
        .startswith(f"/l/{card.card.code}")
    )
    ann.get(offer_path(deals, coupon))
    assert CouponSession.objects.get(campaign=offer.campaign).source == deals.id
    framed = ann.get(offer_path(deals, coupon), headers={"Sec-Fetch-Dest": "iframe"}, follow_redirects=False)
    assert framed.headers["location"].endswith("&web=true")


@pytest.mark.parametrize("access", ["members", "paid"])
def test_a_directory_for_members_shows_strangers_a_door(mario: Shop, ann: httpx.Client, access: str) -> None:
    deals = directory(
        mario,
        access=access,
        intro="For our friends",
        payment_text="€ 5 a month",
        payment_url="https://pay.example/?x=1",
    )
    offer = mario.campaign("Secret slice")
    listing = deals.lists(offer)
    pau = deals.member()
    door_ = ann.get(deals.path)
    assert (
        "Secret slice" not in door_.text
        and "For our friends" in door_.text
        and "This page is for members" in door_.text
    )
    asked = ann.get(offer_path(deals, listing), follow_redirects=False)
    assert asked.headers["location"] == f"{deals.path}/login?offer={listing.pk}"
    form = ann.get(asked.headers["location"])
    assert "Secret slice" not in form.text, "its name is for members too"

    entered = log_in(ann, deals, offer=str(listing.pk))
    assert (entered.status_code, entered.headers["location"]) == (303, offer_path(deals, listing))
    assert titles(ann.get(deals.path)) == ["Secret slice"]
    opened = ann.get(offer_path(deals, listing), follow_redirects=False)
    if access == "members":
        assert opened.headers["location"].startswith(f"/p/{offer.code}")
        return
    assert opened.status_code == 200 and offer.code not in opened.text and "€ 5 a month" in opened.text
    assert f"https://pay.example/?x=1&amp;directory={deals.id}&amp;user=reg_{pau.pk}" in opened.text
    assert "How to pay" in ann.get(deals.path).text and deals.id in ann.get(f"{deals.path}/pay").text
    members.give_access(pau, NOON + timedelta(days=1), at=NOON, actor="test")
    for at, is_open in ((NOON + timedelta(days=1), True), (NOON + timedelta(days=1, seconds=1), False)):
        with clock.moved(at):
            assert (ann.get(offer_path(deals, listing), follow_redirects=False).status_code == 302) is is_open
    deals.set(payment_url="javascript:alert(1)")
    assert "Ask the shop how to pay" in ann.get(offer_path(deals, listing)).text


def test_j12_a_paid_offer_of_an_open_directory_asks_to_log_in_then_to_pay(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    offer = mario.campaign("Gold slice")
    listing = deals.lists(offer, paid_only=True)
    page = ann.get(deals.path)
    assert titles(page) == ["Gold slice"] and "For members who have paid" in page.text and offer.code not in page.text
    assert "“Gold slice” is for members" in ann.get(offer_path(deals, listing)).text
    pau = deals.member()
    log_in(ann, deals)
    asked = ann.get(offer_path(deals, listing))
    assert "Ask the shop how to pay" in asked.text and offer.code not in asked.text
    members.give_access(pau, None, at=clock.now(), actor="test")
    assert (
        ann.get(offer_path(deals, listing), follow_redirects=False).headers["location"].startswith(f"/p/{offer.code}")
    )
    assert "For members who have paid" not in ann.get(deals.path).text
    members.block(pau, True, at=clock.now(), actor="test")
    assert "/login?offer=" in ann.get(offer_path(deals, listing), follow_redirects=False).headers["location"]


def test_lesson_26_a_member_gets_one_own_link_however_often_they_press(
    mario: Shop, ann: httpx.Client, bob: httpx.Client
) -> None:
    deals = directory(mario)
    offer = mario.campaign("Personal", single_use_only=True)
    listing = deals.lists(offer)
    pau, eva = deals.member(), deals.member("eva@mail.example")
    assert "/login?offer=" in ann.get(offer_path(deals, listing), follow_redirects=False).headers["location"]
    assert "/login?offer=" in ann.post(offer_path(deals, listing), follow_redirects=False).headers["location"]
    log_in(ann, deals), log_in(bob, deals, "eva@mail.example")
    assert "Get my coupon" in ann.get(offer_path(deals, listing)).text
    assert not CouponSession.objects.filter(campaign=offer.campaign).exists(), "asking makes nothing"
    pressed = [ann.post(offer_path(deals, listing), follow_redirects=False) for _ in range(3)]
    hers = bob.post(offer_path(deals, listing), follow_redirects=False)
    assert (
        len({answer.headers["location"] for answer in pressed}) == 1
        and hers.headers["location"] != pressed[0].headers["location"]
    )
    found = CouponSession.objects.filter(campaign=offer.campaign).order_by("pk")
    assert [one.customid for one in found] == [f"reg_{pau.pk}", f"reg_{eva.pk}"]
    assert ann.get(pressed[0].headers["location"]).status_code == 200


def test_an_account_that_loses_the_right_to_directories_changes_none_and_people_keep_theirs(
    mario: Shop, ann: httpx.Client, bob: httpx.Client
) -> None:
    """What hides a public page is the account's state (product.md 4.1); a right limits who acts for the account."""
    deals = directory(mario)
    offer = mario.campaign("Gold slice")
    listing = deals.lists(offer, paid_only=True)
    pau = deals.member()
    members.give_access(pau, None, at=clock.now(), actor="test")
    mario.account.denied = ["directory"]
    mario.account.save()
    rights.forget()
    refused = mario.http.delete(f"/v4/directory/{deals.directory.pk}/users/{pau.pk}/access", headers=mario.headers)
    assert refused.status_code == 403 and deals.now(pau).has_paid
    assert titles(ann.get(deals.path)) == ["Gold slice"] and log_in(ann, deals).status_code == 303
    opened = ann.get(offer_path(deals, listing), follow_redirects=False)
    assert opened.headers["location"].startswith(f"/p/{offer.code}")
    typed = {"email": "eva@mail.example", "password": PASSWORD}
    assert bob.post(f"{deals.path}/join", data=typed, follow_redirects=False).status_code == 303
    assert log_in(bob, deals, "eva@mail.example").status_code == 303
    for state in ("frozen", "expired"):
        mario.account.status = state
        mario.account.save()
        assert ann.get(deals.path).status_code == ann.get(f"{deals.path}/me").status_code == 404


# Coming in


def test_signing_up_keeps_what_was_typed_and_the_consents(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario, consents=[{"name": "news", "text": "News", "version": "3", "required": True}])
    wrong = ann.post(f"{deals.path}/join", data={"firstname": "Ann <b>", "email": "x", "password": "short"})
    assert (
        wrong.status_code == 422 and "Ann &lt;b&gt;" in wrong.text and "short" not in wrong.text.replace("shorter", "")
    )
    typed = {"firstname": "Ann", "email": " Ann@example.org ", "password": PASSWORD, "news": "on"}
    assert ann.post(f"{deals.path}/join", data=typed | {"news_version": "2"}).status_code == 422
    assert ann.post(f"{deals.path}/join", data=typed | {"news_version": "3", "password": "password"}).status_code == 422
    done = ann.post(f"{deals.path}/join", data=typed | {"news_version": "3"})
    assert "You can log in now." in done.text
    [member] = Member.objects.filter(directory=deals.directory)
    assert (member.first_name, member.email, member.email_key) == ("Ann", "Ann@example.org", "ann@example.org")
    assert member.consents[0]["version"] == "3" and member.consents[0]["address"]
    assert log_in(ann, deals, "ann@example.org").status_code == 303
    assert ann.get(f"{deals.path}/join").url.path == deals.path, "who is in needs no form"
    deals.set(sign_up=False)
    with phone() as other:
        assert (
            other.get(f"{deals.path}/join").status_code
            == other.post(f"{deals.path}/join", data=typed).status_code
            == 404
        )


def test_lesson_52_signing_up_tells_nobody_who_is_a_member(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(first_name="Pau")
    answers, work = [], []
    with phone() as stranger:
        for email in ("pau@mail.example", "new@mail.example"):
            typed = {"email": email, "firstname": "Stranger", "password": "another one entirely"}
            with mock.patch("tearoff.directories.members.make_password", wraps=members.make_password) as hashing:
                answers.append(stranger.post(f"{deals.path}/join", data=typed))
            work.append(hashing.call_count)
    assert work == [1, 1], "both take the time of one hash"
    assert answers[0].status_code == answers[1].status_code == 200 and answers[0].content == answers[1].content
    assert answers[0].history[0].headers["location"] == answers[1].history[0].headers["location"]
    assert deals.now(pau).first_name == "Pau" and Event.objects.filter(subject=f"reg_{pau.pk}").count() == 1
    with phone() as known:
        assert log_in(known, deals).status_code == 303


def test_lesson_13_wrong_tries_look_alike_and_pause(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    pau = deals.member()
    unknown = log_in(ann, deals, "nobody@mail.example")
    wrong = log_in(ann, deals, password="wrong password")
    assert unknown.status_code == wrong.status_code == 403
    assert unknown.text.replace("nobody@mail.example", "") == wrong.text.replace("pau@mail.example", "")
    assert log_in(ann, deals, "a\x00b@mail.example").status_code == 403
    members.block(pau, True, at=clock.now(), actor="test")
    assert "This account is closed" in log_in(ann, deals).text
    assert "This account is closed" not in log_in(ann, deals, password="wrong again").text
    answers = [log_in(ann, deals, password="wrong") for _ in range(5)]
    assert answers[-1].status_code == 429 and "You can go on in" in answers[-1].text
    assert log_in(ann, deals).status_code == 429, "the right one is not looked at meanwhile"


def test_sign_ups_from_one_place_are_counted(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    typed = {"email": "a@mail.example", "password": PASSWORD}
    with mock.patch("tearoff.pages.directory_entering.JOINS_FROM_ONE_PLACE", 2):
        statuses = [ann.post(f"{deals.path}/join", data=typed, follow_redirects=False).status_code for _ in range(3)]
    assert statuses == [303, 303, 429]


@pytest.mark.parametrize(("base", "framed", "said"), [
    ("http://localhost:8000", False, "SameSite=Lax"),
    ("https://deals.example", False, "Secure; SameSite=Lax"),
    ("https://deals.example", True, "Secure; SameSite=None; Partitioned"),
])  # fmt: skip
def test_the_cookie_lies_below_the_directory_and_is_out_of_reach_of_scripts(
    mario: Shop, ann: httpx.Client, base: str, framed: bool, said: str
) -> None:
    deals = directory(mario)
    deals.member()
    with override_settings(TEAROFF_BASE_URL=base):
        headers = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"} if framed else {}
        answer = ann.post(
            f"{deals.path}/login",
            data={"email": "pau@mail.example", "password": PASSWORD},
            headers=headers,
            follow_redirects=False,
        )
    assert answer.headers["set-cookie"].endswith(f"; Path={deals.path}; Max-Age=7776000; HttpOnly; {said}")
    key = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert entering.member_of(deals.directory, key, at=clock.now())
    out = ann.post(f"{deals.path}/logout", headers={"Cookie": f"member={key}"}, follow_redirects=False)
    assert out.headers["location"] == deals.path and "Max-Age=0" in out.headers["set-cookie"]
    assert entering.member_of(deals.directory, key, at=clock.now()) is None


def test_lesson_30_a_sign_on_link_opens_by_a_press_and_once(mario: Shop, ann: httpx.Client, bob: httpx.Client) -> None:
    deals, other = directory(mario), directory(mario)
    token = deals.token(deals.member())
    page = ann.get(deals.path, params={"token": token})
    assert "Go in" in page.text and not ann.cookies and page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert ann.post(f"{other.path}/enter", data={"token": token}).status_code == 409, "another directory's door"
    entered = ann.post(f"{deals.path}/enter", data={"token": token}, follow_redirects=False)
    assert (entered.status_code, entered.headers["location"]) == (303, deals.path)
    assert "My page" in ann.get(deals.path).text
    again = bob.post(f"{deals.path}/enter", data={"token": token})
    assert again.status_code == 409 and "has done its work" in again.text and not bob.cookies
    assert "has done its work" in bob.get(deals.path, params={"token": token}).text


def test_my_page_edits_changes_the_password_and_deletes(mario: Shop, ann: httpx.Client, bob: httpx.Client) -> None:
    deals = directory(mario)
    pau = deals.member(first_name="Pau", custom_1="kept")
    assert ann.get(f"{deals.path}/me").url.path == f"{deals.path}/login"
    log_in(ann, deals), log_in(bob, deals)
    assert ann.post(f"{deals.path}/me", data={"firstname": "x" * 200, "birthday": "2999-01-01"}).status_code == 422
    saved = ann.post(f"{deals.path}/me", data={"firstname": "<i>Pau</i>", "city": "Ghent", "birthday": "1988-11-02"})
    now = deals.now(pau)
    assert "Saved." in saved.text and "<i>Pau" not in saved.text and saved.headers["Cache-Control"] == "no-store"
    assert (now.first_name, now.city, str(now.birth_date), now.custom_1) == (
        "<i>Pau</i>",
        "Ghent",
        "1988-11-02",
        "kept",
    )

    change = lambda old, new: ann.post(f"{deals.path}/me/password", data={"old_password": old, "new_password": new})  # noqa: E731
    assert change("not it", "a better secret").status_code == 403 and change(PASSWORD, "short").status_code == 422
    assert "Your password is changed" in change(PASSWORD, "a better secret").text
    assert bob.get(f"{deals.path}/me").url.path == f"{deals.path}/login", "other browsers are out"
    assert log_in(bob, deals).status_code == 403 and log_in(bob, deals, password="a better secret").status_code == 303

    assert "Delete your account?" in ann.get(f"{deals.path}/me/delete").text and deals.now(pau).erased_at is None
    gone = ann.post(f"{deals.path}/me/delete")
    assert "Your account is deleted" in gone.text and deals.now(pau).first_name == "" and deals.now(pau).erased_at
    assert bob.get(f"{deals.path}/me").url.path == f"{deals.path}/login"


# Walls


def test_lesson_23_a_hundred_looks_write_no_row(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    offer = mario.campaign("Slice", single_use_only=True)
    listing = deals.lists(offer)
    pau = deals.member(first_name="Annabel")
    token = deals.token(pau)
    log_in(ann, deals)
    paths = [deals.path, f"{deals.path}?token={token}", offer_path(deals, listing), f"{deals.path}/me", f"{deals.path}/me/delete",
             f"{deals.path}/pay", f"{deals.path}/login", f"{deals.path}/join"]  # fmt: skip
    before = rows()
    for path in paths:
        for method, headers in (
            ("GET", PERSON),
            ("HEAD", PERSON),
            ("GET", BOT),
            ("GET", PERSON | {"Sec-Purpose": "prefetch"}),
        ):
            for _ in range(25 if path == paths[1] else 2):
                assert ann.request(method, path, headers=headers).status_code == 200
    assert rows() == before
    with door(headers=BOT) as bot:
        seen = bot.get(deals.path)
        assert 'property="og:title" content="City deals"' in seen.text and "Annabel" not in seen.text
    assert entering.sign_on(deals.directory, token, at=clock.now()), "it still works"


def test_lesson_28_what_is_not_there_looks_all_the_same(mario: Shop, lucia: Shop, ann: httpx.Client) -> None:
    deals, hers = directory(mario), directory(lucia)
    listing, foreign = deals.lists(mario.campaign()), hers.lists(lucia.campaign())
    draft, off, gone = directory(mario, status="draft"), directory(mario, status="inactive"), directory(mario)
    editing.delete_directory(directory=gone.directory, actor="test", at=clock.now())
    expired_shop = open_shop("Late")
    expired = directory(expired_shop)
    expired_shop.account.status = "expired"
    expired_shop.account.save()
    pages = [
        ann.get(path)
        for path in (
            "/d/zzzzzz", "/d/x", f"{deals.path}/nowhere", f"{deals.path}/o", f"{deals.path}/o/{foreign.pk}", f"{hers.path}/o/{listing.pk}",
            draft.path, off.path, gone.path, expired.path, f"{off.path}/login", f"{expired.path}/me", f"{deals.path}/o/{'9' * 18}",
        )
    ]  # fmt: skip
    assert {page.status_code for page in pages} == {404} and len({page.content for page in pages}) == 1
    pau = deals.member()
    log_in(ann, deals)
    key = ann.cookies["member"]
    for other in (hers, directory(mario)):
        seen = ann.get(f"{other.path}/me", headers={"Cookie": f"member={key}"}, follow_redirects=False)
        assert seen.status_code == 302, "a key opens one directory"
    # a listing that points at another tenant's coupon, behind everybody's back: it is not shown, and not led to
    Listing.objects.filter(pk=listing.pk).update(campaign=foreign.campaign)
    assert titles(ann.get(deals.path)) == [] and ann.get(offer_path(deals, listing)).status_code == 404
    assert ann.get(f"{deals.path}/login?offer={foreign.pk}").status_code == 200 and pau


def test_another_site_cannot_press(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    pau = deals.member()
    listing = deals.lists(mario.campaign(single_use_only=True))
    log_in(ann, deals)
    token = deals.token(pau)
    before = rows()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}):
        for part in ("join", "login", "logout", "enter", "me", "me/password", "me/delete", f"o/{listing.pk}"):
            assert ann.post(f"{deals.path}/{part}", data={"token": token}, headers=headers).status_code == 403
    assert rows() == before and deals.now(pau).erased_at is None
    assert ann.request("PUT", deals.path).headers["Allow"] == "GET, HEAD"
    assert ann.get(f"{deals.path}/logout").headers["Allow"] == "POST"
    assert ann.post(f"{deals.path}/join", data={"email": "x" * 2_000_000}).status_code == 413


@pytest.mark.parametrize("payload", PAYLOADS)
def test_lesson_51_no_text_of_a_merchant_or_a_member_becomes_code(mario: Shop, ann: httpx.Client, payload: str) -> None:
    category = Category.objects.create(account=mario.account, name=payload)
    deals = directory(
        mario, title=payload, intro=payload, terms=f"<p>{payload}</p>", payment_text=payload, payment_url="https://pay.example/",
        access="paid", consents=[{"name": "news", "text": payload, "version": payload}], words={"log_in": payload, "search": payload},
    )  # fmt: skip
    offer = mario.campaign(payload, subtitle=payload, coupon_value=payload, category=category)
    offer.at_location(payload)
    listing = deals.puts(offer, description=payload)
    deals.lists(club(mario, title=payload, description=payload))
    pau = deals.member(first_name=payload, city=payload)
    assert (listing.description, pau.first_name, pau.city) == (payload, payload, payload), (
        "nothing was taken out before"
    )
    pages = [ann.get(deals.path), ann.get(f"{deals.path}/join"), ann.get(f"{deals.path}/login?offer={listing.pk}")]
    pages += [
        log_in(ann, deals, payload),
        ann.post(f"{deals.path}/join", data={"firstname": payload, "email": payload}),
    ]
    log_in(ann, deals)
    pages += [ann.get(f"{deals.path}{part}") for part in ("", "/me", "/pay", f"/o/{listing.pk}")]
    pages += [
        ann.get(deals.path, params=asked) for asked in ({"q": payload}, {"category": category.pk}, {"token": payload})
    ]
    for one in pages:
        read = Read(one.text)
        assert set(read.tags) <= OUR_TAGS | {"nav", "defs", "use", "h3"}, set(read.tags) - OUR_TAGS
        assert not {
            name for name in read.attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")
        }
        assert all(source.startswith("/static/") for source in read.scripts)
        assert all(address.startswith(("/", "http://", "https://", "#")) for address in read.addresses)
        assert "object-src 'none'" in one.headers["Content-Security-Policy"]
        assert "frame-ancestors *" in one.headers["Content-Security-Policy"]


def test_a_list_without_a_member_may_lie_in_the_browser_and_nothing_else(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    deals.member()
    stranger = ann.get(deals.path)
    assert (stranger.headers["Cache-Control"], stranger.headers["Vary"]) == ("private, no-cache", "Cookie")
    assert ann.get(f"{deals.path}/login").headers["Cache-Control"] == "no-store"
    log_in(ann, deals)
    assert ann.get(deals.path).headers["Cache-Control"] == "no-store"


def test_an_origin_that_is_no_address_is_a_foreign_one(mario: Shop, ann: httpx.Client) -> None:
    deals = directory(mario)
    assert ann.post(f"{deals.path}/login", data={}, headers={"Origin": "http://["}).status_code == 403
