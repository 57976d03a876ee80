"""The plain public page at `/`, and what stands at addresses nobody has."""

from unittest import mock

import httpx
import pytest
from django.conf import settings

from tearoff.pages import front
from tests.pages.phones import statements


def test_the_front_page_says_what_this_is_and_leads_on(ann: httpx.Client) -> None:
    with statements() as ran:
        answer = ann.get("/")

    assert answer.status_code == 200 and "Coupons from your own server" in answer.text and not ran
    assert 'href="/api/' in answer.text and f'href="/{settings.TEAROFF_ADMIN_PATH}/"' in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_the_way_to_the_api_leads_somewhere(ann: httpx.Client) -> None:
    address = ann.get("/").text.partition('href="/api/')[2].partition('"')[0]

    assert ann.get(f"/api/{address}").status_code == 200


@pytest.mark.parametrize("address", ["/nowhere", "/p.html", "/index.php", "/static/nothing.css", "/media/nothing.png"])
def test_an_unknown_address_is_a_page_of_ours(ann: httpx.Client, address: str) -> None:
    answer = ann.get(address)

    assert answer.status_code == 404 and "There is no page at this address" in answer.text


def test_a_bug_on_djangos_lane_is_a_page_of_ours_too(ann: httpx.Client) -> None:
    with mock.patch.object(front, "FrontPage", side_effect=ZeroDivisionError("a bug")):
        answer = ann.get("/")

    assert (
        answer.status_code == 500 and "It is our fault, not yours." in answer.text and "ZeroDivision" not in answer.text
    )
