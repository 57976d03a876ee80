"""Batches of single-use links, and the file that goes to the printer."""

import csv
import io

import pytest

from tearoff.coupons.models import CouponSession, LinkBatch
from tearoff.dashboard.admin_links import COLUMNS, csv_of, harmless
from tests.dashboard.browsing import Operator, errors_in
from tests.world import Offer, Shop


def page(offer: Offer) -> str:
    return f"/admin/coupons/linkbatch/of/{offer.campaign.pk}/"


def batch_of(offer: Offer) -> LinkBatch:
    return LinkBatch.objects.get(campaign=offer.campaign.pk)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_batch_is_made_and_downloaded(olga: Operator, mario: Shop):
    offer = mario.campaign(single_use_only=True)

    made = olga.fill(page(offer), {"amount": "7", "note": "Mailing to regulars"}, having="amount")

    batch = batch_of(offer)
    assert made.headers["location"] == f"/admin/coupons/linkbatch/{batch.pk}/change/"
    file = olga.get(f"/admin/coupons/linkbatch/{batch.pk}/links.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8" and "no-store" in file.headers["cache-control"]
    head, *rows = table(file.content)
    assert head == list(COLUMNS)
    sessions = CouponSession.objects.filter(batch=batch.pk).order_by("pk")
    assert rows == [
        [str(row.pk), row.code, f"http://127.0.0.1:8000/p/{offer.code}/{row.code}", row.short, "", ""]
        for row in sessions
    ]
    assert len(rows) == 7
    assert mario.http.get(f"/p/{offer.code}/{rows[0][1]}").status_code == 200


def test_codes_come_along_and_voided_links_wait_to_be_released(olga: Operator, mario: Shop):
    offer = mario.campaign()

    olga.fill(
        page(offer),
        {"amount": "3", "status": "voided", "code_type": "numeric", "code_prefix": "FRN-", "code_length": "10"},
        having="amount",
    )

    sessions = list(CouponSession.objects.filter(batch=batch_of(offer).pk))
    assert all(row.voided_at and len(row.own_code) == 14 and row.own_code.startswith("FRN-") for row in sessions)
    assert offer.validate(sessions[0].code).refusal == "voided"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "0"}, "greater than or equal to 1"),
        ({"amount": "100001"}, "less than or equal to 100000"),
        ({"amount": "many"}, "Enter a whole number."),
        ({"status": "sold"}, "Select a valid choice."),
        ({"code_type": "numeric", "code_length": "9"}, "greater than or equal to 10"),
        ({"code_type": "numeric", "code_prefix": "=cmd|"}, "A prefix has letters, digits and dashes"),
        ({"note": "x" * 201}, "at most 200 characters"),
    ],
)
def test_wrong_wishes_are_named(olga: Operator, mario: Shop, typed: dict[str, str], said: str):
    offer = mario.campaign()

    assert any(said in error for error in errors_in(olga.fill(page(offer), typed, having="amount").text))
    assert not LinkBatch.objects.filter(campaign=offer.campaign.pk).exists()


def test_lesson_11_too_few_codes_are_refused_before_a_row_is_written(
    olga: Operator, mario: Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tearoff.coupons.links.CROWDED", 10**10)
    offer = mario.campaign()

    answer = olga.fill(page(offer), {"amount": "5", "code_type": "numeric", "code_length": "10"}, having="amount")

    assert any("could be guessed" in error for error in errors_in(answer.text))
    assert not CouponSession.objects.filter(campaign=offer.campaign).exists()


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_lesson_47_no_cell_is_a_formula(cell: str):
    assert harmless(cell) == f"'{cell}"


def test_lesson_47_what_a_stranger_typed_is_harmless_in_the_file(olga: Operator, mario: Shop):
    offer = mario.campaign()
    olga.fill(page(offer), {"amount": "1"}, having="amount")
    batch = batch_of(offer)
    CouponSession.objects.filter(batch=batch.pk).update(customid='=HYPERLINK("http://evil.example")', own_code="00123")

    (_, row) = table(olga.get(f"/admin/coupons/linkbatch/{batch.pk}/links.csv").content)

    assert row[5] == '\'=HYPERLINK("http://evil.example")'
    assert row[4] == "00123", "codes are text"


def test_the_file_is_made_a_piece_at_a_time(olga: Operator, mario: Shop):
    offer = mario.campaign()
    olga.fill(page(offer), {"amount": "10"}, having="amount")

    pieces = list(csv_of(batch_of(offer), offer.code, size=3))

    assert len(pieces) == 5, "the head, and four pieces of three links at most"
    assert len(table(b"".join(pieces))) == 11


def test_the_page_of_a_batch_counts_what_became_of_its_links(olga: Operator, mario: Shop):
    offer = mario.campaign()
    olga.fill(page(offer), {"amount": "4"}, having="amount")
    batch = batch_of(offer)
    one, two, *_ = CouponSession.objects.filter(batch=batch.pk).values_list("code", flat=True)
    offer.claim(one)
    offer.validate(two)

    shown = olga.get(f"/admin/coupons/linkbatch/{batch.pk}/change/").text

    assert (
        "<dt>there</dt><dd>4</dd>" in shown
        and "<dt>claimed</dt><dd>2</dd>" in shown
        and "<dt>used</dt><dd>1</dd>" in shown
    )


def test_links_are_made_for_campaigns_only(olga: Operator, mario: Shop):
    template = mario.account.campaigns.get(name="Blank")

    assert olga.get(f"/admin/coupons/linkbatch/of/{template.pk}/").status_code == 404
    assert olga.get("/admin/coupons/linkbatch/999999/links.csv").status_code == 404
