"""Loyalty cards and their users (contract/loyalty.md, L1 to L7)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
from django.db import transaction

from tearoff.accounts.models import Account
from tearoff.api import errors, loyalty_refusals
from tearoff.api.arrays import array, at_most
from tearoff.api.calls import Headed, Request, Told, call
from tearoff.api.errors import Failed, Fault
from tearoff.api.fields import Choice, Email, Flag, Id, Kind, Parameters, Text, Whole, Wrong, one_of, text_of
from tearoff.api.moments import Day, written
from tearoff.api.v3.blocks import Answer
from tearoff.coupons import persons
from tearoff.loyalty import addresses, granting, holding, joining, listing, logins
from tearoff.loyalty.listing import Listed, Wanted
from tearoff.loyalty.models import Card, CardLocation, Holder, Reward

MOST_A_PAGE = 5_000


# What goes out


class PlaceBlock(msgspec.Struct):
    """A location of a card. (inferred)"""

    ID: str
    name: str


class RewardBlock(msgspec.Struct):
    """A coupon and the number of stamps or points it is given for. (inferred)"""

    ID: str
    name: str
    points: str
    campaign: str


class CardBlock(msgspec.Struct):
    """A loyalty card. (inferred)"""

    ID: str
    code: str
    name: str
    url: str
    type: str
    status: str
    createdate: str
    locations: list[PlaceBlock]
    rewards: list[RewardBlock]


class CardList(Answer, kw_only=True):
    """(inferred)"""

    loyalty_info: list[CardBlock]


class OneCard(Answer, kw_only=True):
    """(inferred)"""

    loyalty_info: CardBlock


class PersonBlock(msgspec.Struct):
    """A person who can log in. (inferred)"""

    ID: str
    email: str
    phone: str
    first_name: str
    last_name: str
    gender: str
    birthday: str
    city: str


class OnePerson(Answer, kw_only=True):
    """(inferred)"""

    user: PersonBlock


class UserBlock(msgspec.Struct):
    """A user of one card. (inferred)"""

    ID: str
    code: str
    first_name: str
    last_name: str
    email: str
    phone: str
    gender: str
    birthday: str
    city: str
    points: str
    voided: bool
    createdate: str
    url: str


class OneUser(Answer, kw_only=True):
    """(inferred)"""

    user: UserBlock


class UserList(Answer, kw_only=True):
    """(inferred)"""

    loyaltycard: str
    amount_of_users: int
    users: list[UserBlock]


# What comes in


@dataclass(frozen=True)
class Password(Kind):
    """A password, as it was typed."""

    def read(self, name: str, value: Any) -> str:
        text = text_of(name, value)
        if not 8 <= len(text) <= 128:
            raise Wrong(
                errors.bad_format(name, "8 to 128 characters", reason="too_long" if len(text) > 128 else "malformed")
            )
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "password", "minLength": 8, "maxLength": 128}


@dataclass(frozen=True)
class Search(Text):
    """Letters, digits, `-`, `_` and `@`."""

    def read(self, name: str, value: Any) -> str:
        text = super().read(name, value)
        if not all(letter.isalnum() or letter in "-_@" for letter in text):
            raise Wrong(errors.bad_character(name, 301))
        return text


@dataclass(frozen=True)
class Amount(Whole):
    """A number of stamps or points; negative takes back."""

    def read(self, name: str, value: Any) -> int:
        try:
            return super().read(name, value)
        except Wrong:
            raise Wrong(errors.bad_format(name, f"a whole number from {self.least} to {self.most}")) from None


class ListCards(Parameters):
    only_active: Annotated[bool, Flag(note="Only cards whose status is active.")] = False
    sorting: Annotated[str, Choice(one_of("asc", "desc"), note="By the date they were made.")] = "asc"


class ReadCard(Parameters):
    loyaltycard: Annotated[int, Id("loy")]


class CreatePerson(Parameters):
    email: Annotated[str, Email()]
    password: Annotated[str, Password()]
    phone: Annotated[str, Text(32)] = ""
    first_name: Annotated[str, Text(100, also=("first_Name",))] = ""
    last_name: Annotated[str, Text(100, also=("last_Name",))] = ""
    gender: Annotated[str, Choice(one_of("male", "female", "unknown"))] = ""
    birthday: Annotated[date | None, Day()] = None
    city: Annotated[str, Text(100)] = ""


class LinkPerson(Parameters):
    loyaltycard: Annotated[int, Id("loy")]
    user: Annotated[int, Id("usr")]


class ListUsers(Parameters):
    loyaltycard: Annotated[int, Id("loy")]
    page: Annotated[int | None, Whole(1, 1_000_000, outside=301, inferred=True, note="All users without it.")] = None
    limit: Annotated[int | None, Whole(1, MOST_A_PAGE, inferred=True)] = None


class SearchUsers(Parameters):
    loyaltycard: Annotated[int, Id("loy")]
    search: Annotated[str, Search(100, 3, note="In first name, last name, e-mail and phone; or the user's id or code.")]


class UpdateUser(Parameters):
    loyaltycard: Annotated[int, Id("loy")]
    user: Annotated[int, Id("usr")]
    points: Annotated[
        int | None,
        Amount(
            -granting.MOST,
            granting.MOST,
            also=("stamps", "amount"),
            inferred=True,
            note="Needed unless only `void` is set.",
        ),
    ] = None
    location: Annotated[int | None, Id("loc", also=("merchant",), inferred=True, note="Credited in the log.")] = None
    void: Annotated[bool | None, Flag(inferred=True)] = None
    nonce: Annotated[
        str | None, Text(64, inferred=True, note="Your own name for this act: repeated, it gives nothing again.")
    ] = None

    def faults(self) -> Iterator[Fault]:
        if self.points is None and self.void is None:
            yield errors.missing("points")


# The calls


@call(
    "/v3/loyalty/list",
    params=ListCards,
    answer=CardList,
    errors={302},
    access="loyalty",
    reads=True,
    example={"only_active": True},
)
def list_loyalty_cards(request: Request, params: ListCards) -> bytes:
    """All loyalty cards of the account."""
    cards = listing.cards_of(request.account).order_by("-id" if params.sorting == "desc" else "id")
    if params.only_active:
        cards = cards.filter(status=Card.Status.ACTIVE)
    return msgspec.json.encode(CardList(loyalty_info=blocks_of(list(cards))))


@call(
    "/v3/loyalty/info",
    params=ReadCard,
    answer=OneCard,
    errors={200, 301, 507},
    access="loyalty",
    reads=True,
    example={"loyaltycard": "loy_5521"},
)
def read_loyalty_card(request: Request, params: ReadCard) -> bytes:
    """One loyalty card."""
    card = listing.card(request.account, params.loyaltycard)
    if card is None:
        raise Failed(errors.not_found(507, "Loyalty card not found"))
    return msgspec.json.encode(OneCard(loyalty_info=blocks_of([card])[0]))


@call(
    "/v3/loyaltyusers/create",
    params=CreatePerson,
    answer=OnePerson,
    errors={200, 300, 302, 303, 304, 305},
    access="loyalty",
    example={"email": "lena@mail.example", "password": "correct horse", "first_name": "Lena", "birthday": "1990-05-31"},
    told=Told(yours=("email",)),
)
def create_loyalty_person(request: Request, params: CreatePerson) -> bytes:
    """Make a person with a login, not bound to a card yet; see loyaltyusers/link."""
    try:
        made = logins.create_login(
            account=request.account,
            email=params.email,
            password=params.password,
            at=request.at,
            actor=request.actor,
            phone=stored_phone(params.phone, _country(request)) if params.phone else "",
            first_name=params.first_name,
            last_name=params.last_name,
            gender=params.gender,
            birthday=params.birthday,
            city=params.city,
        )
    except logins.EmailTaken:
        raise Failed(errors.email_exists()) from None
    person = PersonBlock(
        f"usr_{made.pk}",
        made.email,
        shown_phone(made.phone),
        made.first_name,
        made.last_name,
        made.gender,
        made.birthday.isoformat() if made.birthday else "",
        made.city,
    )
    return msgspec.json.encode(OnePerson(user=person))


@call(
    "/v3/loyaltyusers/link",
    params=LinkPerson,
    answer=OneUser,
    errors={200, 301, 505, 506},
    access="loyalty",
    example={"loyaltycard": "loy_5521", "user": "usr_88140"},
)
def link_loyalty_person(request: Request, params: LinkPerson) -> bytes:
    """Give a person a card; the same answer when they have it already."""
    card = _card(request, params.loyaltycard)
    with loyalty_refusals.gone_is(no_card()):
        held = joining.link(card=card, person=params.user, at=request.at, actor=request.actor)
    if held is None:
        raise Failed(no_user())
    return _one_user(card, params.user)


@call(
    "/v3/loyaltyusers/list",
    params=ListUsers,
    answer=UserList,
    errors={200, 300, 301, 505},
    access="loyalty",
    reads=True,
    example={"loyaltycard": "loy_5521", "page": 1},
    told=Told(total_in_header=True),
)
def list_loyalty_users(request: Request, params: ListUsers) -> Headed:
    """All users of a card, oldest first."""
    card, everybody = _card(request, params.loyaltycard), Wanted()
    total = listing.count(card, everybody)
    if params.page is None and params.limit is None:
        return Headed(_user_list(card, total, listing.pieces(card, everybody)), ())
    limit = params.limit or MOST_A_PAGE
    start = ((params.page or 1) - 1) * limit
    found = listing.page(card, everybody, start=start, limit=limit, total=total)
    return Headed(list(_user_list(card, total, [found])), (("X-Total-Count", str(total)),))


@call(
    "/v3/loyaltyusers/search",
    params=SearchUsers,
    answer=UserList,
    errors={200, 300, 301, 505},
    access="loyalty",
    reads=True,
    example={"loyaltycard": "loy_5521", "search": "lena"},
)
def search_loyalty_users(request: Request, params: SearchUsers) -> list[bytes]:
    """The users of a card in whose names, e-mail or phone a text stands, or whose id or code it is."""
    card, wanted = _card(request, params.loyaltycard), Wanted(search=params.search)
    found = list(listing.pieces(card, wanted))
    return list(_user_list(card, sum(map(len, found)), found))


@call(
    "/v3/loyaltyusers/update",
    params=UpdateUser,
    answer=OneUser,
    errors={200, 300, 301, 302, 505, 506},
    access="loyalty",
    example={"loyaltycard": "loy_5521", "user": "usr_88140", "points": 2, "location": "loc_91"},
    told=Told(reasons=loyalty_refusals.REASONS),
)
def update_loyalty_user(request: Request, params: UpdateUser) -> bytes:
    """Give or take back stamps or points, void the user's card, or lift the void. Both or neither."""
    card = _card(request, params.loyaltycard)
    held = listing.holder_of(card, params.user)
    if held is None:
        raise Failed(no_user())
    if params.void is None:
        _grant(request, held, params)
    else:
        with transaction.atomic():
            if params.void is False:
                _hold(request, held, params.void)
            if params.points is not None:
                _grant(request, held, params)
            if params.void:
                _hold(request, held, params.void)
    return _one_user(card, params.user)


def _grant(request: Request, held: Holder, params: UpdateUser) -> None:
    assert params.points is not None
    outcome = granting.grant(
        account=request.account,
        holder=held.pk,
        delta=params.points,
        at=request.at,
        actor=request.actor,
        method="api",
        nonce=params.nonce,
        location=params.location,
    )
    loyalty_refusals.raise_if_refused(outcome, no_user())


def _hold(request: Request, held: Holder, void: bool) -> None:
    outcome = holding.hold(account=request.account, holder=held.pk, void=void, at=request.at, actor=request.actor)
    loyalty_refusals.raise_if_refused(outcome, no_user())


def no_user() -> errors.Failure:
    return errors.not_found(506, "Loyalty user not found")


def no_card() -> errors.Failure:
    return errors.not_found(505, "Loyalty card not found")


def _card(request: Request, card_id: int) -> Card:
    card = listing.card(request.account, card_id)
    if card is None:
        raise Failed(no_card())
    return card


def _country(request: Request) -> str:
    return Account.objects.values_list("country", flat=True).get(pk=request.account)


def stored_phone(phone: str, country: str) -> str:
    """A number that can be read is kept as E.164, anything else as it came (conventions.md 5.5)."""
    return persons.e164(phone, country) or phone


def shown_phone(phone: str) -> str:
    """v3 prints numbers without the plus sign."""
    return phone[1:] if re.fullmatch(r"\+[0-9]+", phone) else phone


# Blocks


def blocks_of(cards: list[Card]) -> list[CardBlock]:
    """Cards with their locations and rewards, each read once for all."""
    places: dict[int, list[PlaceBlock]] = {}
    ticked = CardLocation.objects.filter(card__in=cards).select_related("location").order_by("location_id")
    for tick in ticked:
        places.setdefault(tick.card_id, []).append(PlaceBlock(f"loc_{tick.location_id}", tick.location.name))
    rewards: dict[int, list[RewardBlock]] = {}
    for reward in Reward.objects.filter(card__in=cards, retired_at=None).order_by("points", "pk"):
        block = RewardBlock(f"rew_{reward.pk}", reward.name, str(reward.points), f"cam_{reward.campaign_id}")
        rewards.setdefault(reward.card_id, []).append(block)
    return [
        CardBlock(
            f"loy_{card.pk}",
            card.code,
            card.name,
            addresses.card_url(card.code),
            card.kind,
            card.status,
            written(card.created_at),
            places.get(card.pk, []),
            rewards.get(card.pk, []),
        )
        for card in cards
    ]


def _one_user(card: Card, person: int) -> bytes:
    row = listing.listed(card, person)
    if row is None:
        raise Failed(no_user())
    return msgspec.json.encode(OneUser(user=user_block(card, row)))


def user_block(card: Card, row: Listed) -> UserBlock:
    return UserBlock(
        f"usr_{row.person}",
        row.code,
        row.first_name,
        row.last_name,
        row.email,
        shown_phone(row.phone),
        row.gender,
        row.birthday.isoformat() if row.birthday else "",
        row.city,
        str(row.balance),
        row.voided_at is not None,
        written(row.created_at),
        addresses.holder_url(card.code, row.key),
    )


def _user_list(card: Card, amount: int, pieces: Iterable[list[Listed]]) -> Iterator[bytes]:
    """The list, made while it is sent."""
    yield b'{"status":{"status":"OK"},"loyaltycard":"loy_%d","amount_of_users":%d,"users":' % (card.pk, amount)
    yield from array(at_most(pieces, amount), lambda row: user_block(card, row))
    yield b"}"
