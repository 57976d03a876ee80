"""The directories' pages with believable data, for the tests of the look and the gallery."""

from collections.abc import Iterator

from markupsafe import Markup
from msgspec import structs

from tearoff.kit import colours
from tearoff.pages.directory_shown import (
    AskPage,
    Board,
    Branch,
    DirectoryPage,
    DoorPage,
    FormPage,
    MePage,
    Nothing,
    Pager,
    Search,
    Tile,
)
from tearoff.pages.directory_words import directory_words_for
from tearoff.pages.shown import Card, ClaimForm, Consent, FormField, Link, Moment, Page, Shop

BASE = "https://coupons.example.org"
HERE = "/d/b7tq2m"
WORDS = directory_words_for()
LATE = Moment(text="Sunday 6 December, 23:59", iso="2026-12-06T23:59:59+01:00")
SOON = Moment(text="23:59 today", iso="2026-11-22T23:59:59+01:00")
SOCIAL = Card(url=BASE + HERE, title="City deals", text="What the shops of the old town give away this week.")
BOARD = Board(
    title="City deals",
    url=HERE,
    intro=Markup("<p>What the shops of the old town give away this week. New ones every Monday.</p>"),
    login_url=f"{HERE}/login",
    join_url=f"{HERE}/join",
)
INSIDE = structs.replace(BOARD, login_url="", join_url="", me_url=f"{HERE}/me")
TILES = (
    Tile(url=f"{HERE}/o/1", title="Slice of the day, on us", shop="Mario’s Pizzeria", worth="€ 4.50", until=LATE, place="Shop North",
         text="Order any lunch menu and the slice of the day is free.", art="pizza", colour="0e3b2c", is_featured=True),
    Tile(url=f"{HERE}/o/2", title="A coffee from us to you", shop="North Coffee", worth="1 coffee", until=SOON, place="12 Quay Street",
         text="Espresso, filter or flat white. Nothing to buy.", art="coffee", colour="0b0b0c", is_featured=True),
    Tile(url=f"{HERE}/o/3", title="Two loaves, pay for one", shop="Lucia’s Bakery", worth="2 for 1", until=LATE, place="3 places",
         text="Any bread from the morning oven.", art="bread", colour="ffe680"),
    Tile(url=f"{HERE}/o/4", title="A little something for your birthday", shop="Harbour Gifts & Books", worth="20 % off everything",
         until=LATE, art="gift", colour="b3446c", lock="For members who have paid"),
    Tile(url=f"{HERE}/o/5", title="Second seat free on Tuesdays", shop="Rex Cinema", worth="1 seat",
         starts=Moment(text="tomorrow at 10:00", iso="2026-11-23T10:00:00+01:00"), art="ticket", colour="2f6fde"),
    Tile(url=f"{HERE}/o/6", title="Lunch club", shop="Mario’s Pizzeria", worth="Stamp card", art="pizza", colour="0e3b2c",
         text="One stamp for every lunch menu, the tenth is free."),
    Tile(url=f"{HERE}/o/7", title="Family pizza at the price of a small one", shop="Mario’s Pizzeria", worth="− 30 %", until=LATE,
         text="Every Wednesday evening, eat here or take away. One for each table, not together with other offers, and only while "
         "the oven is hot.", image_url="/media/pizza.svg", colour="0e3b2c", place="Shop Harbour"),
    Tile(url=f"{HERE}/o/8", title="Card", art="coffee", colour="ffffff"),
)  # fmt: skip
TONES = f"/brand/tones/{colours.tones_address('#' + one.colour for one in TILES)}.css"
TOP = (
    Branch(name="All offers", amount=0, url=HERE, is_chosen=False),
    Branch(name="Food", amount=5, url=f"{HERE}?category=1", is_chosen=True),
    Branch(name="Going out", amount=2, url=f"{HERE}?category=2"),
    Branch(name="House and garden", amount=1, url=f"{HERE}?category=3"),
)
FOOD = (
    Branch(name="All of Food", amount=5, url=f"{HERE}?category=1", is_chosen=True),
    Branch(name="Pizza", amount=3, url=f"{HERE}?category=4"),
    Branch(name="Bakeries", amount=2, url=f"{HERE}?category=5"),
)
NEWS = Consent(name="news", text="Tell me about new offers by e-mail.", version="1")
E_MAIL = FormField(name="email", label="E-mail", type="email", autocomplete="username", inputmode="email")
SECRET = FormField(name="password", label="Password", type="password", autocomplete="current-password")
FRESH = structs.replace(SECRET, autocomplete="new-password", help="At least 8 characters.")
JOIN = ClaimForm(
    action=f"{HERE}/join",
    fields=(
        FormField(name="firstname", label="First name", required=False, autocomplete="given-name"),
        structs.replace(E_MAIL, value="ann", error="That is not an e-mail address. It looks like name@example.org."),
        structs.replace(FRESH, help="", error="Make it longer: at least 8 characters."),
    ),
    consents=(NEWS,),
)
PROFILE = ClaimForm(
    action=f"{HERE}/me",
    fields=(
        FormField(name="firstname", label="First name", required=False, value="Ann"),
        FormField(name="lastname", label="Last name", required=False, value="Peeters"),
        FormField(name="birthday", label="Birth date", type="date", required=False, value="1988-11-02"),
    ),
)


def samples(*, city: Shop) -> Iterator[tuple[str, str, dict]]:
    for name, page in _pages(city):
        yield name, page.template, {"page": page, "words": WORDS}


def _pages(city: Shop) -> Iterator[tuple[str, Page]]:
    search, here = Search(action=HERE), {"shop": city, "public_url": BASE + HERE, "card": SOCIAL}
    yield (
        "directory",
        DirectoryPage(
            board=BOARD, search=search, menu=(at_the_top(TOP),), found="98 offers", tiles=TILES, tones=TONES,
            pager=Pager(said="Page 1 of 5", next_url=f"{HERE}?page=2"), **here,
        ),
    )  # fmt: skip
    yield (
        "directory_category",
        DirectoryPage(
            board=structs.replace(INSIDE, image_url="/media/town.svg"), search=structs.replace(search, typed="pizza", category="1"),
            menu=(TOP, FOOD), found="2 offers for “pizza”", tiles=(TILES[0], structs.replace(TILES[6], lock="For members who have paid")),
            tones=TONES, pay=Link(text="How to pay", url=f"{HERE}/pay"), pay_text="€ 5 a month", **here,
        ),
    )  # fmt: skip
    clear = Link(text="Clear the search", url=HERE)
    yield (
        "directory_nothing",
        DirectoryPage(
            board=BOARD, search=structs.replace(search, typed="sushi"), menu=(at_the_top(TOP),),
            nothing=Nothing(headline="Nothing matches “sushi”", said="Try fewer letters or another word.", action=clear), **here,
        ),
    )  # fmt: skip
    empty = Nothing(headline="Nothing here yet", said="The first offers are on their way. Come back soon.")
    yield "directory_empty", DirectoryPage(board=INSIDE, nothing=empty, **here)
    yield "directory_door", DoorPage(board=BOARD, **here)
    yield "directory_door_closed", DoorPage(board=structs.replace(BOARD, join_url=""), **here)
    log_in = FormPage(
        shop=city, board=BOARD, headline="Log in", said="“A little something for your birthday” is for members.", button="Log in",
        form=ClaimForm(action=f"{HERE}/login", fields=(E_MAIL, SECRET)), hidden=(("offer", "4"),), done="You can log in now.",
        aside="No account yet?", aside_link=Link(text="Sign up", url=f"{HERE}/join?offer=4"),
    )  # fmt: skip
    yield "directory_login", log_in
    wrong = structs.replace(log_in.form, refusal="E-mail address and password do not belong together.")
    yield "directory_login_wrong", structs.replace(log_in, form=wrong, done="")
    yield (
        "directory_join",
        FormPage(
            shop=city, board=BOARD, headline="Become a member", said="It takes a minute.", form=JOIN, button="Sign up",
            aside="Already a member?", aside_link=Link(text="Log in", url=f"{HERE}/login"),
        ),
    )  # fmt: skip
    ask = {"shop": city, "board": INSIDE}
    yield (
        "directory_sign_on",
        AskPage(
            headline="Welcome", said="One press, and you are logged in.", action=f"{HERE}/enter", button="Go in",
            hidden=(("token", "Yx3kq9vT2mWb7RcL"),), **ask,
        ),
    )  # fmt: skip
    yield (
        "directory_pay",
        AskPage(
            headline="Members who have paid can open this", said="Pay once there, and come back here.", tile=TILES[3], tones=TONES,
            note="€ 5 a month", link=Link(text="Go to the payment", url="https://pay.example/?directory=dir_1&user=reg_2"),
            back=Link(text="I have paid: look again", url=f"{HERE}/o/4"), **ask,
        ),
    )  # fmt: skip
    yield (
        "directory_personal",
        AskPage(
            headline="Get your own", said="This coupon is made for you alone and works once.", tile=TILES[6], tones=TONES,
            action=f"{HERE}/o/7", button="Get my coupon", back=Link(text="Back to the offers", url=HERE), **ask,
        ),
    )  # fmt: skip
    yield (
        "directory_delete",
        AskPage(
            headline="Delete your account?", said=WORDS.say("delete_said"), action=f"{HERE}/me/delete", button="Delete my account",
            back=Link(text="Keep it", url=f"{HERE}/me"), is_loss=True, **ask,
        ),
    )  # fmt: skip
    old, new = (
        structs.replace(SECRET, name="old_password", label="Current password"),
        structs.replace(FRESH, name="new_password", label="New password"),
    )
    me = MePage(
        shop=city, board=INSIDE, email="ann@mail.example", access="You have paid until 23:59 today: every offer is open.",
        profile=PROFILE, password=(old, new), password_action=f"{HERE}/me/password", logout_url=f"{HERE}/logout",
        delete_url=f"{HERE}/me/delete", done="Saved.",
    )  # fmt: skip
    yield "directory_me", me
    yield (
        "directory_me_wrong",
        structs.replace(me, done="", password_refusal="There were too many tries. You can go on in 9 minutes."),
    )


def at_the_top(row: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """The row with its first entry chosen."""
    return (structs.replace(row[0], is_chosen=True), *(structs.replace(one, is_chosen=False) for one in row[1:]))
