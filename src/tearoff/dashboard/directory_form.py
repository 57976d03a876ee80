"""The forms of directories and of what stands on them. Only what was changed is given to the verbs (lesson 20)."""

from datetime import datetime
from typing import Any

from django import forms

from tearoff.accounts import rights
from tearoff.accounts.models import Account
from tearoff.campaigns.models import Category
from tearoff.dashboard.base_admin import is_id
from tearoff.dashboard.campaign_form import CONSENTS_HELP, is_as_stored
from tearoff.dashboard.pictures import PictureField
from tearoff.dashboard.settings_form import SettingsForm
from tearoff.dashboard.widgets import DAY_BEGINS, DAY_ENDS, ColourInput, JsonField, LocalMomentField, WebAddressField
from tearoff.directories.models import Directory, Listing
from tearoff.kit import dates
from tearoff.loyalty.models import Card

SETTINGS = (
    "name", "status", "title", "intro", "terms", "access", "sign_up", "payment_url", "payment_text", "order", "has_search",
    "has_categories", "brand_colour", "logo", "header_image", "timezone", "language", "consents", "words",
)  # fmt: skip
PLACING = ("description", "category", "is_featured", "is_paid_only", "position", "shows_from", "shows_until")

NO_RIGHT = "This account has no right to directories."
MOST_OFFERED = 500
"""Cards in the choice; with the directory in the address it offers that directory's only."""


class NewDirectoryForm(forms.ModelForm):
    class Meta:
        model = Directory
        fields = ("account", "name")

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        if not rights.may(account.pk, "directory"):
            raise forms.ValidationError(NO_RIGHT)
        return account


class DirectoryForm(SettingsForm):
    """All settings."""

    settings = SETTINGS
    needs = "directory"
    without = NO_RIGHT

    payment_url = WebAddressField(required=False, label="Payment page", help_text="It gets directory and user added.")
    consents = JsonField(empty=[], label="Boxes at sign-up", help_text=CONSENTS_HELP)
    words = JsonField(
        empty={},
        label="Own words",
        help_text='In place of fixed texts, by their names, e.g. {"join_title": "Join the club"}.',
    )
    logo = PictureField(required=False)
    header_image = PictureField(required=False)

    class Meta:
        model = Directory
        fields = SETTINGS
        widgets = {
            "brand_colour": ColourInput,
            "intro": forms.Textarea(attrs={"rows": 4}),
            "terms": forms.Textarea(attrs={"rows": 4}),
        }


class PlacingForm(forms.ModelForm):
    """How a coupon or card stands on a directory: text, category, order and schedule."""

    is_featured = forms.NullBooleanField(required=False, label="Featured", help_text="Unknown: as the coupon is.")
    shows_from = LocalMomentField(whole_day=DAY_BEGINS, required=False, help_text="On the clock of the directory.")
    shows_until = LocalMomentField(whole_day=DAY_ENDS, required=False, help_text="Its last second is good.")

    class Meta:
        model = Listing
        fields: tuple[str, ...] = PLACING
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.stored = Listing.objects.select_related("directory").filter(pk=self.instance.pk).first()
        if self.stored:
            zone = self.stored.directory.timezone
            for name in ("shows_from", "shows_until"):
                at: datetime | None = getattr(self.stored, name)
                self.initial[name] = dates.local(at, zone) if at else None
            self._offer_categories(self.stored.directory.account_id)

    def _offer_categories(self, account: int) -> None:
        field: Any = self.fields["category"]
        field.queryset = Category.objects.filter(account=account).order_by("name")

    @property
    def directory(self) -> Directory | None:
        return self.stored.directory if self.stored else self.cleaned_data.get("directory")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if self.directory is None:
            return typed
        if not rights.may(self.directory.account_id, "directory"):
            self.add_error(None, NO_RIGHT)
        category = typed.get("category")
        if category is not None and category.account_id != self.directory.account_id:
            self.add_error("category", "This category belongs to another account.")
        return typed

    def _post_clean(self) -> None:
        """The row is written by its verb: the form's moments are local ones, and no values for it yet."""

    def changes(self) -> dict[str, Any]:
        """Members of Listing that differ from what is stored, the moments as instants."""
        assert self.directory is not None
        found = {name: self.cleaned_data[name] for name in PLACING if name in self.changed_data}
        for name in ("shows_from", "shows_until"):
            if found.get(name):
                found[name] = dates.instant(found[name], self.directory.timezone, ends=name == "shows_until")
        return {
            name: value for name, value in found.items() if not is_as_stored(value, getattr(self.stored, name, None))
        }


class NewListingForm(PlacingForm):
    """The same for something that does not stand there yet: a coupon or a card of the directory's account, or one below."""

    position = forms.IntegerField(required=False, help_text="Empty: at the end.")
    card_to_list = forms.ModelChoiceField(
        Card.objects.none(), required=False, label="Loyalty card", help_text="A coupon or a card, one of them."
    )

    class Meta(PlacingForm.Meta):
        fields = ("directory", "campaign", *PLACING)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["campaign"].required = False
        self.initial["position"] = None
        chosen = self.data.get("directory") or self.initial.get("directory")
        found = Directory.objects.filter(pk=str(chosen)).first() if is_id(str(chosen)) else None
        cards = Card.objects.filter(deleted_at=None).select_related("account").order_by("account", "id")
        field: Any = self.fields["card_to_list"]
        field.label_from_instance = lambda card: f"{card.account}: {card.name}"
        if found is None:
            field.queryset = cards
            field.choices = [
                ("", "---------"),
                *((one.pk, field.label_from_instance(one)) for one in cards[:MOST_OFFERED]),
            ]
        else:
            field.queryset = cards.filter(account__ancestors__contains=[found.account_id])
            self._offer_categories(found.account_id)

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        found, campaign, card = typed.get("directory"), typed.get("campaign"), typed.get("card_to_list")
        if (campaign is None) == (card is None):
            self.add_error("campaign", "Choose a coupon or a loyalty card.")
        for name, one in (("campaign", campaign), ("card_to_list", card)):
            if found and one and found.account_id not in one.account.ancestors:
                self.add_error(name, f"It belongs to {one.account}, and this is a directory of {found.account}.")
        if campaign is not None and (campaign.is_template or campaign.deleted_at):
            self.add_error("campaign", "A template is never public.")
        return typed

    def changes(self) -> dict[str, Any]:
        """What was filled in. Without a position the verb takes the next one."""
        found = super().changes()
        return {name: value for name, value in found.items() if value is not None}
