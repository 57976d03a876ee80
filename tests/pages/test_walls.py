"""The walls of the consumer's and the staff's pages: tenants, other sites, hostile texts, wrong requests."""

import re
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from unittest import mock

import httpx
import pytest
from django.test import override_settings

from tearoff.kit import lane as kit_lane
from tearoff.pages import lane, reading
from tearoff.pages import policy as policies
from tests.pages.phones import path, send, session_of, sessions
from tests.world import PERSON, Shop, door

# Tenants (lesson 28, journeys J20.5 and J22)


def test_lesson_28_two_parts_that_do_not_belong_together_are_no_address(
    mario: Shop, lucia: Shop, ann: httpx.Client
) -> None:
    hers, his, his_other = lucia.campaign("Free slice"), mario.campaign("Free slice"), mario.campaign("Free slice")
    for offer in (hers, his):
        offer.at_location("Shop North", "4711")
    his_other.campaign.locations.set(his.campaign.locations.all())
    session = his.claimed()

    for wrong in (hers, his_other):
        for part in ("", "/use", "/live"):
            assert ann.get(path(wrong, session, part)).status_code == 404
        for part in ("", "/use"):
            assert ann.post(path(wrong, session, part), data={"password": "4711"}).status_code == 404
        assert ann.get(f"/s/{wrong.code}/{session}").status_code == 404
        assert ann.post(f"/s/{wrong.code}/{session}", data={"password": "4711"}).status_code == 404

    assert his.uses() == hers.uses() == his_other.uses() == 0 and sessions(hers) == 0


def test_a_changed_letter_is_the_page_of_an_unknown_address(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    session = offer.claimed(customer={"firstname": "Zebulon"})
    spellings = {session.upper(), session[:-1], session + "a", session[:6]}
    spellings |= {
        session[:place] + ("a" if session[place] != "a" else "b") + session[place + 1 :] for place in range(21)
    }

    answers = [ann.get(path(offer, spelling)) for spelling in spellings]

    assert {answer.status_code for answer in answers} == {404} and len({answer.text for answer in answers}) == 1
    assert "Zebulon" not in answers[0].text


def test_the_address_alone_is_the_right_no_cookie_is_asked(mario: Shop) -> None:
    """Frames without third-party cookies work (conventions.md 10, 8)."""
    offer = mario.campaign(by_button=True)
    with door(headers=PERSON) as frame:
        where = frame.get(f"/p/{offer.code}&web=true").headers["location"]
        frame.cookies.clear()
        page = frame.get(where)
        frame.cookies.clear()
        assert send(frame, page).status_code == 303
        frame.cookies.clear()
        assert send(frame, frame.get(where + "/use")).status_code == 303

    assert offer.uses() == 1


# Other sites


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Origin": "null"}, True),  # our own forms: their page forbids referrers
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://testserver.evil.example"}, False),
        ({"Origin": "http://testserver:81"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, False),
    ],
)
def test_a_post_of_another_site_is_refused(
    mario: Shop, ann: httpx.Client, headers: dict[str, str], is_let_in: bool
) -> None:
    offer = mario.campaign(by_button=True)
    offer.at_location("Shop North", "4711")
    page = ann.get(f"/p/{offer.code}")
    session = session_of(page)

    claim = send(ann, page, headers=headers)
    assert claim.status_code == (303 if is_let_in else 403)
    assert bool(offer.session(session).claimed_at) is is_let_in
    if not is_let_in:
        offer.claim(session)
        assert "so nothing was done" in claim.text
        assert ann.post(f"/s/{offer.code}/{session}", data={"password": "4711"}, headers=headers).status_code == 403
        assert ann.post("/s/forget", headers=headers).status_code == 403
    assert ann.post(page.url.path + "/use", headers=headers, follow_redirects=False).status_code == claim.status_code
    assert offer.uses() == is_let_in


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


def every_page(mario: Shop, ann: httpx.Client) -> list[httpx.Response]:
    offer = mario.campaign()
    offer.at_location()
    off = mario.campaign(status="inactive")
    page = ann.get(f"/p/{offer.code}", follow_redirects=False)
    session = offer.claimed()
    return [
        page,
        ann.get(page.headers["location"]),
        ann.get(path(offer, session)),
        ann.get(path(offer, session, "/use")),
        ann.get(path(offer, session, "/live")),
        ann.post(path(offer, session, "/use"), data={"password": "0000"}),
        ann.get(f"/p/{off.code}"),
        ann.get("/p/nowhere1"),
        ann.put(f"/p/{offer.code}"),
        ann.post(path(offer, session), headers={"Origin": "https://evil.example"}),
        ann.get(f"/s/{offer.code}/{session}"),
        ann.get("/s/nowhere"),
    ]


def test_every_answer_carries_the_policy_and_keeps_its_address_to_itself(mario: Shop, ann: httpx.Client) -> None:
    for answer in every_page(mario, ann):
        rules = policy(answer)
        assert rules["default-src"] == ["'self'"] and rules["img-src"] == ["'self'", "data:"]
        assert rules["frame-ancestors"] == (["'none'"] if answer.url.path.startswith("/s/") else ["*"])
        assert rules["object-src"] == rules["base-uri"] == ["'none'"] and rules["form-action"] == ["'self'"]
        assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-request-id"]
        assert "x-frame-options" not in answer.headers
        assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=|javascript:", answer.text)


def test_who_may_frame_coupon_pages_is_a_setting(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    policies.policy.cache_clear()
    with override_settings(TEAROFF_FRAME_ANCESTORS="https://shop.example"):
        assert policy(ann.get(f"/p/{offer.code}"))["frame-ancestors"] == ["https://shop.example"]
        assert policy(ann.get(f"/p/{offer.code}?preview=x"))["frame-ancestors"] == ["'self'", "https://shop.example"]
    policies.policy.cache_clear()


# Hostile texts (lesson 51, journey J20.6)

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "</title><script>alert(1)</script>",
    "<iframe src=//evil.example></iframe>",
    "javascript:alert(1)",
    "<style>*{display:none}</style>",
    "\u202etxet\u202c <b>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_lesson_51_no_text_of_a_merchant_or_a_consumer_becomes_code(
    mario: Shop, ann: httpx.Client, payload: str
) -> None:
    mario.account.company = payload
    mario.account.powered_by_text = payload
    mario.account.save()
    offer = mario.campaign(
        payload,
        subtitle=payload,
        description=payload,
        terms=f"<p>{payload}</p>",
        coupon_value=payload,
        after_claim_message=payload,
        link_text=payload[:80],
        link_url="https://shop.example/",
        claim_method="form",
        form=[{"name": "firstname", "label": payload, "help": payload, "message": payload, "required": True}],
        consents=[{"name": "news", "text": payload, "version": payload}],
        words={"get_it": payload, "use_it": payload, "used": payload},
        uses_per_session=2,
    )
    offer.at_location(payload, "4711", address=payload, opening_text=payload)
    page = ann.get(f"/p/{offer.code}")
    refused = send(ann, page)
    send(ann, page, firstname=payload)
    ticket = ann.get(page.url.path)
    form = ann.get(page.url.path + "/use")
    send(ann, form, password="4711")
    scan = ann.get(f"/s/{offer.code}/{session_of(page)}")
    verdict = send(ann, scan, password="4711")
    with door(headers={"User-Agent": "Twitterbot/1.0"}) as chat:
        pages = [page, refused, ticket, form, ann.get(page.url.path), scan, verdict, chat.get(f"/p/{offer.code}")]
        pages.append(ann.get(verdict.headers["location"]))

    for one in pages:
        read = Read(one.text)
        assert set(read.tags) <= OUR_TAGS, set(read.tags) - OUR_TAGS
        assert not {
            name for name in read.attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")
        }
        assert all(source.startswith("/static/") for source in read.scripts)
        assert all(address.startswith(("/", "http://", "https://", "#")) for address in read.addresses)
    assert "{{ 7 * 7 }}" not in payload or all("49" not in Read(one.text).headline for one in pages)


OUR_TAGS = set(
    re.findall(
        r"\w+",
        """html head meta title link script body header span b wbr main article div h1 h2 p ul ol li svg path circle rect g form label
        input button details summary time footer a aside i section dl dt dd text small strong em select option""",
    )
)


class Read(HTMLParser):
    """A page as a browser would take it apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self.headline = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        given = {name: value or "" for name, value in attrs}
        if tag == "script":
            self.scripts.append(given.get("src", ""))
        self.addresses += [given[name] for name in ("href", "src", "action") if name in given]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "h1":
            self.headline += data


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<b>Baked</b> at <i>four</i>", "<p><b>Baked</b> at <i>four</i></p>"),
        ("One\nTwo\n\nThree & <4", "<p>One<br>Two</p><p>Three &amp; &lt;4</p>"),
        ("<p style='color:red' onclick='x()' class=a>Hi</p>", "<p>Hi</p>"),
        ("<a href='javascript:alert(1)'>x</a>", '<p><a rel="noopener noreferrer nofollow">x</a></p>'),
        ("<a href='data:text/html,x'>x</a>", '<p><a rel="noopener noreferrer nofollow">x</a></p>'),
        (
            "<a href='https://a.example'>x</a>",
            '<p><a href="https://a.example" rel="noopener noreferrer nofollow">x</a></p>',
        ),
        ("<ul><li>One<li>Two</ul>", "<ul><li>One</li><li>Two</li></ul>"),
        ("<form action=/x><input name=password></form>Hi", "<p>Hi</p>"),
        ("<img src=https://spy.example/p.gif>Hi", "<p>Hi</p>"),
        ("<!-- x --><b>open", "<p><b>open</b></p>"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", ""),
    ],
)
def test_lesson_51_a_merchants_text_keeps_harmless_tags_only(
    mario: Shop, ann: httpx.Client, typed: str, shown: str
) -> None:
    page = ann.get(f"/p/{mario.campaign(terms=typed).code}")

    found = re.search(r'<div class="inside prose">(.*?)</div></details>', page.text, re.S)
    assert (found[1] if found else "") == shown


# Wrong requests


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "POST"])
def test_other_methods_get_a_page_that_says_which_are_allowed(mario: Shop, ann: httpx.Client, method: str) -> None:
    offer = mario.campaign()
    session = offer.opened()

    at_public = ann.request(method, f"/p/{offer.code}")
    assert at_public.status_code == 405 and at_public.headers["allow"] == "GET, HEAD"
    assert ann.request(method, "/brand/0e3b2c-00000000.css").status_code == 405
    if method != "POST":
        assert ann.request(method, path(offer, session)).headers["allow"] == "GET, POST, HEAD"
        assert ann.request(method, f"/s/{offer.code}/{session}").headers["allow"] == "GET, HEAD, POST"
    assert ann.get("/s/forget").status_code == 405
    assert ann.post(path(offer, session, "/live")).status_code == 405


@pytest.mark.parametrize("part", ["", "/use"])
def test_a_body_that_is_too_large_is_read_dropped_and_refused(mario: Shop, ann: httpx.Client, part: str) -> None:
    offer = mario.campaign(claim_method="form", form=[{"name": "firstname"}])
    offer.at_location()
    session = offer.opened()

    answer = ann.post(path(offer, session, part), data={"firstname": "x" * 10_000_000})

    assert answer.status_code == 413 and "far longer than this form" in answer.text
    assert ann.post(f"/s/{offer.code}/{session}", data={"password": "x" * 2_000_000}).status_code == 413
    assert offer.session(session).claimed_at is None


def called(body: Any, **environ: str) -> tuple[str, bytes]:
    """The application, asked as a server might ask it."""
    said: list[str] = []
    base = {"REQUEST_METHOD": "POST", "PATH_INFO": "/p/abcdef/" + "a" * 21, "QUERY_STRING": "", "wsgi.input": body}
    answer = lane.application(base | environ, lambda status, headers: said.append(status))
    return said[0], b"".join(answer)


def test_the_whole_of_a_large_body_is_read_before_the_answer(mario: Shop) -> None:
    offer = mario.campaign(claim_method="form", form=[{"name": "firstname"}])
    address = path(offer, offer.opened())
    for length in ("5000000", "", "-1", "x", "9" * 30):
        body = BytesIO(b"firstname=" + b"x" * 4_999_990)
        status, _ = called(
            body, PATH_INFO=address, CONTENT_LENGTH=length, CONTENT_TYPE="application/x-www-form-urlencoded"
        )
        assert status.startswith("413") and not body.read(1), length


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"firstname": "Ann"}'),
        ("multipart/form-data; boundary=x", b"--x\r\n"),
        ("", b"\xff\xfe\x00"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 5000)),
        ("application/x-www-form-urlencoded; charset=utf-16", "firstname=x".encode("utf-16")),
        ("application/x-www-form-urlencoded", b"%%%=&==&&;%00=%ff"),
    ],
)
def test_a_body_of_another_kind_is_an_empty_form(
    mario: Shop, ann: httpx.Client, content_type: str, body: bytes
) -> None:
    offer = mario.campaign(claim_method="form", form=[{"name": "firstname", "required": True}])
    session = offer.opened()

    answer = ann.post(path(offer, session), content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 422 and "Fill in first name." in answer.text


@pytest.mark.parametrize(
    "address",
    ["/p", "/p/", "/p/%00", "/p/abc%00def", "/p/../p", "/p/abcdef/%F0%9F%8D%95", "/p/" + "a" * 3000, "/z/x", "/brand/", "/brand/x.css",
     "/brand/0e3b2c.css", "/brand/..%2Fx.css", "/s", "/s/", "/s/abcdef", "/p/abc def", "/p/<script>", "/p/abcdef&%00=%ff"],
)  # fmt: skip
def test_odd_addresses_are_unknown_and_never_break(ann: httpx.Client, address: str) -> None:
    answer = ann.get(address)

    assert answer.status_code == 404 and "text/html" in answer.headers["content-type"] and "<script>" not in answer.text


def test_a_brand_stylesheet_may_be_kept_for_ever(ann: httpx.Client) -> None:
    answer = ann.get("/brand/0e3b2c-00000000.css")

    assert answer.status_code == 200 and answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "--brand: #0e3b2c" in answer.text


def test_a_bug_is_loud_in_the_log_and_kind_on_the_phone(
    mario: Shop, ann: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    offer = mario.campaign()
    session = offer.opened()
    with mock.patch.object(reading, "session", side_effect=ZeroDivisionError("a bug")):
        answer = ann.get(path(offer, session))

    assert answer.status_code == 500 and "It is our fault, not yours." in answer.text and "bug" not in answer.text
    reference = answer.headers["x-request-id"]
    assert reference in answer.text and any(reference in r.getMessage() and r.exc_info for r in caplog.records)
    assert ann.get(path(offer, session)).status_code == 200


def test_a_lock_that_takes_too_long_is_try_again(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    session = offer.opened()
    with mock.patch.object(reading, "session", side_effect=kit_lane.Busy):
        answer = ann.get(path(offer, session))

    assert answer.status_code == 503 and answer.headers["retry-after"] == "1" and "Try again" in answer.text
