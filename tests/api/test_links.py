"""Single-use links over the API (coupons.md 18 to 20)."""

import json
from datetime import datetime
from typing import Any

import pytest

from tearoff.activity.models import Event
from tearoff.campaigns.owncodes import import_codes
from tearoff.coupons import links
from tearoff.coupons.models import CouponSession, LinkKey
from tests.api.reading import NOBODYS_CODE, good, told
from tests.street.rivals import race
from tests.street.server import Server
from tests.world import Offer, Shop, door

ONE, MANY, REMOVE = "/v3/singleuse/create", "/v3/multiplesingleuse/create", "/v3/singleuse/remove"


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign()


def create(offer: Offer, **parameters: Any) -> dict[str, Any]:
    return good(offer.shop.api(ONE, {"campaign": offer.id} | parameters))


def test_a_link_keeps_what_it_was_made_with(offer: Offer) -> None:
    person = {"firstname": "Ann", "lastname": "Peeters", "email": "Ann@Example.org", "phone": "0470 00 00 01",
              "customid": "member-881", "customvalcode": "7731902284", "utm_source": "mail", "utm_content": "top"}  # fmt: skip
    person |= {f"customfield{number}": f"field {number}" for number in range(1, 8)}
    answer = create(offer, expiry_date="2031-07-01 12:00:00", **person)
    read = good(offer.shop.api("/v3/couponsession/data", {"couponsession": answer["single_use_code"]}))
    customer, status = read["data"]["customer"], read["data"]["status"]
    kept = {name: value for name, value in person.items() if name not in ("phone", "customvalcode")}
    assert {name: customer[name] for name in kept} == kept
    assert customer["phone"] == "32470000001"
    assert (status["own_validation_code"], status["expiry_date_utc"]) == ("7731902284", "2031-07-01 10:00:00")
    assert (status["opened"], status["claimed"], read["customid"]) == ("0", "0", "member-881")
    assert str(answer["sequence_id"]) == read["sequenceid"]
    assert answer["single_use_url"] == read["session_url"]


@pytest.mark.parametrize(("word", "digits"), [("6digits", 6), ("8digits", 8), ("10DIGITS", 10)])
def test_automatic_codes(offer: Offer, word: str, digits: int) -> None:
    codes = {create(offer, autovalcode=word)["custom_validation_code"] for _ in range(5)}
    assert len(codes) == 5
    assert all(len(code) == digits and code.isdigit() for code in codes)
    code = codes.pop()
    found = good(offer.shop.api("/v3/couponsession/search", {"search": f"{code[:3]} {code[3:]}"}))
    assert found["amount_of_results"] == 1


@pytest.mark.parametrize("given", ["123456", " 1-2-3-4-5-6 "])
def test_an_automatic_code_is_never_one_the_merchant_gave(
    offer: Offer, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    create(offer, customvalcode=given)
    import_codes(offer.campaign, "777777")
    drawn = iter(["123456", "777777", "654321"])
    monkeypatch.setattr(links.codes, "many", lambda alphabet, length: next(drawn))
    assert create(offer, autovalcode="6digits")["custom_validation_code"] == "654321"
    assert not LinkKey.objects.filter(campaign=offer.campaign.pk, value__in=["123456", "777777"]).exists()
    pattern = links.CodePattern("", 10, links.DIGITS)
    create(offer, customvalcode="SPR 0000000001")
    monkeypatch.setattr(links.codes, "many", lambda alphabet, length: "00000000010000000002")
    pattern = links.CodePattern("SPR", 10, links.DIGITS)
    assert links._free_codes(offer.campaign, 2, pattern) == ["SPR0000000002"]


@pytest.mark.parametrize(
    ("settings", "later"),
    [({"status": "draft"}, "inactive"), ({"status": "inactive"}, "inactive"), ({"starts_at": datetime(2099, 1, 1)}, "not_started"),
     ({"ends_at": datetime(2020, 1, 1)}, "expired"), ({"max_claims": 0}, "sold_out")],
)  # fmt: skip
def test_links_are_made_whatever_the_state_and_show_it_later(
    offer: Offer, settings: dict[str, Any], later: str
) -> None:
    if "max_claims" in settings:
        good(offer.shop.api("/v3/coupon/update", {"campaign": offer.id, "max_claims": 1}))
        good(offer.shop.api("/v3/couponsession/update", {"couponsession": offer.link(), "status": "claimed"}))
    else:
        offer.set(
            **{name: value.astimezone() if isinstance(value, datetime) else value for name, value in settings.items()}
        )
    code = create(offer)["single_use_code"]
    assert good(offer.shop.api(MANY, {"campaign": offer.id, "amount": 1}))["data"]
    assert told(offer.shop.api("/v3/couponsession/update", {"couponsession": code, "status": "validated"}))[2] == [
        later
    ]


def test_a_link_may_have_expired_already(offer: Offer) -> None:
    code = create(offer, expiry_date="2020-01-01 00:00:00")["single_use_code"]
    answer = offer.shop.api("/v3/couponsession/update", {"couponsession": code, "status": "validated"})
    assert told(answer) == (422, [300], ["expired"])


def test_a_template_has_no_links(mario: Shop) -> None:
    template = mario.account.campaigns.get(is_template=True)
    for path in (ONE, MANY):
        assert told(mario.api(path, {"campaign": template.pk})) == (422, [502], ["not_found"])


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [({"autovalcode": "7digits"}, [302]), ({"duplicate_check": "name"}, [302]), ({"expiry_date": "soon"}, [303]),
     ({"email": "x"}, [305]), ({"customid": "x" * 51}, [300]), ({"autovalcode": "6digits", "customvalcode": "1"}, [300]),
     ({"customvalcode": "- -"}, [300]), ({"customvalcode": "-" * 101}, [300]),
     ({"expiry_date": "x", "duplicate_check": "x", "customfield1": "x" * 51, "autovalcode": "x"}, [302, 300, 302, 303]),
     ({"campaign": None}, [200]), ({"campaign": "x", "email": "x", "autovalcode": "x"}, [301, 305, 302])],
)  # fmt: skip
def test_what_a_link_cannot_have(offer: Offer, parameters: dict[str, Any], codes: list[int]) -> None:
    assert told(offer.shop.api(ONE, {"campaign": offer.id} | parameters))[1] == codes
    assert not CouponSession.objects.filter(campaign=offer.campaign).exists()


# duplicate_check


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        ("email", "ann@example.org", " ANN@Example.org "),
        ("phone", "0470000001", "+32 470 00 00 01"),
        ("customid", "Ab", "Ab"),
    ],
)
def test_the_same_person_gets_the_same_link(offer: Offer, field: str, first: str, second: str) -> None:
    made = create(offer, duplicate_check=field, **{field: first})
    again = create(offer, duplicate_check=field, firstname="Other", **{field: second})
    assert again == made | {"action": "single_use_code_duplicate"}
    read = good(offer.shop.api("/v3/couponsession/data", {"couponsession": made["single_use_code"]}))
    assert read["data"]["customer"]["firstname"] == "", "nothing on it is changed"


def test_an_older_link_made_without_the_check_counts(offer: Offer) -> None:
    oldest = create(offer, customid="7")
    create(offer, customid="7")
    assert create(offer, customid="7", duplicate_check="customid")["single_use_code"] == oldest["single_use_code"]


def test_voided_ones_count_and_removed_ones_do_not(offer: Offer) -> None:
    made = create(offer, customid="7", duplicate_check="customid")
    good(offer.shop.api("/v3/couponsession/update", {"couponsession": made["single_use_code"], "void": True}))
    assert create(offer, customid="7", duplicate_check="customid")["action"] == "single_use_code_duplicate"
    other = create(offer, customid="8", duplicate_check="customid")
    good(offer.shop.api(REMOVE, {"single_use_code": other["single_use_code"]}))
    assert create(offer, customid="8", duplicate_check="customid")["action"] == "single_use_code_created"


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        ("email", "ann@example.org", "bob@example.org"),
        ("phone", "+32470000001", "+32470000002"),
        ("customid", "1", "2"),
    ],
)
def test_a_link_whose_person_was_changed_is_nobody_elses(offer: Offer, field: str, first: str, second: str) -> None:
    """Otherwise Ann would get the coupon that is Bob's by now."""
    bobs = create(offer, duplicate_check=field, **{field: first})["single_use_code"]
    good(offer.shop.api("/v3/couponsession/update", {"couponsession": bobs, field: second}))
    made = create(offer, duplicate_check=field, **{field: first})
    assert (made["action"], made["single_use_code"] != bobs) == ("single_use_code_created", True)
    again = create(offer, duplicate_check=field, **{field: first})
    assert again == made | {"action": "single_use_code_duplicate"}
    assert create(offer, duplicate_check=field, **{field: second})["single_use_code"] == bobs


def test_after_a_change_the_oldest_that_has_the_value_counts(offer: Offer) -> None:
    changed = create(offer, duplicate_check=True, customid="1")["single_use_code"]
    older = create(offer, customid="1")["single_use_code"]
    create(offer, customid="1")
    good(offer.shop.api("/v3/couponsession/update", {"couponsession": changed, "customid": "2"}))
    assert create(offer, duplicate_check=True, customid="1")["single_use_code"] == older


def test_custom_ids_that_differ_in_case_are_different_and_nothing_is_no_check(offer: Offer) -> None:
    codes = {create(offer, duplicate_check="customid", **extra)["single_use_code"] for extra in
             ({"customid": "a"}, {"customid": "A"}, {}, {}, {"customid": ""}, {"email": "ann@example.org"})}  # fmt: skip
    assert len(codes) == 6


def test_true_checks_the_first_field_that_has_a_value(offer: Offer) -> None:
    made = create(offer, phone="0470000001", customid="7", duplicate_check=True)
    assert (
        create(offer, phone="0470000001", customid="8", duplicate_check=True)["single_use_code"]
        == made["single_use_code"]
    )
    assert (
        create(offer, phone="0470000002", customid="7", duplicate_check=True)["single_use_code"]
        != made["single_use_code"]
    )


def test_the_check_is_within_one_coupon(offer: Offer) -> None:
    made = create(offer, customid="7", duplicate_check="customid")
    other = create(offer.shop.campaign(), customid="7", duplicate_check="customid")
    assert other["single_use_code"] != made["single_use_code"]


def test_lesson_26_fifty_parallel_creates_make_one_session(offer: Offer, server: Server) -> None:
    offer.shop.door = server.url
    body = {"campaign": offer.id, "customid": "one", "duplicate_check": "customid"}
    http = [door(server.url) for _ in range(50)]
    answers = race(
        [lambda client=client: client.post(ONE, json=body, headers=offer.shop.headers).json() for client in http]
    )
    assert len({answer["single_use_code"] for answer in answers}) == 1  # type: ignore[index]
    assert sorted(answer["action"] for answer in answers) == [  # type: ignore[index]
        "single_use_code_created", *["single_use_code_duplicate"] * 49,
    ]  # fmt: skip
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 1
    assert LinkKey.objects.filter(campaign=offer.campaign.pk).count() == 1


# Many


def test_ten_by_default(offer: Offer) -> None:
    answer = good(offer.shop.api(MANY, {"campaign": offer.id}))
    assert list(answer) == ["status", "campaign", "action", "data"]
    assert (answer["campaign"], answer["action"], len(answer["data"])) == (
        offer.id, "multiple_single_use_codes_created", 10,
    )  # fmt: skip
    for item in answer["data"]:
        code = item["single_use_code"]
        assert item == {
            "single_use_code": code,
            "sequence_id": item["sequence_id"],
            "single_use_url": f"http://127.0.0.1:8000/p/{offer.code}/{code}",
            "widget_validation_code": code[:6],
            "custom_validation_code": "",
        }
        assert isinstance(item["sequence_id"], int)
    assert [item["sequence_id"] for item in answer["data"]] == sorted(item["sequence_id"] for item in answer["data"])
    assert Event.objects.filter(campaign=offer.campaign.pk, kind="link.made").count() == 1


@pytest.mark.parametrize(("status", "usable"), [("normal", True), ("activated", True), ("voided", False)])
def test_initial_states(offer: Offer, status: str, usable: bool) -> None:
    (item,) = good(offer.shop.api(MANY, {"campaign": offer.id, "amount": 1, "status": status}))["data"]
    body = {"couponsession": item["single_use_code"]}
    answer = offer.shop.api("/v3/couponsession/update", body | {"status": "claimed"})
    assert (answer.status_code == 200) is usable
    if not usable:
        assert told(answer)[2] == ["voided"]
        good(offer.shop.api("/v3/couponsession/update", body | {"status": "activated"}))
        good(offer.shop.api("/v3/couponsession/update", body | {"status": "claimed"}))


@pytest.mark.parametrize(
    ("kind", "letters"), [("numeric", "0123456789"), ("alphanumeric", "23456789ABCDEFGHJKMNPQRSTUVWXYZ")]
)
def test_automated_codes(offer: Offer, kind: str, letters: str) -> None:
    parameters = {
        "amount": "50",
        "automated_codes": "true",
        "code_prefix": 'Nöel "2"-',
        "code_length": "12",
        "code_type": kind,
    }
    items = good(offer.shop.api(MANY, {"campaign": offer.id} | parameters))["data"]
    codes = {item["custom_validation_code"] for item in items}
    assert len(codes) == 50
    for code in codes:
        assert code.startswith('Nöel "2"-')
        assert len(code) == 9 + 12
        assert set(code[9:]) <= set(letters)
    typed = items[0]["custom_validation_code"].upper().replace(" ", "").replace("-", " ")
    found = good(offer.shop.api("/v3/couponsession/search", {"customvalcode": typed}))["data"]
    assert [item["session"] for item in found] == [items[0]["single_use_code"]]


def test_an_empty_prefix_is_fine(offer: Offer) -> None:
    parameters = {"amount": 2, "automated_codes": True, "code_prefix": "", "code_length": 10, "code_type": "numeric"}
    assert len(good(offer.shop.api(MANY, {"campaign": offer.id} | parameters))["data"]) == 2


@pytest.mark.parametrize(
    ("parameters", "codes", "reasons"),
    [
        ({"amount": 0}, [300], ["malformed"]),
        ({"amount": 100_001}, [300], ["malformed"]),
        ({"amount": -5}, [300], ["malformed"]),
        ({"amount": "many"}, [301], ["malformed"]),
        ({"amount": 1.5}, [301], ["malformed"]),
        ({"status": "locked"}, [302], ["not_allowed"]),
        ({"automated_codes": "perhaps"}, [302], ["not_allowed"]),
        ({"automated_codes": True}, [200, 200], ["missing", "missing"]),
        ({"automated_codes": True, "code_length": 9, "code_type": "numeric"}, [300], ["malformed"]),
        ({"automated_codes": True, "code_length": 26, "code_type": "numeric"}, [300], ["malformed"]),
        ({"automated_codes": True, "code_length": 10, "code_type": "roman"}, [302], ["not_allowed"]),
        (
            {"automated_codes": True, "code_length": 10, "code_type": "numeric", "code_prefix": "x" * 21},
            [300],
            ["too_long"],
        ),
    ],
)
def test_what_many_links_cannot_be(
    offer: Offer, parameters: dict[str, Any], codes: list[int], reasons: list[str]
) -> None:
    assert told(offer.shop.api(MANY, {"campaign": offer.id} | parameters)) == (422, codes, reasons)
    assert not CouponSession.objects.filter(campaign=offer.campaign).exists()


def test_a_hundred_thousand_links_are_streamed_whole(mario: Shop, server: Server) -> None:
    offer = mario.campaign()
    mario.door = server.url
    with mario.http.stream(
        "POST", MANY, json={"campaign": offer.id, "amount": 100_000}, headers=mario.headers
    ) as answer:
        assert answer.status_code == 200
        pieces = list(answer.iter_bytes())
    assert len(pieces) > 10, "it comes in pieces"
    items = json.loads(b"".join(pieces))["data"]
    assert len({item["single_use_code"] for item in items}) == 100_000
    assert CouponSession.objects.filter(campaign=offer.campaign).count() == 100_000


# Remove


@pytest.mark.parametrize("path", [REMOVE, "/v3/singleuse/delete"])
@pytest.mark.parametrize("name", ["single_use_code", "couponsession", "code"])
def test_an_unclaimed_link_is_removed_with_its_data(offer: Offer, path: str, name: str) -> None:
    code = create(offer, firstname="Ann")["single_use_code"]
    assert good(offer.shop.api(path, {"campaign": offer.id, name: code})) == {
        "status": {"status": "OK"},
        "campaign": offer.id,
        "action": "single_use_code_removed",
        "single_use_code": code,
    }
    assert told(offer.shop.api(path, {name: code})) == (422, [505], ["not_found"]), "a second removal"
    assert not CouponSession.objects.filter(code=code).exists()
    event = Event.objects.get(campaign=offer.campaign.pk, kind="link.removed")
    assert (event.subject, event.data) == ("", {"opened": False})
    assert door().get(f"/p/{offer.code}/{code}").status_code == 404


def test_opened_is_no_obstacle(offer: Offer) -> None:
    code = create(offer)["single_use_code"]
    good(offer.shop.api("/v3/couponsession/update", {"couponsession": code, "status": "opened"}))
    good(offer.shop.api(REMOVE, {"single_use_code": code}))


@pytest.mark.parametrize(("acts", "word"), [(["claimed"], "already_claimed"), (["validated"], "already_used"),
                                            (["voided"], "voided"), (None, "not_a_link")])  # fmt: skip
def test_what_cannot_be_removed(offer: Offer, acts: list[str] | None, word: str) -> None:
    code = offer.opened() if acts is None else create(offer)["single_use_code"]
    for act in acts or []:
        good(offer.shop.api("/v3/couponsession/update", {"couponsession": code, "status": act}))
    assert told(offer.shop.api(REMOVE, {"single_use_code": code})) == (422, [300], [word])
    assert CouponSession.objects.filter(code=code).exists()


def test_a_link_of_another_coupon_is_not_found(offer: Offer, lucia: Shop) -> None:
    code = create(offer)["single_use_code"]
    other, foreign = offer.shop.campaign(), lucia.campaign()
    assert told(offer.shop.api(REMOVE, {"campaign": other.id, "single_use_code": code})) == (422, [505], ["not_found"])
    assert told(offer.shop.api(REMOVE, {"campaign": foreign.id, "single_use_code": code})) == (
        422,
        [502],
        ["not_found"],
    )
    assert told(offer.shop.api(REMOVE, {"single_use_code": NOBODYS_CODE})) == (422, [505], ["not_found"])
    assert told(offer.shop.api(REMOVE, {"campaign": offer.id})) == (422, [200], ["missing"])
