"""Accounts, the people who log in to them, and the keys programs use.

An account is a tenant; a tree of them is an agency with its clients. Every row of every room carries its account.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

from tearoff.kit import dates

HEX_COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}$", "A colour is written #rrggbb.")


class Package(models.Model):
    """What a parent offers its clients: limits and rights that hold for every subaccount that has it (product.md 4.18)."""

    account = models.ForeignKey("Account", on_delete=models.CASCADE, related_name="packages")
    name = models.CharField(max_length=200)
    denied = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    max_active_campaigns = models.PositiveIntegerField(null=True, blank=True)
    max_interactions = models.PositiveIntegerField("most interactions a month", null=True, blank=True)
    """Openings by persons and givings of stamps; beyond it nothing new opens, and what is claimed is still validated."""
    is_visible = models.BooleanField(default=True)

    class Meta:
        db_table = "package"
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_package_of_a_name_per_account")]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """A tenant. It is live when it and every account above it are (product.md 4.1); `account_refusal` decides."""

    class Status(models.TextChoices):
        TRIAL = "trial", "Trial"
        CUSTOMER = "customer", "Customer"
        FROZEN = "frozen", "Frozen"
        EXPIRED = "expired", "Expired"
        BLOCKED = "blocked", "Blocked"

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="subaccounts")
    ancestors = ArrayField(models.BigIntegerField(), default=list, editable=False)
    """Ids of this account and all above it, so that liveness is one look-up."""

    company = models.CharField(max_length=200)
    email = models.EmailField()
    status = models.CharField(max_length=10, choices=Status, default=Status.TRIAL)
    expires_on = models.DateField(
        null=True, blank=True, help_text="Last good day, in the account's zone. Empty: never."
    )
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)

    username = models.CharField(max_length=200, blank=True, default="")
    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    package = models.ForeignKey(Package, null=True, blank=True, on_delete=models.PROTECT, related_name="subaccounts")
    max_campaigns = models.PositiveIntegerField(
        null=True, blank=True, help_text="Coupons it may hold. Empty: any number."
    )
    denied = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    """Rights taken from this account, by the names of `accounts.rights`."""

    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="EUR")
    language = models.CharField(max_length=10, default="en")
    country = models.CharField(max_length=2, blank=True, default="", help_text="Two letters; reads phone numbers.")

    brand_colour = models.CharField(max_length=7, default="#2f49c9", validators=[HEX_COLOUR])
    logo = models.ImageField(upload_to="logos/", blank=True)
    privacy_url = models.URLField(blank=True, default="")
    help_url = models.URLField(blank=True, default="")
    powered_by_text = models.CharField(max_length=80, blank=True, default="Made with Tearoff")
    powered_by_link = models.URLField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "account"

    def __str__(self) -> str:
        return self.company

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.expires_at = _end_of(self.expires_on, self.timezone)
        super().save(*args, **kwargs)


def _end_of(day: date | None, zone: str) -> datetime | None:
    return None if day is None else dates.end_of_day(day, zone)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in. Operators of the server (`is_staff`) enter the admin; others belong to one account."""

    email = models.EmailField(unique=True)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    is_owner = models.BooleanField(default=False)
    is_staff = models.BooleanField("operator of this server", default=False)
    is_active = models.BooleanField(default=True)
    logins = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        db_table = "user_account"

    def __str__(self) -> str:
        return self.email


class ApiClient(models.Model):
    """A pair of keys for the API. The secret is compared as a keyed digest; it lies sealed beside it only because
    the contract signs `X-HMAC` with it (architecture.md 4).
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_clients")
    client_id = models.CharField(max_length=128, unique=True)
    secret_digest = models.BinaryField()
    secret_sealed = models.BinaryField()
    previous_digest = models.BinaryField(null=True, blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "api_client"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(is_primary=True, revoked_at=None),
                name="one_primary_pair_per_account",
            )
        ]

    def __str__(self) -> str:
        return self.client_id


class InteractionMonth(models.Model):
    """What an account had of a month, on its own clock. `metered` grows by the roll-up, for every account; `amount` is what a
    limit is judged by, counted by the verbs while there is one (`interactions.sql`).
    """

    account = models.BigIntegerField()
    month = models.DateField()
    amount = models.IntegerField(default=0)
    metered = models.BigIntegerField(default=0)
    warned_most = models.IntegerField(null=True)
    """The limit of which the owner was told last, and that `warned_percent` of it were used."""
    warned_percent = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "interaction_month"
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="one_count_per_account_and_month")]


class OwnerMail(models.Model):
    """A mail to an account's owner, written in the transaction of what it tells; the worker sends it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="owner_mails")
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "owner_mail"
        indexes = [models.Index(fields=["id"], name="owner_mail_due", condition=models.Q(sent_at=None))]


class OneTimeToken(models.Model):
    """A link that does one thing once: sign a user in, or let them choose a password. Only its digest is kept (lesson 30)."""

    digest = models.BinaryField(unique=True)
    purpose = models.CharField(max_length=10)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    page = models.CharField(max_length=20, blank=True, default="")
    campaign = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "one_time_token"
