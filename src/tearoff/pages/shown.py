"""What the consumer's templates are given: ready-to-show data, no rows and no decisions.

Dates come as a text people say and an instant for `<time datetime>`; texts come in the coupon's language. A text that
may hold HTML (description, terms) is Markup when it has been sanitised; everything else, plain strings included, is
escaped by the templates. Each page knows its template, which is rendered with `page` and `words`.
"""

from typing import ClassVar

from msgspec import Struct

from tearoff.kit.qr import Drawing


class Shown(Struct, frozen=True):
    """Data that cannot change once it is made; members are given by name."""


class Moment(Shown, frozen=True, kw_only=True):
    """`text` as people say it ("today at 14:06"), `iso` exactly ("2026-11-22T14:06:00+01:00")."""

    text: str
    iso: str


class Link(Shown, frozen=True, kw_only=True):
    text: str
    url: str


class Shop(Shown, frozen=True, kw_only=True):
    """Who gives the offer. `brand_url` is the stylesheet of `kit.colours`, `colour` the brand for the phone's frame."""

    name: str
    brand_url: str
    colour: str
    logo_url: str = ""
    privacy_url: str = ""
    help_url: str = ""
    powered_by: Link | None = None
    """Our own line when None; an empty text for none at all; an empty address for words without a link."""

    @property
    def initial(self) -> str:
        """The letter that stands in for a missing logo."""
        return next((letter.upper() for letter in self.name if letter.isalnum()), "")


class Place(Shown, frozen=True, kw_only=True):
    name: str
    detail: str = ""
    """Address and opening times, in one line."""


class Offer(Shown, frozen=True, kw_only=True):
    """What is given. `art` names the drawing for an offer without a picture: ticket, pizza, coffee, bread or gift."""

    title: str
    subtitle: str = ""
    worth: str = ""
    worth_label: str = ""
    """"Worth" unless the shop says something else ("This week", "Your gift")."""
    description: str = ""
    terms: str = ""
    starts: Moment | None = None
    use_by: Moment | None = None
    hours: str = ""
    """When in the week it can be used, if not always: "Monday to Friday, 14:00 to 17:00"."""
    places: tuple[Place, ...] = ()
    left: int | None = None
    of: int | None = None
    image_url: str = ""
    art: str = "ticket"
    language: str = ""
    """Of what the merchant wrote, where it is not that of the page around it."""


class Card(Shown, frozen=True, kw_only=True):
    """What a chat or a search engine shows of a shared link; all addresses absolute."""

    url: str
    title: str
    text: str = ""
    image_url: str = ""


class Preview(Shown, frozen=True, kw_only=True):
    """The owner is looking. `public_url` is the link to give out, `is_live` whether consumers can open it now."""

    public_url: str
    is_live: bool


class FormField(Shown, frozen=True, kw_only=True):
    """`type` is text, email, tel, number, date, choice or checkbox. A locked field is shown and sent, not changed."""

    name: str
    label: str
    type: str = "text"
    required: bool = True
    value: str = ""
    """As typed; for a checkbox "on" or nothing."""
    error: str = ""
    help: str = ""
    autocomplete: str = ""
    inputmode: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Value and words of each choice."""
    locked: bool = False
    longest: int = 255


class Consent(Shown, frozen=True, kw_only=True):
    """A box to tick, never ticked beforehand. `version` of the text travels with the form: what was read is stored."""

    name: str
    text: str
    version: str
    link: Link | None = None
    required: bool = False
    ticked: bool = False
    error: str = ""


class ClaimForm(Shown, frozen=True, kw_only=True):
    """`action` is empty in a preview: the button is shown and does nothing. `key` makes a repeat the same claim."""

    action: str
    key: str = ""
    fields: tuple[FormField, ...] = ()
    consents: tuple[Consent, ...] = ()
    refusal: str = ""
    """Why the claim was refused, when no single field is the reason."""

    @property
    def errors(self) -> int:
        return sum(bool(error) for _, error in self._told)

    @property
    def first_wrong(self) -> str:
        """Where the reader should start; "" when nothing is wrong."""
        return next((name for name, error in self._told if error), "")

    @property
    def _told(self) -> list[tuple[str, str]]:
        return [(one.name, one.error) for one in self.fields] + [(one.name, one.error) for one in self.consents]


class Countdown(Shown, frozen=True, kw_only=True):
    """Time left to use it. `said` is the sentence ("Use it by 18:30 today"), `left` the digits of now ("2:41:08")."""

    said: str
    until: Moment
    left: str
    seconds_left: int
    share_left: float
    """Of the whole time given, 0 to 1."""

    @property
    def ticks(self) -> bool:
        """Digits that run are for the last two days; further off, `left` counts days and stands."""
        return self.seconds_left <= 48 * 3600


class Uses(Shown, frozen=True, kw_only=True):
    used: int
    of: int

    @property
    def left(self) -> int:
        return max(0, self.of - self.used)


class OwnCode(Shown, frozen=True, kw_only=True):
    """An imported code the till reads. `wide` drawings are bars, others squares; without one the text stands alone."""

    text: str
    drawing: Drawing | None = None
    wide: bool = False


class Push(Shown, frozen=True, kw_only=True):
    """Where a browser's subscription is posted, and the key it subscribes for."""

    url: str
    key: str


class Wallet(Shown, frozen=True, kw_only=True):
    """Where one saves to a phone's wallet: Apple's by a download, Google's by a form. "" for one that is not offered."""

    apple_url: str = ""
    google_url: str = ""


class Ticket(Shown, frozen=True, kw_only=True):
    """A claimed coupon. `use_url` leads to the question before a use; "" where nobody can use it on this phone."""

    code: str
    qr: Drawing | None = None
    own_code: OwnCode | None = None
    holder: str = ""
    countdown: Countdown | None = None
    uses: Uses | None = None
    use_url: str = ""
    not_now: str = ""
    """Why it cannot be used at this moment though it is good (opening hours, wait between uses); only shown."""
    message: str = ""
    link: Link | None = None
    live_url: str = ""
    """Asked every few seconds: 204 while nothing changed, else any whole page of ours."""
    push: Push | None = None
    wallet: Wallet | None = None


class Page(Shown, frozen=True, kw_only=True):
    """What every page has. `public_url` is the link to pass on, and what a phone's share button takes (canonical)."""

    template: ClassVar[str]
    shop: Shop | None = None
    public_url: str = ""
    preview: Preview | None = None

    @property
    def saves_outside(self) -> bool:
        """Whether a form of the page leads on to Google's wallet."""
        return False


class OfferPage(Page, frozen=True, kw_only=True):
    """The offer with its button or form; also the answer to a refused form. `is_personal`: at an address of its own."""

    template: ClassVar[str] = "pages/offer.html"
    offer: Offer
    form: ClaimForm
    card: Card | None = None
    is_personal: bool = True


class GlimpsePage(Page, frozen=True, kw_only=True):
    """The offer for link previews and bots: nothing to press, nothing personal."""

    template: ClassVar[str] = "pages/glimpse.html"
    offer: Offer
    card: Card


class TicketPage(Page, frozen=True, kw_only=True):
    template: ClassVar[str] = "pages/ticket.html"
    offer: Offer
    ticket: Ticket

    @property
    def saves_outside(self) -> bool:
        return self.ticket.wallet is not None and bool(self.ticket.wallet.google_url)


class ConfirmPage(Page, frozen=True, kw_only=True):
    """Method A: the question before the coupon is used on this phone. `key` makes a double tap one use."""

    template: ClassVar[str] = "pages/confirm.html"
    offer: Offer
    action: str
    back_url: str
    key: str = ""
    uses: Uses | None = None


class PasswordPage(Page, frozen=True, kw_only=True):
    """Method B: the phone is handed over and the staff type their password. `error` says how many tries are left."""

    template: ClassVar[str] = "pages/password.html"
    offer: Offer
    action: str
    back_url: str
    key: str = ""
    error: str = ""
    paused: str = ""
    """Set instead of `error` while no try counts: how long to wait, in words."""


class UnsubscribePage(Page, frozen=True, kw_only=True):
    """The end of e-mail to one address, and the way back where it has ended."""

    template: ClassVar[str] = "pages/unsubscribe.html"
    headline: str
    said: str
    is_out: bool
    action: str


class Proof(Shown, frozen=True, kw_only=True):
    """The lower piece of an ended ticket: what happened, when and where. `title` alone is enough."""

    title: str
    text: str = ""
    moment: Moment | None = None


class End(Page, frozen=True, kw_only=True):
    """How it ends, or why it cannot go on. `kind` is the name of the template; `pages.endings` writes the words."""

    kind: str
    headline: str
    said: str
    offer: Offer | None = None
    code: str = ""
    holder: str = ""
    proof: Proof | None = None
    uses: Uses | None = None
    fresh: bool = False
    """It has just happened on this phone: the stub may fall before the reader's eyes."""
    action: Link | None = None
    other: Link | None = None
    live_url: str = ""

    @property
    def template(self) -> str:  # type: ignore[override]
        return f"pages/{self.kind}.html"


class FrontPage(Shown, frozen=True, kw_only=True):
    """`/`: what this server is, and its two doors."""

    template: ClassVar[str] = "pages/front.html"
    api_url: str
    operator_url: str
