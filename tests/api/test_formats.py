"""Bodies of every kind mean the same; what cannot be read is a clear 400 or 422, never a 5xx (conventions.md 3)."""

import json
from typing import Any

import pytest

from tests.api.reading import escaped, good, sentences, told
from tests.street.messaging import connect
from tests.world import Offer, Shop

LIST = "/v3/coupon/list"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def offer(mario: Shop) -> Offer:
    return mario.campaign()


def info(shop: Shop, **request: Any) -> Any:
    headers = shop.headers | request.pop("headers", {})
    return shop.http.post(request.pop("path", "/v3/coupon/info"), headers=headers, **request)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"campaign": "ID", "show_usage_stats": true}'),
        ("application/json; charset=utf-8", '{"campaign": "ID", "show_usage_stats": 1}'),
        ("application/vnd.api+json", '{"campaign": "ID", "show_usage_stats": "TRUE"}'),
        ("application/x-www-form-urlencoded", "campaign=ID&show_usage_stats=true"),
        ("application/x-www-form-urlencoded", '{"campaign": "ID", "show_usage_stats": true}'),
        ("text/plain", ' {"campaign": "ID", "show_usage_stats": "1"}'),
        ("text/plain", "campaign=ID&show_usage_stats=1"),
        ("application/xml", "campaign=ID&show_usage_stats=1"),
        ("", '\ufeff{"campaign": "ID", "show_usage_stats": true}'),
        ("application/json", "campaign=ID&show_usage_stats=True"),
        ("application/json", '{"campaign": "cam_0", "campaign": "ID", "show_usage_stats": true}'),
        ("application/x-www-form-urlencoded", "campaign=cam_0&campaign=ID&show_usage_stats=1"),
    ],
)
def test_one_request_in_many_forms(mario: Shop, offer: Offer, content_type: str, body: str) -> None:
    answer = info(mario, content=body.replace("ID", offer.id).encode(), headers={"Content-Type": content_type})
    coupon = good(answer)["coupon_info"]
    assert (coupon["ID"], coupon["custom_validation_codes_total"]) == (offer.id, 0)


def test_multipart_as_phps_curl_sends_it_and_files_in_it_are_passed_over(mario: Shop, offer: Offer) -> None:
    answer = info(mario, data={"campaign": offer.id}, files={"picture": ("a.bin", b"\x00\xff" * 100)})
    assert good(answer)["coupon_info"]["ID"] == offer.id


def test_a_parameter_sent_as_a_file_is_not_there(mario: Shop, offer: Offer) -> None:
    answer = info(mario, files={"campaign": ("a.txt", offer.id.encode())})
    assert told(answer) == (422, [200], ["missing"])


def test_the_body_wins_over_the_query_string(mario: Shop, offer: Offer) -> None:
    answer = info(mario, path="/v3/coupon/info?campaign=cam_0&show_usage_stats=1", json={"campaign": offer.id})
    coupon = good(answer)["coupon_info"]
    assert coupon["ID"] == offer.id
    assert "custom_validation_codes_total" in coupon


def test_nothing_in_the_body_lets_the_query_string_speak(mario: Shop, offer: Offer) -> None:
    answer = info(mario, path=f"/v3/coupon/info?campaign={offer.id}", json={"campaign": None})
    assert good(answer)["coupon_info"]["ID"] == offer.id


def test_reads_answer_get_from_the_query_string_or_a_json_body(mario: Shop, offer: Offer) -> None:
    by_query = mario.http.get("/v3/coupon/info", params={"campaign": offer.id}, headers=mario.headers | JSON)
    by_body = mario.http.request("GET", "/v3/coupon/info", json={"campaign": offer.id}, headers=mario.headers)
    assert good(by_query) == good(by_body)


def test_writes_do_not_answer_get(mario: Shop) -> None:
    answer = mario.http.get("/v3/singleuse/create", headers=mario.headers)
    assert told(answer) == (405, [300], ["wrong_method"])
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"  ", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("headers", [JSON, FORM, {}])
def test_nothing_is_no_parameters(mario: Shop, body: bytes, headers: dict[str, str]) -> None:
    """(As a form, `null` is a field of that name, which nobody knows.)"""
    assert "coupon_info" in good(info(mario, path=LIST, content=body, headers=headers))


@pytest.mark.parametrize(
    "body",
    [
        b"{broken",
        b'{"a":',
        b"nonsense",
        b'"text"',
        b"5",
        b"true",
        b"[1,2]",
        b'["a"]',
        b"\xff\xfe\x00",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b'{"a": NaN}',
        b'{"a": "line\nbreak"}',
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_is_neither_json_nor_a_form_is_a_400(mario: Shop, body: bytes) -> None:
    assert told(info(mario, path=LIST, content=body, headers=JSON)) == (400, [300], ["malformed"])


def test_thirty_two_levels_are_not_too_deep(mario: Shop) -> None:
    body = b'{"a":' * 32 + b"1" + b"}" * 32
    good(info(mario, path=LIST, content=body, headers=JSON))


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"&".join(b"a%d=1" % n for n in range(10_001))])
def test_forms_that_cannot_be_read_are_a_400(mario: Shop, body: bytes) -> None:
    assert told(info(mario, path=LIST, content=body, headers=FORM)) == (400, [300], ["malformed"])


def test_a_query_string_that_is_no_utf_8_is_a_400(mario: Shop) -> None:
    assert told(mario.http.get(f"{LIST}?a=%ff", headers=mario.headers))[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
        b"--x\r\nno header\r\n--x\r\n",
        b"\x00" * 50,
    ],
)
def test_a_cut_multipart_body_is_a_400_or_nothing(mario: Shop, body: bytes) -> None:
    answer = info(mario, path=LIST, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == (400 if body else 200)


def test_multipart_without_a_boundary_is_a_400(mario: Shop) -> None:
    assert info(mario, path=LIST, content=b"x", headers={"Content-Type": "multipart/form-data"}).status_code == 400


@pytest.mark.parametrize("size", [8 * 1024 * 1024 + 1, 10 * 1024 * 1024])
def test_more_than_eight_mebibytes_is_a_413(mario: Shop, size: int) -> None:
    assert told(info(mario, path=LIST, content=b"x" * size, headers=JSON)) == (413, [300], ["too_large"])


def test_eight_mebibytes_are_read(mario: Shop) -> None:
    body = json.dumps({"padding": ""}).encode()
    padded = body.replace(b'""', b'"' + b"x" * (8 * 1024 * 1024 - len(body)) + b'"')
    good(info(mario, path=LIST, content=padded, headers=JSON))


def test_a_large_body_gets_its_answer_from_a_real_server_and_not_a_reset(mario: Shop, server: Any) -> None:
    mario.door = server.url
    for path in (LIST, "/v3/no/such/call"):
        answer = mario.http.post(path, content=b"x" * 12_000_000, headers=mario.headers | JSON)
        assert told(answer)[0] == (413 if path == LIST else 404)
    chunked = mario.http.post(LIST, content=(b"x" * 100_000 for _ in range(120)), headers=mario.headers | JSON)
    assert told(chunked)[0] == 413
    good(mario.http.post(LIST, content=iter([b"{", b"}"]), headers=mario.headers | JSON))


@pytest.mark.parametrize("path", ["//v3/coupon/list", "/v3/coupon/list/", "//v3/coupon/list//", "/v2/coupon/list"])
def test_careless_paths_are_understood(mario: Shop, path: str) -> None:
    good(mario.http.post(f"http://testserver{path}", headers=mario.headers))


@pytest.mark.parametrize(
    "path", ["/v3", "/v3/", "/v3/coupon", "/v3/Coupon/List", "/v3/coupon/list/x", "/v4/coupon/list", "/v3/\u00e9"]
)
def test_unknown_paths_are_told_in_envelope_b(mario: Shop, path: str) -> None:
    answer = mario.http.post(path, headers=mario.headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "status": {
            "status": "failed",
            "errors": {
                "error_message": "HTTP/1.0 404 Not found.",
                "error_message_description": ["Unknown path."],
                "error_code": [300],
                "error_reason": ["unknown_path"],
            },
        },
        "message": "Unknown path.",
    }


# Values


@pytest.mark.parametrize("value", [True, "true", "TRUE", "True", "1", 1, " true "])
def test_what_counts_as_true(mario: Shop, offer: Offer, value: Any) -> None:
    answer = mario.api("/v3/coupon/info", {"campaign": offer.id, "show_usage_stats": value})
    assert "custom_validation_codes_total" in good(answer)["coupon_info"]


@pytest.mark.parametrize("value", [False, "false", "FALSE", "0", 0, "", None])
def test_what_counts_as_false(mario: Shop, offer: Offer, value: Any) -> None:
    answer = mario.api("/v3/coupon/info", {"campaign": offer.id, "show_usage_stats": value})
    assert "custom_validation_codes_total" not in good(answer)["coupon_info"]


@pytest.mark.parametrize("value", ["yes", "2", 2, -1, 0.5, [], {}, [True], "tru\x00e", "\u0661"])
def test_other_values_are_no_flag(mario: Shop, offer: Offer, value: Any) -> None:
    answer = mario.api("/v3/coupon/info", {"campaign": offer.id, "show_usage_stats": value})
    assert told(answer) == (422, [302], ["not_allowed"])


@pytest.mark.parametrize("raw", ['"1"', "1", "1.0", '"1.0"', '" 1 "', '"01"'])
def test_what_counts_as_the_number_one(mario: Shop, offer: Offer, raw: str) -> None:
    answer = info(mario, path="/v3/campaign/data", content=f'{{"campaign": "{offer.id}", "page": {raw}}}', headers=JSON)
    assert good(answer)["page"] == 1


@pytest.mark.parametrize(
    "raw",
    ["1.5", "1e3", "1E0", '"1e3"', '"NaN"', '"x"', "-1", "0", "1000001", "9" * 19, "9" * 5000, '"\u0661"', "true", "[1]", "{}",
     '"1 2"', '"0x1"', '"1\\u0000"', '"\\ud800"', '"+1"', '"1_0"'],
)  # fmt: skip
def test_what_is_no_page(mario: Shop, offer: Offer, raw: str) -> None:
    answer = info(mario, path="/v3/campaign/data", content=f'{{"campaign": "{offer.id}", "page": {raw}}}', headers=JSON)
    assert told(answer) == (422, [301], ["malformed"])


@pytest.mark.parametrize("spelling", ["cam_{}", "{}", " cam_{} ", "cam_0{}", "0{}"])
def test_ids_come_with_and_without_their_prefix(mario: Shop, offer: Offer, spelling: str) -> None:
    answer = mario.api("/v3/coupon/info", {"campaign": spelling.format(offer.campaign.pk)})
    assert good(answer)["coupon_info"]["ID"] == offer.id


def test_an_id_may_be_a_json_number(mario: Shop, offer: Offer) -> None:
    assert good(mario.api("/v3/coupon/info", {"campaign": offer.campaign.pk}))["coupon_info"]["ID"] == offer.id


@pytest.mark.parametrize(
    "value",
    ["cam_", "cam_x", "fol_1", "CAM_1", "cam_1x", "cam-1", "-1", "1.5", "9" * 19, "cam_" + "9" * 19, "cam_\u0661", "cam_1\x00",
     "\ud800", ["cam_1"], {"a": 1}, True, "'; drop table campaign; --", "<script>"],
)  # fmt: skip
def test_what_is_no_id(mario: Shop, value: Any) -> None:
    assert told(escaped(mario, "/v3/coupon/info", {"campaign": value})) == (422, [301], ["malformed"])


@pytest.mark.parametrize("raw", ["1e3", "1e400", "1e99999999999999999999", "-1e-99999999999999999999", "1.5", "9" * 41])
def test_what_is_no_id_as_a_json_number(mario: Shop, raw: str) -> None:
    for path in ("/v3/coupon/info", "/v3/send/email"):
        body = f'{{"campaign": {raw}, "email": "ann@example.org"}}'.encode()
        if path.endswith("email"):
            connect(mario, "mail")
        assert told(info(mario, path=path, content=body, headers=JSON)) == (422, [301], ["malformed"])


@pytest.mark.parametrize("value", ["", "   ", None])
def test_an_empty_required_parameter_is_missing(mario: Shop, value: Any) -> None:
    answer = mario.api("/v3/coupon/info", {"campaign": value})
    assert told(answer) == (422, [200], ["missing"])
    assert sentences(answer) == ["Missing parameter: campaign"]
    assert answer.json()["message"] == "Missing parameter: campaign"


@pytest.mark.parametrize("text", ["a\x00b", "a\x07", "\x7f", "\x85", "\ud800", "x\udc00y"])
def test_characters_that_cannot_be_stored_are_named(mario: Shop, offer: Offer, text: str) -> None:
    answer = escaped(mario, "/v3/singleuse/create", {"campaign": offer.id, "customid": text, "unknown": text})
    assert told(answer) == (422, [300], ["malformed"])
    assert sentences(answer) == ["Invalid character in parameter: customid"]
    assert told(escaped(mario, "/v3/couponsession/data", {"couponsession": text}))[1] == [301]


@pytest.mark.parametrize(
    ("raw", "stored"),
    [("32470000001", "32470000001"), ("3.50", "3.5"), ("1e3", "1000"), ("1.0", "1"), ("-0.25", "-0.25"), ("true", "true"),
     ("1.00000000000000000000000000000000001", "1.00000000000000000000000000000000001"), ("7" * 45, "7" * 45),
     ('" trimmed\\t"', "trimmed"), ('"Zo\\u00eb \\ud83c\\udf55 \\n <b>\\"x\\"</b> \\\\"', 'Zoë 🍕 \n <b>"x"</b> \\')],
)  # fmt: skip
def test_texts_take_any_scalar_and_come_back_as_they_are(mario: Shop, offer: Offer, raw: str, stored: str) -> None:
    body = f'{{"campaign": "{offer.id}", "customid": {raw}}}'.encode()
    answer = good(info(mario, path="/v3/singleuse/create", content=body, headers=JSON))
    assert answer["customid"] == stored
    read = good(mario.api("/v3/couponsession/data", {"couponsession": answer["single_use_code"]}))
    assert (read["customid"], read["data"]["customer"]["customid"]) == (stored, stored)


@pytest.mark.parametrize(
    "raw", ["[1]", '{"a": 1}', "1e40", "1e999999999", "1e99999999999999999999", "-1e-99999999999999999999", "9" * 4400]
)
def test_what_is_no_text(mario: Shop, offer: Offer, raw: str) -> None:
    body = f'{{"campaign": "{offer.id}", "customid": {raw}}}'.encode()
    assert told(info(mario, path="/v3/singleuse/create", content=body, headers=JSON))[:2] == (422, [300])


@pytest.mark.parametrize(
    ("name", "longest"),
    [("firstname", 100), ("lastname", 100), ("phone", 32), ("customid", 50), ("customvalcode", 100), ("customfield1", 50),
     ("customfield7", 50), ("utm_source", 255)],
)  # fmt: skip
def test_the_longest_value_fits_and_one_more_does_not(mario: Shop, offer: Offer, name: str, longest: int) -> None:
    good(mario.api("/v3/singleuse/create", {"campaign": offer.id, name: "é" * longest}))
    answer = mario.api("/v3/singleuse/create", {"campaign": offer.id, name: "é" * (longest + 1)})
    assert told(answer) == (422, [300], ["too_long"])
    assert sentences(answer) == [f"Invalid format in parameter: {name}. Required format: at most {longest} characters"]


@pytest.mark.parametrize(
    "email", ["ann", "ann@", "@x.be", "a b@example.org", "ann@example", "ann@exa mple.org", "a@b@c.org"]
)
def test_what_is_no_email(mario: Shop, offer: Offer, email: str) -> None:
    assert told(mario.api("/v3/singleuse/create", {"campaign": offer.id, "email": email})) == (
        422,
        [305],
        ["bad_email"],
    )


def test_a_plus_that_a_careless_form_turned_into_a_blank_is_not_repaired(mario: Shop, offer: Offer) -> None:
    body = f"campaign={offer.id}&email=ann+pizza@example.org"
    assert told(info(mario, path="/v3/singleuse/create", content=body, headers=FORM)) == (422, [305], ["bad_email"])


def test_form_bodies_without_percent_encoding_are_read(mario: Shop, offer: Offer) -> None:
    body = f"campaign={offer.id}&firstname=Zoë Ann&email=ann@example.org&customid=a/b:c".encode()
    code = good(info(mario, path="/v3/singleuse/create", content=body, headers=FORM))["single_use_code"]
    customer = good(mario.api("/v3/couponsession/data", {"couponsession": code}))["data"]["customer"]
    assert (customer["firstname"], customer["email"], customer["customid"]) == ("Zoë Ann", "ann@example.org", "a/b:c")


def test_lists_come_as_arrays_or_with_commas(mario: Shop) -> None:
    pizza = mario.campaign("Pizza", tags=["pizza"])
    pasta = mario.campaign("Pasta", tags=["pasta", "lunch"])
    mario.campaign("Wine", tags=["wine"])
    for tags in (["pizza", "lunch"], "pizza,lunch", " pizza , lunch ", ["pizza,lunch"], ["pizza", None, "lunch", ""]):
        found = good(mario.api(LIST, {"tags": tags}))["coupon_info"]
        assert [coupon["ID"] for coupon in found] == [pizza.id, pasta.id], tags


def test_every_answer_is_json_with_its_own_request_id_and_the_headers_of_a_program(mario: Shop) -> None:
    for answer in (mario.api(LIST), mario.api("/v3/nope"), mario.http.post(LIST), mario.http.put(LIST)):
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert len(answer.headers["X-Request-Id"]) == 16
    assert mario.api(LIST, headers={"X-Request-Id": "till-7.42"}).headers["X-Request-Id"] == "till-7.42"
    assert mario.api(LIST, headers={"X-Request-Id": "a b"}).headers["X-Request-Id"] != "a b"
