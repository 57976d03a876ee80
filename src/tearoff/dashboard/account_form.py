"""What an operator types about an account, and what of it cannot be."""

from typing import Any

from django import forms

from tearoff.accounts.models import Account, Package, User
from tearoff.campaigns import checking
from tearoff.dashboard.denied import DeniedField
from tearoff.dashboard.pictures import PictureField
from tearoff.dashboard.widgets import ColourInput, WebAddressField


class AccountForm(forms.ModelForm):
    """Settings of an account that is there."""

    logo = PictureField(required=False)
    privacy_url = WebAddressField(required=False)
    help_url = WebAddressField(required=False)
    powered_by_link = WebAddressField(required=False)
    denied = DeniedField()

    class Meta:
        model = Account
        fields = (
            "company", "email", "status", "expires_on", "timezone", "currency", "language", "country", "brand_colour",
            "logo", "privacy_url", "help_url", "powered_by_text", "powered_by_link", "package", "max_campaigns", "denied",
        )  # fmt: skip
        widgets = {"brand_colour": ColourInput}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if "package" in self.fields:
            offered: Any = self.fields["package"]
            offered.queryset = Package.objects.filter(account=self.instance.parent_id).order_by("name")
            offered.help_text = "One of its parent's."

    def clean_timezone(self) -> str:
        return self._refused_if(checking.zone_problem, "timezone")

    def clean_currency(self) -> str:
        return self._refused_if(checking.currency_problem, "currency")

    def clean_language(self) -> str:
        return self._refused_if(checking.language_problem, "language")

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"])
        if country and not (len(country) == 2 and country.isascii() and country.isupper()):
            raise forms.ValidationError("A country is written in two capital letters, like BE.")
        return country

    def _refused_if(self, problem_with: Any, name: str) -> str:
        value = str(self.cleaned_data[name])
        if sentence := problem_with(value):
            raise forms.ValidationError(sentence)
        return value


class NewAccountForm(AccountForm):
    """A new account: whose it is and how it begins. Its owner logs in with the e-mail address."""

    denied = None  # type: ignore[assignment]  # taken away later, on its own page

    class Meta(AccountForm.Meta):
        fields = ("company", "email", "parent", "status", "timezone", "currency", "language", "country")  # type: ignore[assignment]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody logs in with this e-mail address already.")
        return email
