"""Importing a merchant's own codes (product.md 4.6 E, lessons 14, 15 and 48): every refused line is named."""

from dataclasses import dataclass, field

from django.db import transaction

from tearoff.campaigns.models import Campaign, OwnCode
from tearoff.kit import codes, sql

LONGEST = 100
CHECKED_LENGTH = {"ean13": 13, "upca": 12}


@dataclass(slots=True)
class ImportReport:
    """What an import did. `duplicates` and `refused` name line numbers, counted from 1."""

    imported: int = 0
    duplicates: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_codes(campaign: Campaign, text: str) -> ImportReport:
    """Take one code from each line; blank lines are passed over. Codes are text and stay as they came."""
    report = ImportReport()
    wanted: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.strip()
        if not code:
            continue
        problem = _problem_with(code, campaign.own_code_format)
        key = codes.folded(code)
        if problem:
            report.refused.append((number, problem))
        elif key in wanted:
            report.duplicates.append(number)
        else:
            wanted[key] = (number, code)
    with transaction.atomic():
        stored = _stored(campaign, wanted)
    report.imported = len(stored)
    report.duplicates = sorted(report.duplicates + [number for key, (number, _) in wanted.items() if key not in stored])
    return report


def counts(campaign: Campaign) -> tuple[int, int]:
    """How many codes the campaign has, and how many of them are given out."""
    row = sql.one(
        "select count(*), count(*) filter (where state <> 'free') from own_code where campaign_id = %s", [campaign.pk]
    )
    return (row[0], row[1]) if row else (0, 0)


def _stored(campaign: Campaign, wanted: dict[str, tuple[int, str]]) -> set[str]:
    return {
        row[0]
        for row in sql.rows(
            "insert into own_code (account_id, campaign_id, code, key, state) "
            "select %s, %s, n.code, n.key, %s from unnest(%s::text[], %s::text[]) as n(code, key) "
            "on conflict do nothing returning key",
            [
                campaign.account_id,
                campaign.pk,
                OwnCode.State.FREE,
                [code for _, code in wanted.values()],
                list(wanted),
            ],
        )
    }


def _problem_with(code: str, shape: str) -> str | None:
    if not codes.folded(code):
        return "has nothing but blanks and dashes"
    if len(code) > LONGEST:
        return f"longer than {LONGEST} characters"
    if not code.isprintable():
        return "holds a character that cannot be shown"
    if shape in CHECKED_LENGTH and not _has_check_digit(code, CHECKED_LENGTH[shape]):
        return f"is no {shape.upper()} code: {CHECKED_LENGTH[shape]} digits with a right check digit are needed"
    return None


def _has_check_digit(code: str, length: int) -> bool:
    """GS1: from the right, digits weigh 1 and 3 in turn; the sum is a multiple of ten."""
    if len(code) != length or not (code.isascii() and code.isdigit()):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code))) % 10 == 0
