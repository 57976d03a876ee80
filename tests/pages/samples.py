"""Every page of consumers and staff with believable data: what the tests render and the gallery shows."""

from collections.abc import Iterator

from markupsafe import Markup
from msgspec import structs

from tearoff.kit import bars, colours, qr
from tearoff.kit.texts import Catalogue
from tearoff.pages import endings
from tearoff.pages.shown import (
    Card,
    ClaimForm,
    ConfirmPage,
    Consent,
    Countdown,
    FormField,
    FrontPage,
    GlimpsePage,
    Link,
    Moment,
    Offer,
    OfferPage,
    OwnCode,
    PasswordPage,
    Place,
    Preview,
    Shop,
    Ticket,
    TicketPage,
    Uses,
    Wallet,
)
from tearoff.pages.words import words_for
from tearoff.till import shown as till
from tearoff.till import words as till_words
from tests.pages import directory_samples, loyalty_samples

Sample = tuple[str, str, dict]
"""A name, a template, what it is rendered with."""

BASE = "https://coupons.example.org"
PUBLIC = f"{BASE}/p/h7k2mq"
SESSION = "/p/h7k2mq/k7m2qx9a4tce8hvw3z6bp"
WORDS = words_for()
STAFF_WORDS = till_words.words_for()


def shop(name: str, colour: str, **more: object) -> Shop:
    brand = f"/brand/{colours.address(colour)}.css"
    return Shop(name=name, brand_url=brand, colour=colour, privacy_url="/privacy", help_url="/help", **more)


MARIO = shop("Mario’s Pizzeria", "#0e3b2c")
NORTH = shop("North Coffee", "#0b0b0c")
LUCIA = shop("Lucia’s Bakery", "#ffe680")
HARBOUR = shop(
    "Harbour Gifts & Books", "#b3446c", powered_by=Link(text="Coupons by Quayside Agency", url="https://agency.example")
)
CINEMA = shop("Rex Cinema", "#2f6fde")
CITY = shop("Old Town Shops", "#7a2e8e")

LATE = Moment(text="Sunday 6 December, 23:59", iso="2026-12-06T23:59:59+01:00")
SHOPS = (
    Place(name="Shop North", detail="4 Station Street: Mon to Sat, 11:00 to 22:00"),
    Place(name="Shop Harbour", detail="31 Dock Road: every day, 12:00 to 21:00"),
)
TERMS = Markup(
    "<ul><li>One per person and per day.</li><li>Not together with other offers. No cash value.</li>"
    "<li>Staff must check it on the spot: a photo of it is not enough.</li></ul>"
)
SLICE = Offer(
    title="Slice of the day, on us",
    subtitle="Order any lunch menu and the slice of the day is free.",
    worth="€ 4.50",
    terms=TERMS,
    use_by=LATE,
    places=SHOPS,
    left=38,
    of=200,
    art="pizza",
)
COFFEE = structs.replace(
    SLICE,
    title="A coffee from us to you",
    subtitle="Espresso, filter or flat white. Nothing to buy.",
    worth="1 coffee",
    worth_label="Your gift",
    places=(Place(name="12 Quay Street"),),
    left=None,
    of=None,
    art="coffee",
)
LOAF = structs.replace(
    SLICE,
    title="Two loaves, pay for one",
    subtitle="Any bread from the morning oven.",
    worth="2 for 1",
    worth_label="This week",
    hours="Monday to Friday, 14:00 to 17:00",
    description=Markup(
        "<p>Baked at four in the morning, sold until it is gone. Rye, spelt or country white: "
        "<strong>you choose</strong>.</p>"
    ),
    art="bread",
)
PRESENT = structs.replace(
    SLICE,
    title="A little something for your birthday",
    subtitle="",
    worth="20 % off everything",
    worth_label="All December",
    use_by=None,
    places=(),
    left=1,
    of=50,
    art="gift",
)
FILM = structs.replace(
    SLICE,
    title="Monday night at the Rex",
    subtitle="Any film, any seat.",
    worth="€ 6.00",
    left=None,
    of=None,
    places=(),
    art="ticket",
)

FIRST = FormField(name="first_name", label="First name", autocomplete="given-name")
MAIL = FormField(
    name="email",
    label="E-mail",
    type="email",
    autocomplete="email",
    inputmode="email",
    help="We send your coupon here too, so you cannot lose it.",
)
NEWS = Consent(name="news", text="Send me the lunch menu on Mondays", version="3f2a91")
TERMS_BOX = Consent(
    name="rules",
    text="I have read",
    version="77ab01",
    required=True,
    link=Link(text="the rules of the draw", url="https://shop.example/rules"),
)
FORM = ClaimForm(action=SESSION, key="d5f1c0", fields=(FIRST, MAIL), consents=(NEWS,))
BUTTON = ClaimForm(action=SESSION, key="d5f1c0")
REFUSED = ClaimForm(
    action=SESSION,
    fields=(
        structs.replace(FIRST, value="Ann"),
        structs.replace(MAIL, value="x", error=WORDS.say("error_email")),
        FormField(name="phone", label="Phone", type="tel", required=False, autocomplete="tel", inputmode="tel"),
        FormField(
            name="birth", label="Birth date", type="date", required=False, value="1987-04-12", autocomplete="bday"
        ),
        FormField(
            name="size",
            label="Which size",
            type="choice",
            error=WORDS.say("error_choice"),
            options=(("s", "Small"), ("m", "Medium"), ("l", "Large")),
        ),
        FormField(name="member", label="Member number", type="number", value="20114", locked=True),
        FormField(name="vegetarian", label="I eat no meat", type="checkbox", required=False, value="on"),
    ),
    consents=(structs.replace(TERMS_BOX, error=WORDS.say("error_consent")), NEWS),
)
CARD = Card(url=PUBLIC, title=SLICE.title, text=SLICE.subtitle, image_url=f"{BASE}/media/slice.png")

AT_1406 = Moment(text="today at 14:06", iso="2026-11-22T14:06:00+01:00")
AT_1506 = Moment(text="today at 15:06", iso="2026-11-22T15:06:00+01:00")
MONDAY = Moment(text="Monday 23 November, 14:00", iso="2026-11-23T14:00:00+01:00")
COUNTDOWN = Countdown(
    said="Use it by 18:30 today",
    until=Moment(text="18:30", iso="2026-11-22T18:30:00+01:00"),
    left="2:41:08",
    seconds_left=9668,
    share_left=0.33,
)
DAYS = Countdown(
    said="Use it by Sunday 6 December, 23:59", until=LATE, left="14 days", seconds_left=1_209_600, share_left=0.71
)
SCAN_URL = f"{BASE}/s/h7k2mq/k7m2qx9a4tce8hvw3z6bp"
QR = qr.drawn(SCAN_URL)
TICKET = Ticket(
    code="k7m2qx",
    qr=QR,
    holder="Ann",
    countdown=COUNTDOWN,
    use_url=f"{SESSION}?use",
    live_url=f"{SESSION}?live=claimed",
)


def samples() -> Iterator[Sample]:
    """All pages by name; the names are those of their files in the gallery."""
    for name, page in [*pages(WORDS), *letter_pages(WORDS)]:
        yield name, page.template, {"page": page, "words": WORDS}
    for name, page in staff_pages(STAFF_WORDS):
        yield name, page.template, {"page": page, "words": STAFF_WORDS}
    yield from loyalty_samples.samples(mario=MARIO, lucia=LUCIA, north=NORTH)
    yield from directory_samples.samples(city=CITY)
    yield "front", FrontPage.template, {"page": FrontPage(api_url="/api/docs", operator_url="/admin/")}
    yield "not_found", "pages/not_found.html", {}
    yield "server_error", "pages/server_error.html", {"reference": "7f3a-91"}
    yield "form_is_old", "403_csrf.html", {}
    yield "forbidden", "403.html", {}
    yield "bad_request", "400.html", {}


def pages(words: Catalogue) -> Iterator[tuple[str, object]]:
    mario = {"shop": MARIO, "public_url": PUBLIC}
    yield "offer", OfferPage(offer=SLICE, form=FORM, **mario)
    yield "offer_button", OfferPage(offer=LOAF, form=BUTTON, shop=LUCIA, public_url=PUBLIC)
    yield "offer_coffee", OfferPage(offer=COFFEE, form=FORM, shop=NORTH, public_url=PUBLIC)
    yield "offer_gift", OfferPage(offer=PRESENT, form=BUTTON, shop=HARBOUR, public_url=PUBLIC)
    yield "offer_ticket", OfferPage(offer=FILM, form=BUTTON, shop=CINEMA, public_url=PUBLIC)
    yield "offer_photo", OfferPage(offer=structs.replace(SLICE, image_url="/media/slice.svg"), form=BUTTON, **mario)
    yield "offer_errors", OfferPage(offer=SLICE, form=REFUSED, **mario)
    yield (
        "offer_preview",
        OfferPage(
            offer=SLICE,
            form=structs.replace(FORM, action=""),
            is_personal=False,
            preview=Preview(public_url=PUBLIC, is_live=False),
            shop=MARIO,
        ),
    )
    yield "glimpse", GlimpsePage(offer=SLICE, card=CARD, **mario)
    yield "ticket", TicketPage(offer=SLICE, ticket=TICKET, **mario)
    wallet = Wallet(apple_url=f"{SESSION}/pass", google_url=f"{SESSION}/save")
    yield "ticket_wallets", TicketPage(offer=SLICE, ticket=structs.replace(TICKET, wallet=wallet), **mario)
    yield (
        "ticket_yellow",
        TicketPage(
            offer=LOAF,
            ticket=structs.replace(
                TICKET,
                countdown=DAYS,
                use_url="",
                not_now="Works Monday to Friday, 14:00 to 17:00. Next: tomorrow at 14:00.",
            ),
            shop=LUCIA,
            public_url=PUBLIC,
        ),
    )
    yield (
        "ticket_black",
        TicketPage(
            offer=COFFEE,
            ticket=structs.replace(
                TICKET,
                countdown=None,
                uses=Uses(used=2, of=5),
                message="Show this at the counter of 12 Quay Street.\nThe fifth coffee comes with a cookie.",
                link=Link(text="See the menu", url="https://north.example/menu"),
            ),
            shop=NORTH,
            public_url=PUBLIC,
        ),
    )
    yield (
        "ticket_own_code",
        TicketPage(
            offer=PRESENT,
            ticket=structs.replace(
                TICKET,
                own_code=OwnCode(text="HB-2026-000187", drawing=qr.drawn("HB-2026-000187")),
                use_url="",
                countdown=None,
                holder="",
            ),
            shop=HARBOUR,
            public_url=PUBLIC,
        ),
    )
    ean = OwnCode(text="4006381333931", drawing=bars.drawn("4006381333931", "ean13"), wide=True)
    yield (
        "ticket_bars",
        TicketPage(
            offer=LOAF, ticket=structs.replace(TICKET, own_code=ean, qr=None, use_url=""), shop=LUCIA, public_url=PUBLIC
        ),
    )
    yield "ticket_code_only", TicketPage(offer=FILM, ticket=Ticket(code="w4t6hb"), shop=CINEMA, public_url=PUBLIC)
    yield "confirm", ConfirmPage(offer=SLICE, action=f"{SESSION}/use", back_url=SESSION, key="9c1e", **mario)
    yield (
        "confirm_uses",
        ConfirmPage(offer=COFFEE, action=f"{SESSION}/use", back_url=SESSION, uses=Uses(used=2, of=5), shop=NORTH),
    )
    yield "password", PasswordPage(offer=SLICE, action=f"{SESSION}/use", back_url=SESSION, key="9c1e", **mario)
    yield (
        "password_wrong",
        PasswordPage(
            offer=SLICE, action=f"{SESSION}/use", back_url=SESSION, error=words.say("tries_left", left=4), **mario
        ),
    )
    yield (
        "password_paused",
        PasswordPage(
            offer=SLICE, action=f"{SESSION}/use", back_url=SESSION, paused=endings.waiting(words, 60), **mario
        ),
    )
    yield from ends(words)
    yield from long_pages(words)


def ends(words: Catalogue) -> Iterator[tuple[str, object]]:
    mario = {"shop": MARIO, "offer": SLICE, "public_url": PUBLIC}
    mine = {**mario, "code": "k7m2qx", "holder": "Ann"}
    back = Link(text=words.say("back_to_coupon"), url=SESSION)
    more = Link(text="More from Mario’s Pizzeria", url="https://mario.example")
    yield "used", endings.used(words, when=AT_1406, place="Shop North", fresh=True, action=more, **mine)
    yield (
        "used_partly",
        endings.used_partly(
            words,
            when=AT_1406,
            place="12 Quay Street",
            uses=Uses(used=3, of=5),
            action=back,
            shop=NORTH,
            offer=COFFEE,
            public_url=PUBLIC,
        ),
    )
    yield "already_used", endings.already_used(words, when=AT_1406, **mine)
    yield (
        "expired",
        endings.expired(
            words,
            until=Moment(text="Saturday 21 November, 23:59", iso="2026-11-21T23:59:59+01:00"),
            since=Moment(text="Sunday 22 November, 0:00", iso="2026-11-22T00:00:00+01:00"),
            is_claimed=True,
            **mine,
        ),
    )
    yield "not_started", endings.not_started(words, starts=MONDAY, **mario)
    yield (
        "sold_out",
        endings.sold_out(words, of=200, last=Moment(text="today at 13:48", iso="2026-11-22T13:48:00+01:00"), **mario),
    )
    yield "all_uses_taken", endings.all_uses_taken(words, **mine)
    yield (
        "day_is_full",
        endings.day_is_full(words, next=Moment(text="tomorrow at 0:00", iso="2026-11-23T00:00:00+01:00"), **mario),
    )
    yield "voided", endings.voided(words, **mine)
    yield "locked", endings.locked(words, **mine)
    yield "personal_link", endings.personal_link(words, shop=MARIO, offer=SLICE)
    yield "not_available", endings.not_available(words)
    yield (
        "outside_hours",
        endings.outside_hours(
            words,
            hours="Monday to Friday, 14:00 to 17:00",
            next=MONDAY,
            action=back,
            shop=LUCIA,
            offer=LOAF,
            public_url=PUBLIC,
            code="k7m2qx",
            holder="Ann",
        ),
    )
    yield "wrong_place", endings.wrong_place(words, places=("Shop North", "Shop Harbour"), action=back, **mine)
    yield "wait_between", endings.wait_between(words, last=AT_1406, next=AT_1506, action=back, **mine)
    yield "person_has_one", endings.person_has_one(words, **mario)
    yield (
        "throttled",
        endings.throttled(
            words, seconds=120, action=Link(text=words.say("try_again"), url=SESSION), shop=MARIO, offer=SLICE
        ),
    )
    yield "quota", endings.quota(words, **mario)
    yield (
        "error",
        endings.error(words, reference="7f3a-91", action=Link(text=words.say("try_again"), url=SESSION), shop=MARIO),
    )


LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunte"
"""Sixty letters without a place to break, as a company or an offer may be called."""


def long_pages(words: Catalogue) -> Iterator[tuple[str, object]]:
    """Whatever people type, nothing is cut and nothing scrolls sideways."""
    company = shop(LONG, "#7a0019")
    offer = structs.replace(
        SLICE, title=LONG, subtitle=f"{LONG} {LONG}", worth=LONG, places=(Place(name=LONG, detail=LONG),), language="de",
        description=Markup(f"<p>{LONG}{LONG}</p>"), terms=Markup(f"<p>{LONG}</p>"),
    )  # fmt: skip
    field = FormField(name="one", label=LONG, type="text", help=LONG, error=LONG, required=True)
    asked = ClaimForm(action=SESSION, fields=(field,), consents=(Consent(name="ok", text=LONG, version="1"),))
    far = f"https://{LONG[:40]}.example.org/p/h7k2mq"
    mine = {"offer": offer, "shop": company, "public_url": far}
    yield "long_offer", OfferPage(form=asked, **mine)
    yield "long_ticket", TicketPage(ticket=structs.replace(TICKET, holder=LONG, message=LONG), **mine)
    yield "long_used", endings.used(words, when=AT_1406, place=LONG, code="k7m2qx", holder=LONG, **mine)
    yield "long_sold_out", endings.sold_out(words, of=200, last=None, **mine)


def letter_pages(words: Catalogue) -> Iterator[tuple[str, object]]:
    about = (words, MARIO, "ann@example.org", "/u/gAAAAABn")
    yield "unsubscribe", endings.mail(*about, is_out=False)
    yield "unsubscribed", endings.mail(*about, is_out=True)
    yield "subscribed_again", endings.mail(*about, is_out=False, is_new=True)


def staff_pages(words: Catalogue) -> Iterator[tuple[str, till.ScanPage | till.VerdictPage]]:
    scanned = till.Shop(name=MARIO.name, brand_url=MARIO.brand_url, colour=MARIO.colour)
    north = structs.replace(scanned, place="Shop North")
    given = till.Given(title=SLICE.title, subtitle=SLICE.subtitle, worth=SLICE.worth)
    form = {
        "offer": given,
        "code": "k7m2qx",
        "action": f"{BASE}/s/h7k2mq/k7m2qx9a4tce8hvw3z6bp",
        "key": "9c1e",
        "currency": "EUR",
    }
    code = till.Fact(label=words.say("fact_code"), text="k7m2qx", is_code=True)
    holder = till.Fact(label=words.say("fact_holder"), text="Ann")
    where = till.Fact(label=words.say("fact_where"), text="Shop North")
    used = till.Fact(label=words.say("fact_used"), moment=till.Moment(text="Today, 14:06", iso=AT_1406.iso))
    uses = till.Fact(label=words.say("fact_uses"), text=words.say("uses", used=2, of=5))
    spent = till.Fact(label=words.say("fact_spent"), text="€ 12.50")
    yield "scan", till.ScanPage(shop=scanned, can_remember=True, **form)
    yield (
        "scan_wrong",
        till.ScanPage(
            shop=scanned,
            can_remember=True,
            error=words.say("tries_left", left=1),
            spent="12,5o",
            spent_error=words.say("error_spent"),
            **form,
        ),
    )
    yield "scan_paused", till.ScanPage(shop=scanned, paused="60 seconds", asks_money=False, **form)
    yield "scan_remembered", till.ScanPage(shop=north, needs_password=False, forget_action="/s/forget", **form)
    yield "verdict_valid", till.valid(words, time="14:06", shop=north, offer=given, facts=(holder, code, uses, spent))
    yield (
        "verdict_used",
        till.refused(words, "already_used", shop=north, offer=given, facts=(used, where, code, holder)),
    )
    yield (
        "verdict_expired",
        till.refused(words, "expired", until="Saturday 21 November, 23:59", shop=north, offer=given, facts=(code,)),
    )
    yield "verdict_unknown", till.refused(words, "unknown", shop=north)
    long = {"shop": structs.replace(scanned, name=LONG), "offer": till.Given(title=LONG, subtitle=LONG, worth=LONG)}
    yield "long_scan", till.ScanPage(forget_action="/s/forget", **form | long)
    of_long = till.Fact(label=words.say("fact_holder"), text=LONG)
    yield "long_verdict", till.valid(words, time="14:06", facts=(of_long, structs.replace(code, text=LONG)), **long)
