"""The reference at /api/docs: every call of the table is on a page, by itself, whole, and light enough."""

import re

import pytest

from tearoff.api import curls, document, groups, reference
from tearoff.api.v3 import TABLE
from tests.world import door

HEAVIEST = 160_000
"""Bytes of a page before it is compressed; a tenth of it travels."""


def test_the_pages_need_no_keys_and_hold_nothing_inline() -> None:
    for address in ("/api", "/api/", "/api/docs", *(f"/api/docs/{group.slug}" for group in reference.shown())):
        answer = door().get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "connect-src 'self'" in policy and "unsafe" not in policy
        assert not re.search(r"<script(?! src=)|style=|<style|<[^>]*\son\w+=", answer.text), address
        assert len(answer.content) < HEAVIEST, address
    assert door().head("/api/docs").content == b""
    assert door().post("/api/docs").status_code == 405
    assert door().get("/api/docs/nothing").status_code == 404


def test_every_call_is_on_its_groups_page_and_in_the_list_of_all() -> None:
    front = door().get("/api/docs").text
    rows = document.all_rows()
    assert sum(len(group.calls) for group in reference.shown()) == len(rows)
    for group in reference.shown():
        page = door().get(f"/api/docs/{group.slug}").text
        anchors = re.findall(r'<section class="call" id="([^"]+)"', page)
        assert anchors == [call.anchor for call in group.calls] and len(set(anchors)) == len(anchors)
        for call in group.calls:
            assert f'href="/api/docs/{group.slug}#{call.anchor}"' in front
            assert f'href="#{call.anchor}"' in page
            for line in (*call.asked, *call.answered):
                assert f"<code>{line.name}</code>" in page
            for error in call.errors:
                assert f"<code>{error.code}</code>" in page and error.meaning in page.replace("&#39;", "'")
            for right in call.rights:
                assert f"<code>access_{right}</code>" in page
            for alias in call.aliases:
                assert f"<code>{alias}</code>" in page


def test_a_call_that_fits_no_group_still_has_a_page() -> None:
    class Stranger:
        path = "/v5/parcel/send"

    assert groups.group_of(Stranger) == "Parcel v5"  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/v3/coupon/create", "/v3/couponsession/update"])
def test_what_is_inferred_is_marked(path: str) -> None:
    call = next(call for group in reference.shown() for call in group.calls if call.path == path)
    row = TABLE[path]
    assert {line.name for line in call.asked if line.inferred} == {m.name for m in row.read.members if m.kind.inferred}
    assert any(line.inferred for line in call.answered) and not all(line.inferred for line in call.answered)


def test_no_shell_variable_has_two_meanings() -> None:
    taken = {"URL", "CLIENT_ID", "CLIENT_SECRET", "USER", "PATH", "HOME"}
    for row in document.all_rows():
        used = set(re.findall(r"\$([A-Z_]+)", curls.command(row))) - {"URL", "CLIENT_ID", "CLIENT_SECRET"}
        assert used == set(curls.variables(row)) and not used & taken, row.path
