"""Every error number a call names can be provoked, and is told in the right envelope (lesson 32)."""

from typing import Any

import pytest
from django.conf import settings

from tearoff.api.calls import Call
from tearoff.api.errors import Shape
from tearoff.api.fields import Choice, Email, EventId, Flag, Id, Kind, SessionCode, Text, Whole, Words, Zone
from tearoff.api.moments import Moment
from tearoff.api.v3 import PATHS, TABLE
from tearoff.api.v3.contacts import Birthday
from tearoff.kit import clock
from tearoff.messaging import optouts
from tearoff.messaging.models import Connection
from tests.api.reading import EXPIRED, NOBODYS_CODE, WRONG_KEYS, told
from tests.api.test_isolation import UNKNOWN, Things, key_of, things_of, valid
from tests.world import Shop, open_shop

WITHOUT_RIGHT = {"/v3/send/email": 104, "/v3/send/sms": 103}
"""Without a connection no other number is reached."""
WITHOUT_RIGHT |= {path: 103 for path in TABLE if path.startswith(("/v3/smstool/", "/v3/emailtool/"))}

MALFORMED: list[tuple[int, type[Kind] | tuple[type[Kind], ...], Any]] = [
    (301, (Id, SessionCode, EventId, Whole), "?"),
    (302, (Choice, Flag, Words, Zone), "?"),
    (303, (Moment, Birthday), "?"),
    (305, Email, "?"),
    (300, Text, "x" * 20_001),
]

SPECIAL: dict[tuple[str, int], dict[str, Any]] = {
    ("/v3/directory/campaign/create", 300): {"name": "x" * 201},
    ("/v3/directory/campaign/update", 300): {"category": "cat_999999999"},
    ("/v3/couponsession/update", 200): {"couponsession": None},
    ("/v3/couponsession/update", 505): {"couponsession": NOBODYS_CODE},
    ("/v3/couponsession/search", 200): {"search": None, "email": None, "phone": None},
    ("/v3/campaign/search", 200): {"campaign": None},
    ("/v3/webhook/update", 200): {"webhook": None},
    ("/v3/multiplesingleuse/create", 300): {"amount": 0},
    ("/v3/singleuse/remove", 300): {"single_use_code": "OPENED"},
    ("/v3/send/email", 604): {"email": "out@example.org"},
    ("/v3/smstool/userlist", 300): {"limit": 5_001},
    ("/v3/emailtool/userlist", 300): {"limit": 5_001},
    ("/v3/emailtool/removecontact", 300): {"email": "nobody@example.org"},
    ("/v4/subaccount/create", 300): {"first_name": "x" * 101},
    ("/v4/subaccount/update", 300): {"first_name": "x" * 101},
    ("/v3/subaccount/sso", 502): {"page": "update_campaign", "campaign": "cam_999999999"},
    ("/v3/teammate/sso", 502): {"page": "update_campaign", "campaign": "cam_999999999"},
    ("/v3/loyaltyusers/list", 300): {"limit": 0},
    ("/v3/loyaltyusers/update", 300): {"points": "9" * 12},
    ("/v3/loyaltyusers/update", 302): {"void": "?"},
    ("/v3/loyaltyusers/create", 302): {"gender": "?"},
}

TOLD_ELSEWHERE = {
    ("/v3/multiplecouponsession/update", 301),
    ("/v3/couponsession/data", 300),
    ("/v3/subaccount/reset/url", 300),
}
"""Not of the call but of an item: test_each_of_several_sessions_is_changed_by_itself. What takes two accounts:
test_a_short_code_that_several_accounts_have_is_ambiguous_for_their_parent. What takes an operator of the server:
test_no_parent_sets_an_operators_password_or_address."""

CASES = [
    (path, code)
    for path, row in TABLE.items()
    for code in row.errors
    if code != WITHOUT_RIGHT.get(path) and (path, code) not in TOLD_ELSEWHERE
]


def provoking(row: Call, code: int) -> dict[str, Any]:
    """What to send instead of the good parameters."""
    if (row.path, code) in SPECIAL:
        return SPECIAL[row.path, code]
    if code in (102, 304):
        return {}
    if code == 200:
        return {next(member.name for member in row.read.members if member.required): None}
    names = {
        502: ("campaign", "template"),
        505: ("couponsession", "single_use_code", "loyaltycard"),
        509: ("webhook",),
        514: ("smsgroup", "emailgroup"),
        503: ("teammate",),
        506: ("user",),
        507: ("loyaltycard", "directory"),
        510: ("subaccount",),
        515: ("folder",),
    }
    if code in names:
        name = next(member.name for member in row.read.members if member.name in names[code])
        endpoint = name == "webhook" and row.path != "/v3/webhook/verification"
        return {name: UNKNOWN["endpoint" if endpoint else key_of(row, name)]}
    kinds, value = next((kinds, value) for number, kinds, value in MALFORMED if number == code)
    return {next(member.name for member in row.read.members if isinstance(member.kind, kinds)): value}


def client_of(shop: Shop) -> Shop:
    """A sub-account, which manages none itself."""
    return open_shop("Client", parent=shop.account)


def somebody(shop: Shop, path: str) -> str:
    """An e-mail address that is somebody's log-in already."""
    if path == "/v3/loyaltyusers/create":
        assert shop.api(path, {"email": "lena@example.org", "password": "correct horse"}).status_code == 200
        return "lena@example.org"
    return shop.email


@pytest.fixture(scope="module")
def stocked() -> Shop:
    """For all numbers of all calls: what is refused changes nothing of it."""
    shop = open_shop("Mario's Pizzeria")
    optouts.opt_out(shop.account.pk, "mail", "out@example.org", reason="link", at=clock.now())
    return shop


@pytest.fixture(scope="module")
def things(stocked: Shop) -> Things:
    return things_of(stocked)


@pytest.mark.parametrize(("path", "code"), CASES)
def test_each_number_of_each_call(stocked: Shop, things: Things, path: str, code: int) -> None:
    row = TABLE[path]
    wrong = provoking(row, code)
    wrong = {name: stocked.campaign().opened() if value == "OPENED" else value for name, value in wrong.items()}
    caller = client_of(stocked) if code == 102 else stocked
    if code == 304:
        wrong = {"email": somebody(stocked, path)}
    answer = caller.api(path, valid(row, things) | wrong)
    assert told(answer)[:2] == (401 if code == 102 else 422, [code]), answer.text
    envelope = ["status", "errors", "message"] if row.shape is Shape.PUSH else ["status", "message"]
    assert list(answer.json()) == envelope


@pytest.mark.parametrize("path", sorted(PATHS))
def test_wrong_keys_and_dead_accounts_are_told_in_envelope_a_whatever_is_sent(mario: Shop, path: str) -> None:
    for headers in ({}, {"X-Client-Id": mario.client_id, "X-Client-Secret": "wrong"}):
        answer = mario.http.post(path, json={"campaign": "?"}, headers=headers)
        assert (answer.status_code, answer.json()) == (401, WRONG_KEYS)
    in_address = {"client_id": mario.client_id, "client_secret": mario.client_secret}
    assert mario.http.post(path, params=in_address).json() == WRONG_KEYS
    for status, body in (("expired", EXPIRED), ("blocked", WRONG_KEYS)):
        mario.account.status = status
        mario.account.save()
        answer = mario.http.post(path, json=in_address | {"campaign": "?"})
        assert (answer.status_code, answer.json()) == (401, body)


@pytest.mark.parametrize(("path", "code"), WITHOUT_RIGHT.items())
def test_without_the_right_no_parameter_is_looked_at(mario: Shop, path: str, code: int) -> None:
    things = things_of(mario)
    Connection.objects.filter(account=mario.account).delete()
    for parameters in ({}, {"campaign": "?"}, valid(TABLE[path], things)):
        assert told(mario.api(path, parameters))[:2] == (422, [code])


@pytest.mark.parametrize("path", sorted(TABLE))
def test_good_parameters_are_good(mario: Shop, path: str) -> None:
    """The control: what the tests above spoil would have been accepted."""
    row = TABLE[path]
    answer = mario.api(path, valid(row, things_of(mario)))
    if path.endswith("/pushnotification/single"):  # nobody has allowed it
        assert answer.status_code == 422
    else:
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", sorted(TABLE))
def test_always_200_changes_the_status_and_nothing_else(
    mario: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mario.api(path, {"campaign": "?", "couponsession": "?"})
    monkeypatch.setattr(settings, "TEAROFF_ERROR_HTTP_STATUS", "always_200")
    forced = mario.api(path, {"campaign": "?", "couponsession": "?"})
    assert forced.status_code == 200
    assert forced.content == real.content or path == "/v3/account/sso", "a link of its own each time"
    assert mario.http.post(path).status_code == 200
    assert mario.http.post("/v3/nope").status_code == 200
