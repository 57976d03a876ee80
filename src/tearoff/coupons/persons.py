"""The forms under which persons are compared: one person is one identity (lesson 4)."""

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType


def email_key(email: str) -> str:
    """Trimmed and folded. Folding makes some letters two (ß is ss), so the longest addresses are cut to the column."""
    return email.strip().casefold()[:254]


def phone_key(phone: str, country: str = "") -> str:
    """The digits of the E.164 form where it parses (with the account's country), else the digits as typed."""
    number = e164(phone, country)
    return "".join(ch for ch in (number or phone) if ch.isascii() and ch.isdigit())[:32]


def e164(phone: str, country: str = "") -> str | None:
    """`+32470000001` for any spelling of that number; None for a text that is no possible number.

    Without a plus it is read in the country or as an international one (conventions.md 5.5: with or without `+`). Some
    countries, Germany and Austria first, have landlines of nearly any length, so that `34600111222` is a number there
    too: a text that can be both, and does not begin with the 0 of a call within the country, is the mobile one, or the one
    with the country's own code.
    """
    text = phone.strip()
    here = _read(text, country or None)
    if here is not None and (text.startswith(("+", "0")) or _is_mobile(here)):
        return _written(here)
    abroad = _read("+" + text.lstrip("+"), None)
    if abroad is not None and (here is None or _is_mobile(abroad) or abroad.country_code == here.country_code):
        return _written(abroad)
    return _written(here) if here else None


def e164_of_a_network(phone: str, country: str = "") -> str | None:
    """As `e164`, for what a provider tells: networks write the country's code, with or without a plus."""
    abroad = None if phone.startswith("0") else _read("+" + phone.strip().lstrip("+"), None)
    return _written(abroad) if abroad else e164(phone, country)


def _read(text: str, country: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _is_mobile(number: PhoneNumber) -> bool:
    """Or may be: in North America nobody can tell."""
    return phonenumbers.number_type(number) in _MOBILE


_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _written(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
