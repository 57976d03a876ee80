"""Sending over the API: the rows behind it, every documented error (coupons.md 14, 15)."""

from typing import Any

import pytest

from tearoff.kit import clock
from tearoff.messaging import credits, optouts
from tearoff.messaging.models import Message
from tests.api.reading import NOBODYS_CODE, good, told
from tests.street.messaging import connect, now, quiet, work
from tests.world import Offer, Shop

EMAIL, SMS = "/v3/send/email", "/v3/send/sms"


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    quiet()


@pytest.fixture
def offer(mario: Shop) -> Offer:
    connect(mario, "sms"), connect(mario, "mail")
    return mario.campaign("Coffee is on us")


def person(mario: Shop, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = good(mario.api("/v3/couponsession/data", {"couponsession": code}))["data"]["customer"]
    return answer


def test_an_email(mario: Shop, offer: Offer) -> None:
    body = {"campaign": offer.id, "email": "Ann@example.org", "firstname": "Ann", "lastname": "Peeters"}
    answer = good(mario.api(EMAIL, body))
    assert (answer["action"], answer["subject"]) == ("email_sent", "Coffee is on us"), "the coupon's own title"
    told_of = person(mario, answer["single_use_code"])
    assert (told_of["firstname"], told_of["lastname"], told_of["email"]) == ("Ann", "Peeters", "Ann@example.org")
    message = Message.objects.get(account=mario.account)
    assert (message.channel, message.recipient, message.state) == ("mail", "Ann@example.org", "queued")
    work()
    assert now(message).state == "sent"


def test_an_sms(mario: Shop, offer: Offer) -> None:
    answer = good(
        mario.api(SMS, {"campaign": offer.id, "phone": "32470000001", "body": "Your treat:", "sender": "Mario"})
    )
    code = answer["single_use_code"]
    assert person(mario, code)["phone"] == "32470000001"
    message = Message.objects.get(account=mario.account)
    assert (message.text, message.sender, message.segments) == (answer["message"], "Mario", 1)
    assert mario.http.get(answer["single_use_url"], follow_redirects=True).status_code == 200


def test_a_given_session_is_sent(mario: Shop, offer: Offer) -> None:
    code = offer.link(customid="member-881")
    for name in (code, code[:6]):
        answer = good(mario.api(EMAIL, {"campaign": offer.id, "email": "ann@example.org", "couponsession": name}))
        assert (answer["single_use_code"], answer["customid"]) == (code, "member-881")


def test_once_only(mario: Shop, offer: Offer) -> None:
    body = {"campaign": offer.id, "email": "ann@example.org", "subject": "Hi"}
    first = good(mario.api(EMAIL, body))
    again = good(mario.api(EMAIL, body | {"email": "ANN@example.org", "check_unique": "true"}))
    assert (again["action"], again["single_use_code"]) == ("email_not_unique", first["single_use_code"])
    sms = {"campaign": offer.id, "phone": "+32470000001", "check_unique": True}
    answers = [good(mario.api(SMS, sms | {"phone": phone})) for phone in ("+32470000001", "0470 00 00 01")]
    assert [answer["action"] for answer in answers] == ["sms_sent", "sms_not_unique"]
    assert {answer["phone"] for answer in answers} == {"32470000001"}
    assert Message.objects.filter(account=mario.account).count() == 2


def test_a_repeat_by_key_sends_nothing_more(mario: Shop, offer: Offer) -> None:
    body = {"campaign": offer.id, "phone": "+32470000001"}
    answers = [mario.api(SMS, body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert Message.objects.filter(account=mario.account).count() == 1


@pytest.mark.parametrize(
    ("path", "parameters", "codes"),
    [
        (EMAIL, {"campaign": None, "email": None}, [200, 200]),
        (EMAIL, {"campaign": "cam_x"}, [301]),
        (EMAIL, {"email": "ann"}, [305]),
        (EMAIL, {"check_unique": "maybe"}, [302]),
        (EMAIL, {"subject": "x" * 201}, [300]),
        (EMAIL, {"campaign": "cam_999999999"}, [502]),
        (EMAIL, {"campaign": "dir_999999999"}, [502]),
        (EMAIL, {"campaign": "loy_999999999"}, [502]),
        (EMAIL, {"couponsession": NOBODYS_CODE}, [505]),
        (SMS, {"campaign": None, "phone": None}, [200, 200]),
        (SMS, {"campaign": "wrong"}, [301]),
        (SMS, {"phone": "12"}, [300]),
        (SMS, {"sender": "a name too long"}, [300]),
        (SMS, {"body": "\u2019" * 700}, [300]),
        (SMS, {"campaign": "cam_999999999"}, [502]),
        (SMS, {"couponsession": NOBODYS_CODE}, [505]),
    ],
)
def test_errors(mario: Shop, offer: Offer, path: str, parameters: dict[str, Any], codes: list[int]) -> None:
    body = {"campaign": offer.id, "email": "ann@example.org", "phone": "+32470000001"} | parameters
    assert told(mario.api(path, body))[:2] == (422, codes)
    assert not Message.objects.filter(account=mario.account).exists()


def test_a_directory_is_no_coupon_with_the_same_number(mario: Shop, offer: Offer) -> None:
    body = {"campaign": f"dir_{offer.campaign.pk}", "email": "ann@example.org"}
    assert told(mario.api(EMAIL, body))[1] == [502]


def test_not_connected_comes_before_the_parameters(mario: Shop) -> None:
    assert told(mario.api(EMAIL, {"campaign": "!"})) == (422, [104], ["no_email"])
    assert told(mario.api(SMS, {"campaign": "!"})) == (422, [103], ["no_sms"])
    connect(mario, "mail")
    assert told(mario.api(SMS, {"campaign": "!"}))[1] == [103]


def test_no_credit_and_opted_out(mario: Shop, offer: Offer) -> None:
    sms, mail = {"campaign": offer.id, "phone": "+32470000001"}, {"campaign": offer.id, "email": "ann@example.org"}
    credits.assign(mario.account.pk, 1, at=clock.now())
    good(mario.api(SMS, sms))
    assert told(mario.api(SMS, sms)) == (422, [300], ["no_credit"])
    optouts.opt_out(mario.account.pk, "sms", "32470000001", reason="stop", at=clock.now())
    optouts.opt_out(mario.account.pk, "mail", "ann@example.org", reason="link", at=clock.now())
    assert told(mario.api(SMS, sms)) == (422, [300], ["opted_out"])
    assert told(mario.api(EMAIL, mail)) == (422, [604], ["opted_out"])


def test_nobody_sends_a_neighbours_coupon(mario: Shop, lucia: Shop, offer: Offer) -> None:
    connect(lucia, "sms"), connect(lucia, "mail")
    theirs = lucia.campaign()
    assert told(lucia.api(SMS, {"campaign": offer.id, "phone": "+32470000001"}))[1] == [502]
    mail = {"campaign": theirs.id, "email": "ann@example.org", "couponsession": offer.link()}
    assert told(lucia.api(EMAIL, mail))[1] == [505]
    assert not Message.objects.filter(account=lucia.account).exists()
