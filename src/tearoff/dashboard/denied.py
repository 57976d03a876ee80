"""The form field by which an operator takes rights away, from an account or with a package."""

from django import forms

from tearoff.accounts import rights
from tearoff.dashboard.entering import SAID


class DeniedField(forms.MultipleChoiceField):
    """One box for each right; a ticked one is taken away."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        choices = [(name, SAID[name]) for name in rights.RIGHTS]
        super().__init__(choices=choices, required=False, label="Rights taken away")
