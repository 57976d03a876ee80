"""The loyalty pages with believable data, for the tests of the look and the gallery."""

from collections.abc import Iterator

from markupsafe import Markup

from tearoff.kit import qr
from tearoff.pages.loyalty_shown import CardPage, Change, ChoosePage, Club, Ended, JoinPage, Prize, Stamp, Won
from tearoff.pages.loyalty_words import loyalty_words_for
from tearoff.pages.shown import Card, ClaimForm, FormField, Page, Push, Shop, Wallet

BASE = "https://coupons.example.org"
HERE = "/l/rm3w9k/m4x9tak7m2qx9a4tce8hv"
WORDS = loyalty_words_for()
SOCIAL = Card(url=f"{BASE}/l/rm3w9k", title="Lunch club", text="One stamp for every lunch menu")
LUNCH = Club(
    title="Lunch club", subtitle="One stamp for every lunch menu", worth="4 / 10", worth_label="Stamps", art="pizza",
    terms=Markup("<p>One stamp for each paid menu. Not for cash.</p>"),
)  # fmt: skip
BEANS = Club(title="Bean points", worth="62 / 100", worth_label="Points", art="coffee")
GIFTS = Club(title="Present points", subtitle="One point for every euro", worth="120", worth_label="Points", art="gift")
FRIENDS = Club(title="Friends of the bakery", description=Markup("<p>Fresh news every month.</p>"), art="bread")
STAMPS = tuple(Stamp(number=n, is_given=n <= 4, is_gift=n in (5, 10), is_fresh=n == 4) for n in range(1, 11))
DRINK = Prize(name="Free drink", price="at 5 stamps", state="One to go")
LUNCH_PRIZE = Prize(name="Free lunch", price="at 10 stamps", state="6 to go")
CHANGES = (
    Change(text="2 stamps", where="Thursday 19 November, 12:41, Shop North", balance=4, is_gain=True),
    Change(text="One stamp taken back", where="Tuesday 17 November, 13:05, Shop Harbour", balance=2, is_gain=False),
    Change(text="3 stamps", where="Monday 16 November, 12:20, Shop North", balance=3, is_gain=True),
)
WON = (
    Won(name="Free drink", when="Earned today at 12:41", url="/p/h7k2mq/k7m2qx9a4tce8hvw3z6bp"),
    Won(name="Free dessert", when="Earned on Monday 2 November at 12:20", state="Used"),
    Won(
        name="Free lunch",
        when="Earned yesterday at 12:20",
        state="Not available at this moment. It stays yours.",
        waits=True,
    ),
)
FORM = ClaimForm(
    action="/l/rm3w9k",
    key="Yx3kq9vT2mWb7RcL",
    fields=(
        FormField(name="firstname", label="First name", autocomplete="given-name"),
        FormField(name="email", label="E-mail", type="email", autocomplete="email", inputmode="email", required=False),
    ),
)


def samples(*, mario: Shop, lucia: Shop, north: Shop) -> Iterator[tuple[str, str, dict]]:
    for name, page in _pages(mario, lucia, north):
        yield name, page.template, {"page": page, "words": WORDS}


def _pages(mario: Shop, lucia: Shop, north: Shop) -> Iterator[tuple[str, Page]]:
    code = {"code": "m4x9ta", "qr": qr.drawn(f"{BASE}{HERE}"), "qr_said": "Show this when you pay"}
    stamps = {"shop": mario, "public_url": f"{BASE}/l/rm3w9k", "club": LUNCH, "stamps": STAMPS, **code}
    yield (
        "loyalty_join",
        JoinPage(shop=mario, public_url=f"{BASE}/l/rm3w9k", club=LUNCH, prizes=(DRINK,), form=FORM, card=SOCIAL),
    )
    yield "loyalty_glimpse", JoinPage(shop=mario, club=LUNCH, prizes=(DRINK, LUNCH_PRIZE), card=SOCIAL)
    yield (
        "loyalty_stamps",
        CardPage(
            headline="One more stamp and it is yours: Free drink", name="Ann", prizes=(DRINK, LUNCH_PRIZE), changes=CHANGES,
            changes_title="Your stamps", live_url=f"{HERE}/live?seen=4f1a",
            push=Push(url=f"{HERE}/push", key="B"), wallet=Wallet(apple_url=f"{HERE}/pass", google_url=f"{HERE}/save"),
            **stamps,
        ),
    )  # fmt: skip
    yield (
        "loyalty_won",
        CardPage(
            headline="Ready for you: Free drink", name="Ann", won=WON, prizes=(LUNCH_PRIZE,), collect_url=f"{HERE}/collect",
            notice="This reward cannot be given at this moment. Nothing was taken.", **stamps,
        ),
    )  # fmt: skip
    yield (
        "loyalty_points",
        CardPage(
            shop=north, club=BEANS, headline="13 more points to your reward: Cake", progress=(62, 100), ticks=(25, 50, 75),
            prizes=(Prize(name="Cake", price="at 75 points", state="13 to go"),), **code,
        ),
    )  # fmt: skip
    mug = Prize(name="Mug", price="for 100 points", state="", choose_url=f"{HERE}/choose/7")
    bag = Prize(name="Bag", price="for 250 points", state="130 to go", is_far=True)
    yield (
        "loyalty_rewards",
        CardPage(shop=lucia, club=GIFTS, headline="You have enough for a reward", prizes=(mug, bag), **code),
    )
    yield "loyalty_member", CardPage(shop=lucia, club=FRIENDS, headline="You are a member", name="Ann", **code)
    yield (
        "loyalty_choose",
        ChoosePage(
            shop=lucia, club=GIFTS, reward="Mug", price=100, balance=120, action=f"{HERE}/choose/7", back_url=HERE,
            key="Yx3kq9vT2mWb7RcL",
        ),
    )  # fmt: skip
    yield (
        "loyalty_voided",
        Ended(
            shop=mario, club=LUNCH, headline="This card is not valid", said="The shop has closed it. They can tell you more.",
            proof="Closed by the shop",
        ),
    )  # fmt: skip
