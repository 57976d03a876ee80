"""Whether a campaign's settings make sense together, in sentences for whoever typed them.

`problems` looks at the whole campaign as it would be saved. Saving is not editing (lesson 20): a campaign that came in
through another door with a problem may be saved again, so a form refuses only what it brings in (`introduced`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import available_timezones

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from tearoff.campaigns import forms
from tearoff.campaigns.models import Campaign, Location
from tearoff.kit import dates

MOST_USES = 1000
LONGEST_CLOCK = {"minutes": 52_560_000, "hours": 876_000, "days": 36_500, "months": 1_200}
"""A hundred years in each unit: beyond it the database can no longer add."""

ENDS = ("not_started", "expired", "sold_out", "used", "voided")
"""The end pages that may lead on to another address (product.md 4.2)."""

ALWAYS_UNIQUE = ("email", "phone", "customid")
"""Fields a session can have without a form, so they may be unique without standing in one."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,6})?")
_SEVERAL_LINES = {"description", "terms", "intro", "payment_text", "after_claim_message"}
"""Texts in which lines may be broken."""


class Problem(NamedTuple):
    """What is wrong, and the setting at which a person can mend it."""

    field: str
    sentence: str


def introduced(after: list[Problem], before: list[Problem]) -> list[Problem]:
    """The problems a change brings in: those that were not there before it."""
    return [problem for problem in after if problem not in before]


def problems(campaign: Campaign, locations: Sequence[Location]) -> list[Problem]:
    """Everything wrong with the campaign (it need not be saved) and the locations ticked for it, in the order of a form."""
    return [
        *_texts(campaign),
        *_organisation(campaign),
        *_schedule(campaign),
        *_clocks(campaign),
        *_hours(campaign.hours),
        *_limits(campaign),
        *_claim(campaign),
        *_validation(campaign, locations),
        *_look(campaign),
    ]


def shared_problems(thing: Any) -> list[Problem]:
    """What a loyalty card or a directory has in common with a campaign: texts, zone, language, fields, boxes, words, colour."""
    _, found = _asked(getattr(thing, "form", []), thing.consents)
    return [
        *_characters(thing),
        *(Problem("timezone", sentence) for sentence in [zone_problem(thing.timezone)] if sentence),
        *(Problem("language", sentence) for sentence in [language_problem(thing.language)] if sentence),
        *found,
        *_wording(thing.words),
        *_colour(thing.brand_colour),
    ]


def zone_problem(name: str) -> str | None:
    return None if name in _zones() else f"There is no time zone {name!r}. They look like Europe/Brussels or UTC."


def language_problem(code: str) -> str | None:
    return None if _LANGUAGE.fullmatch(code) else "A language is written en, nl or pt-BR."


def currency_problem(code: str) -> str | None:
    return None if re.fullmatch(r"[A-Z]{3}", code) else "A currency is written in three capital letters, like EUR."


def unstorable(value: Any, *, several_lines: bool = False) -> bool:
    """Whether a text, or one anywhere within lists and objects, holds a character that is none (control, half a pair)."""
    if isinstance(value, str):
        fine = "\t\r\n" if several_lines else "\t"
        return any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in fine for letter in value)
    if isinstance(value, dict):
        return any(unstorable(part, several_lines=several_lines) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(unstorable(part, several_lines=several_lines) for part in value)
    return False


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


# Texts and sorting


def _characters(thing: Any) -> Iterator[Problem]:
    """Of all columns that hold text."""
    for column in thing._meta.concrete_fields:
        if column.get_internal_type() not in ("CharField", "TextField"):
            continue
        value = getattr(thing, column.name)
        if unstorable(value, several_lines=column.name in _SEVERAL_LINES):
            yield Problem(
                column.name, "There is a character in it that cannot be shown, or a line break where none fits."
            )
        if column.max_length and len(value) > column.max_length:
            yield Problem(column.name, f"At most {column.max_length} characters fit here.")


def _texts(campaign: Campaign) -> Iterator[Problem]:
    yield from _characters(campaign)
    if not campaign.name.strip():
        yield Problem("name", "Give it a name, by which you find it again.")
    if sentence := currency_problem(campaign.currency):
        yield Problem("currency", sentence)
    if sentence := language_problem(campaign.language):
        yield Problem("language", sentence)


def _organisation(campaign: Campaign) -> Iterator[Problem]:
    for name in ("folder", "category"):
        chosen = getattr(campaign, name)
        if chosen is not None and chosen.account_id != campaign.account_id:
            yield Problem(name, f"This {name} belongs to another account.")
    for tag in campaign.tags:
        if not tag.strip() or "," in tag or len(tag) > 50 or unstorable(tag):
            yield Problem("tags", f"{tag!r} is no tag: one has 1 to 50 characters and no comma.")
    if len({tag.casefold() for tag in campaign.tags}) < len(campaign.tags):
        yield Problem("tags", "A tag stands there twice.")


# When


def _schedule(campaign: Campaign) -> Iterator[Problem]:
    if sentence := zone_problem(campaign.timezone):
        yield Problem("timezone", sentence)
        return
    starts, ends = (
        _instant(campaign.starts_local, campaign.timezone),
        _instant(campaign.ends_local, campaign.timezone, ends=True),
    )
    for name, local, found in (
        ("starts_local", campaign.starts_local, starts),
        ("ends_local", campaign.ends_local, ends),
    ):
        if local is not None and found is None:
            yield Problem(name, "This date is too far away.")
    if starts and ends and ends <= starts:
        yield Problem("ends_local", "The end must come after the start.")


def _instant(local: datetime | None, zone: str, *, ends: bool = False) -> datetime | None:
    try:
        return dates.instant(local.replace(tzinfo=None), zone, ends=ends) if local else None
    except (OverflowError, ValueError):
        return None


def _clocks(campaign: Campaign) -> Iterator[Problem]:
    for name in ("after_open", "after_claim"):
        amount, unit = getattr(campaign, name), getattr(campaign, f"{name}_unit")
        if unit not in LONGEST_CLOCK:
            yield Problem(f"{name}_unit", "Choose minutes, hours, days or months.")
        elif amount is not None and not 1 <= amount <= LONGEST_CLOCK[unit]:
            yield Problem(name, f"Write a number from 1 to {LONGEST_CLOCK[unit]}, or nothing for no such end.")


def _hours(hours: Any) -> Iterator[Problem]:
    """Opening windows as `within_hours` in schedule.sql reads them."""
    if not isinstance(hours, list):
        yield Problem("hours", "Opening hours are a list of windows; [] means always.")
        return
    for number, window in enumerate(hours, start=1):
        for sentence in _window(window):
            yield Problem("hours", f"Window {number}: {sentence}")


def _window(window: Any) -> Iterator[str]:
    if not isinstance(window, dict):
        yield 'write it as {"act": "validate", "days": [1, 2], "from": "14:00", "to": "17:00"}.'
        return
    if unknown := sorted(map(str, window.keys() - {"act", "days", "from", "to"})):
        yield f"{unknown[0]!r} is not a part of a window."
    if window.get("act", "validate") not in ("claim", "validate"):
        yield 'the act is "claim" or "validate".'
    days = window.get("days")
    if not isinstance(days, list) or not days or any(type(day) is not int or not 1 <= day <= 7 for day in days):
        yield "the days are a list of numbers from 1 (Monday) to 7 (Sunday)."
    opens, closes = window.get("from"), window.get("to")
    if not isinstance(opens, str) or not _TIME.fullmatch(opens):
        yield '"from" is a time like "09:00".'
    if not isinstance(closes, str) or not (_TIME.fullmatch(closes) or closes == "24:00"):
        yield '"to" is a time like "17:30", or "24:00".'
    if isinstance(opens, str) and opens == closes:
        yield 'it opens and closes at the same time; a whole day is "00:00" to "24:00".'


# How many, and how


def _limits(campaign: Campaign) -> Iterator[Problem]:
    if not 1 <= campaign.uses_per_session <= MOST_USES:
        yield Problem("uses_per_session", f"A coupon can be used 1 to {MOST_USES} times.")
    if not 0 <= campaign.minutes_between_uses <= LONGEST_CLOCK["minutes"]:
        yield Problem("minutes_between_uses", f"Write minutes, at most {LONGEST_CLOCK['minutes']}.")
    for name in ("max_claims", "max_validations", "max_claims_per_day"):
        amount = getattr(campaign, name)
        if amount is not None and not 0 <= amount < 2**31:
            yield Problem(name, "Write a whole number, or nothing for no limit.")


def _claim(campaign: Campaign) -> Iterator[Problem]:
    fields, wrong = _asked(campaign.form, campaign.consents)
    yield from wrong
    for name in campaign.unique_fields:
        if name not in ALWAYS_UNIQUE and name not in {item.name for item in fields}:
            yield Problem("unique_fields", f"The form has no field {name!r}, so nothing would be unique.")
    if len(set(campaign.unique_fields)) < len(campaign.unique_fields):
        yield Problem("unique_fields", "A field stands there twice.")

    if campaign.claim_method == Campaign.ClaimMethod.NONE:
        if campaign.uses_own_codes:
            yield Problem("claim_method", "Own codes are given out at the claim, so there must be one.")
        if campaign.after_claim is not None:
            yield Problem("claim_method", "A validity after the claim needs a claim.")
        if campaign.form or campaign.consents:
            yield Problem("claim_method", "Fields and consents are asked for at the claim, so there must be one.")
    if campaign.claim_method == Campaign.ClaimMethod.FORM and not (campaign.form or campaign.consents):
        yield Problem("form", "The claim is by form, so the form needs a field or a consent.")


def _asked(form: Any, consents: Any) -> tuple[list[forms.Field], list[Problem]]:
    """The fields as far as they can be read, and what is wrong with fields and boxes."""
    fields, wrong = _form(form)
    boxes, wrong_boxes = _consents(consents)
    names = [item.name for item in fields] + [box.name for box in boxes]
    twice = [
        Problem("form", f"The name {name!r} is given twice among fields and consents.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return fields, [*wrong, *wrong_boxes, *twice]


def _form(raw: Any) -> tuple[list[forms.Field], list[Problem]]:
    """The fields as far as they can be read, and what is wrong with them."""
    try:
        fields = forms.fields_of(raw)
    except (msgspec.ValidationError, TypeError) as problem:
        return [], [Problem("form", _row_sentence("field", problem))]
    wrong = _unknown_members("form", "Field", raw, forms.Field)
    for number, item in enumerate(fields, start=1):
        wrong += [Problem("form", f"Field {number} ({item.name!r}): {sentence}") for sentence in _field(item)]
    if unstorable(raw):
        wrong.append(Problem("form", "There is a character in it that cannot be shown."))
    return fields, wrong


def _field(item: forms.Field) -> Iterator[str]:
    if not _NAME.fullmatch(item.name):
        yield "a name has small letters, digits and _, beginning with a letter."
    elif item.name not in forms.STANDARD and not item.label.strip():
        yield "a field of your own needs a label."
    if item.kind not in forms.KINDS:
        yield f"the kind is one of {', '.join(forms.KINDS)}."
    if item.kind == "choice" and not item.options:
        yield "a choice needs options."
    if item.options and (item.kind != "choice" or len(set(item.options)) < len(item.options)):
        yield "options are for a choice, each once."
    if any(not option.strip() or len(option) > 50 for option in item.options):
        yield "an option has 1 to 50 characters."
    if len(item.label) > 100 or len(item.help) > 300 or len(item.message) > 300:
        yield "a label has at most 100 characters, help and message 300."


def _consents(raw: Any) -> tuple[list[forms.Consent], list[Problem]]:
    try:
        boxes = forms.consents_of(raw)
    except (msgspec.ValidationError, TypeError) as problem:
        return [], [Problem("consents", _row_sentence("consent", problem))]
    wrong = _unknown_members("consents", "Consent", raw, forms.Consent)
    for number, box in enumerate(boxes, start=1):
        wrong += [Problem("consents", f"Consent {number}: {sentence}") for sentence in _consent(box)]
    if unstorable(raw, several_lines=True):
        wrong.append(Problem("consents", "There is a character in it that cannot be shown."))
    return boxes, wrong


def _consent(box: forms.Consent) -> Iterator[str]:
    if not _NAME.fullmatch(box.name):
        yield "a name has small letters, digits and _, beginning with a letter."
    if not box.text.strip() or len(box.text) > 2000:
        yield "the text to agree to has 1 to 2000 characters."
    if not box.version.strip() or len(box.version) > 50:
        yield "the version of the text has 1 to 50 characters."
    if box.link and not _is_web_address(box.link):
        yield "the link is an address like https://example.org/privacy."


def _unknown_members(field: str, row: str, raw: list[dict[str, Any]], shape: type[msgspec.Struct]) -> list[Problem]:
    """A misspelt member would silently do nothing."""
    known = shape.__struct_fields__
    return [
        Problem(field, f"{row} {number}: {name!r} is not known. There are {', '.join(known)}.")
        for number, item in enumerate(raw, start=1)
        for name in sorted(item.keys() - set(known))
    ]


_SPOKEN = {
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object in { }",
    "int": "a number",
    "null": "nothing",
}


def _row_sentence(row: str, problem: Exception) -> str:
    """What msgspec found wrong, said for people: "Field 2: label must be a text, not a number."."""
    said = str(problem)
    place = re.search(r"at `\$\[(\d+)\](?:\.(\w+))?", said)
    if place is None:
        return f"This is not a list of {row}s."
    where = f"{row.capitalize()} {int(place[1]) + 1}: "
    member = place[2] or "it"
    if missing := re.search(r"missing required field `(\w+)`", said):
        return f"{where}{missing[1]} is missing."
    if wrong := re.search(r"Expected `(\w+)[^`]*`, got `(\w+)`", said):
        expected, got = (_SPOKEN.get(word, word) for word in wrong.groups())
        return f"{where}{member} must be {expected}, not {got}."
    return f"{where}it is not as it should be."


def _validation(campaign: Campaign, locations: Sequence[Location]) -> Iterator[Problem]:
    """Only what is on, or about to be, must be complete; a draft may wait for its locations."""
    foreign = [place.name for place in locations if place.account_id != campaign.account_id]
    if foreign:
        yield Problem("locations", f"{foreign[0]} belongs to another account.")
    if campaign.password_digest is not None and locations:
        yield Problem(
            "coupon_password", "With locations ticked their passwords count, so the coupon can have none of its own."
        )
    if campaign.status != Campaign.Status.ACTIVE or campaign.is_template:
        return
    can_open = campaign.password_digest is not None or any(
        place.password_digest is not None and not place.is_disabled for place in locations
    )
    for name, way in (("by_password", "password"), ("by_scan", "staff scan")):
        if getattr(campaign, name) and not can_open:
            yield Problem(
                name,
                f"Validation by {way} asks for a password: tick a location that has one, or give the coupon its own.",
            )


# How it looks


def _look(campaign: Campaign) -> Iterator[Problem]:
    yield from _colour(campaign.brand_colour)
    if campaign.link_url and not _is_web_address(campaign.link_url):
        yield Problem("link_url", "Write an address like https://example.org.")
    yield from _wording(campaign.words)
    if not isinstance(campaign.end_redirects, dict):
        yield Problem("end_redirects", 'These are an object: {"expired": "https://example.org/next"}.')
        return
    for name, url in campaign.end_redirects.items():
        if name not in ENDS:
            yield Problem("end_redirects", f"{name!r} is no end; there are {', '.join(ENDS)}.")
        elif not isinstance(url, str) or not _is_web_address(url):
            yield Problem("end_redirects", f"{name}: write an address like https://example.org/next.")


def _colour(colour: str) -> Iterator[Problem]:
    if colour and not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        yield Problem("brand_colour", "A colour is written #rrggbb.")


def _wording(words: Any) -> Iterator[Problem]:
    if not isinstance(words, dict):
        yield Problem("words", 'Own words are an object: {"get_it": "Give me one"}.')
        return
    for name, text in words.items():
        if (
            not _NAME.fullmatch(name)
            or not isinstance(text, str)
            or len(text) > 500
            or unstorable(text, several_lines=True)
        ):
            yield Problem("words", f"{name!r}: a name and a text of at most 500 characters are needed.")


_web_address = URLValidator(schemes=["http", "https"])


def _is_web_address(text: str) -> bool:
    try:
        _web_address(text)
    except ValidationError:
        return False
    return len(text) <= 2000
