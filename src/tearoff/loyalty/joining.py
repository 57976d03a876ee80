"""Joining a card: one person or ten thousand, with a profile or anonymous. The statement is `joining.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from psycopg.types.json import Jsonb

from tearoff.accounts import rights
from tearoff.coupons import persons
from tearoff.kit import codes, sql
from tearoff.loyalty.cards import CardGone
from tearoff.loyalty.models import Card, Holder, Login

Profile = dict[str, Any]
"""Members of `Holder` by name, `custom` and `extra` as objects; an absent one is unknown."""

CHUNK = 10_000
FRESH_CODES_TRIED = 20


@rights.needs("loyalty")
def join(*, card: int, profiles: Sequence[Profile], at: datetime, actor: str) -> list[int]:
    """New holders of a card, one per profile, all or none; the ids of their rows in the order of the profiles.

    Raises:
        CardGone: there is no such card any more, and nobody has joined.
    """
    made: list[int] = []
    with transaction.atomic():
        for start in range(0, len(profiles), CHUNK):
            made += _chunk(card, profiles[start : start + CHUNK], at, actor)
    return made


@rights.needs("loyalty")
def join_by_form(*, card: int, profile: Profile, request_key: str, at: datetime, actor: str) -> int:
    """One holder per form: a second press of it finds the holder the first one made."""
    for _ in range(FRESH_CODES_TRIED):
        places = _placed(card, [profile | {"request_key": request_key}], at, actor)
        if places:
            return places[1]
        row = sql.one("select id from loyalty_holder where card_id = %s and request_key = %s", [card, request_key])
        if row:
            return int(row[0])
    raise CardGone


def key_of(holder: int) -> str:
    """The holder's own address, its last part."""
    row = sql.one("select key from loyalty_holder where id = %s", [holder])
    assert row is not None
    return str(row[0])


@rights.needs("loyalty")
@transaction.atomic
def link(*, card: Card, person: int, at: datetime, actor: str) -> Holder | None:
    """Give a known person of the account this card as well; the holder they have already if they do. None: nobody is known
    by this number."""
    for _ in range(FRESH_CODES_TRIED):
        held = Holder.objects.filter(card=card, person=person).first()
        if held:
            return held
        profile = _known(card.account_id, person)
        if profile is None:
            return None
        _placed(card.pk, [profile | {"person": person}], at, actor)
    raise CardGone


@rights.needs("loyalty")
@transaction.atomic
def invited(
    *, card: Card, email: str = "", phone: str = "", profile: Profile, at: datetime, actor: str
) -> tuple[Holder, bool]:
    """The holder of a card with this e-mail or this phone number, and whether they are new: whoever has one gets their own
    again, anybody else a new one with `profile`. One of the two is given, and is a real one.

    Where all of a person's cards are voided the answer is a voided one: being invited lifts no void. Two invitations of
    one person at the same moment wait for each other.
    """
    person = reachable(email or None, phone or None, card.account.country)
    name = "email_key" if email else "phone_key"
    _one_at_a_time(card, person[name])
    known = Holder.objects.filter(account=card.account_id, card=card, **{name: person[name]})
    found = known.order_by(F("voided_at").desc(nulls_first=True), "pk").first()
    if found:
        return found, False
    [made] = join(card=card.pk, profiles=[profile | person], at=at, actor=actor)
    return Holder.objects.get(pk=made), True


def _one_at_a_time(card: Card, person: str) -> None:
    """Until the transaction ends. There is no row yet that could be locked, and no key: several people may share a phone."""
    sql.one("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"holder {card.pk} {person}"])


def _chunk(card: int, profiles: Sequence[Profile], at: datetime, actor: str) -> list[int]:
    """As often as a drawn code was taken, once more for those who are left."""
    found: dict[int, int] = {}
    for _ in range(FRESH_CODES_TRIED):
        left = [place for place in range(len(profiles)) if place not in found]
        if not left:
            return [found[place] for place in range(len(profiles))]
        placed = _placed(card, [profiles[place] for place in left], at, actor)
        found |= {left[place - 1]: holder for place, holder in placed.items()}
    raise CardGone


def _placed(card: int, profiles: Sequence[Profile], at: datetime, actor: str) -> dict[int, int]:
    """Place in the list, from 1, and holder."""
    keys = _fresh_keys(len(profiles))
    statement = "select key, holder from loyalty_joined(%s, %s, %s, %s, %s)"
    made = dict(sql.rows(statement, [card, Jsonb(list(profiles)), keys, at, actor]))
    return {place: made[key] for place, key in enumerate(keys, 1) if key in made}


def _fresh_keys(amount: int) -> list[str]:
    """Keys whose codes differ from each other; among ten thousand two would be equal every twentieth time."""
    by_code: dict[str, str] = {}
    while len(by_code) < amount:
        by_code |= {key[: codes.SHORT_LENGTH]: key for key in codes.session_codes(amount - len(by_code))}
    return list(by_code.values())


PROFILE = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "gender",
    "birthday",
    "address",
    "zip",
    "city",
    "email_key",
    "phone_key",
    "custom",
)


def _known(account: int, person: int) -> Profile | None:
    """What is known of a person: by their login, else by the first card they held."""
    login = Login.objects.filter(account=account, pk=person).first()
    if login:
        return {
            "first_name": login.first_name,
            "last_name": login.last_name,
            "email": login.email,
            "phone": login.phone,
            "gender": login.gender,
            "birthday": login.birthday.isoformat() if login.birthday else None,
            "city": login.city,
        } | keys_of(login.email, login.phone, login.account.country)
    held = Holder.objects.filter(account=account, person=person, card__deleted_at=None).order_by("pk").first()
    if held is None:
        return None
    known = {name: getattr(held, name) for name in PROFILE}
    return known | {"birthday": held.birthday.isoformat() if held.birthday else None}


def keys_of(email: str | None, phone: str | None, country: str) -> Profile:
    """The forms under which persons are compared, for what is given of both."""
    keys: Profile = {}
    if email is not None:
        keys["email_key"] = persons.email_key(email)
    if phone is not None:
        keys["phone_key"] = persons.phone_key(phone, country)
    return keys


def reachable(email: str | None, phone: str | None, country: str) -> Profile:
    """E-mail and phone as they are stored, with their keys: a number that can be read as E.164, else as it came."""
    found: Profile = {}
    if email is not None:
        found |= {"email": email, "email_key": persons.email_key(email)}
    if phone is not None:
        number = persons.e164(phone, country)  # once: reading a number is slow
        found["phone"] = number or phone
        found["phone_key"] = number[1:] if number else persons.phone_key(phone, country)
    return found
