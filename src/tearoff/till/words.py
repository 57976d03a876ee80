"""Every fixed text of the staff's pages, by name. Staff need yes or no, then what to do.

A merchant's own wording is for consumers; staff read the same words in every shop.
"""

from tearoff.kit.texts import Catalogue, Counted

_ENGLISH = Catalogue(
    {
        "worth": "Worth",
        "optional": "optional",
        "staff_check": "Staff check",
        # the scan page
        "check_coupon": "Check this coupon",
        "check_coupon_said": "Type the password of your shop to mark it as used.",
        "check_coupon_remembered": "Mark it as used when the customer gets what is on it.",
        "code_label": "Code {code}",
        "uses": "{used} of {of} used",
        "password": "Shop password",
        "spent": "Money spent",
        "remember": "Remember this shop on this device",
        "mark_used": "Mark as used",
        "checking_as": "Checking as {place}",
        "forget": "Not here",
        "tries_left": Counted("left", one="That is not it. One try left.", other="That is not it. {left} tries left."),
        "tries_paused": "Too many tries. Wait {wait}, then go on.",
        "wait_seconds": Counted("count", one="one second", other="{count} seconds"),
        "wait_minutes": Counted("count", one="one minute", other="{count} minutes"),
        "wait_hours": Counted("count", one="one hour", other="{count} hours"),
        "error_password": "Type the password of your shop.",
        "error_spent": "An amount looks like 12.50.",
        "title_with_error": "Not yet: {title}",
        # verdicts: the word one sees from two metres, then what to do
        "valid": "Valid",
        "valid_said": "Now marked as used, {time}",
        "already_used": "Already used",
        "already_used_said": "Do not accept it again",
        "expired": "Expired",
        "expired_said": "It was good until {until}",
        "not_claimed": "Not claimed yet",
        "not_claimed_said": "The customer takes it first, on their phone",
        "voided": "Voided",
        "voided_said": "Cancelled by the owner. Do not accept it",
        "locked": "On hold",
        "locked_said": "Paused by the owner. Do not accept it now",
        "unknown": "Unknown code",
        "unknown_said": "Read the code once more. It is not one of yours",
        "wrong_place": "Not valid here",
        "wrong_place_said": "Good at {places}",
        "not_started": "Too early",
        "not_started_said": "It starts {when}",
        "outside_hours": "Not at this hour",
        "outside_hours_said": "Good {hours}",
        "wait_between": "Too early",
        "wait_between_said": "The next use is possible from {when}",
        "sold_out": "All uses taken",
        "sold_out_said": "The limit of this offer has been reached",
        "not_available": "Not available",
        "not_available_said": "This offer is switched off. Do not accept it",
        "day_limit": "All gone for today",
        "day_limit_said": "There are new ones tomorrow",
        "person_has_one": "Already has one",
        "person_has_one_said": "It is one for each person. Do not accept another",
        "other_places": "other shops",
        "foreign": "Not from here",
        "foreign_said": "This was sent by another site, so nothing was done. Scan the coupon again.",
        "too_large": "Too much at once",
        "too_large_said": "What was sent is far longer than this form. Nothing was done.",
        "busy": "Try once more",
        "busy_said": "Two checks came at the same moment. Nothing was used up",
        # the facts below a verdict
        "fact_used": "Used",
        "fact_where": "Where",
        "fact_code": "Code",
        "fact_holder": "Customer",
        "fact_uses": "Uses",
        "fact_spent": "Money spent",
        "fact_since": "Since",
        "next_scan": "For the next one, scan its QR code with the camera.",
        "try_again": "Try again",
    }
)

LANGUAGES = {"en": _ENGLISH}


def words_for(language: str = "en") -> Catalogue:
    """The staff's texts in a language, English where we do not speak it yet."""
    return LANGUAGES.get(language.lower().partition("-")[0], _ENGLISH)
