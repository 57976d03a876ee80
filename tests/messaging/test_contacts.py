"""Contacts and groups that somebody removes while somebody else is at them: an answer, never an error."""

from typing import Any

import pytest
from django.db import DatabaseError

from tearoff.activity.models import Event
from tearoff.kit import clock, sql
from tearoff.messaging import contacts
from tearoff.messaging.models import Contact, Group
from tests.street.rivals import race, while_waiting
from tests.world import Shop

TO = contacts.Address("34600111222", "+34600111222", "", "+34600111222")


def by() -> dict[str, Any]:
    return {"at": clock.now(), "actor": "test"}


@pytest.fixture
def group(mario: Shop) -> Group:
    return contacts.add_group(mario.account.pk, "sms", "Spring", **by())


@pytest.fixture
def pau(group: Group) -> Contact:
    return contacts.put(group, TO, {"first_name": "Pau", "customfield7": "vip"}, **by())[0]


def events(group: Group, kind: str) -> int:
    return Event.objects.filter(account=group.account_id, kind=kind).count()


def nothing() -> None:
    """Nothing more than what the lock is there for."""


def test_a_contact_that_goes_while_it_is_changed_is_told_gone(group: Group, pau: Contact) -> None:
    answer = while_waiting(
        "delete from contact where id = %s", [pau.pk],
        lambda: contacts.change(pau, {"last_name": "Serra"}, **by()), nothing,
    )  # fmt: skip
    assert answer is False and not events(group, "contact.updated")
    assert contacts.change(pau, {}, **by()) is False


def test_control_saving_the_row_as_it_was_read_is_an_error(group: Group, pau: Contact) -> None:
    pau.last_name = "Serra"
    with pytest.raises(DatabaseError):
        while_waiting(
            "delete from contact where id = %s", [pau.pk], lambda: pau.save(update_fields=["last_name"]), nothing
        )


def test_a_contact_that_goes_while_it_is_added_again_is_new(group: Group, pau: Contact) -> None:
    made, is_new = while_waiting(
        "delete from contact where id = %s", [pau.pk], lambda: contacts.put(group, TO, {"last_name": "Serra"}, **by()), nothing
    )  # fmt: skip
    assert is_new and (made.first_name, made.last_name, made.customfield7) == ("", "Serra", "")
    assert [one.pk for one in Contact.objects.filter(group=group)] == [made.pk]


def test_of_many_that_remove_a_contact_one_has_done_it(group: Group, pau: Contact) -> None:
    answers = race([lambda: contacts.remove(pau, **by())] * 6)
    assert sorted(map(str, answers)) == [*["False"] * 5, "True"]
    assert events(group, "contact.removed") == 1


def test_of_many_that_add_a_number_one_makes_it_and_nothing_that_was_sent_is_lost(group: Group) -> None:
    names = [f"customfield{number}" for number in range(1, 8)]
    answers = race([lambda name=name: contacts.put(group, TO, {name: "x"}, **by()) for name in names])  # type: ignore[misc]
    assert sum(answer[1] for answer in answers if isinstance(answer, tuple)) == 1
    [made] = Contact.objects.filter(group=group)
    assert [getattr(made, name) for name in names] == ["x"] * 7
    assert (events(group, "contact.added"), events(group, "contact.updated")) == (1, 6)


def test_nobody_is_added_to_a_group_that_goes(group: Group) -> None:
    with pytest.raises(contacts.GroupGone):
        while_waiting(
            "delete from contact_group where id = %s", [group.pk], lambda: contacts.put(group, TO, {}, **by()), nothing
        )
    assert not Contact.objects.filter(group=group.pk).exists()


def test_a_group_takes_with_it_who_is_added_at_that_moment(group: Group) -> None:
    adding = (
        "with held as (select id from contact_group where id = %s for key share) insert into contact (account, group_id, key, "
        "phone, email, typed, first_name, last_name, customfield1, customfield2, customfield3, customfield4, customfield5, "
        "customfield6, customfield7, state, created_at) select 1, id, '1', '', '', '', '', '', '', '', '', '', '', '', '', "
        "'subscribed', now() from held"
    )
    assert while_waiting(adding, [group.pk], lambda: contacts.remove_group(group, **by()), nothing) == 1
    assert not sql.one("select from contact where group_id = %s", [group.pk])
    with pytest.raises(contacts.GroupGone):
        contacts.remove_group(group, **by())
    assert events(group, "group.removed") == 1
