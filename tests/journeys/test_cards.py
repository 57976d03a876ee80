"""A loyalty card in a real browser: to join, to collect, to be told by itself, to choose a reward; and the pages beside it."""

from collections.abc import Callable

from playwright.sync_api import expect

from tearoff.loyalty.models import Holder
from tearoff.messaging import unsubscribing
from tests.journeys.conftest import Phone
from tests.street.loyalty import club
from tests.street.server import Server
from tests.world import Shop

Phones = Callable[..., Phone]
FORM = [{"name": "firstname", "required": True}, {"name": "email", "required": True}]


def test_j10_a_card_is_joined_filled_and_closed(mario: Shop, town: Server, phones: Phones) -> None:
    lunch = club(mario, "Lunch club", form=FORM)
    lunch.reward(3, "Free drink")
    public = f"{town.url}/l/{lunch.card.code}"

    ann = phones().open(public).headline("Lunch club").sees("Free drink", "at 3 stamps").approves()
    ann.type("First name", "Ann").type("E-mail", "x").press("Get my card")
    ann.titled("Not yet: Lunch club").sees("looks like").approves()
    ann.type("E-mail", "ann@example.org").press("Get my card").sees("Ann", "3 more stamps").approves()
    holder = Holder.objects.get(card=lunch.card)
    assert ann.path == f"/l/{lunch.card.code}/{holder.key}"

    lunch.grant(holder.pk, 2)
    ann.sees("One more stamp and it is yours: Free drink")  # by itself, without a reload
    expect(ann.page.locator(".stamp.given")).to_have_count(2)
    lunch.grant(holder.pk, 1)
    ann.sees("Ready for you: Free drink").approves()

    lunch.hold(holder.pk, True)
    ann.headline("This card is not valid").approves()
    ann.open(f"{public}/{holder.key[:-1]}").headline("Not available").approves()


def test_j11_points_are_spent_on_a_reward_of_ones_choice(mario: Shop, town: Server, phones: Phones) -> None:
    gifts = club(mario, "Present points", kind="reward")
    gifts.reward(100, "Mug")
    holder = gifts.joined(first_name="Ann")
    gifts.grant(holder, 120)
    key = gifts.holder(holder).key

    ann = phones().open(f"{town.url}/l/{gifts.card.code}/{key}").sees("You have enough for a reward").approves()
    ann.press("Choose: Mug").headline("Take this reward?").sees("It costs 100 of your 120 points").approves()
    ann.press("Take it for 100 points").approves()
    assert gifts.balance(holder) == 20


def test_the_pages_beside_the_coupons_have_no_barrier_either(mario: Shop, town: Server, phones: Phones) -> None:
    ann = phones().open(f"{town.url}/").headline("Coupons from your own server").approves()
    ann.open(f"{town.url}/nothing/here").headline("Nothing here").approves()
    letter = f"{town.url}{unsubscribing.path(mario.account.pk, 'ann@example.org')}"
    ann.open(letter).sees("No more e-mail from").approves().press("Unsubscribe")
    ann.sees("You get no more e-mail from").approves().press("I want it back").sees("You get e-mail from").approves()
    ann.open(letter[:-5]).headline("This link does not work").approves()
