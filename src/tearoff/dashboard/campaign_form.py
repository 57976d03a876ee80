"""All settings of a campaign in one form. It refuses what a change brings in, and touches nothing that was not touched."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models.fields.files import FieldFile

from tearoff.accounts.models import Account
from tearoff.campaigns import checking, limits, passwords
from tearoff.campaigns.models import Campaign, Location
from tearoff.dashboard.pictures import PictureField
from tearoff.dashboard.widgets import (
    DAY_BEGINS,
    DAY_ENDS,
    ColourInput,
    JsonField,
    LocalMomentField,
    WebAddressField,
    WordListField,
)
from tearoff.kit import sql

SETTINGS = (
    "name", "status", "title", "subtitle", "description", "terms", "coupon_value", "promo_code", "currency", "kind", "customid",
    "brand_colour", "logo", "header_image", "art", "share_image",
    "folder", "category", "tags", "is_featured",
    "timezone", "language", "starts_local", "ends_local",
    "after_open", "after_open_unit", "after_claim", "after_claim_unit",
    "max_claims", "max_validations", "max_claims_per_day", "uses_per_session", "minutes_between_uses", "single_use_only",
    "hours",
    "claim_method", "form", "consents", "unique_fields",
    "by_button", "by_password", "by_scan", "uses_own_codes", "own_code_format",
    "after_claim_message", "link_text", "link_url", "words", "end_redirects",
)  # fmt: skip
"""The columns of a campaign that a person sets, in the order of the form."""

MEANWHILE = "Somebody else, or a program, changed this campaign since you opened it. Open it again to see what is new."
BUSY = "The campaign is in heavy use and what it gave out so far could not be counted. Try again."

FORM_HELP = (
    'The fields a claim by form asks for, e.g. [{"name": "firstname", "required": true}, {"name": "customfield1", "label": '
    '"Size", "kind": "choice", "options": ["S", "M"]}]. Members: name, label, kind, required, options, help, message, locked.'
)
CONSENTS_HELP = (
    'Boxes to tick, e.g. [{"name": "news", "text": "Send me offers.", "version": "2026-01", "link": '
    '"https://example.org/privacy", "required": false}].'
)
HOURS_HELP = (
    'When it can be claimed or validated, on the clock of the zone; days from 1 (Monday), e.g. [{"act": "validate", "days": '
    '[1, 2, 3, 4, 5], "from": "14:00", "to": "17:00"}]. [] means always.'
)


class CampaignForm(forms.ModelForm):
    """`changes()` are the settings that differ from what is stored; `ticked` the locations."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    """What the campaign looked like when the form was opened: two people's changes must not undo each other."""

    starts_local = LocalMomentField(
        whole_day=DAY_BEGINS, required=False, label="Starts", help_text="Without a time: at 00:00."
    )
    ends_local = LocalMomentField(
        whole_day=DAY_ENDS, required=False, label="Ends", help_text="Without a time: at 23:59:59."
    )
    tags = WordListField(required=False, help_text="With commas between them.")
    hours = JsonField(empty=[], label="Opening hours", help_text=HOURS_HELP)
    form = JsonField(empty=[], rows=8, label="Form fields", help_text=FORM_HELP)
    consents = JsonField(empty=[], help_text=CONSENTS_HELP)
    unique_fields = WordListField(
        required=False, help_text="One claim per person: email, phone, customid, or a field of the form."
    )
    words = JsonField(
        empty={}, label="Own words", help_text='In place of fixed texts, by their names, e.g. {"get_it": "I want it"}.'
    )
    end_redirects = JsonField(
        empty={},
        label="Links at the end",
        help_text=f'Where an end page leads on, e.g. {{"expired": "https://example.org"}}. Ends: {", ".join(checking.ENDS)}.',
    )
    logo = PictureField(required=False)
    header_image = PictureField(required=False)
    share_image = PictureField(required=False)
    link_url = WebAddressField(required=False)
    places = forms.ModelMultipleChoiceField(
        Location.objects.none(),
        required=False,
        label="Locations",
        widget=forms.CheckboxSelectMultiple,
        help_text="Where it can be validated.",
    )
    coupon_password = forms.CharField(
        required=False,
        max_length=64,
        strip=False,
        label="New coupon password",
        help_text="For a coupon without locations. It is stored so that nobody can read it again; empty keeps the old one.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    forget_coupon_password = forms.BooleanField(required=False, label="Forget the coupon password")

    class Meta:
        model = Campaign
        fields = SETTINGS
        labels = {
            "after_open_unit": "in",
            "after_claim_unit": "in",
            "customid": "Custom id",
            "max_claims": "Claims in all",
            "max_claims_per_day": "Claims in a day",
            "max_validations": "Uses in all",
            "uses_per_session": "Uses of one coupon",
            "single_use_only": "Only by single-use links",
            "is_featured": "Featured",
            "uses_own_codes": "Gives out own codes",
        }
        widgets = {
            "brand_colour": ColourInput,
            "after_claim_message": forms.Textarea(attrs={"rows": 3}),
            "description": forms.Textarea(attrs={"rows": 5}),
            "terms": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.stored = Campaign.objects.get(pk=self.instance.pk)
        self.stored_locations = list(self.stored.locations.order_by("pk"))
        self._of_this_account(self.stored.account)
        self.fields["places"].initial = [place.pk for place in self.stored_locations]
        self.fields["seen"].initial = fingerprint(self.stored, self.stored_locations)

    def _of_this_account(self, account: Account) -> None:
        for name, rows in (
            ("folder", account.folders),
            ("category", account.categories),
            ("places", account.locations),
        ):
            if name in self.fields:
                self.fields[name].queryset = rows.order_by("name")  # type: ignore[attr-defined]

    # What was typed

    def clean(self) -> dict[str, Any]:
        """Django's own checks of constraints are left out: `checking` says the same in sentences."""
        typed = self.cleaned_data
        if typed.get("seen") != self.fields["seen"].initial:
            raise forms.ValidationError(MEANWHILE)
        for name in SETTINGS:
            if name in typed and is_as_stored(typed[name], getattr(self.stored, name)):
                typed[name] = getattr(self.stored, name)
        return typed

    def _get_validation_exclusions(self) -> set[str]:
        """Lists of words are judged by `checking`, which names the word and not its number in an array."""
        return {*super()._get_validation_exclusions(), "tags", "unique_fields"}  # type: ignore[misc]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self._take_password()
        after = checking.problems(self.instance, self.ticked)
        for problem in checking.introduced(after, checking.problems(self.stored, self.stored_locations)):
            name = "places" if problem.field == "locations" else problem.field
            field = name if name in self.fields else None
            if field is None or field not in self.errors:
                self.add_error(field, problem.sentence)
        if not self.errors:
            self._count_for_a_new_cap()

    def _take_password(self) -> None:
        if self.cleaned_data.get("forget_coupon_password"):
            self.instance.password_digest = None
        password = self.cleaned_data.get("coupon_password")
        if not password:
            return
        digest = passwords.digest_of(self.instance.account_id, password)
        if len(password) < passwords.SHORTEST:
            self.add_error("coupon_password", f"Make it longer: at least {passwords.SHORTEST} characters.")
        elif Location.objects.filter(account_id=self.instance.account_id, password_digest=digest).exists():
            self.add_error("coupon_password", "A location of this account has this password. Choose another.")
        else:
            self.instance.password_digest = digest

    def _count_for_a_new_cap(self) -> None:
        """Here and not when saving, so that a busy campaign gives an error in the form and nothing that was typed is lost."""
        if any(limits.is_cap(name, value) for name, value in self.changes().items()):
            try:
                limits.start_counting(self.stored)
            except sql.Busy:
                self.add_error(None, BUSY)

    # What came of it

    @property
    def ticked(self) -> Sequence[Location]:
        return list(self.cleaned_data.get("places", ()))

    def changes(self) -> dict[str, Any]:
        """Settings that differ from what is stored, with their new values."""
        names = [*SETTINGS, "password_digest"]
        after = {name: getattr(self.instance, name) for name in names}
        return {name: value for name, value in after.items() if not is_as_stored(value, getattr(self.stored, name))}


def fingerprint(campaign: Campaign, locations: Sequence[Location]) -> str:
    """Changes when any setting does."""
    told = [str(getattr(campaign, name)) for name in SETTINGS] + [str(place.pk) for place in locations]
    return hashlib.sha256("\x1f".join(told).encode(errors="replace")).hexdigest()[:24]


def is_as_stored(typed: Any, stored: Any) -> bool:
    """Whether a browser would send this for what is stored: it changes line ends, and drops blanks and parts of a second.

    Without this, opening and saving a campaign that came in over the API would change it (lesson 20).
    """
    if isinstance(typed, str) and isinstance(stored, str):
        return typed == stored or _plain(typed) in (_plain(stored), stored.replace("\r", "").replace("\n", "").strip())
    if isinstance(typed, datetime) and isinstance(stored, datetime):
        return typed == stored or typed == stored.replace(microsecond=0)
    if isinstance(typed, FieldFile) or isinstance(stored, FieldFile):
        return _file_name(typed) == _file_name(stored)
    if isinstance(typed, bytes | memoryview) and isinstance(stored, bytes | memoryview):
        return bytes(typed) == bytes(stored)
    return bool(typed == stored)


def _plain(text: str) -> str:
    """Without what gets lost on the way through a browser: blanks around it, and the kind of line ends."""
    return "\n".join(text.splitlines()).strip()


def _file_name(file: Any) -> str:
    return str(getattr(file, "name", file) or "")
