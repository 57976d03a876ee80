"""What the forms of settings have in common: JSON with named errors, and only what was changed goes to the verbs (lesson 20)."""

from typing import Any

from django import forms
from django.db.models import Model

from tearoff.accounts import rights
from tearoff.accounts.rights import Right
from tearoff.campaigns import checking
from tearoff.campaigns.checking import Problem
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

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if not rights.may(self.stored.account_id, self.needs):
            self.add_error(None, self.without)
        return typed

    def _post_clean(self) -> None:
        """What a change brings in is refused; what came in through another door with a problem may be saved again."""
        super()._post_clean()  # type: ignore[misc]
        for problem in checking.introduced(self.problems(self.instance), self.problems(self.stored)):
            if problem.field not in self.errors:
                self.add_error(problem.field, problem.sentence)

    def problems(self, thing: Any) -> list[Problem]:
        return checking.shared_problems(thing)

    def changes(self) -> dict[str, Any]:
        typed = {name: self.cleaned_data[name] for name in self.settings}
        return {name: value for name, value in typed.items() if not is_as_stored(value, getattr(self.stored, name))}
