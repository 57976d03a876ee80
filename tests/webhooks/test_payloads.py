"""The body, exactly as webhooks.md 3 and 4 have it."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tearoff.campaigns.models import Category
from tearoff.coupons import redemption
from tearoff.kit import clock
from tearoff.webhooks import payloads
from tearoff.webhooks.models import Endpoint
from tests.webhooks.receiver import Receiver
from tests.webhooks.yard import kinds, told, work
from tests.world import Shop, refused

MORNING = datetime(2025, 4, 2, 8, 11, 40, tzinfo=UTC)
Listen = Callable[..., Endpoint]

SESSION_MEMBERS = [
    *["id", "type", "datetime", "campaign", "coupon", "session", "coupon_code", "customid", "customer", "status"],
    *["session_url", "sequenceid", "custom_validation_code"],
]
COUPON_MEMBERS = [
    *["id", "campaign", "coupon_code", "friendly_name", "title", "subtitle", "tags", "coupon_value"],
    *["custom_validation_code", "customid", "timezone", "url", "status", "expirydate", "start_date", "subaccount"],
    "category",
]
STATUS_OF_THE_EXAMPLE = [
    *["created_date_utc", "opened", "open_date_utc", "played", "played_date_utc", "claimed", "claim_date_utc"],
    *["claimtype", "saved_to_passbook", "validated", "validation_date_utc", "validation_value", "value", "locked"],
    *["voided", "voided_date_utc", "own_validation_code"],
]


def test_a_claim_is_told_with_everything_the_contract_lists(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    category = Category.objects.create(account=mario.account, name="Food")
    offer = mario.campaign(
        "Spring coffee",
        title="Free coffee with lunch",
        subtitle="Weekdays 12 to 14",
        tags=["coffee", "lunch"],
        coupon_value="3.50",
        customid="own-7",
        category=category,
        ends_local=datetime(2025, 12, 31, 23, 59),
    )
    listen(mario, ["coupon_claimed"])
    with clock.moved(MORNING):
        code = offer.link(customid="member-881", firstname="Ann", lastname="Peeters", email="ann@example.org")
        offer.claim(code, MORNING + timedelta(seconds=51))
        work()

    [body] = told(receiver)
    session = offer.session(code)
    assert list(body) == SESSION_MEMBERS
    assert body["type"] == "coupon_claimed"
    assert body["datetime"] == "2025-04-02 08:12:31"
    assert body["campaign"] == offer.id
    assert body["session"] == code
    assert body["coupon_code"] == offer.code
    assert body["customid"] == body["customer"]["customid"] == "member-881"
    assert body["session_url"].endswith(f"/p/{offer.code}/{code}")
    assert body["sequenceid"] == str(session.pk)

    assert list(body["coupon"]) == COUPON_MEMBERS
    assert body["coupon"] | {"url": ""} == {
        "id": offer.id,
        "campaign": offer.id,
        "coupon_code": offer.code,
        "friendly_name": "Spring coffee",
        "title": "Free coffee with lunch",
        "subtitle": "Weekdays 12 to 14",
        "tags": "coffee,lunch",
        "coupon_value": "3.50",
        "custom_validation_code": "",
        "customid": "own-7",
        "timezone": "Europe/Brussels",
        "url": "",
        "status": "active",
        "expirydate": "2025-12-31 23:59:00",
        "start_date": "",
        "subaccount": "",
        "category": f"cat_{category.pk}",
    }
    assert list(body["customer"]) == list(payloads.CUSTOMER)
    assert body["customer"]["email"] == "ann@example.org"
    assert body["customer"]["phone"] == ""
    assert list(body["status"])[: len(STATUS_OF_THE_EXAMPLE)] == STATUS_OF_THE_EXAMPLE
    assert body["status"] == {
        "created_date_utc": "2025-04-02 08:11:40",
        "opened": "1",
        "open_date_utc": "2025-04-02 08:12:31",
        "played": "0",
        "played_date_utc": "",
        "claimed": "1",
        "claim_date_utc": "2025-04-02 08:12:31",
        "claimtype": "button",
        "saved_to_passbook": "0",
        "validated": "0",
        "validation_date_utc": "",
        "validation_value": "",
        "value": "",
        "locked": "0",
        "voided": "0",
        "voided_date_utc": "",
        "own_validation_code": "",
        "saved_to_passbook_date_utc": "",
        "validationtype": "",
        "uses": "0",
        "max_uses": "1",
        "expiry_date_utc": "2025-12-31 22:59:00",
    }


def test_a_validation_tells_where(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    offer = mario.campaign()
    place = offer.at_location(
        "Shop North", address="Kerkstraat 1", city="Gent", zip="9000", country="BE", customid="N1"
    )
    listen(mario, ["coupon_validated"])
    offer.validate(offer.claimed(), location="Shop North", value="12.50", staff="Eva")
    work()

    [body] = told(receiver)
    assert list(body) == [*SESSION_MEMBERS, "location"]
    assert body["status"]["validated"] == "1"
    assert body["status"]["validation_value"] == "12.50"
    assert body["location"] == {
        "ID": f"loc_{place.pk}",
        "name": "Shop North",
        "address": "Kerkstraat 1",
        "city": "Gent",
        "zip": "9000",
        "country": "BE",
        "customid": "N1",
        "staff": "Eva",
    }


def test_a_validation_without_a_place_has_the_same_members(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    offer = mario.campaign()
    listen(mario, ["coupon_validated"])
    offer.use(offer.claimed())
    work()
    assert set(told(receiver)[0]["location"].values()) == {""}


def test_every_act_has_its_kind_and_the_others_have_none(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    listen(mario)
    offer = mario.campaign()
    code = offer.opened()
    offer.claim(code)
    offer.use(code)
    refused(offer.use, code)
    redemption.undo(account=mario.account.pk, code=code, at=clock.now(), actor="test")
    for what in ("lock", "unlock", "void", "unvoid"):
        offer.update(code, status=what)
    offer.update(code, customid="x")
    offer.link()
    mario.client.coupons.update(offer.id, title="New")
    mario.client.coupons.update(offer.id, title="New")  # changes nothing
    mario.client.coupons.delete(offer.id)
    work()

    assert kinds(receiver) == [
        "coupon_created",
        "coupon_opened",
        "coupon_claimed",
        "coupon_validated",
        "coupon_unvalidated",
        "coupon_voided",
        "coupon_voided",
        "coupon_updated",
        "coupon_removed",
    ]
    by_kind = dict(zip(kinds(receiver), told(receiver), strict=True))
    assert list(by_kind["coupon_created"]) == list(by_kind["coupon_updated"]) == SESSION_MEMBERS[:5]
    assert by_kind["coupon_updated"]["coupon"]["title"] == "New"
    assert by_kind["coupon_removed"]["coupon"] == by_kind["coupon_removed"]["campaign"] == offer.id
    voided = [body["status"]["voided"] for body in told(receiver) if body["type"] == "coupon_voided"]
    assert voided == ["1", "0"]


def test_the_status_is_as_it_was_after_the_event_and_the_consumer_as_now(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    offer = mario.campaign()
    listen(mario, ["coupon_claimed"])
    code = offer.claimed()
    offer.use(code)
    offer.update(code, firstname="Later")
    work()
    [body] = told(receiver)
    assert body["status"]["validated"] == "0"
    assert body["customer"]["firstname"] == "Later"


def test_a_session_that_was_removed_meanwhile_is_told_without_its_consumer(
    mario: Shop, receiver: Receiver, listen: Listen
) -> None:
    from tearoff.coupons import opening

    offer = mario.campaign()
    listen(mario, ["coupon_opened"])
    code = offer.link(email="ann@example.org", customid="x")
    opening.open_session(account=mario.account.pk, code=code, at=clock.now())
    mario.client.links.remove(code)
    work()
    [body] = told(receiver)
    assert body["session"] == code
    assert body["customid"] == body["customer"]["email"] == ""


def test_a_subaccounts_coupon_says_so(mario: Shop, receiver: Receiver, listen: Listen) -> None:
    from tests.world import open_shop

    branch = open_shop("Mario North", parent=mario.account)
    listen(branch, ["coupon_claimed"])
    branch.campaign().claimed()
    work()
    assert told(receiver)[0]["coupon"]["subaccount"] == f"sub_{branch.account.pk}"


NASTY = [
    'quote " backslash \\ slash / </script>',
    "tab\tnewline\nreturn\rbackspace\bformfeed\f",
    "control \x01 \x1f delete \x7f",
    "line separators \u2028 \u2029",
    "accents é ü, 日本語, 🍕, combining e\u0301, \ufeff",
    "1.0 1e400 9007199254740993 __proto__",
]


def test_javascript_writes_the_same_bytes(mario: Shop, receiver: Receiver, listen: Listen, tmp_path: Path) -> None:
    """The one known receiver checks the signature over JSON.stringify(JSON.parse(body)); here a browser does so."""
    for text in NASTY:
        offer = mario.campaign(text[:200], title=text, tags=[text[:50]])
        listen(mario, ["coupon_validated"], offer.campaign.pk)
        offer.use(offer.stored_link(customer={"firstname": text}, customid=text[:50]), validation_value="1,5")
    work()
    bodies = [request.body for request in receiver.received]
    assert len(bodies) == len(NASTY)
    assert _through_javascript(bodies, tmp_path) == bodies


def _through_javascript(bodies: list[bytes], folder: Path) -> list[bytes]:
    program = shutil.which("chromium")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("There is no chromium on this machine: `make chromium` installs it.")
    assert program, "CI needs a browser: install chromium."
    page = folder / "page.html"
    sent = [base64.b64encode(body).decode() for body in bodies]
    page.write_text(
        f"<pre></pre><script>const sent = {json.dumps(sent)};"
        "const read = text => new TextDecoder().decode(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)));"
        "const written = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));"
        "document.querySelector('pre').textContent ="
        " sent.map(text => written(JSON.stringify(JSON.parse(read(text))))).join(' ')</script>"
    )
    said = subprocess.run(
        [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [base64.b64decode(text) for text in said.split("<pre>")[1].split("</pre>")[0].split()]


@given(st.dictionaries(st.sampled_from(payloads.CUSTOMER), st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_bytes_follow_the_five_rules(members: dict[str, str]) -> None:
    """Compact, UTF-8 as it is, and only those escapes that JSON.stringify writes (webhooks.md 4)."""
    written = payloads.encoded({"customer": members})
    assert json.loads(written) == {"customer": members}
    text = written.decode()
    for place, letter in enumerate(text):
        if letter == "\\":
            assert text[place - 1] == "\\" or text[place + 1] in '"\\bfnrtu', text
    assert all(ord(letter) >= 32 for letter in text)
