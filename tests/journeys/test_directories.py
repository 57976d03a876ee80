"""Journey J12: a directory with members and paid access, by clicking. The owner's parts are made by verbs."""

from collections.abc import Callable
from datetime import UTC, timedelta

from playwright.sync_api import expect

from tearoff.campaigns.models import Category
from tearoff.directories import members
from tearoff.directories.models import Member
from tearoff.kit import clock
from tests.journeys.conftest import Clock, Phone
from tests.street.directories import Page, directory
from tests.street.server import Server
from tests.world import Shop

Phones = Callable[..., Phone]


def city_deals(mario: Shop) -> Page:
    """Step 1: categories Food > Pizza, one coupon paid-only."""
    deals = directory(mario, title="City deals", payment_text="€ 5 a month", payment_url="https://pay.example/")
    food = Category.objects.create(account=mario.account, name="Food")
    pizza = Category.objects.create(account=mario.account, name="Pizza", parent=food)
    deals.lists(mario.campaign("Pizza slice", category=pizza, coupon_value="€ 4.50"))
    deals.lists(mario.campaign("Fresh bread", category=food))
    deals.lists(mario.campaign("Gold menu", coupon_value="− 50 %"), paid_only=True)
    return deals


def test_j12_browse_sign_up_pay_be_blocked_and_leave(mario: Shop, town: Server, phones: Phones) -> None:
    deals = city_deals(mario)
    ann = phones(java_script_enabled=False)
    home = f"{town.url}{deals.path}"

    ann.open(home).headline("City deals").sees("3 offers", "€ 4.50")
    ann.press("Food").sees("2 offers").press("Pizza").sees("One offer", "Pizza slice")
    ann.open(home).type("Search the offers", "pizza").press("Search").sees("One offer for “pizza”")
    ann.press("Pizza slice").headline("Pizza slice").press("Get it").titled("Your coupon")

    ann.open(home).press("Gold menu").headline("Log in").sees("“Gold menu” is for members.")
    ann.press("Sign up").headline("Become a member")
    ann.type("E-mail", "ann@mail.example").type("Password", "short").press("Sign up").sees("Make it longer")
    ann.type("Password", "correct horse").press("Sign up").sees("You can log in now.")
    ann.type("E-mail", "ann@mail.example").type("Password", "correct horse").press("Log in")
    ann.headline("Members who have paid can open this").sees("Gold menu", "€ 5 a month")
    [member] = Member.objects.filter(directory=deals.directory)
    pay = ann.page.get_by_role("link", name="Go to the payment")
    expect(pay).to_have_attribute("href", f"https://pay.example/?directory={deals.id}&user=reg_{member.pk}")

    members.give_access(member, None, at=clock.now(), actor="test")
    ann.press("I have paid: look again").headline("Gold menu")
    members.block(member, True, at=clock.now(), actor="test")
    ann.open(f"{home}/me").headline("Log in")
    ann.type("E-mail", "ann@mail.example").type("Password", "correct horse").press("Log in").sees(
        "This account is closed"
    )
    members.block(member, False, at=clock.now(), actor="test")

    ann.open(f"{home}?token={deals.token(member)}").headline("Welcome").press("Go in").headline("City deals")
    assert ann.page.url == home, "the token is out of the address"
    ann.press("My page").sees("ann@mail.example", "You have paid").press("Delete my account")
    ann.headline("Delete your account?").press("Delete my account").sees("Your account is deleted.")
    assert deals.now(member).email == "" and not ann.complaints


def test_j12_paid_access_and_coupons_end_by_the_clock_alone(
    mario: Shop, town: Server, hands: Clock, phones: Phones
) -> None:
    deals = directory(mario, title="City deals")
    offer = mario.campaign("Gold menu")
    listing = deals.lists(offer, paid_only=True)
    now = clock.now()
    member = deals.member(at=now)
    ann, home = phones(), f"{town.url}{deals.path}"
    ann.open(f"{home}?token={deals.token(member)}").press("Go in")
    until = (now + timedelta(days=1)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    members.give_access(member, until, at=now, actor="test")
    with hands.standing(until):
        ann.open(f"{home}/o/{listing.pk}").headline("Gold menu")
    with hands.standing(until + timedelta(seconds=1)):
        ann.open(f"{home}/o/{listing.pk}").headline("Members who have paid can open this")
        ann.open(home).sees("Gold menu")
    deals.lists(mario.campaign("Still here"))
    offer.set(ends_at=now)
    with hands.standing(until):
        ann.open(home).sees("Still here")
        expect(ann.page.get_by_text("Gold menu")).to_have_count(0)


def test_every_page_of_a_directory_is_accessible_and_a_keyboard_is_enough(
    mario: Shop, town: Server, phones: Phones
) -> None:
    deals = city_deals(mario)
    member = deals.member(first_name="Ann")
    ann, home = phones(), f"{town.url}{deals.path}"
    ann.open(home).approves()
    ann.page.get_by_label("Search the offers").focus()
    ann.page.keyboard.type("pizza")
    with ann.page.expect_navigation():
        ann.page.keyboard.press("Enter")
    for _ in range(40):
        ann.page.keyboard.press("Tab")
        if ann.page.evaluate("document.activeElement.textContent") == "Pizza slice":
            break
    with ann.page.expect_navigation():
        ann.page.keyboard.press("Enter")
    ann.headline("Pizza slice").open(f"{home}?q=sushi").sees("Nothing matches “sushi”").approves()
    ann.open(f"{home}/join").press("Sign up").sees("2 fields need another look").approves()
    ann.open(f"{home}?token={deals.token(member)}").approves().press("Go in").approves()
    ann.press("Gold menu").approves().open(f"{home}/me").approves().press("Delete my account").approves()
    deals.set(access="members")
    phones().open(home).sees("This page is for members.").approves().press("Log in").approves()
