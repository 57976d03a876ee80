"""Reading cards and their holders, always through the account. Long lists are read by key, in pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from tearoff.kit import sql
from tearoff.loyalty import addresses
from tearoff.loyalty.models import Card, Holder

CHUNK = 2_000


class Listed(NamedTuple):
    """A holder as lists show it. `person` is the number programs know the user by; `custom` is JSON."""

    id: int
    person: int
    code: str
    key: str
    first_name: str
    last_name: str
    email: str
    phone: str
    gender: str
    birthday: date | None
    address: str
    zip: str
    city: str
    custom: str
    balance: int
    voided_at: datetime | None
    created_at: datetime
    updated_at: datetime


COLUMNS = ", ".join(f"h.{name}" for name in Listed._fields)


def cards_of(account: int) -> QuerySet[Card]:
    """All of them that are not deleted."""
    return Card.objects.filter(account_id=account, deleted_at=None)


def card(account: int, card_id: int) -> Card | None:
    return cards_of(account).filter(pk=card_id).first()


def holder_of(card: Card, person: int) -> Holder | None:
    """The holder programs know by this number."""
    return Holder.objects.filter(account=card.account_id, card=card, person=person).first()


def listed(card: Card, person: int) -> Listed | None:
    row = sql.one(
        f"select {COLUMNS} from loyalty_holder h where h.account_id = %s and h.card_id = %s and h.person = %s",
        [card.account_id, card.pk, person],
    )
    return Listed(*row) if row else None


def live_addresses(card: Card, holders: Sequence[int]) -> dict[int, str]:
    """The own pages of those of these rows that are not voided, by row."""
    rows = sql.rows(
        "select h.id, h.key from loyalty_holder h "
        "where h.account_id = %s and h.card_id = %s and h.id = any(%s) and h.voided_at is null",
        [card.account_id, card.pk, list(holders)],
    )
    return {holder: addresses.holder_url(card.code, key) for holder, key in rows}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which holders of a card. Texts that are "" do not narrow; `custom` by member."""

    include_voided: bool = True
    search: str = ""
    code: str = ""
    email_key: str = ""
    phone_key: str = ""
    custom: dict[str, str] = field(default_factory=dict)

    def where(self) -> tuple[str, dict[str, Any]]:
        parts, values = ["h.card_id = %(card)s"], dict[str, Any]()
        if not self.include_voided:
            parts.append("h.voided_at is null")
        if self.search:
            parts.append(
                "(h.first_name ilike %(search)s or h.last_name ilike %(search)s or h.email ilike %(search)s "
                "or h.phone ilike %(search)s or h.person::text = %(number)s or h.code = %(code_typed)s)"
            )
            values["search"] = f"%{_literally(self.search)}%"
            values["number"] = self.search.removeprefix("usr_")
            values["code_typed"] = self.search.lower()
        for name in ("code", "email_key", "phone_key"):
            if getattr(self, name):
                parts.append(f"h.{name} = %({name})s")
                values[name] = getattr(self, name)
        for place, (name, text) in enumerate(sorted(self.custom.items())):
            parts.append(f"h.custom->>%(custom_name_{place})s = %(custom_{place})s")
            values |= {f"custom_name_{place}": name, f"custom_{place}": text}
        return " and ".join(parts), values


def count(card: Card, wanted: Wanted) -> int:
    where, values = wanted.where()
    row = sql.one(f"select count(*) from loyalty_holder h where {where}", values | {"card": card.pk})
    assert row is not None
    return int(row[0])


def page(card: Card, wanted: Wanted, *, start: int, limit: int, total: int, newest_first: bool = False) -> list[Listed]:
    """One page of a list of `total`. Ids are found in the index alone, from whichever end is nearer."""
    where, values = wanted.where()
    limit = min(limit, total - start)
    if limit <= 0:
        return []
    from_the_end = start + limit > total // 2
    skipped = total - start - limit if from_the_end else start
    descending = newest_first != from_the_end
    rows = sql.rows(
        f"select {COLUMNS} from loyalty_holder h where h.id in (select h.id from loyalty_holder h where {where} "
        f"order by h.id {'desc' if descending else 'asc'} offset %(skipped)s limit %(limit)s) "
        f"order by h.id {'desc' if newest_first else 'asc'}",
        values | {"card": card.pk, "skipped": skipped, "limit": limit},
    )
    return [Listed(*row) for row in rows]


def after(card: Card, wanted: Wanted, *, last: int | None, limit: int, newest_first: bool = False) -> list[Listed]:
    """The next piece of the whole list: those behind the row `last`. Each piece costs the same, however far it is."""
    where, values = wanted.where()
    if last is not None:
        where += f" and h.id {'<' if newest_first else '>'} %(last)s"
    rows = sql.rows(
        f"select {COLUMNS} from loyalty_holder h where {where} order by h.id {'desc' if newest_first else 'asc'} limit %(limit)s",
        values | {"card": card.pk, "last": last, "limit": limit},
    )
    return [Listed(*row) for row in rows]


def pieces(card: Card, wanted: Wanted, *, newest_first: bool = False) -> Iterator[list[Listed]]:
    """The whole list."""
    last: int | None = None
    while found := after(card, wanted, last=last, limit=CHUNK, newest_first=newest_first):
        last = found[-1].id
        yield found


def by_rows(holders: list[int]) -> list[Listed]:
    """These rows, in this order."""
    rows = sql.rows(f"select {COLUMNS} from loyalty_holder h where h.id = any(%s)", [holders])
    found = {row[0]: Listed(*row) for row in rows}
    return [found[holder] for holder in holders]


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
