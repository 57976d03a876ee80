"""Coupons and loyalty cards in phone wallets: who makes an account's passes, which passes there are, what they must be told.

A pass belongs to a coupon session or to a holder of a card and looks the same in both wallets. There is a row for it once
a phone has it: what a pass shows is read anew whenever it is asked for (`reading`).
"""

from django.db import models
from django.db.models import Q

from tearoff.accounts.models import Account


class Maker(models.TextChoices):
    APPLE = "apple", "Apple Wallet"
    GOOGLE = "google", "Google Wallet"


class Issuer(models.Model):
    """With whose certificate or service account an account makes passes. The settings, keys among them, are sealed JSON."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="pass_issuers")
    maker = models.CharField(max_length=6, choices=Maker)
    name = models.CharField(max_length=100)
    """The pass type identifier, or Google's issuer id: what the maker's own limits are about."""
    settings_sealed = models.BinaryField()
    good_until = models.DateTimeField(null=True, blank=True)
    """When Apple's certificate ends; null: no end."""
    created_at = models.DateTimeField()

    class Meta:
        db_table = "wallet_issuer"
        constraints = [models.UniqueConstraint(fields=["account", "maker"], name="one_issuer_per_account_and_wallet")]

    def __str__(self) -> str:
        return self.get_maker_display()


class TagClock(models.Model):
    """The last update tag of an account. Its row is held until the update that took a tag is committed, so tags become
    visible in their order: a phone that has seen one has seen all before it (lesson 45). It is never removed."""

    account = models.BigIntegerField(primary_key=True)
    tag = models.BigIntegerField(default=0)

    class Meta:
        db_table = "wallet_clock"


class Pass(models.Model):
    """A coupon session or a holder's card that lies in a wallet."""

    class Kind(models.TextChoices):
        COUPON = "coupon", "Coupon"
        CARD = "card", "Loyalty card"

    account = models.BigIntegerField()
    serial = models.CharField(max_length=24)
    """`c` or `h` and the number of the session or holder (`serials`)."""
    kind = models.CharField(max_length=6, choices=Kind)
    subject = models.BigIntegerField()
    """The session's id, or the holder's."""
    family = models.BigIntegerField()
    """The campaign's id, or the card's."""
    tag = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()
    """When it last changed, in whole seconds, later at each change: what Last-Modified says must never stand still."""
    message = models.CharField(max_length=500, default="", blank=True)
    """The last text pushed to it; Apple's wallet shows a field that changes."""
    google_saved_at = models.DateTimeField(null=True, blank=True)
    """When its holder went to Google with it."""
    google_made_at = models.DateTimeField(null=True, blank=True)
    """When Google's server took the object; null: it must be made before it can be changed."""
    created_at = models.DateTimeField()

    class Meta:
        db_table = "wallet_pass"
        verbose_name_plural = "passes"
        constraints = [models.UniqueConstraint(fields=["account", "serial"], name="a_pass_stands_once")]
        indexes = [
            models.Index(fields=["account", "kind", "family", "id"], name="pass_by_family"),
            models.Index(fields=["account", "kind", "subject"], name="pass_by_subject"),
        ]

    def __str__(self) -> str:
        return f"pass {self.serial}"


class Registration(models.Model):
    """One of Apple's devices that wants to hear of a pass (lesson 45: however often it registers, one row)."""

    account = models.BigIntegerField()
    wallet_pass = models.ForeignKey(Pass, on_delete=models.CASCADE, db_index=False, related_name="registrations")
    device = models.CharField(max_length=100)
    """The device's own name for itself, another one for each certificate."""
    token = models.CharField(max_length=200)
    """Where Apple's push service finds it."""
    created_at = models.DateTimeField()
    """When it registered last."""

    class Meta:
        db_table = "wallet_registration"
        constraints = [models.UniqueConstraint(fields=["wallet_pass", "device"], name="a_device_registers_a_pass_once")]
        indexes = [
            models.Index(fields=["account", "device"], name="registration_by_device"),
            models.Index(fields=["account", "token"], name="registration_by_token"),
        ]


class Update(models.Model):
    """One thing a wallet must be told: queued -> sending -> sent | failed | unknown.

    `nudge` asks one of Apple's devices to fetch its pass anew, `state` brings Google's object up to date, `message` shows
    a text on Google's. What waits already is not queued again: it will tell the newest state when its turn comes.
    """

    class What(models.TextChoices):
        NUDGE = "nudge", "Nudge"
        STATE = "state", "State"
        MESSAGE = "message", "Message"

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="wallet_updates")
    wallet_pass = models.ForeignKey(Pass, on_delete=models.CASCADE, db_index=False, related_name="updates")
    maker = models.CharField(max_length=6, choices=Maker)
    what = models.CharField(max_length=7, choices=What)
    registration = models.BigIntegerField(default=0)
    """Whom a nudge goes to; 0 for Google's."""
    text = models.CharField(max_length=500, default="", blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    outcome = models.CharField(max_length=40, default="", blank=True)
    tries = models.IntegerField(default=0)
    notified_at = models.DateTimeField(null=True, blank=True)
    """When a message was sent so that the phone makes itself heard; null: silently (lesson 45)."""
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "wallet_update"
        constraints = [
            models.UniqueConstraint(
                fields=["wallet_pass", "what", "registration"],
                condition=Q(state="queued") & ~Q(what="message"),
                name="the_newest_state_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until__isnull=True)),
                name="only_what_a_wallet_is_being_told_is_leased",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "next_try_at", "id"], name="update_due", condition=Q(state="queued")),
            models.Index(fields=["leased_until"], name="update_in_flight", condition=Q(state="sending")),
            models.Index(
                fields=["wallet_pass", "notified_at"], name="update_heard", condition=Q(notified_at__isnull=False)
            ),
            models.Index(fields=["ended_at"], name="update_by_end", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} to {self.get_maker_display()}"
