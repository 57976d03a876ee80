"""Lists page by page, dates as dates, and a day at the counter over real HTTP."""

from datetime import UTC, date, datetime, timedelta, timezone

import httpx
import pytest

from tearoff.client import Client, paging
from tearoff.directories.models import Member
from tearoff.kit import clock
from tests.client.lines import Troubled
from tests.street.directories import directory
from tests.street.loyalty import club
from tests.street.messaging import connect
from tests.street.server import Server
from tests.world import Shop


def test_a_day_at_the_counter_over_http(mario: Shop, server: Server) -> None:
    mario.door = server.url
    offer = mario.campaign()
    with Client(server.url + "/", mario.client_id, mario.client_secret) as client:
        assert [coupon.ID for coupon in client.coupons.list(only_active=True).coupon_info] == [offer.id]
        link = client.links.create(offer.id, firstname="Ann", customid="member-881", expiry_date=date(2031, 5, 31))
        client.sessions.update(couponsession=link.single_use_code, status="validated", validation_value="12.50")
        session = client.sessions.info(link.single_use_code)
        assert session.data.customer.firstname == "Ann"
        assert session.data.status.expiry_date_utc == "2031-05-31 21:59:59"
        used = [item.session for item in client.sessions.iterate(offer.id, kind="validations")]
        assert used == [link.single_use_code]
        card = club(mario)
        lena = client.v4.loyalty.users.create(card.card.pk, first_name="Lena")
        assert client.v4.loyalty.users.give_points(card.card.pk, lena.id, points=3).points == 3
    with pytest.raises(RuntimeError):
        client.coupons.list()


def test_sessions_are_walked_through_page_by_page(mario: Shop) -> None:
    offer = mario.campaign()
    made = [item.single_use_code for item in mario.client.links.create_many(offer.id, amount=5_003).data]
    way = Troubled()
    walk = mario.program(transport=way).sessions.iterate(offer.id)
    first = next(walk)
    assert len(way.requests) == 1
    assert [first.session, *(item.session for item in walk)] == made
    assert len(way.requests) == 2
    assert list(mario.client.sessions.iterate(offer.id, kind="claims")) == []


def test_contacts_and_loyalty_users_are_walked_through(mario: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 3)
    connect(mario, "sms")
    group = mario.client.sms.groups.add("Spring").group_id
    for number in range(6):
        mario.client.sms.contacts.add(group, phone=f"+3247000000{number}")
    way = Troubled()
    phones = [contact.phone for contact in mario.program(transport=way).sms.contacts.iterate(group)]
    assert phones == [f"3247000000{number}" for number in range(6)]
    assert len(way.requests) == 3  # two full pages, and an empty one

    card = club(mario)
    people = mario.client.v4.loyalty.users.create_many(
        card.card.pk, users=[{"first_name": f"Lena {number}", "custom_1": "blue"} for number in range(7)]
    )
    assert [user.first_name for user in mario.client.loyalty.users.iterate(card.id)] == [
        person.first_name for person in people
    ]


def test_users_of_a_directory_are_walked_through_by_the_servers_own_pages(
    mario: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals, at = directory(mario), clock.now()
    keys = {"account_id": mario.account.pk, "directory": deals.directory, "created_at": at, "updated_at": at}
    Member.objects.bulk_create(
        Member(email=f"{n}@mail.example", email_key=f"{n}@mail.example", password="!", **keys) for n in range(103)
    )
    newest_first = [f"{n}@mail.example" for n in reversed(range(103))]
    way = Troubled()
    walked = mario.program(transport=way).directories.users.iterate(deals.id)
    assert [member.email for member in walked] == newest_first
    assert len(way.requests) == 3  # a full page, three, and none

    monkeypatch.setattr(paging, "PAGE", 50)
    in_rest_style = mario.client.v4.directories.users.iterate(deals.directory.pk)
    assert [member.email for member in in_rest_style] == newest_first


def test_what_comes_meanwhile_shifts_nothing(mario: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walking by cursor, newest first: a user who joins at the front makes nobody come twice."""
    monkeypatch.setattr(paging, "PAGE", 3)
    card = club(mario).card.pk
    users = mario.client.v4.loyalty.users
    ids = [user.id for user in users.create_many(card, users=[{"custom_1": "blue"}] * 7 + [{"custom_1": "red"}])]
    found = []
    for user in users.iterate(card, filter={"custom_1": "blue"}):
        found.append(user.id)
        if len(found) == 2:
            users.create(card, custom_1="blue")
    assert found == sorted(ids[:7], reverse=True)


def test_voided_users_come_where_they_are_asked_for(mario: Shop) -> None:
    card = club(mario).card.pk
    users = mario.client.v4.loyalty.users
    lena = users.create(card, first_name="Lena")
    assert users.void(card, lena.id).voided
    assert list(users.iterate(card)) == []
    assert [user.id for user in users.list(card, include_voided=True)] == [lena.id]
    assert not users.update(card, lena.id, void=False).voided


def test_dates_of_a_range_are_utc_whatever_their_zone(mario: Shop) -> None:
    offer = mario.campaign()
    noon = datetime(2025, 4, 2, 12, 0, tzinfo=UTC)
    with clock.moved(noon):
        code = mario.client.links.create(offer.id).single_use_code
    in_brussels = timezone(timedelta(hours=2))
    for start, end, is_there in (
        (datetime(2025, 4, 2, 14, 0, tzinfo=in_brussels), None, True),
        (datetime(2025, 4, 2, 14, 0, 1, tzinfo=in_brussels), None, False),
        (datetime(2025, 4, 2, 12, 0), datetime(2025, 4, 2, 12, 0), True),
        (date(2025, 4, 2), date(2025, 4, 2), True),
        ("2025-04-02 12:01", None, False),
    ):
        found = mario.client.sessions.list(offer.id, start_date=start, end_date=end)
        assert [item.session for item in found.data] == ([code] if is_there else []), start


def test_paid_access_ends_in_utc_whatever_the_zone(mario: Shop) -> None:
    deals = directory(mario)
    users, member = mario.client.v4.directories.users, deals.member().pk
    evening = datetime(2031, 5, 31, 20, 0, tzinfo=timezone(timedelta(hours=2)))
    assert users.grant_access(deals.directory.pk, member, expires_at=evening).expires_at == "2031-05-31 18:00:00"
    assert not users.revoke_access(deals.directory.pk, member).paid_access


def test_a_date_on_the_coupons_clock_has_no_zone(mario: Shop) -> None:
    offer = mario.campaign()
    info = mario.client.coupons.update(offer.id, expiry_date=datetime(2031, 5, 31, 20, 0)).coupon_info
    assert info.expirydate == "2031-05-31 20:00:00"
    with pytest.raises(ValueError, match="without a zone"):
        mario.client.coupons.update(offer.id, expiry_date=datetime(2031, 5, 31, tzinfo=UTC))


def test_what_is_not_given_is_not_sent_and_false_is(mario: Shop) -> None:
    way = Troubled()
    client = mario.program(transport=way)
    offer = mario.campaign(featured=True)
    client.coupons.update(offer.id, featured=False, tags=["coffee", "lunch, late"])
    assert httpx.Response(200, content=way.requests[0].content).json() == {
        "campaign": offer.id, "featured": False, "tags": ["coffee", "lunch, late"],
    }  # fmt: skip


def test_what_is_none_or_empty_stays_as_it_is(mario: Shop) -> None:
    offer, card = mario.campaign(), club(mario).card.pk
    code = mario.client.links.create(offer.id, firstname="Ann", lastname="Marti").single_use_code
    changed = mario.client.sessions.update(couponsession=code, firstname="", lastname=None, email="ann@mail.example")
    customer = changed.data.customer
    assert (customer.firstname, customer.lastname, customer.email) == ("Ann", "Marti", "ann@mail.example")
    users = mario.client.v4.loyalty.users
    lena = users.create(card, first_name="Lena", last_name="Marti")
    user = users.update(card, lena.id, first_name="", last_name=None, city="Gent")
    assert (user.first_name, user.last_name, user.city) == ("Lena", "Marti", "Gent")


def test_an_id_in_a_path_is_a_number(mario: Shop) -> None:
    """No text can lead to another path."""
    with pytest.raises(ValueError):
        mario.client.v4.loyalty.users.info(1, "2/points")  # type: ignore[arg-type]
