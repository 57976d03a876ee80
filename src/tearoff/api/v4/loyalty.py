"""Loyalty cards and their users in REST style (contract/loyalty.md, V1 to V8)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from django.db import transaction

from tearoff.accounts.models import Account
from tearoff.api import errors, loyalty_refusals
from tearoff.api.arrays import array
from tearoff.api.bodies import Given
from tearoff.api.calls import Headed, Request, Told
from tearoff.api.errors import Failed
from tearoff.api.fields import Email, Flag, Id, Kind, Parameters, Reader, Text, Whole, Wrong
from tearoff.api.moments import written
from tearoff.api.rest import route
from tearoff.coupons import persons
from tearoff.kit.public import public_url
from tearoff.loyalty import addresses, cards, editing, granting, holding, joining, listing
from tearoff.loyalty.listing import Listed, Wanted
from tearoff.loyalty.models import Card, Holder

CARDS = "/v4/loyalty/loyalty-cards"
USERS = f"{CARDS}/{{card}}/stats"
USER = f"{USERS}/{{user}}"
CUSTOM = tuple(f"custom_{number}" for number in range(1, 9))
MOST_AT_ONCE = 10_000
MOST_A_PAGE = 5_000
BIGGEST_ID = 10**18 - 1

CardId = Annotated[int, Id("loy")]
UserId = Annotated[int, Id("usr")]


# What goes out


class CardObject(msgspec.Struct):
    """A loyalty card."""

    id: int
    code: str
    name: str
    domain: str
    type: str


class UserObject(msgspec.Struct):
    """A user of a loyalty card; dates are UTC. (inferred)"""

    id: int
    code: str
    first_name: str | None
    last_name: str | None
    address: str | None
    zip: str | None
    city: str | None
    phone: str | None
    email: str | None
    custom_1: str | None
    custom_2: str | None
    custom_3: str | None
    custom_4: str | None
    custom_5: str | None
    custom_6: str | None
    custom_7: str | None
    custom_8: str | None
    points: int
    voided: bool
    url: str
    created_at: str
    updated_at: str


# What comes in


class NoParameters(Parameters):
    pass


class CopyCard(Parameters):
    card: CardId
    name: Annotated[str, Text(50)] = ""


class Profile(Parameters):
    """The members of V5."""

    first_name: Annotated[str | None, Text(100)] = None
    last_name: Annotated[str | None, Text(100)] = None
    address: Annotated[str | None, Text(255)] = None
    zip: Annotated[str | None, Text(32)] = None
    city: Annotated[str | None, Text(100)] = None
    phone: Annotated[str | None, Text(32)] = None
    email: Annotated[str | None, Email()] = None
    custom_1: Annotated[str | None, Text(255)] = None
    custom_2: Annotated[str | None, Text(255)] = None
    custom_3: Annotated[str | None, Text(255)] = None
    custom_4: Annotated[str | None, Text(255)] = None
    custom_5: Annotated[str | None, Text(255)] = None
    custom_6: Annotated[str | None, Text(255)] = None
    custom_7: Annotated[str | None, Text(255)] = None
    custom_8: Annotated[str | None, Text(255)] = None


class CreateUser(Profile, kw_only=True):
    card: CardId


class UpdateUser(Profile, kw_only=True):
    card: CardId
    user: UserId
    void: Annotated[bool | None, Flag(inferred=True)] = None


class OneUser(Parameters):
    card: CardId
    user: UserId


class GivePoints(Parameters):
    card: CardId
    user: UserId
    points: Annotated[int, Whole(-granting.MOST, granting.MOST, inferred=True, note="Negative takes back.")]
    location: Annotated[int | None, Id("loc", inferred=True, note="Credited in the log.")] = None
    nonce: Annotated[
        str | None, Text(64, inferred=True, note="Your own name for this act: repeated, it gives nothing again.")
    ] = None


class Paging(Parameters):
    page: Annotated[int | None, Whole(1, 1_000_000, outside=301, inferred=True)] = None
    limit: Annotated[int | None, Whole(1, MOST_A_PAGE, also=("per_page",), inferred=True)] = None
    after: Annotated[
        int | None, Whole(0, BIGGEST_ID, inferred=True, note="Id of the last user of the page before.")
    ] = None


class Filter(Parameters):
    search: Annotated[
        str, Text(100, inferred=True, note="In first name, last name, e-mail and phone; or id or code.")
    ] = ""
    code: Annotated[str, Text(64, inferred=True)] = ""
    email: Annotated[str, Text(254, inferred=True)] = ""
    phone: Annotated[str, Text(32, inferred=True)] = ""
    custom_1: Annotated[str, Text(255, inferred=True)] = ""
    custom_2: Annotated[str, Text(255, inferred=True)] = ""
    custom_3: Annotated[str, Text(255, inferred=True)] = ""
    custom_4: Annotated[str, Text(255, inferred=True)] = ""
    custom_5: Annotated[str, Text(255, inferred=True)] = ""
    custom_6: Annotated[str, Text(255, inferred=True)] = ""
    custom_7: Annotated[str, Text(255, inferred=True)] = ""
    custom_8: Annotated[str, Text(255, inferred=True)] = ""


@dataclass(frozen=True)
class Within(Kind):
    """An object whose members are parameters of their own. PHP writes an empty one as `[]` (conventions.md 10)."""

    inner: type[Parameters] = Parameters

    def read(self, name: str, value: Any) -> Any:
        value = {} if value == [] else value
        if not isinstance(value, dict):
            raise Wrong(errors.bad_format(name, "an object"))
        try:
            return Reader(self.inner)(value)
        except Failed as failed:
            raise Wrong(failed.failure.faults[0]._replace(name=f"{name}.{failed.failure.faults[0].name}")) from None

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {member.name: member.kind.described() for member in Reader(self.inner).members},
        }


@dataclass(frozen=True)
class Profiles(Kind):
    """A list of users; each is checked, and what is wrong with one is named by its place. `[]` is an empty object here, too."""

    def read(self, name: str, value: Any) -> list[Profile]:
        value = [{} if one == [] else one for one in value] if isinstance(value, list) else value
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Wrong(errors.bad_format(name, "a list of objects"))
        if len(value) > MOST_AT_ONCE:
            raise Wrong(errors.bad_format(name, f"at most {MOST_AT_ONCE} users", reason="too_long"))
        return [self._one(name, place, one) for place, one in enumerate(value)]

    def _one(self, name: str, place: int, given: Given) -> Profile:
        try:
            return _read_profile(given)
        except Failed as failed:
            fault = failed.failure.faults[0]
            raise Wrong(fault._replace(name=f"{name}[{place}].{fault.name}")) from None

    def schema(self) -> dict[str, Any]:
        one = {"type": "object", "properties": {m.name: m.kind.described() for m in _read_profile.members}}
        return {"type": "array", "maxItems": MOST_AT_ONCE, "items": one}


_read_profile = Reader(Profile)


class ListUsers(Parameters):
    card: CardId
    filter: Annotated[Filter, Within(inner=Filter)] = msgspec.field(default_factory=Filter)
    pagination: Annotated[Paging, Within(inner=Paging)] = msgspec.field(default_factory=Paging)
    include_voided: Annotated[bool, Flag(note="Voided users as well.")] = False
    page: Annotated[int | None, Whole(1, 1_000_000, outside=301, inferred=True)] = None
    limit: Annotated[int | None, Whole(1, MOST_A_PAGE, also=("per_page",), inferred=True)] = None

    @property
    def paging(self) -> Paging:
        """In an object of its own or beside it; the object wins."""
        asked = self.pagination
        return Paging(page=asked.page or self.page, limit=asked.limit or self.limit, after=asked.after)


class CreateUsers(Parameters):
    card: CardId
    users: Annotated[list[Profile], Profiles(note="Or the bare array as the whole body.")]


# The calls


@route("GET", CARDS, params=NoParameters, answer=list[CardObject], errors={401}, access="loyalty")
def list_cards(request: Request, params: NoParameters) -> bytes:
    """All loyalty cards of the account."""
    return msgspec.json.encode([_card_object(card) for card in listing.cards_of(request.account).order_by("id")])


@route(
    "POST",
    f"{CARDS}/{{card}}/copy",
    params=CopyCard,
    answer=CardObject,
    errors={401, 404, 422},
    access="loyalty",
    example={"name": "Marti members II"},
)
def copy_card(request: Request, params: CopyCard) -> bytes:
    """A new card with the settings and rewards of another; nobody holds it yet."""
    card = _card(request, params.card)
    name = params.name or f"{card.name[:45]} copy"
    with loyalty_refusals.gone_is(NO_CARD):
        made = cards.copy_card(card=card, name=name, actor=request.actor, at=request.at)
    return msgspec.json.encode(_card_object(made))


@route(
    "GET",
    USERS,
    params=ListUsers,
    answer=list[UserObject],
    errors={401, 404, 422},
    access="loyalty",
    example={"pagination": {"page": 1, "limit": 100}},
    told=Told(total_in_header=True),
)
def list_users(request: Request, params: ListUsers) -> Headed:
    """The users of a card, newest first; all when no paging is asked for. The total is in X-Total-Count."""
    card = _card(request, params.card)
    wanted = _wanted(card, params)
    total = listing.count(card, wanted)
    return Headed(_array(card, _found(card, wanted, params.paging, total)), (("X-Total-Count", str(total)),))


@route("GET", USER, params=OneUser, answer=UserObject, errors={401, 404}, access="loyalty")
def read_user(request: Request, params: OneUser) -> bytes:
    """One user of a card."""
    return _one(_card(request, params.card), params.user)


@route(
    "POST",
    USERS,
    params=CreateUser,
    answer=UserObject,
    errors={401, 404, 422},
    access="loyalty",
    example={"first_name": "Lena", "email": "lena@mail.example", "custom_1": "blue"},
)
def create_user(request: Request, params: CreateUser) -> bytes:
    """A new user of a card; without members an anonymous one."""
    card = _card(request, params.card)
    profile = _stored(params, _country(card))
    with loyalty_refusals.gone_is(NO_CARD):
        made = joining.join(card=card.pk, profiles=[profile], at=request.at, actor=request.actor)
    return msgspec.json.encode(_user_object(card, listing.by_rows(made)[0]))


@route(
    "POST",
    f"{USERS}/bulk",
    params=CreateUsers,
    answer=list[UserObject],
    errors={401, 404, 413, 422},
    access="loyalty",
    list_in="users",
    example={"users": [{"first_name": "Lena"}, {"first_name": "Marc"}]},
)
def create_users(request: Request, params: CreateUsers) -> list[bytes]:
    """Many new users of a card, all or none, at most 10,000; answered in their order."""
    card = _card(request, params.card)
    country = _country(card)
    profiles = [_stored(one, country) for one in params.users]
    with loyalty_refusals.gone_is(NO_CARD):
        made = joining.join(card=card.pk, profiles=profiles, at=request.at, actor=request.actor)
    return list(_array(card, [listing.by_rows(made)]))


@route(
    "POST",
    USER,
    also=("PATCH", "PUT"),
    params=UpdateUser,
    answer=UserObject,
    errors={401, 404, 422},
    access="loyalty",
    inferred=True,
    example={"city": "Ghent", "void": False},
)
def update_user(request: Request, params: UpdateUser) -> bytes:
    """Change what is known of a user, void the card, or lift the void. What is not sent stays."""
    card = _card(request, params.card)
    held = _holder(card, params.user)
    with transaction.atomic():
        changes = _stored(params, _country(card))
        editing.edit(account=request.account, holder=held.pk, changes=changes, at=request.at, actor=request.actor)
        if params.void is not None:
            _hold(request, held, params.void)
    return _one(card, params.user)


@route(
    "POST",
    f"{USER}/points",
    params=GivePoints,
    answer=UserObject,
    errors={401, 404, 422},
    access="loyalty",
    inferred=True,
    example={"points": 2, "location": "loc_91"},
)
def give_points(request: Request, params: GivePoints) -> bytes:
    """Give stamps or points, or take them back."""
    card = _card(request, params.card)
    outcome = granting.grant(
        account=request.account,
        holder=_holder(card, params.user).pk,
        delta=params.points,
        at=request.at,
        actor=request.actor,
        method="api",
        nonce=params.nonce,
        location=params.location,
    )
    loyalty_refusals.raise_if_refused(outcome, NO_USER)
    return _one(card, params.user)


@route("DELETE", USER, params=OneUser, answer=UserObject, errors={401, 404}, access="loyalty", inferred=True)
def void_user(request: Request, params: OneUser) -> bytes:
    """Void a user's card. Nothing is removed; an update lifts it."""
    card = _card(request, params.card)
    _hold(request, _holder(card, params.user), True)
    return _one(card, params.user)


# Parts

NO_CARD = errors.nothing_there("Loyalty card not found.")
NO_USER = errors.nothing_there("Loyalty user not found.")


def _card(request: Request, card_id: int) -> Card:
    card = listing.card(request.account, card_id)
    if card is None:
        raise Failed(NO_CARD)
    return card


def _holder(card: Card, person: int) -> Holder:
    held = listing.holder_of(card, person)
    if held is None:
        raise Failed(NO_USER)
    return held


def _hold(request: Request, held: Holder, void: bool) -> None:
    outcome = holding.hold(account=request.account, holder=held.pk, void=void, at=request.at, actor=request.actor)
    loyalty_refusals.raise_if_refused(outcome, NO_USER)


def _country(card: Card) -> str:
    return Account.objects.values_list("country", flat=True).get(pk=card.account_id)


def _stored(params: Profile, country: str) -> joining.Profile:
    """Members of a holder's row; what was not sent is not there."""
    names = ("first_name", "last_name", "address", "zip", "city")
    found: joining.Profile = {name: text for name in names if (text := getattr(params, name)) is not None}
    custom = {name: text for name in CUSTOM if (text := getattr(params, name)) is not None}
    if custom:
        found["custom"] = custom
    return found | joining.reachable(params.email, params.phone, country)


def _wanted(card: Card, params: ListUsers) -> Wanted:
    asked = params.filter
    return Wanted(
        include_voided=params.include_voided,
        search=asked.search,
        code=asked.code.lower(),
        email_key=persons.email_key(asked.email),
        phone_key=persons.phone_key(asked.phone, _country(card)) if asked.phone else "",
        custom={name: text for name in CUSTOM if (text := getattr(asked, name))},
    )


def _found(card: Card, wanted: Wanted, asked: Paging, total: int) -> Any:
    """What is asked for, in pieces."""
    if asked.after is not None:
        last = listing.holder_of(card, asked.after)
        if last is None:
            return []
        return [listing.after(card, wanted, last=last.pk, limit=asked.limit or MOST_A_PAGE, newest_first=True)]
    if asked.page is None and asked.limit is None:
        return listing.pieces(card, wanted, newest_first=True)
    limit = asked.limit or MOST_A_PAGE
    start = ((asked.page or 1) - 1) * limit
    return [listing.page(card, wanted, start=start, limit=limit, total=total, newest_first=True)]


def _one(card: Card, person: int) -> bytes:
    row = listing.listed(card, person)
    if row is None:
        raise Failed(NO_USER)
    return msgspec.json.encode(_user_object(card, row))


def _array(card: Card, pieces: Iterable[list[Listed]]) -> Iterator[bytes]:
    return array(pieces, lambda row: _user_object(card, row))


def _card_object(card: Card) -> CardObject:
    return CardObject(card.pk, card.code, card.name, urlsplit(public_url("/")).netloc, card.kind)


def _user_object(card: Card, row: Listed) -> UserObject:
    custom = msgspec.json.decode(row.custom)
    return UserObject(
        id=row.person,
        code=row.code,
        first_name=row.first_name or None,
        last_name=row.last_name or None,
        address=row.address or None,
        zip=row.zip or None,
        city=row.city or None,
        phone=row.phone or None,
        email=row.email or None,
        **{name: custom.get(name) or None for name in CUSTOM},
        points=row.balance,
        voided=row.voided_at is not None,
        url=addresses.holder_url(card.code, row.key),
        created_at=written(row.created_at),
        updated_at=written(row.updated_at),
    )
