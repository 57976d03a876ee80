"""The pages through the real server: what only a wire shows."""

import re
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import httpx
import pytest

from tests.pages.phones import Form, path, session_of, sessions
from tests.street.server import Server
from tests.world import PERSON, Offer, Shop, phone

RIVALS = 8


def test_a_coupon_is_opened_claimed_and_used_over_the_wire(mario: Shop, server: Server) -> None:
    offer = mario.campaign(claim_method="form", form=[{"name": "firstname", "required": True}])
    offer.at_location("Shop North", "4711")
    with phone(server.url) as ann:
        page = ann.get(f"/p/{offer.code}&web=true")
        assert session_of(ann.get(f"/p/{offer.code}&web=true")) == session_of(page) and sessions(offer) == 1
        assert ann.post(Form(page).action, data={"firstname": "Änn ☕"}).status_code == 200
        form = ann.get(page.url.path + "/use")
        used = ann.post(Form(form).action, data=Form(form).fields | {"password": "4711"})
        scan = ann.get(f"/s/{offer.code}/{session_of(page)}")

    assert "Used. Enjoy." in used.text and "Änn ☕" in used.text and scan.status_code == 200
    assert offer.session(session_of(page)).customer == {"firstname": "Änn ☕"}


def test_the_qr_code_and_the_shared_link_are_at_the_servers_own_address(mario: Shop, server: Server) -> None:
    offer = mario.campaign()
    with phone(server.url) as ann:
        ann.headers["Host"] = "evil.example"
        page = ann.get(f"/p/{offer.code}")

    assert f'data-share="{server.url}/p/{offer.code}"' in page.text and "evil.example" not in page.text


def test_head_has_the_headers_of_get_and_no_body(mario: Shop, server: Server) -> None:
    offer = mario.campaign()
    session = offer.opened()
    with phone(server.url) as ann:
        for address in (f"/p/{offer.code}", path(offer, session), "/p/nothing9", "/brand/0e3b2c-00000000.css"):
            head = ann.head(address)
            assert not head.content and int(head.headers["content-length"]) > 100
            assert head.headers["x-content-type-options"] == "nosniff"
    assert sessions(offer) == 1


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/p/{coupon}/{session}", {}, 413),
        ("/p/{coupon}/{session}/use", {}, 413),
        ("/s/{coupon}/{session}", {}, 413),
        ("/p/{coupon}", {}, 405),
        ("/p/nothing9/{session}", {}, 404),
        ("/s/nothing9/{session}", {}, 404),
        ("/p/{coupon}/{session}", {"Origin": "https://evil.example"}, 403),
        ("/brand/0e3b2c-00000000.css", {}, 405),
    ],
)
def test_ten_megabytes_are_answered_and_not_cut_off(
    mario: Shop, server: Server, address: str, headers: dict[str, str], status: int
) -> None:
    offer = mario.campaign(claim_method="form", form=[{"name": "firstname"}], by_button=True)
    url = address.format(coupon=offer.code, session=offer.claimed())
    body = b"firstname=" + b"x" * 10_000_000
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with phone(server.url) as ann:
        assert ann.post(url, content=body, headers=form | headers).status_code == status
        pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
        assert ann.post(url, content=pieces, headers=form | headers).status_code == status


def test_requests_no_browser_would_send_break_nothing(mario: Shop, server: Server) -> None:
    offer = mario.campaign()
    where = urlsplit(server.url)
    odd = [
        f"GET /p/{offer.code}%26web=true HTTP/1.1",
        f"GET /p/{offer.code}?customid=%ff%fe%00&utm_source=%C3%28 HTTP/1.1",
        f"GET //p/{offer.code} HTTP/1.1",
        f"GET /p/{offer.code}/../../etc/passwd HTTP/1.1",
        f"GET /p/{offer.code}?{'a=1&' * 2000} HTTP/1.1",
        f"GET /p/{offer.code}\xff HTTP/1.1",
        f"POST /p/{offer.code}/{'a' * 21} HTTP/1.1\r\nContent-Length: 5",
    ]
    for line in odd:
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as wire:
            head = f"{line}\r\nHost: {where.netloc}\r\nUser-Agent: {PERSON['User-Agent']}\r\nConnection: close\r\n\r\n"
            wire.sendall(head.encode("latin-1") + (b"a=%zz" if line.startswith("POST") else b""))
            answer = wire.makefile("rb").readline().decode()
        found = re.match(r"HTTP/1.1 (\d)", answer)
        assert found and found[1] in "234", (line, answer)
    with phone(server.url) as ann:
        assert ann.get(f"/p/{offer.code}").status_code == 200


def race(server: Server, offer: Offer, session: str, fields: list[dict[str, str]]) -> Counter[int]:
    """All fields are sent to the use of one session at the same moment, each from a phone of its own."""
    start = Barrier(len(fields))

    def send(typed: dict[str, str]) -> int:
        with httpx.Client(base_url=server.url, headers=PERSON, timeout=60) as rival:
            start.wait()
            return rival.post(path(offer, session, "/use"), data=typed).status_code

    with ThreadPoolExecutor(len(fields)) as pool:
        return Counter(pool.map(send, fields))


def test_lesson_5_one_form_sent_many_times_at_once_is_one_use(mario: Shop, server: Server) -> None:
    offer = mario.campaign(by_button=True, uses_per_session=5)
    session = offer.claimed()

    answers = race(server, offer, session, [{"key": "one-and-the-same"}] * RIVALS)

    assert answers == {303: RIVALS} and offer.uses() == 1


def test_many_phones_on_one_shared_coupon_get_one_yes(mario: Shop, server: Server) -> None:
    offer = mario.campaign(by_button=True)
    session = offer.claimed()

    answers = race(server, offer, session, [{"key": f"of-phone-{number}"} for number in range(RIVALS)])

    assert answers == {303: 1, 409: RIVALS - 1} and offer.uses() == 1
