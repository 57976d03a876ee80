"""What the forms of settings have in common: JSON with named errors, and only what was changed goes to the verbs (lesson 20)."""

from typing import Any

import msgspec
from django import forms
from django.db.models import Model

from tearoff.accounts import rights
from tearoff.accounts.rights import Right
from tearoff.campaigns import checking
from tearoff.campaigns.forms import consents_of, fields_of
from tearoff.dashboard.campaign_form import is_as_stored


class SettingsForm(forms.ModelForm):
    """All settings of one thing. `changes()` are those that differ from what is stored."""

    settings: tuple[str, ...]
    needs: Right
    without: str
    """The right its account must have, and what is said when it lacks it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        model: type[Model] = self._meta.model
        self.stored: Any = model._default_manager.get(pk=self.instance.pk)

    def clean_timezone(self) -> str:
        zone: str = self.cleaned_data["timezone"]
        if problem := checking.zone_problem(zone):
            raise forms.ValidationError(problem)
        return zone

    def clean_form(self) -> list[dict[str, Any]]:
        typed: list[dict[str, Any]] = self.cleaned_data["form"]
        try:
            fields_of(typed)
        except msgspec.ValidationError as problem:
            raise forms.ValidationError(f"This is no list of fields: {problem}.") from problem
        return typed

    def clean_consents(self) -> list[dict[str, Any]]:
        typed: list[dict[str, Any]] = self.cleaned_data["consents"]
        try:
            consents_of(typed)
        except msgspec.ValidationError as problem:
            raise forms.ValidationError(f"This is no list of boxes: {problem}.") from problem
        return typed

    def clean_words(self) -> dict[str, str]:
        typed: dict[str, str] = self.cleaned_data["words"]
        if not isinstance(typed, dict) or not all(isinstance(text, str) for text in typed.values()):
            raise forms.ValidationError('Write names and texts, like {"join_title": "Join the club"}.')
        return typed

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if not rights.may(self.stored.account_id, self.needs):
            self.add_error(None, self.without)
        return typed

    def changes(self) -> dict[str, Any]:
        typed = {name: self.cleaned_data[name] for name in self.settings}
        return {name: value for name, value in typed.items() if not is_as_stored(value, getattr(self.stored, name))}
