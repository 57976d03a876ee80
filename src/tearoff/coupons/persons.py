"""The forms under which persons are compared: one person is one identity (lesson 4)."""

import phonenumbers


def email_key(email: str) -> str:
    """Trimmed and folded."""
    return email.strip().casefold()


def phone_key(phone: str, country: str = "") -> str:
    """The digits of the E.164 form where it parses (with the account's country), else the digits as typed."""
    number = e164(phone, country)
    return "".join(ch for ch in (number or phone) if ch.isascii() and ch.isdigit())[:32]


def e164(phone: str, country: str = "") -> str | None:
    """`+32470000001` for any spelling of that number; None for a text that is no possible number.

    Without a leading plus the number is read in the country, and failing that as an international one
    (conventions.md 5.5: with or without `+`).
    """
    text = phone.strip()
    for candidate, region in ((text, country or None), ("+" + text.lstrip("+"), None)):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
