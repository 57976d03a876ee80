"""A form's fields and boxes as the templates show them, with what was typed and what is wrong with it."""

from typing import Any
from urllib.parse import urlsplit

from tearoff.campaigns import forms
from tearoff.pages.shown import Consent, FormField, Link


def field_shown(item: forms.Field, filled: forms.Filled | None, stored: dict[str, Any]) -> FormField:
    kept = str(stored.get(item.name) or "")
    value = filled.values.get(item.name, "") if filled else kept
    if item.kind == "checkbox":
        value = "on" if value not in ("", "0") else ""
    return FormField(
        name=item.name,
        label=item.shown_label,
        type=_TYPES.get(item.name, item.kind) if item.kind == "text" else item.kind,
        required=item.required,
        value=value,
        error=filled.errors.get(item.name, "") if filled else "",
        help=item.help,
        autocomplete=forms.STANDARD.get(item.name, ("", ""))[1],
        inputmode={"email": "email", "phone": "tel", "zip": ""}.get(item.name, ""),
        options=tuple((option, option) for option in item.options),
        locked=item.locked and bool(kept),
        longest=forms.LONGEST.get(item.name, 50 if item.name.startswith("customfield") else 255),
    )


_TYPES = {"email": "email", "phone": "tel", "birthday": "date"}


def consents_shown(boxes: list[forms.Consent], filled: forms.Filled | None) -> tuple[Consent, ...]:
    agreed = {box.name for box in filled.agreed} if filled else set()
    return tuple(
        Consent(
            name=box.name,
            text=box.text,
            version=box.version,
            link=Link(text=host(box.link), url=box.link) if box.link else None,
            required=box.required,
            ticked=box.name in agreed,
            error=filled.errors.get(box.name, "") if filled else "",
        )
        for box in boxes
    )


def host(url: str) -> str:
    """How a link is called that has no words of its own."""
    return urlsplit(url).netloc.removeprefix("www.")
