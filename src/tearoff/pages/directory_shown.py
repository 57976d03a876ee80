"""What the directories' templates are given: ready-to-show data, no rows and no decisions (see `pages.shown`)."""

from typing import ClassVar

from markupsafe import Markup

from tearoff.pages.shown import Card, ClaimForm, FormField, Link, Moment, Page, Shown


class Board(Shown, frozen=True, kw_only=True):
    """What the directory is, and the ways in and out that its pages have. Addresses are "" where there is no such way."""

    title: str
    url: str
    intro: str | Markup = ""
    terms: str | Markup = ""
    image_url: str = ""
    login_url: str = ""
    join_url: str = ""
    me_url: str = ""


class Tile(Shown, frozen=True, kw_only=True):
    """One offer of the list. `colour` is its merchant's, six digits; `until` or `starts` says when it is good."""

    url: str
    title: str
    shop: str = ""
    text: str = ""
    worth: str = ""
    until: Moment | None = None
    starts: Moment | None = None
    place: str = ""
    is_featured: bool = False
    lock: str = ""
    """Why it does not open for this visitor, in words."""
    image_url: str = ""
    art: str = "ticket"
    colour: str


class Branch(Shown, frozen=True, kw_only=True):
    """An entry of the menu of categories."""

    name: str
    amount: int
    url: str
    is_chosen: bool = False


class Search(Shown, frozen=True, kw_only=True):
    action: str
    typed: str = ""
    category: str = ""
    clear_url: str = ""


class Pager(Shown, frozen=True, kw_only=True):
    said: str
    before_url: str = ""
    next_url: str = ""


class Nothing(Shown, frozen=True, kw_only=True):
    """In place of the offers: why there are none, and one way on."""

    headline: str
    said: str
    action: Link | None = None


class DirectoryPage(Page, frozen=True, kw_only=True):
    """The list. `menu` has a row for each level of categories that is open; `tones` is the sheet of the tiles' colours."""

    template: ClassVar[str] = "pages/directory.html"
    board: Board
    search: Search | None = None
    menu: tuple[tuple[Branch, ...], ...] = ()
    found: str = ""
    tiles: tuple[Tile, ...] = ()
    tones: str = ""
    pager: Pager | None = None
    nothing: Nothing | None = None
    pay: Link | None = None
    pay_text: str = ""
    notice: str = ""
    card: Card | None = None


class DoorPage(Page, frozen=True, kw_only=True):
    """What people see of a directory that is for members."""

    template: ClassVar[str] = "pages/directory_door.html"
    board: Board
    card: Card


class FormPage(Page, frozen=True, kw_only=True):
    """Logging in and signing up. `hidden` are fields that travel along; `aside` leads to the other form."""

    template: ClassVar[str] = "pages/directory_form.html"
    board: Board
    headline: str
    said: str
    form: ClaimForm
    button: str
    hidden: tuple[tuple[str, str], ...] = ()
    done: str = ""
    aside: str = ""
    aside_link: Link | None = None


class AskPage(Page, frozen=True, kw_only=True):
    """One thing to press: a form's button, or a link that leads on."""

    template: ClassVar[str] = "pages/directory_ask.html"
    board: Board
    headline: str
    said: str
    tile: Tile | None = None
    tones: str = ""
    note: str = ""
    action: str = ""
    """Where the button posts to; empty for none."""
    button: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    link: Link | None = None
    back: Link | None = None
    is_loss: bool = False


class MePage(Page, frozen=True, kw_only=True):
    """A member's own page: the profile, the password, and the ways out."""

    template: ClassVar[str] = "pages/directory_me.html"
    board: Board
    email: str
    access: str = ""
    profile: ClaimForm
    password: tuple[FormField, ...]
    password_action: str
    password_refusal: str = ""
    logout_url: str
    delete_url: str
    done: str = ""
