"""The budget of a coupon page: under 50 KB over the wire in all, its styles and scripts included (architecture.md 6)."""

import re

import httpx
import pytest

from tests.world import Shop, phone

BUDGET = 50_000


@pytest.mark.parametrize("stage", ["offer", "ticket"])
def test_a_page_and_all_it_loads_weigh_little(mario: Shop, ann: httpx.Client, stage: str) -> None:
    offer = mario.campaign(description="<p>" + "A slice of whatever comes out of the oven. " * 5 + "</p>")
    offer.at_location()
    code = offer.claimed() if stage == "ticket" else offer.opened()
    with phone() as client:
        page = client.get(f"/p/{offer.code}/{code}")
        assert page.status_code == 200
        parts = sorted(set(re.findall(r'(?:src|href)="(/(?:static|brand)/[^"]+)"', page.text)))
        assert any("htmx" in part for part in parts) == (stage == "ticket")

        weight = len(page.content)
        for part in parts:
            with client.stream("GET", part, headers={"Accept-Encoding": "gzip"}) as answer:
                assert answer.status_code == 200, part
                weight += sum(map(len, answer.iter_raw()))

    assert weight < BUDGET, (weight, parts)
