"""The forms of loyalty cards, their rewards and of packages."""

from typing import Any

from django import forms

from tearoff.accounts import rights
from tearoff.accounts.models import Account, Package
from tearoff.campaigns.checking import Problem
from tearoff.campaigns.models import Campaign, Location
from tearoff.dashboard.campaign_form import CONSENTS_HELP, FORM_HELP
from tearoff.dashboard.denied import DeniedField
from tearoff.dashboard.pictures import PictureField
from tearoff.dashboard.settings_form import SettingsForm
from tearoff.dashboard.widgets import ColourInput, JsonField
from tearoff.loyalty import checking
from tearoff.loyalty.models import Card, Reward

SETTINGS = (
    "name", "status", "title", "subtitle", "description", "terms", "goal", "new_round", "max_per_grant", "max_per_day",
    "minutes_between", "form", "consents", "brand_colour", "logo", "art", "timezone", "language", "words",
)  # fmt: skip
NO_RIGHT = "This account has no right to loyalty cards."


class NewCardForm(forms.ModelForm):
    class Meta:
        model = Card
        fields = ("account", "name", "kind", "goal")

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        if not rights.may(account.pk, "loyalty"):
            raise forms.ValidationError(NO_RIGHT)
        return account

    def clean_goal(self) -> int | None:
        goal: int | None = self.cleaned_data["goal"]
        if problem := checking.goal_problem(self.cleaned_data.get("kind", ""), goal):
            raise forms.ValidationError(problem)
        return goal


class CardForm(SettingsForm):
    """All settings, and the locations that give stamps."""

    settings = SETTINGS
    needs = "loyalty"
    without = NO_RIGHT

    places = forms.ModelMultipleChoiceField(
        Location.objects.none(), required=False, label="Locations", widget=forms.CheckboxSelectMultiple
    )
    form = JsonField(empty=[], label="Fields when somebody joins", help_text=FORM_HELP)
    consents = JsonField(empty=[], label="Boxes when somebody joins", help_text=CONSENTS_HELP)
    words = JsonField(empty={}, label="Own words", help_text="In place of fixed texts, by their names.")
    logo = PictureField(required=False)

    class Meta:
        model = Card
        fields = SETTINGS
        widgets = {
            "brand_colour": ColourInput,
            "description": forms.Textarea(attrs={"rows": 4}),
            "terms": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        places: Any = self.fields["places"]
        places.queryset = Location.objects.filter(account=self.stored.account_id).order_by("name")
        places.initial = list(self.stored.locations.values_list("pk", flat=True))

    def clean_goal(self) -> int | None:
        """Before Django asks the table, which has no sentences."""
        goal: int | None = self.cleaned_data["goal"]
        if problem := checking.goal_problem(self.stored.kind, goal):
            raise forms.ValidationError(problem)
        return goal

    def problems(self, thing: Any) -> list[Problem]:
        return checking.problems(thing)


class NewRewardForm(forms.ModelForm):
    """The coupon is one of the card's account, or of one below it."""

    class Meta:
        model = Reward
        fields = ("card", "campaign", "name", "points", "days_valid", "stock")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        card: Card | None = typed.get("card")
        campaign: Campaign | None = typed.get("campaign")
        if card is None:
            return typed
        if card.deleted_at:
            self.add_error("card", "This card was removed.")
        if not rights.may(card.account_id, "loyalty"):
            self.add_error(None, NO_RIGHT)
        if card.kind == Card.Kind.MEMBERSHIP:
            self.add_error("card", "A membership card collects nothing, so it has no rewards.")
        if campaign and (
            campaign.is_template or campaign.deleted_at or card.account_id not in campaign.account.ancestors
        ):
            self.add_error("campaign", f"Choose a coupon of {card.account}, no template.")
        if (points := typed.get("points")) is not None and (problem := checking.points_problem(card, points)):
            self.add_error("points", problem)
        return typed

    def clean_days_valid(self) -> int | None:
        days: int | None = self.cleaned_data["days_valid"]
        if days is not None and not 1 <= days <= checking.LONGEST_VALID:
            raise forms.ValidationError(f"Write days from 1 to {checking.LONGEST_VALID}, or nothing.")
        return days


class RewardForm(forms.ModelForm):
    """Another threshold counts from each holder's next round on; another price at once."""

    class Meta:
        model = Reward
        fields = ("points",)

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        problem = checking.points_problem(self.instance.card, points)
        if problem and points != self.instance.points:
            raise forms.ValidationError(problem)
        return points


class PackageForm(forms.ModelForm):
    denied = DeniedField()

    class Meta:
        model = Package
        fields = ("account", "name", "denied", "max_active_campaigns", "max_interactions", "is_visible")
        labels = {"max_active_campaigns": "Most coupons that are on", "is_visible": "Clients may choose it"}
        help_texts = {
            "max_active_campaigns": "Empty: any number.",
            "max_interactions": "Openings by people and givings of stamps. Empty: any number.",
        }

    def clean_name(self) -> str:
        """The account is fixed once the package is there, so Django no longer asks for the pair."""
        name: str = self.cleaned_data["name"]
        account = self.instance.account_id
        if account and Package.objects.filter(account=account, name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This account has a package of that name already.")
        return name
