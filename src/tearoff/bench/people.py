"""Many people at once: holders of a loyalty card made in one call, and whether the last page of a long list is as near as
the first: of a card's users, of a group's contacts, and of a directory's users."""

import json
import time
from typing import TYPE_CHECKING

import psycopg

from tearoff.bench import calls, loading, shop
from tearoff.bench.loading import Failed
from tearoff.bench.place import Place
from tearoff.bench.report import Row, median, ms, row
from tearoff.bench.shop import Shop
from tearoff.bench.sizes import Sizes

if TYPE_CHECKING:
    from tearoff.directories.models import Directory
    from tearoff.loyalty.models import Card
    from tearoff.messaging.models import Group

OWED = {10_000: 5.0}  # seconds
MOST_TIMES_THE_FIRST = 2.0
PAGE = 100
IN_ONE_CALL = 10_000


def measured(place: Place, sizes: Sizes, ours: Shop) -> list[Row]:
    card, group, directory = _card(ours), _group(ours, sizes.people), _directory(ours, sizes.people)
    rows = _made_in_one_call(place, sizes, ours, card)
    _fill(card, sizes.people)
    shop.tidy()
    about = f"of {sizes.people:,}, {PAGE} a page"
    lists = [
        ("holders", f"users of a loyalty card {about}", "/v3/loyaltyusers/list", {"loyaltycard": f"loy_{card.pk}"}),
        ("contacts", f"contacts of a group {about}", "/v3/smstool/userlist", {"smsgroup": f"gro_{group.pk}"}),
        ("members", f"users of a directory {about}", "/v3/directoryusers/list", {"directory": f"dir_{directory.pk}"}),
    ]
    return rows + [_last_by_first(place, sizes, ours, *one) for one in lists]


def _made_in_one_call(place: Place, sizes: Sizes, ours: Shop, card: "Card") -> list[Row]:
    """Each call is divided by what PostgreSQL alone needs to insert the bare rows, before it and after it."""
    from tearoff.loyalty.models import Holder

    amount = sizes.people_at_once
    _joined(place, ours, card, amount, 0)
    times, ratios = [], []
    for number in sizes.rounds(sizes.link_rounds):
        before = _bare_rows(place, card, amount)
        times.append(_joined(place, ours, card, amount, number + 1))
        ratios.append(times[-1] / ((before + _bare_rows(place, card, amount)) / 2))
    if Holder.objects.filter(card=card).count() != amount * (len(times) + 1):
        raise Failed(f"The table has not {amount} users of the card for each call.")
    owed = OWED.get(amount)
    return [
        row(
            f"holders_{amount}",
            f"create {amount:,} users of a loyalty card in one call",
            median(times),
            f"{median(times):.2f} s",
            at_most=owed,
            owed=f"{owed:.0f} s" if owed else "",
            rounds=times,
        ),
        row(
            "holders_ratio",
            "the same: time, by what PostgreSQL needs to insert the bare rows",
            median(ratios),
            f"{median(ratios):.2f} x (of {ms(median(times) / median(ratios))})",
            rounds=ratios,
        ),
    ]


def _joined(place: Place, ours: Shop, card: "Card", amount: int, number: int) -> float:
    """Seconds until the last byte of the answer is here; every user is in it."""
    people = [
        {
            "first_name": "Ann",
            "last_name": "Peeters",
            "email": f"ann-{number}-{place_in_call}@example.org",
            "phone": f"+32470{number % 10}{place_in_call:05d}",
            "city": "Ghent",
            "custom_1": "blue",
        }
        for place_in_call in range(amount)
    ]
    result = loading.load(calls.many_users(place, ours, card.pk, json.dumps(people)))
    loading.only(result, calls.JOINED.name, 1)
    if result.counted != amount:
        raise Failed(f"An answer with {amount} users had {result.counted}.")
    return result.seconds


def _bare_rows(place: Place, card: "Card", amount: int) -> float:
    """Seconds of one insert of the same rows under other codes, kept and then removed: a commit is part of the call too."""
    from tearoff.loyalty.models import Holder

    columns = [str(field.column) for field in Holder._meta.concrete_fields if not field.primary_key]
    fresh = {
        "person": "nextval('loyalty_person_id')",
        "code": "lpad(to_hex(id & 1048575), 6, '0')",  # no code of ours has a 0
        "key": "rpad(to_hex(id), 21, '0')",
        "card_id": "0",
    }
    wanted = ", ".join(fresh.get(column, column) for column in columns)
    statement = (
        f"insert into loyalty_holder ({', '.join(columns)}) select {wanted} from loyalty_holder "
        f"where card_id = {card.pk} order by id limit {amount}"
    )
    with psycopg.connect(place.database_url, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute(statement.encode())
        took = time.perf_counter() - began
        connection.execute("delete from loyalty_holder where card_id = 0 and account_id = %s", [card.account_id])
    return took


def _last_by_first(
    place: Place, sizes: Sizes, ours: Shop, key: str, what: str, path: str, about: dict[str, str]
) -> Row:
    """In turns, so that both feel the same company."""
    last = -(-sizes.people // PAGE)
    _asked(place, ours, path, about, 1, 2)
    first_times, last_times = [], []
    for _ in sizes.rounds(sizes.listings):
        first_times.append(_asked(place, ours, path, about, 1, 4))
        last_times.append(_asked(place, ours, path, about, last, 4))
    ratio = median(last_times) / median(first_times)
    return row(
        f"{key}_pages",
        f"list {what}: the last page's time, by the first's",
        ratio,
        f"{ratio:.2f} x ({ms(median(first_times))} and {ms(median(last_times))})",
        at_most=MOST_TIMES_THE_FIRST,
        owed=f"{MOST_TIMES_THE_FIRST:.0f} x",
        first=first_times,
        last=last_times,
    )


def _asked(place: Place, ours: Shop, path: str, about: dict[str, str], page: int, times: int) -> float:
    """Seconds of one page, which must be full."""
    body = json.dumps(about | {"page": page, "limit": PAGE})
    result = loading.load(calls.people(place, ours, path, body, times))
    loading.only(result, calls.ANSWERED.name, times)
    if result.counted != times * PAGE:
        raise Failed(f"{times} pages of {path} had {result.counted} people instead of {times * PAGE}.")
    return median(result.latencies)


def _card(ours: Shop) -> "Card":
    from tearoff.kit import clock
    from tearoff.loyalty import cards

    settings = {"status": "active", "goal": 10}
    return cards.create_card(account=ours.account, name="Bench", settings=settings, actor="bench", at=clock.now())


def _fill(card: "Card", amount: int) -> None:
    """Up to so many holders, through the verb."""
    from tearoff.kit import clock, sql
    from tearoff.loyalty import joining
    from tearoff.loyalty.models import Holder

    sql.run("set statement_timeout = 0")
    missing = amount - Holder.objects.filter(card=card).count()
    while missing > 0:
        people = [{"first_name": "Bob"}] * min(missing, IN_ONE_CALL)
        missing -= len(joining.join(card=card.pk, profiles=people, at=clock.now(), actor="bench"))
    sql.run("set statement_timeout = '30s'")


def _group(ours: Shop, amount: int) -> "Group":
    """A group with so many contacts, by plain SQL: one call adds one."""
    from tearoff.kit import clock, sql
    from tearoff.messaging import connecting, contacts

    account, at = ours.account.pk, clock.now()
    connecting.connect(account, "sms", "console", {}, at=at, actor="bench")
    group = contacts.add_group(account, "sms", "Bench", at=at, actor="bench")
    details = ", ".join(f"customfield{number}" for number in range(1, 8))
    sql.run("set statement_timeout = 0")
    sql.run(
        f"insert into contact (account, group_id, key, phone, email, typed, first_name, last_name, {details}, state, created_at) "
        "select %s, %s, (32470000000 + i)::text, '+' || (32470000000 + i), '', '', 'Ann', 'Peeters', "
        "'', '', '', '', '', '', '', 'subscribed', %s from generate_series(1, %s) i",
        [account, group.pk, at, amount],
    )
    sql.run("set statement_timeout = '30s'")
    return group


def _directory(ours: Shop, amount: int) -> "Directory":
    """A directory with so many users, by plain SQL: a password is slow to hash, and that is meant so."""
    from tearoff.directories import editing
    from tearoff.kit import clock, sql

    at = clock.now()
    made = editing.create_directory(account=ours.account, name="Bench", settings={}, actor="bench", at=at)
    texts = ("first_name", "last_name", "phone", "address", "zip", "city", "custom_1", "custom_2", "custom_3")
    sql.run("set statement_timeout = 0")
    sql.run(
        f"insert into directory_member (account_id, directory_id, email, email_key, password, {', '.join(texts)}, has_paid, "
        "created_at, updated_at) select %s, %s, 'ann' || i || '@example.org', 'ann' || i || '@example.org', '!', "
        f"{', '.join(['%s'] * len(texts))}, false, %s, %s from generate_series(1, %s) i",
        [ours.account.pk, made.pk, *texts, at, at, amount],
    )
    sql.run("set statement_timeout = '30s'")
    return made
