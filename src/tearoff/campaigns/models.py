"""Campaigns (a campaign and a coupon are the same thing) and what they are sorted, limited and validated by."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tearoff.accounts.models import HEX_COLOUR, Account
from tearoff.kit import dates
from tearoff.kit.local_time import LocalDateTimeField


class Folder(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "folder"
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_folder_of_a_name_per_account")]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A branch of the account's tree of categories, at most three levels deep."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="categories")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=200)
    level = models.SmallIntegerField(default=1, editable=False)

    class Meta:
        db_table = "category"
        verbose_name_plural = "categories"
        constraints = [
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=3), name="categories_have_three_levels")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.level = 1 + self.parent.level if self.parent else 1
        super().save(*args, **kwargs)


class Location(models.Model):
    """A redeem point. Its password says who validates; it is kept as a keyed digest, unique within the account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="locations")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, default="")
    password_digest = models.BinaryField(null=True, blank=True)
    address = models.CharField(max_length=255, blank=True, default="")
    zip = models.CharField(max_length=32, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=32, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")
    website = models.URLField(blank=True, default="")
    opening_text = models.CharField(max_length=200, blank=True, default="", help_text="For people: Mon to Sat, 9 to 18")
    customid = models.CharField(max_length=50, blank=True, default="")
    is_disabled = models.BooleanField(default=False)

    class Meta:
        db_table = "location"
        constraints = [
            models.UniqueConstraint(fields=["account", "password_digest"], name="a_password_names_one_location")
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    """One offer: its texts, look, rules and public code. Consumers' copies are coupon sessions.

    `status` is what was set; `expired` is derived from the end (`campaigns.schedule`). `deleted_at` hides the row
    everywhere; its code is never given out again.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        ARCHIVED = "archived", "Archived"

    class ClaimMethod(models.TextChoices):
        NONE = "none", "None: the coupon is ready at once"
        BUTTON = "button", "Button"
        FORM = "form", "Form"

    class Unit(models.TextChoices):
        MINUTES = "minutes", "minutes"
        HOURS = "hours", "hours"
        DAYS = "days", "days"
        MONTHS = "months", "months"

    class Art(models.TextChoices):
        TICKET = "ticket", "Ticket"
        PIZZA = "pizza", "Pizza"
        COFFEE = "coffee", "Coffee"
        BREAD = "bread", "Bread"
        GIFT = "gift", "Gift"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="campaigns")
    code = models.CharField(max_length=12, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    is_template = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    name = models.CharField(max_length=200, help_text="Internal name")
    title = models.CharField(max_length=200, blank=True, default="")
    subtitle = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(max_length=20_000, blank=True, default="")
    terms = models.TextField(max_length=20_000, blank=True, default="")
    customid = models.CharField(max_length=50, blank=True, default="")
    coupon_value = models.CharField(max_length=255, blank=True, default="", help_text="What it is worth, as text")
    promo_code = models.CharField(max_length=100, blank=True, default="", help_text="Shown in place of the value")
    currency = models.CharField(max_length=3, default="EUR")
    kind = models.CharField(max_length=10, default="coupon", choices=[("coupon", "Coupon"), ("voucher", "Voucher")])

    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaigns")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaigns")
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    is_featured = models.BooleanField(default=False)

    timezone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")
    starts_local = LocalDateTimeField("starts", null=True, blank=True)
    ends_local = LocalDateTimeField("ends", null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Derived from the local times and the zone; the last good second, which is good to its end."""

    after_open = models.PositiveIntegerField("good for, from the first opening", null=True, blank=True)
    after_open_unit = models.CharField(max_length=7, choices=Unit, default=Unit.DAYS)
    after_claim = models.PositiveIntegerField("good for, from the claim", null=True, blank=True)
    after_claim_unit = models.CharField(max_length=7, choices=Unit, default=Unit.MINUTES)
    hours = models.JSONField(default=list, blank=True)
    """Opening windows: `{"act": "validate", "days": [1..7], "from": "14:00", "to": "17:00"}`; Monday is 1."""

    max_claims = models.PositiveIntegerField(null=True, blank=True)
    max_validations = models.PositiveIntegerField(null=True, blank=True)
    max_claims_per_day = models.PositiveIntegerField(null=True, blank=True)
    uses_per_session = models.PositiveIntegerField(default=1)
    minutes_between_uses = models.PositiveIntegerField(default=0)
    single_use_only = models.BooleanField(default=False)

    claim_method = models.CharField(max_length=10, choices=ClaimMethod, default=ClaimMethod.BUTTON)
    form = models.JSONField(default=list, blank=True)
    """Fields asked for at the claim, see `campaigns.forms`."""
    consents = models.JSONField(default=list, blank=True)
    unique_fields = ArrayField(models.CharField(max_length=50), default=list, blank=True)

    by_button = models.BooleanField("validate by button on the phone", default=False)
    by_password = models.BooleanField("validate by password on the phone", default=True)
    by_scan = models.BooleanField("validate by staff scan", default=True)
    uses_own_codes = models.BooleanField(default=False)
    own_code_format = models.CharField(
        max_length=10,
        default="text",
        choices=[("text", "Text only"), ("qr", "QR"), ("code128", "Code 128"), ("ean13", "EAN-13"), ("upca", "UPC-A")],
    )
    password_digest = models.BinaryField(null=True, blank=True)
    """The coupon's own password, for a coupon without locations."""
    locations = models.ManyToManyField(Location, through="CampaignLocation", related_name="campaigns", blank=True)

    brand_colour = models.CharField(max_length=7, blank=True, default="", validators=[HEX_COLOUR])
    logo = models.ImageField(upload_to="logos/", blank=True)
    header_image = models.ImageField(upload_to="headers/", blank=True)
    share_image = models.ImageField(upload_to="shares/", blank=True)
    art = models.CharField(max_length=10, choices=Art, default=Art.TICKET)
    words = models.JSONField(default=dict, blank=True)
    """The merchant's own wording of fixed texts, by their names in the catalogue."""
    after_claim_message = models.CharField(max_length=500, blank=True, default="")
    link_text = models.CharField(max_length=80, blank=True, default="")
    link_url = models.URLField(blank=True, default="")
    end_redirects = models.JSONField(default=dict, blank=True)
    """Where an end page leads on: state word -> address."""

    class Meta:
        db_table = "campaign"
        indexes = [models.Index(fields=["account", "id"], name="campaign_by_account")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses_per_session__gte=1, uses_per_session__lte=1000), name="one_to_a_thousand_uses"
            ),
            models.CheckConstraint(
                condition=~models.Q(claim_method="none") | models.Q(uses_own_codes=False, after_claim=None),
                name="no_claim_step_no_codes_and_no_claim_clock",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.starts_at = _instant(self.starts_local, self.timezone)
        self.ends_at = _instant(self.ends_local, self.timezone, ends=True)
        super().save(*args, **kwargs)


def _instant(local: datetime | None, zone: str, *, ends: bool = False) -> datetime | None:
    return None if local is None else dates.instant(local.replace(tzinfo=None), zone, ends=ends)


class CampaignLocation(models.Model):
    """A location ticked for a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)

    class Meta:
        db_table = "campaign_location"
        constraints = [models.UniqueConstraint(fields=["campaign", "location"], name="a_location_is_ticked_once")]


class Grant(models.Model):
    """The explicit right by which a parent's keys reach a campaign that belongs to a subaccount (architecture.md 4)."""

    parent = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="grants")

    class Meta:
        db_table = "campaign_grant"
        constraints = [models.UniqueConstraint(fields=["parent", "campaign"], name="one_grant_per_parent_and_campaign")]


class Counter(models.Model):
    """What a capped campaign has given out. There is no row for an uncapped one, hence no hot row (architecture.md 3)."""

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.CASCADE, db_column="campaign", db_constraint=False
    )
    claims = models.IntegerField(default=0)
    validations = models.IntegerField(default=0)
    is_counted = models.BooleanField(default=True, db_default=True)
    """False while what was given out before the row was made is not in it yet (`campaigns.limits`); nothing is capped then."""

    class Meta:
        db_table = "campaign_counter"
        constraints = [
            models.CheckConstraint(condition=models.Q(claims__gte=0, validations__gte=0), name="never_below_nothing")
        ]


class DayCounter(models.Model):
    """Claims of one day in the campaign's zone, where a daily limit exists; made by the first claim that is asked about it."""

    campaign = models.BigIntegerField()
    day = models.DateField()
    claims = models.IntegerField(default=0)

    class Meta:
        db_table = "campaign_day"
        constraints = [models.UniqueConstraint(fields=["campaign", "day"], name="one_counter_per_campaign_and_day")]


class OwnCode(models.Model):
    """An imported code, given to one session at its claim. `key` is the folded form all look-ups use (lesson 14)."""

    class State(models.TextChoices):
        FREE = "free", "Free"
        ASSIGNED = "assigned", "Assigned"
        USED = "used", "Used"

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="own_codes"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="own_codes"
    )
    code = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    state = models.CharField(max_length=8, choices=State, default=State.FREE)
    session = models.BigIntegerField(null=True)

    class Meta:
        db_table = "own_code"
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="an_own_code_stands_once_per_account")]
        indexes = [
            models.Index(fields=["campaign", "id"], name="own_code_free", condition=models.Q(state="free")),
            models.Index(fields=["campaign", "state"], name="own_code_by_campaign"),
        ]
