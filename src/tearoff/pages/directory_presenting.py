"""From a directory's rows to what its templates show: words, dates, addresses (see `pages.presenting` for coupons)."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode, urlsplit, urlunsplit

from msgspec import Struct

from tearoff.campaigns import forms
from tearoff.directories import addresses
from tearoff.directories.models import Directory, Member
from tearoff.kit import colours
from tearoff.kit.public import public_url
from tearoff.kit.spoken import Speaker
from tearoff.pages import directory_reading, merchant_html
from tearoff.pages.asking import consents_shown, field_shown
from tearoff.pages.directory_reading import PER_PAGE, CategoryRow, ListingRow
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
from tearoff.pages.parts import OUR_COLOUR, media_url
from tearoff.pages.shown import Card, ClaimForm, FormField, Link, Moment, Shop

JOINING = [
    forms.Field(name="firstname"),
    forms.Field(name="lastname"),
    forms.Field(name="email", required=True),
]
PROFILE = [forms.Field(name=name) for name in ("firstname", "lastname", "phone", "address", "zip", "city", "birthday")]
COLUMNS = {"firstname": "first_name", "lastname": "last_name", "birthday": "birth_date"} | {
    name: name for name in ("phone", "address", "zip", "city")
}
"""Fields of a form and the members of a member they fill."""

LONGEST_TEXT = 140


class Wanted(Struct, frozen=True):
    """What part of the list is asked for."""

    typed: str = ""
    category: int | None = None
    page: int = 1


class Shown:
    """A directory at a moment, in words; with `member`, as somebody who is logged in sees it."""

    def __init__(self, found: Directory, member: Member | None, at: datetime) -> None:
        self.directory, self.member, self.at = found, member, at
        self.words = directory_words_for(found.language, found.words)
        self.speaker = Speaker(found.timezone, at, found.language)

    @cached_property
    def path(self) -> str:
        return addresses.directory_path(self.directory.code)

    @cached_property
    def has_paid(self) -> bool:
        return self.member is not None and self.member.is_paying(self.at)

    @property
    def asks_payment(self) -> bool:
        return self.directory.access == Directory.Access.PAID

    def opens(self, row: ListingRow) -> bool:
        """Whether an offer opens for this visitor. The list of a directory for members is not shown to others at all."""
        if row.is_paid_only or self.asks_payment:
            return self.has_paid
        return self.member is not None or self.directory.access == Directory.Access.OPEN

    @cached_property
    def shop(self) -> Shop:
        row, account = self.directory, self.directory.account
        colour = colours.normal(row.brand_colour or account.brand_colour) or OUR_COLOUR
        return Shop(
            name=account.company,
            brand_url=f"/brand/{colours.address(colour)}.css",
            colour=colour,
            logo_url=media_url((row.logo or account.logo).name or ""),
            privacy_url=account.privacy_url,
            help_url=account.help_url,
            powered_by=Link(text=account.powered_by_text, url=account.powered_by_link),
        )

    @cached_property
    def board(self) -> Board:
        row, is_in = self.directory, self.member is not None
        return Board(
            title=row.shown_title,
            url=self.path,
            intro=merchant_html.shown(row.intro) if row.intro else "",
            terms=merchant_html.shown(row.terms) if row.terms else "",
            image_url=media_url(row.header_image.name or ""),
            login_url="" if is_in else f"{self.path}/login",
            join_url=f"{self.path}/join" if row.sign_up and not is_in else "",
            me_url=f"{self.path}/me" if is_in else "",
        )

    @property
    def card(self) -> Card:
        row = self.directory
        picture = media_url((row.header_image or row.logo or row.account.logo).name or "")
        return Card(
            url=addresses.directory_url(row.code),
            title=row.shown_title,
            text=_cut(merchant_html.plain(row.intro), 200),
            image_url=public_url(picture) if picture else "",
        )

    # The list

    def list_page(self, wanted: Wanted, notice: str = "") -> DirectoryPage:
        """The offers that show now, or in words why there are none."""
        found, search = self.directory, wanted.typed.split()
        tree = Tree(directory_reading.categories(found, search, self.at)) if found.has_categories else Tree([])
        chosen = tree.rows.get(wanted.category or 0)
        below = tree.below(chosen.id) if chosen else None
        start = (wanted.page - 1) * PER_PAGE
        rows = directory_reading.listings(found, search, below, self.at, start=start)
        here = Wanted(wanted.typed, chosen.id if chosen else None, wanted.page)
        return DirectoryPage(
            shop=self.shop,
            public_url=addresses.directory_url(found.code),
            board=self.board,
            search=self._search(here) if found.has_search and (rows or search or chosen) else None,
            menu=self._menu(tree, here, rows),
            found=self._found(rows, here),
            tiles=tuple(map(self.tile, rows)),
            tones=tones_url(rows),
            pager=self._pager(rows, here),
            nothing=None if rows else self._nothing(here, chosen),
            pay=Link(text=self.words.say("pay_how"), url=f"{self.path}/pay") if self._owes else None,
            pay_text=found.payment_text,
            notice=notice,
            card=self.card,
        )

    @property
    def _owes(self) -> bool:
        return self.asks_payment and self.member is not None and not self.has_paid

    def tile(self, row: ListingRow) -> Tile:
        speaker = Speaker(row.timezone, self.at, self.directory.language)
        is_ahead = row.starts_at is not None and row.starts_at > self.at
        return Tile(
            url=f"{self.path}/o/{row.id}",
            title=row.title,
            shop=row.company if row.owner != self.directory.account_id else "",
            text=_cut(merchant_html.plain(row.text), LONGEST_TEXT),
            worth=row.worth or (self.words.say(f"kind_{row.kind}") if row.kind else ""),
            starts=_moment(row.starts_at, speaker.moment, speaker) if is_ahead else None,
            until=_moment(row.ends_at, speaker.deadline, speaker),
            place=row.place or (self.words.say("at_places", count=row.places) if row.places else ""),
            is_featured=row.is_featured,
            lock="" if self.opens(row) else self.words.say("paid_only_offer"),
            image_url=media_url(row.picture),
            art=row.art,
            colour=_colour(row)[1:],
        )

    def address(self, wanted: Wanted) -> str:
        """The address of a part of the list."""
        asked = {"q": wanted.typed, "category": wanted.category, "page": wanted.page if wanted.page > 1 else None}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{self.path}?{query}" if query else self.path

    def _search(self, wanted: Wanted) -> Search:
        return Search(
            action=self.path,
            typed=wanted.typed,
            category=str(wanted.category or ""),
            clear_url=self.address(Wanted("", wanted.category)) if wanted.typed else "",
        )

    def _menu(self, tree: "Tree", wanted: Wanted, rows: list[ListingRow]) -> tuple[tuple[Branch, ...], ...]:
        """A row for the top and for each level below what is chosen; only categories that have something are in it."""
        way = tree.way(wanted.category)
        found = []
        for parent in [None, *way]:
            branches = [
                Branch(
                    name=one.name,
                    amount=tree.amount(one.id),
                    url=self.address(Wanted(wanted.typed, one.id)),
                    is_chosen=one.id in way,
                )
                for one in tree.children.get(parent, [])
                if tree.amount(one.id) or one.id in way
            ]
            if branches:
                found.append((self._whole(tree, wanted, parent), *branches))
        return tuple(found)

    def _whole(self, tree: "Tree", wanted: Wanted, parent: int | None) -> Branch:
        """The first entry of a row: everything the row is about."""
        is_chosen = wanted.category == parent
        if parent is None:
            return Branch(
                name=self.words.say("all_offers"),
                amount=0,
                url=self.address(Wanted(wanted.typed)),
                is_chosen=is_chosen,
            )
        name = self.words.say("all_of", category=tree.rows[parent].name)
        url = self.address(Wanted(wanted.typed, parent))
        return Branch(name=name, amount=tree.amount(parent), url=url, is_chosen=is_chosen)

    def _found(self, rows: list[ListingRow], wanted: Wanted) -> str:
        if not rows:
            return ""
        if wanted.typed:
            return self.words.say("found_for", amount=rows[0].total, search=wanted.typed)
        return self.words.say("found", amount=rows[0].total)

    def _pager(self, rows: list[ListingRow], wanted: Wanted) -> Pager | None:
        pages = -(-rows[0].total // PER_PAGE) if rows else 0
        if pages < 2:
            return None
        to = lambda page: self.address(Wanted(wanted.typed, wanted.category, page))  # noqa: E731
        return Pager(
            said=self.words.say("page_of", page=wanted.page, pages=pages),
            before_url=to(wanted.page - 1) if wanted.page > 1 else "",
            next_url=to(wanted.page + 1) if wanted.page < pages else "",
        )

    def _nothing(self, wanted: Wanted, chosen: CategoryRow | None) -> Nothing:
        say = self.words.say
        if wanted.page > 1:
            first = Link(text=say("to_first_page"), url=self.address(Wanted(wanted.typed, wanted.category)))
            return Nothing(headline=say("past_end"), said=say("past_end_said", page=wanted.page), action=first)
        if wanted.typed:
            clear = Link(text=say("search_clear"), url=self.address(Wanted("", wanted.category)))
            headline = say("nothing_matches", search=wanted.typed)
            return Nothing(headline=headline, said=say("nothing_matches_said"), action=clear)
        if chosen:
            everything = Link(text=say("show_all"), url=self.path)
            headline = say("nothing_in", category=chosen.name)
            return Nothing(headline=headline, said=say("nothing_in_said"), action=everything)
        return Nothing(headline=say("empty"), said=say("empty_said"))

    # The door, and the forms beside it

    def door_page(self) -> DoorPage:
        return DoorPage(
            shop=self.shop, public_url=addresses.directory_url(self.directory.code), board=self.board, card=self.card
        )

    def login_page(
        self, *, email: str = "", refusal: str = "", done: str = "", offer: ListingRow | None = None
    ) -> FormPage:
        say = self.words.say
        is_named = offer is not None and self.directory.access == Directory.Access.OPEN
        said = say("log_in_offer_said", offer=offer.title) if is_named and offer else say("log_in_said")
        hidden = (("offer", str(offer.id)),) if offer else ()
        return FormPage(
            shop=self.shop,
            board=self.board,
            headline=say("log_in"),
            said=said,
            form=ClaimForm(
                action=f"{self.path}/login",
                fields=(self._email(email), self._password("password", "password_field", "current-password")),
                refusal=refusal,
            ),
            button=say("log_in"),
            hidden=hidden,
            done=done,
            aside=say("no_account") if self.directory.sign_up else say("no_sign_up"),
            aside_link=Link(text=say("sign_up"), url=self._with_offer("join", offer))
            if self.directory.sign_up
            else None,
        )

    def join_page(
        self, *, filled: forms.Filled | None = None, refusal: str = "", offer: ListingRow | None = None
    ) -> FormPage:
        say = self.words.say
        fields = [field_shown(one, filled, {}) for one in JOINING]
        error = filled.errors.get("password", "") if filled else ""
        fields.append(self._password("password", "password_field", "new-password", error, say("password_help")))
        return FormPage(
            shop=self.shop,
            board=self.board,
            headline=say("join_title"),
            said=say("join_said"),
            form=ClaimForm(
                action=f"{self.path}/join",
                fields=tuple(fields),
                consents=consents_shown(forms.consents_of(self.directory.consents), filled),
                refusal=refusal,
            ),
            button=say("join_button"),
            hidden=(("offer", str(offer.id)),) if offer else (),
            aside=say("have_account"),
            aside_link=Link(text=say("log_in"), url=self._with_offer("login", offer)),
        )

    def _with_offer(self, part: str, offer: ListingRow | None) -> str:
        return f"{self.path}/{part}" + (f"?offer={offer.id}" if offer else "")

    def _email(self, typed: str) -> FormField:
        return FormField(
            name="email",
            label=self.words.say("e_mail"),
            type="email",
            value=typed,
            autocomplete="username",
            inputmode="email",
            longest=254,
        )

    def _password(self, name: str, label: str, autocomplete: str, error: str = "", help: str = "") -> FormField:
        """What was typed is never sent back."""
        return FormField(
            name=name,
            label=self.words.say(label),
            type="password",
            autocomplete=autocomplete,
            error=error,
            help="" if error else help,
            longest=128,
        )

    # Pages with one thing to press

    def sign_on_page(self, token: str, is_good: bool) -> AskPage:
        say = self.words.say
        if not is_good:
            return AskPage(
                shop=self.shop,
                board=self.board,
                headline=say("sign_on_gone"),
                said=say("sign_on_gone_said"),
                link=Link(text=say("log_in"), url=f"{self.path}/login"),
            )
        return AskPage(
            shop=self.shop,
            board=self.board,
            headline=say("sign_on"),
            said=say("sign_on_said"),
            action=f"{self.path}/enter",
            hidden=(("token", token),),
            button=say("sign_on_button"),
        )

    def pay_page(self, offer: ListingRow | None) -> AskPage:
        """How to get paid access. The payment page learns who pays by the names of contract/directories.md D5."""
        say, found = self.words.say, self.directory
        assert self.member is not None
        back = Link(text=say("pay_done"), url=f"{self.path}/o/{offer.id}" if offer else self.path)
        url = payment_url(found.payment_url, found.pk, self.member.pk)
        return AskPage(
            shop=self.shop,
            board=self.board,
            headline=say("pay"),
            said=say("pay_said") if url else say("pay_ask"),
            note=found.payment_text,
            tile=self.tile(offer) if offer else None,
            tones=tones_url([offer] if offer else []),
            link=Link(text=say("pay_button"), url=url) if url else None,
            back=back,
        )

    def personal_page(self, offer: ListingRow) -> AskPage:
        say = self.words.say
        return AskPage(
            shop=self.shop,
            board=self.board,
            headline=say("personal_title"),
            said=say("personal_said"),
            tile=self.tile(offer),
            tones=tones_url([offer]),
            action=f"{self.path}/o/{offer.id}",
            button=say("personal_button"),
            back=Link(text=say("back_to_list"), url=self.path),
        )

    def delete_page(self) -> AskPage:
        say = self.words.say
        return AskPage(
            shop=self.shop,
            board=self.board,
            headline=say("delete_question"),
            said=say("delete_said"),
            action=f"{self.path}/me/delete",
            button=say("delete_confirm"),
            back=Link(text=say("keep_account"), url=f"{self.path}/me"),
            is_loss=True,
        )

    # A member's own page

    def me_page(
        self, *, filled: forms.Filled | None = None, password_errors: dict[str, str] | None = None, done: str = ""
    ) -> MePage:
        member, say = self.member, self.words.say
        assert member is not None
        wrong = password_errors or {}
        stored = {name: getattr(member, column) for name, column in COLUMNS.items()}
        return MePage(
            shop=self.shop,
            board=self.board,
            email=member.email,
            access=self._access(member),
            profile=ClaimForm(
                action=f"{self.path}/me", fields=tuple(field_shown(one, filled, stored) for one in PROFILE)
            ),
            password=(
                self._password("old_password", "old_password", "current-password", wrong.get("old_password", "")),
                self._password(
                    "new_password", "new_password", "new-password", wrong.get("new_password", ""), say("password_help")
                ),
            ),
            password_action=f"{self.path}/me/password",
            password_refusal=wrong.get("", ""),
            logout_url=f"{self.path}/logout",
            delete_url=f"{self.path}/me/delete",
            done=say(done) if done else "",
        )

    def _access(self, member: Member) -> str:
        if not self.has_paid:
            return ""
        if member.paid_until is None:
            return self.words.say("has_paid")
        return self.words.say("paid_until", when=self.speaker.deadline(member.paid_until))


class Tree:
    """The account's categories, three levels of them, with how many offers lie in each and below it."""

    def __init__(self, rows: list[CategoryRow]) -> None:
        self.rows = {row.id: row for row in rows}
        self.children: dict[int | None, list[CategoryRow]] = {}
        for row in rows:
            self.children.setdefault(row.parent, []).append(row)
        self._amounts: dict[int, int] = {}

    def below(self, category: int) -> list[int]:
        """The category and all below it."""
        return [category, *(one for child in self.children.get(category, []) for one in self.below(child.id))]

    def amount(self, category: int) -> int:
        if category not in self._amounts:
            self._amounts[category] = sum(self.rows[one].amount for one in self.below(category))
        return self._amounts[category]

    def way(self, category: int | None) -> list[int]:
        """From the top down to the category."""
        found: list[int] = []
        while category is not None:
            found.insert(0, category)
            category = self.rows[category].parent
        return found


def payment_url(url: str, directory: int, member: int) -> str:
    """The owner's payment page with who pays for what; "" where there is none that a browser opens."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    told = urlencode({"directory": f"dir_{directory}", "user": f"reg_{member}"})
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))


def tones_url(rows: list[ListingRow]) -> str:
    """The one sheet with the colours of all merchants on a page."""
    return f"/brand/tones/{colours.tones_address(map(_colour, rows))}.css" if rows else ""


def _colour(row: ListingRow) -> str:
    return colours.normal(row.colour) or OUR_COLOUR


def _moment(at: datetime | None, said: Callable[[datetime], str], speaker: Speaker) -> Moment | None:
    return Moment(text=said(at), iso=speaker.iso(at)) if at else None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
