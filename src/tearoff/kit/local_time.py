"""A model field for a local date and time: what a person wrote, without a zone (lesson 19)."""

from datetime import datetime
from typing import Any

from django import forms
from django.db import models


class LocalDateTimeField(models.Field):
    """`timestamp without time zone`; the instant it means is derived beside it."""

    def db_type(self, connection: Any) -> str:
        return "timestamp without time zone"

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value.replace(tzinfo=None) if value else None

    def get_prep_value(self, value: Any) -> datetime | None:
        return self.to_python(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.DateTimeField, **kwargs})
