"""Form parts that Django does not have: whole days, colours, JSON that is shown readably, addresses of web pages."""

import json
from datetime import date, datetime, time
from typing import Any

from django import forms

DAY_BEGINS, DAY_ENDS = time(0, 0, 0), time(23, 59, 59)


class ColourInput(forms.TextInput):
    """A colour as text, so that it may be left empty; with the shape a browser checks."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"placeholder": "#0e3b2c", "pattern": "#[0-9a-fA-F]{6}", "size": 10, **(attrs or {})})


class WebAddressField(forms.URLField):
    """http or https, nothing else; without either, https is meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, assume_scheme="https", **options)

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not value.lower().startswith(("http://", "https://")):
            raise forms.ValidationError("Write an address like https://example.org.")


class LocalMomentWidget(forms.MultiWidget):
    """A day and, if wanted, a time, with the browser's own pickers."""

    def __init__(self) -> None:
        day = forms.DateInput(attrs={"type": "date", "class": "vDateField"}, format="%Y-%m-%d")
        clock_time = forms.TimeInput(attrs={"type": "time", "step": "1", "class": "vTimeField"}, format="%H:%M:%S")
        super().__init__([day, clock_time])

    def decompress(self, value: datetime | None) -> list[Any]:
        return [value.date(), value.time().replace(microsecond=0)] if value else [None, None]


class LocalMomentField(forms.MultiValueField):
    """A local date and time without a zone. A day without a time means all of it: from 00:00:00, to 23:59:59 (lesson 19)."""

    widget = LocalMomentWidget

    def __init__(self, *, whole_day: time, **options: Any) -> None:
        self.whole_day = whole_day
        parts = (forms.DateField(required=False), forms.TimeField(required=False))
        super().__init__(fields=parts, require_all_fields=False, **options)
        for part, name in zip(self.widget.widgets, ("day", "time"), strict=True):
            part.attrs["aria-label"] = f"{self.label}: {name}"

    def compress(self, parts: list[Any]) -> datetime | None:
        day: date | None
        at: time | None
        day, at = parts or [None, None]
        if day is None:
            if at is not None:
                raise forms.ValidationError("Which day? There is only a time.")
            return None
        return datetime.combine(day, at or self.whole_day)


class JsonField(forms.JSONField):
    """JSON in a text area, indented to be read. Whatever is wrong with it is the typist's error, not ours."""

    def __init__(self, *, empty: Any, rows: int = 6, **options: Any) -> None:
        self.empty = empty
        widget = forms.Textarea(attrs={"rows": rows, "cols": 80, "class": "json", "spellcheck": "false"})
        super().__init__(widget=widget, required=False, **options)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed is shown again as it was typed, be it JSON or not."""
        return initial if self.disabled else data

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):  # as it was typed
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
        except (ValueError, RecursionError):  # numbers of thousands of digits, lists within lists without end
            raise forms.ValidationError("This is no JSON.") from None
        return self.empty if read is None else read

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except forms.ValidationError:
            return True


class WordListField(forms.CharField):
    """A list of words, written with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [word.strip() for word in (super().to_python(value) or "").split(",") if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)

    def run_validators(self, value: Any) -> None:
        for word in value:
            super().run_validators(word)
