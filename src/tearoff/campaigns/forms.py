"""The form of a coupon: which fields a claim asks for, and what it does with what was typed (product.md 4.4)."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

STANDARD = {
    "firstname": ("First name", "given-name"),
    "lastname": ("Last name", "family-name"),
    "email": ("E-mail", "email"),
    "phone": ("Phone", "tel"),
    "gender": ("Gender", "sex"),
    "birthday": ("Birth date", "bday"),
    "address": ("Address", "street-address"),
    "zip": ("Postcode", "postal-code"),
    "city": ("City", "address-level2"),
    "country": ("Country", "country-name"),
    **{f"customfield{number}": (f"Field {number}", "") for number in range(1, 8)},
}
"""Names a field may have, with the label it gets when the merchant wrote none, and its autocomplete word."""

KINDS = ("text", "email", "tel", "number", "date", "choice", "checkbox")
LONGEST = {
    "email": 254,
    "phone": 32,
    "zip": 32,
    "country": 32,
    "gender": 32,
    "address": 255,
    "firstname": 100,
    "lastname": 100,
    "city": 100,
}


class Field(msgspec.Struct, frozen=True):
    """One field of the form, as stored in `Campaign.form`."""

    name: str
    label: str = ""
    kind: str = "text"
    required: bool = False
    options: list[str] = []
    help: str = ""
    message: str = ""
    locked: bool = False
    """A value the link was made with cannot be changed by the consumer."""

    @property
    def shown_label(self) -> str:
        return self.label or STANDARD.get(self.name, (self.name, ""))[0]


class Consent(msgspec.Struct, frozen=True):
    """A box to tick, unticked by default, stored with the version of its text, time and address."""

    name: str
    text: str
    version: str = "1"
    link: str = ""
    required: bool = False


def fields_of(raw: list[dict[str, Any]]) -> list[Field]:
    """Raises msgspec.ValidationError where the stored form is not one."""
    return msgspec.convert(raw, list[Field])


def consents_of(raw: list[dict[str, Any]]) -> list[Consent]:
    return msgspec.convert(raw, list[Consent])


@dataclass(slots=True)
class Filled:
    """What was typed into a form: clean values, or an error by field. Nothing typed is lost."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    agreed: list[Consent] = field(default_factory=list)


def fill(fields: list[Field], consents: list[Consent], typed: dict[str, str], stored: dict[str, Any]) -> Filled:
    """Check what was typed. A locked field keeps the value the link was made with."""
    filled = Filled()
    for item in fields:
        given = str(stored.get(item.name) or "") if item.locked and stored.get(item.name) else typed.get(item.name, "")
        value = given.strip()
        filled.values[item.name] = value
        problem = _problem_with(item, value)
        if problem:
            filled.errors[item.name] = item.message or problem
    for box in consents:
        if typed.get(box.name):
            filled.agreed.append(box)
        elif box.required:
            filled.errors[box.name] = "Tick this box to go on."
    return filled


def _problem_with(item: Field, value: str) -> str | None:
    if item.kind == "checkbox":
        return "Tick this box to go on." if item.required and not value else None
    if not value:
        return f"Fill in {_spoken(item.shown_label)}." if item.required else None
    if "\x00" in value or any(ord(ch) < 32 and ch not in "\t\r\n" for ch in value):
        return "There is a character in it that cannot be stored."
    longest = LONGEST.get(item.name, 50 if item.name.startswith("customfield") else 255)
    if len(value) > longest:
        return f"Make it shorter: at most {longest} characters."
    return _wrong_kind(item, value)


def _wrong_kind(item: Field, value: str) -> str | None:
    if item.kind == "email" or item.name == "email":
        try:
            validate_email(value)
        except ValidationError:
            return "That is not an e-mail address. It looks like name@example.org."
    elif item.kind == "tel" or item.name == "phone":
        if not 5 <= sum(ch.isdigit() for ch in value) <= 15 or not re.fullmatch(r"[0-9+()./ \-]+", value):
            return "That is not a phone number. It looks like +32 470 00 00 01."
    elif item.kind == "number":
        if not re.fullmatch(r"-?[0-9]{1,12}([.,][0-9]{1,6})?", value):
            return "Write a number."
    elif item.kind == "date" or item.name == "birthday":
        if not _is_day(value):
            return "Write the date as year-month-day, like 1990-05-31."
    elif item.kind == "choice" and value not in item.options:
        return "Choose one of the options."
    return None


def _is_day(value: str) -> bool:
    """In this one form: Python would read 19900531 and 1990-W22-4 as well, which the database and others do not."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and date.fromisoformat(value))
    except ValueError:
        return False


def _spoken(label: str) -> str:
    return label[:1].lower() + label[1:]
