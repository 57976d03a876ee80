"""Sending a loyalty card (contract/loyalty.md L10, L11): the recipient's own link, one holder per person."""

from typing import Any

import pytest

from tearoff.kit import clock
from tearoff.loyalty.models import Holder
from tearoff.messaging import credits, optouts
from tearoff.messaging.models import Message
from tests.api.reading import good, told
from tests.street.loyalty import Club, club
from tests.street.messaging import connect, quiet
from tests.world import Shop, phone

EMAIL, SMS = "/v3/send/email", "/v3/send/sms"


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    quiet()


@pytest.fixture
def lunch(mario: Shop) -> Club:
    connect(mario, "sms"), connect(mario, "mail")
    return club(mario, title="Lunch club")


def holders(lunch: Club) -> list[Holder]:
    return list(Holder.objects.filter(card=lunch.card).order_by("pk"))


def link_of(lunch: Club, holder: Holder) -> str:
    return f"http://127.0.0.1:8000/l/{lunch.card.code}/{holder.key}"


def test_an_email_makes_a_holder_and_carries_their_own_link(mario: Shop, lunch: Club) -> None:
    body = {"campaign": lunch.id, "email": "Ann@example.org", "firstname": "Ann", "lastname": "Peeters"}
    answer = good(mario.api(EMAIL, body))
    [ann] = holders(lunch)
    assert answer == {
        "status": {"status": "OK"},
        "campaign": lunch.id,
        "action": "email_sent",
        "email": "Ann@example.org",
        "subject": "Lunch club",
        "single_use_code": "",
        "single_use_url": link_of(lunch, ann),
        "customid": "",
    }
    [user] = good(mario.api("/v3/loyaltyusers/list", {"loyaltycard": lunch.id}))["users"]
    assert (user["first_name"], user["last_name"], user["email"]) == ("Ann", "Peeters", "Ann@example.org")
    message = Message.objects.get(account=mario.account)
    assert message.link == link_of(lunch, ann) and message.text.endswith(message.link)
    with phone() as person:
        assert ann.code in person.get(answer["single_use_url"].removeprefix("http://127.0.0.1:8000")).text


def test_an_sms_reaches_the_card_a_person_has(mario: Shop, lunch: Club) -> None:
    holder = lunch.holder(lunch.joined(phone="+32470000001"))
    other = club(mario)
    body = {"campaign": lunch.id, "phone": "0032470000001".removeprefix("00"), "body": "Your card {link} is here"}
    for _ in range(2):
        answer = good(mario.api(SMS, body))
        assert answer["message"] == f"Your card {link_of(lunch, holder)} is here"
        assert (answer["phone"], answer["action"]) == ("32470000001", "sms_sent")
    assert holders(lunch) == [holder] and holders(other) == []
    good(mario.api(SMS, body | {"campaign": other.id}))
    assert len(holders(other)) == 1


def test_once_only(mario: Shop, lunch: Club) -> None:
    body = {"campaign": lunch.id, "email": "ann@example.org", "check_unique": True}
    answers = [good(mario.api(EMAIL, body)) for _ in range(2)]
    assert [answer["action"] for answer in answers] == ["email_sent", "email_not_unique"]
    assert answers[0]["single_use_url"] == answers[1]["single_use_url"]
    assert Message.objects.filter(account=mario.account).count() == 1


def test_a_voided_card_is_not_sent_and_not_replaced(mario: Shop, lunch: Club) -> None:
    holder = lunch.joined(email="ann@example.org")
    lunch.void(holder)
    body = {"campaign": lunch.id, "email": "ann@example.org"}
    assert told(mario.api(EMAIL, body)) == (422, [300], ["voided"])
    assert len(holders(lunch)) == 1
    again = lunch.holder(lunch.joined(email="ann@example.org"))
    assert good(mario.api(EMAIL, body))["single_use_url"] == link_of(lunch, again)


@pytest.mark.parametrize("refusal", ["no_credit", "opted_out", "too_long", "malformed"])
def test_who_is_sent_nothing_becomes_no_holder(mario: Shop, lunch: Club, refusal: str) -> None:
    body: dict[str, Any] = {"campaign": lunch.id, "phone": "+32470000001"}
    if refusal == "no_credit":
        credits.assign(mario.account.pk, 1, at=clock.now())
        credits.assign(mario.account.pk, -1, at=clock.now())
    elif refusal == "opted_out":
        optouts.opt_out(mario.account.pk, "sms", "32470000001", reason="stop", at=clock.now())
    else:
        body |= {"phone": "12"} if refusal == "malformed" else {"body": "\u2019" * 700}
    assert told(mario.api(SMS, body)) == (422, [300], [refusal])
    assert holders(lunch) == [] and not Message.objects.filter(account=mario.account).exists()


def test_nobody_sends_a_neighbours_card(mario: Shop, lucia: Shop, lunch: Club) -> None:
    connect(lucia, "mail")
    assert told(lucia.api(EMAIL, {"campaign": lunch.id, "email": "ann@example.org"}))[1] == [502]
    lunch.card.deleted_at = clock.now()
    lunch.card.save()
    assert told(mario.api(EMAIL, {"campaign": lunch.id, "email": "ann@example.org"}))[1] == [502]
    assert holders(lunch) == []
