"""What the loyalty templates are given: ready-to-show data, no rows and no decisions (see `pages.shown`)."""

from typing import ClassVar

from markupsafe import Markup

from tearoff.kit.qr import Drawing
from tearoff.pages.shown import Card, ClaimForm, Moment, Page, Push, Shown, Wallet


class Club(Shown, frozen=True, kw_only=True):
    """What the card is. `worth` is what stands in its head, already in words."""

    title: str
    subtitle: str = ""
    worth: str = ""
    worth_label: str = ""
    description: str | Markup = ""
    terms: str | Markup = ""
    art: str = "ticket"
    places: tuple[str, ...] = ()
    language: str = ""
    """Of what the merchant wrote, where it is not that of the page around it."""


class Stamp(Shown, frozen=True, kw_only=True):
    number: int
    is_given: bool = False
    is_gift: bool = False
    is_fresh: bool = False


class Prize(Shown, frozen=True, kw_only=True):
    """A reward to earn or choose. `choose_url` where it can be chosen now, else `state` says how far it is."""

    name: str
    price: str
    state: str
    is_far: bool = False
    choose_url: str = ""


class Won(Shown, frozen=True, kw_only=True):
    """A reward the holder has. `url` leads to its coupon while it can be used."""

    name: str
    when: str
    state: str = ""
    url: str = ""
    waits: bool = False


class Change(Shown, frozen=True, kw_only=True):
    """One line of the ledger."""

    text: str
    where: str
    balance: int
    is_gain: bool


class JoinPage(Page, frozen=True, kw_only=True):
    """Where people get a card; without a form for machines, who get nothing to press."""

    template: ClassVar[str] = "pages/loyalty_join.html"
    club: Club
    prizes: tuple[Prize, ...] = ()
    form: ClaimForm | None = None
    card: Card


class CardPage(Page, frozen=True, kw_only=True):
    """The holder's own page."""

    template: ClassVar[str] = "pages/loyalty_card.html"
    club: Club
    headline: str
    name: str = ""
    code: str
    qr: Drawing
    qr_said: str
    stamps: tuple[Stamp, ...] = ()
    progress: tuple[int, int] | None = None
    """Balance and goal, where there are no stamps to draw."""
    ticks: tuple[int, ...] = ()
    """Where on the progress rewards stand, in per cent."""
    won: tuple[Won, ...] = ()
    prizes: tuple[Prize, ...] = ()
    changes: tuple[Change, ...] = ()
    changes_title: str = ""
    collect_url: str = ""
    notice: str = ""
    live_url: str = ""
    wallet: Wallet | None = None
    push: Push | None = None

    @property
    def saves_outside(self) -> bool:
        return self.wallet is not None and bool(self.wallet.google_url)


class ChoosePage(Page, frozen=True, kw_only=True):
    """The question before points are spent. `key` makes a double tap one choice, `price` is what was read."""

    template: ClassVar[str] = "pages/loyalty_choose.html"
    club: Club
    reward: str
    price: int
    balance: int
    action: str
    back_url: str
    key: str


class Ended(Page, frozen=True, kw_only=True):
    """The card is not valid."""

    template: ClassVar[str] = "pages/loyalty_voided.html"
    club: Club
    headline: str
    said: str
    proof: str
    moment: Moment | None = None
