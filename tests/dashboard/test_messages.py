"""The operator's pages of sending: the letter box, connections and credits."""

import hashlib
import hmac
import json
import re

from tearoff.kit import clock
from tearoff.messaging import connecting, credits, demo, optouts
from tearoff.messaging.models import Channel, Connection, Contact, Group
from tests.dashboard.browsing import Operator
from tests.street.messaging import PHONE, queued, send, work
from tests.world import Shop

CONNECTION, ENTRY = "/admin/messaging/connection/", "/admin/messaging/creditentry/"


def test_the_letter_box_shows_what_the_demo_sent(olga: Operator, mario: Shop) -> None:
    demo.connect(mario.account.pk, at=clock.now())
    groups = Group.objects.filter(account=mario.account, kind="sms")
    assert groups.count() == 2 and Contact.objects.filter(group__in=groups).count() == 7
    offer = mario.campaign()
    sms = queued(offer, body="Two for one <b>today</b>:")
    mail = queued(offer, "ann@example.org", "mail")
    work()
    page = olga.get("/admin/messaging/message/", params={"q": PHONE})
    assert sms.link in page.text and "&lt;b&gt;today&lt;/b&gt;" in page.text
    shown = olga.get(f"/admin/messaging/message/{mail.pk}/change/").text
    assert mail.link in shown and "ann@example.org" in shown
    assert credits.balance(mario.account.pk) == demo.CREDITS - sms.segments


def test_groups_and_contacts_are_shown_and_found(olga: Operator, mario: Shop) -> None:
    demo.connect(mario.account.pk, at=clock.now())
    pizza = Group.objects.get(account=mario.account, name="Joined with keyword PIZZA")
    listed = olga.get("/admin/messaging/group/", params={"q": mario.account.company}).text
    assert f'<a href="/admin/messaging/contact/?group__id__exact={pizza.pk}">3</a>' in listed
    assert "Newsletter" in listed and "E-mail" in listed
    inside = olga.get("/admin/messaging/contact/", params={"group__id__exact": pizza.pk}).text
    assert all(name in inside for name in ("Bob Janssens", "Emma Maes", "Pau Serra")) and "Ann Peeters" not in inside

    optouts.opt_out(mario.account.pk, Channel.SMS, "32470000105", reason="stop", at=clock.now())
    for typed in ("+32 470 00 01 05", "32470000105"):
        found = olga.get("/admin/messaging/contact/", params={"q": typed}).text
        assert "Emma Maes" in found and "Unsubscribed" in found and "Bob Janssens" not in found
    assert "emma@example.org" in olga.get("/admin/messaging/contact/", params={"q": " Emma@example.org"}).text


def test_an_operator_connects_an_account(olga: Operator, mario: Shop) -> None:
    typed = {"account": mario.account.pk, "channel": "sms", "provider": "twilio"}
    wrong = olga.fill(f"{CONNECTION}add/", typed | {"settings": "{}"})
    assert "twilio needs account_sid, auth_token, sender." in wrong.text
    assert "There is no provider" in olga.fill(f"{CONNECTION}add/", typed | {"channel": "mail"}).text
    assert "must be an object" in olga.fill(f"{CONNECTION}add/", typed | {"settings": "[1]"}).text
    assert not Connection.objects.filter(account=mario.account).exists()
    settings = {"account_sid": "AC1", "auth_token": "very-secret", "sender": "Mario"}
    olga.fill(f"{CONNECTION}add/", typed | {"settings": json.dumps(settings)})
    found = connecting.connection_of(mario.account.pk, "sms")
    assert found and found.settings["auth_token"] == "very-secret"
    assert "very-secret" not in olga.get(f"{CONNECTION}{found.id}/change/").text
    again = olga.fill(f"{CONNECTION}add/", typed | {"settings": json.dumps(settings)})
    assert "already exists" in again.text


def test_an_operator_assigns_credits_and_takes_them_back(olga: Operator, mario: Shop) -> None:
    olga.fill(f"{ENTRY}add/", {"to": mario.account.pk, "delta": "5"})
    assert credits.balance(mario.account.pk) == 5
    olga.fill(f"{ENTRY}add/", {"to": mario.account.pk, "delta": "-2"})
    refused = olga.fill(f"{ENTRY}add/", {"to": mario.account.pk, "delta": "-4"})
    assert "does not have so many" in refused.text
    assert credits.balance(mario.account.pk) == 3


def test_a_zero_or_a_taking_back_does_not_stop_an_account_that_never_counted(olga: Operator, mario: Shop) -> None:
    """Its first entry makes an account count, and with a balance of nothing it would send no more."""
    for delta in ("0", "-1"):
        assert olga.fill(f"{ENTRY}add/", {"to": mario.account.pk, "delta": delta}).status_code == 200
    assert credits.assign(mario.account.pk, -1, at=clock.now()) is None
    assert credits.assign(mario.account.pk, 0, at=clock.now()) is None
    assert credits.balance(mario.account.pk) is None
    connecting.connect(mario.account.pk, "sms", "console", {}, at=clock.now(), actor="test")
    assert queued(mario.campaign()).state == "queued"


def test_a_stop_arrives_at_the_address_that_the_page_shows(olga: Operator, mario: Shop) -> None:
    """Lesson 41: no message carries the address for replies, so whoever connects must be told it."""
    gateway = {"url": "https://gateway.example/send", "template": {"to": "{to}"}, "signing_secret": "s3cret"}
    typed = {"account": mario.account.pk, "channel": "sms", "provider": "http", "settings": json.dumps(gateway)}
    made = olga.fill(f"{CONNECTION}add/", typed)
    shown = olga.get(made.headers["location"]).text
    [path] = re.findall(r"https?://[^/]+(/hooks/sms/[^<\s]+/inbound)<", shown)
    assert "STOP arrives" in shown and "s3cret" not in shown

    body = json.dumps({"from": PHONE, "text": "Stop"}).encode()
    signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    headers = {"X-Signature": signature, "Content-Type": "application/json"}
    assert mario.http.post(path, content=body, headers=headers).status_code == 200
    assert send(mario.campaign()).refusal == "opted_out"


def test_a_console_has_no_replies_and_lost_keys_are_named(olga: Operator, mario: Shop) -> None:
    connecting.connect(mario.account.pk, "sms", "console", {}, at=clock.now(), actor="test")
    row = Connection.objects.get(account=mario.account)
    assert "/hooks/" not in olga.get(f"{CONNECTION}{row.pk}/change/").text
    Connection.objects.filter(pk=row.pk).update(settings_sealed=b"sealed by another key")
    assert "TEAROFF_SECRET_KEY" in olga.get(f"{CONNECTION}{row.pk}/change/").text
