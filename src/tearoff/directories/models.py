"""Directories: pages that collect coupons and loyalty cards, what stands on them, and who may enter.

Loyalty cards are known here by their number only: rooms of one height do not import each other.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from tearoff.accounts.models import HEX_COLOUR, Account
from tearoff.campaigns.models import Campaign, Category


class Directory(models.Model):
    """One collection page with its public code. `deleted_at` hides it everywhere; its code is never given out again."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    class Access(models.TextChoices):
        OPEN = "open", "Everybody sees it"
        MEMBERS = "members", "Only members see it"
        PAID = "paid", "Members see it; its offers open for who has paid"

    class Order(models.TextChoices):
        MANUAL = "manual", "By hand"
        NEWEST = "newest", "Newest first"
        EXPIRING = "expiring", "Ending soonest first"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="directories")
    code = models.CharField(max_length=12, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    name = models.CharField(max_length=200, help_text="Internal name")
    title = models.CharField(max_length=200, blank=True, default="")
    intro = models.TextField(max_length=20_000, blank=True, default="")
    terms = models.TextField(max_length=20_000, blank=True, default="")
    timezone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")

    access = models.CharField(max_length=10, choices=Access, default=Access.OPEN)
    sign_up = models.BooleanField("visitors may sign up by themselves", default=True)
    payment_url = models.URLField(
        max_length=2000, blank=True, default="", help_text="Where members pay; it gets `directory` and `user`."
    )
    payment_text = models.CharField(max_length=200, blank=True, default="", help_text="What it costs, in words")
    order = models.CharField(max_length=10, choices=Order, default=Order.MANUAL, db_column="sort_order")
    has_search = models.BooleanField("search box", default=True)
    has_categories = models.BooleanField("menu of categories", default=True)

    consents = models.JSONField(default=list, blank=True)
    """Boxes at sign-up, see `campaigns.forms`."""
    words = models.JSONField(default=dict, blank=True)
    """The merchant's own wording of fixed texts, by their names in the catalogue."""
    brand_colour = models.CharField(max_length=7, blank=True, default="", validators=[HEX_COLOUR])
    logo = models.ImageField(upload_to="logos/", blank=True)
    header_image = models.ImageField(upload_to="headers/", blank=True)

    class Meta:
        db_table = "directory"
        verbose_name_plural = "directories"
        indexes = [models.Index(fields=["account", "id"], name="directory_by_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_title(self) -> str:
        return self.title or self.name


class Listing(models.Model):
    """One coupon or one loyalty card in a directory. What is empty here is as the coupon itself has it."""

    account = models.BigIntegerField()
    directory = models.ForeignKey(Directory, on_delete=models.CASCADE, related_name="listings")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.CASCADE, related_name="listings")
    card = models.BigIntegerField(null=True)
    description = models.TextField(max_length=20_000, blank=True, default="")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="listings")
    is_featured = models.BooleanField(null=True)
    is_paid_only = models.BooleanField("only for who has paid", default=False)
    position = models.IntegerField(default=0)
    shows_from = models.DateTimeField(null=True, blank=True)
    shows_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "directory_listing"
        constraints = [
            models.UniqueConstraint(fields=["directory", "campaign"], name="a_coupon_is_listed_once_per_directory"),
            models.UniqueConstraint(fields=["directory", "card"], name="a_card_is_listed_once_per_directory"),
            models.CheckConstraint(condition=Q(campaign=None) ^ Q(card=None), name="a_listing_is_a_coupon_or_a_card"),
        ]
        indexes = [models.Index(fields=["directory", "id"], name="listing_by_directory")]

    def __str__(self) -> str:
        return str(self.campaign) if self.campaign else f"card {self.card}"


class Member(models.Model):
    """A registered user of one directory; `reg_` and its number on the wire. Blocked ones cannot enter."""

    PROFILE: ClassVar[tuple[str, ...]] = (
        "first_name", "last_name", "phone", "address", "zip", "city", "birth_date", "custom_1", "custom_2", "custom_3",
    )  # fmt: skip

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="directory_members"
    )
    directory = models.ForeignKey(
        Directory, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="members"
    )
    email = models.CharField(max_length=254)
    email_key = models.CharField(max_length=254)
    """Trimmed and folded: one address logs in one member of a directory (lesson 4)."""
    password = models.CharField(max_length=128)
    """An Argon2 hash."""
    first_name = models.CharField(max_length=100, default="")
    last_name = models.CharField(max_length=100, default="")
    phone = models.CharField(max_length=32, default="")
    address = models.CharField(max_length=255, default="")
    zip = models.CharField(max_length=32, default="")
    city = models.CharField(max_length=100, default="")
    birth_date = models.DateField(null=True)
    custom_1 = models.CharField(max_length=255, default="")
    custom_2 = models.CharField(max_length=255, default="")
    custom_3 = models.CharField(max_length=255, default="")
    consents = models.JSONField(null=True)
    """Consent texts as agreed to, with version, time and address."""

    blocked_at = models.DateTimeField(null=True)
    has_paid = models.BooleanField(default=False)
    paid_until = models.DateTimeField(null=True)
    """The last good second of paid access; none: it does not end. Whether it has passed is asked, never stored."""
    erased_at = models.DateTimeField(null=True)
    """The member has deleted the account: personal data is blanked, the row stays for the counts."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "directory_member"
        constraints = [
            models.UniqueConstraint(fields=["directory", "email_key"], name="an_email_enters_a_directory_once"),
            models.CheckConstraint(condition=Q(has_paid=True) | Q(paid_until=None), name="only_paid_access_ends"),
        ]
        indexes = [
            models.Index(fields=["directory", "id"], name="member_by_directory"),
            models.Index(fields=["directory", "id"], name="member_live_by_directory", condition=Q(erased_at=None)),
        ]

    def __str__(self) -> str:
        """Logs keep this, also after the person was erased."""
        return f"reg_{self.pk}"

    def is_paying(self, at: datetime) -> bool:
        """Whether paid access is open now."""
        return is_open(self.has_paid, self.paid_until, at)


def is_open(has_paid: bool, until: datetime | None, at: datetime) -> bool:
    """Whether access that was paid for is open; its last second is good to its end."""
    return has_paid and (until is None or at < until.replace(microsecond=0) + timedelta(seconds=1))


class Key(models.Model):
    """What lets a member in: a log-in on one browser, or a link that works once. Only the digest is kept (lesson 30)."""

    class Purpose(models.TextChoices):
        LOGIN = "login", "A browser that is logged in"
        SSO = "sso", "A link that signs in once"

    digest = models.BinaryField(unique=True)
    purpose = models.CharField(max_length=5, choices=Purpose)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="keys")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """Used up, logged out, or ended with everything else of the member."""

    class Meta:
        db_table = "directory_key"
        indexes = [models.Index(fields=["expires_at"], name="directory_key_by_age")]
