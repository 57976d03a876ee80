"""What an account sends: with whose help, to whom, what became of each message, and what it cost.

A message is one row for one recipient (lesson 40). Only the verbs write here.
"""

from django.db import models
from django.db.models import Q

from tearoff.accounts.models import Account
from tearoff.campaigns.models import Campaign


class Channel(models.TextChoices):
    SMS = "sms", "SMS"
    MAIL = "mail", "E-mail"
    PUSH = "push", "Push"


class Group(models.Model):
    """Named contacts of one kind: phone numbers or e-mail addresses."""

    class Kind(models.TextChoices):
        SMS = "sms", "SMS"
        EMAIL = "email", "E-mail"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contact_groups")
    kind = models.CharField(max_length=5, choices=Kind)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "contact_group"
        indexes = [models.Index(fields=["account", "kind", "id"], name="group_by_account")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One recipient in one group. `key` is the form under which recipients are compared: digits, or the folded address."""

    class State(models.TextChoices):
        SUBSCRIBED = "subscribed", "Subscribed"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"

    account = models.BigIntegerField()
    group = models.ForeignKey(Group, on_delete=models.CASCADE, db_index=False, related_name="contacts")
    key = models.CharField(max_length=254)
    phone = models.CharField(max_length=20, default="", blank=True)
    """E.164, with the plus; empty in an e-mail group."""
    email = models.CharField(max_length=254, default="", blank=True)
    typed = models.CharField(max_length=254, default="", blank=True)
    """As it was given."""
    first_name = models.CharField(max_length=100, default="", blank=True)
    last_name = models.CharField(max_length=100, default="", blank=True)
    birthday = models.DateField(null=True, blank=True)
    customfield1 = models.CharField(max_length=50, default="", blank=True)
    customfield2 = models.CharField(max_length=50, default="", blank=True)
    customfield3 = models.CharField(max_length=50, default="", blank=True)
    customfield4 = models.CharField(max_length=50, default="", blank=True)
    customfield5 = models.CharField(max_length=50, default="", blank=True)
    customfield6 = models.CharField(max_length=50, default="", blank=True)
    customfield7 = models.CharField(max_length=50, default="", blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.SUBSCRIBED)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "contact"
        constraints = [models.UniqueConstraint(fields=["group", "key"], name="a_recipient_stands_once_in_a_group")]
        indexes = [
            models.Index(fields=["group", "id"], name="contact_by_group"),
            models.Index(fields=["account", "key"], name="contact_by_recipient"),
        ]

    def __str__(self) -> str:
        return self.phone or self.email


class Connection(models.Model):
    """Through whom an account sends on one channel. The settings, secrets among them, are sealed JSON."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="connections")
    channel = models.CharField(max_length=4, choices=Channel)
    provider = models.CharField(max_length=10)
    settings_sealed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "message_connection"
        constraints = [
            models.UniqueConstraint(fields=["account", "channel"], name="one_connection_per_account_and_channel")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} by {self.provider}"


class OptOut(models.Model):
    """Who wants nothing more from this account on this channel, whatever group they stand in (lesson 41)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="opt_outs")
    channel = models.CharField(max_length=4, choices=Channel)
    key = models.CharField(max_length=254)
    reason = models.CharField(max_length=40)
    """`stop` (they wrote it), or the provider's word for why it refused."""
    created_at = models.DateTimeField()

    class Meta:
        db_table = "opt_out"
        constraints = [models.UniqueConstraint(fields=["account", "channel", "key"], name="a_recipient_opts_out_once")]


class Credit(models.Model):
    """How many SMS segments an account may still send: the sum of its entries, kept beside them."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="credit")
    balance = models.IntegerField(default=0)

    class Meta:
        db_table = "message_credit"
        constraints = [models.CheckConstraint(condition=Q(balance__gte=0), name="credits_are_never_negative")]


class CreditEntry(models.Model):
    """One movement of credits: written once, never changed."""

    account = models.BigIntegerField()
    delta = models.IntegerField()
    balance_after = models.IntegerField()
    reason = models.CharField(max_length=20)
    """`assigned`, `sent` or `returned`."""
    message = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "credit_entry"
        verbose_name_plural = "credit entries"
        constraints = [
            models.UniqueConstraint(fields=["message", "reason"], name="a_message_is_charged_and_returned_once"),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="no_entry_leaves_a_negative_balance"),
        ]
        indexes = [models.Index(fields=["account", "id"], name="credit_entry_by_account")]

    def __str__(self) -> str:
        return f"{self.delta:+} credits"


class PushSubscription(models.Model):
    """A browser that wants to hear of one coupon session or of one holder's loyalty card.

    `endpoint` is the push service's own address for it. Cards and holders are rows of a room beside this one: here they
    are numbers, and whoever pushes to holders brings their addresses along (`pushing.push_to_holders`).
    """

    account = models.BigIntegerField()
    campaign = models.BigIntegerField(null=True)
    session = models.BigIntegerField(null=True)
    card = models.BigIntegerField(null=True)
    holder = models.BigIntegerField(null=True)
    endpoint = models.CharField(max_length=2000)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "push_subscription"
        constraints = [
            models.UniqueConstraint(fields=["session", "endpoint"], name="a_browser_subscribes_once_to_a_session"),
            models.UniqueConstraint(fields=["holder", "endpoint"], name="a_browser_subscribes_once_to_a_holder"),
            models.CheckConstraint(
                condition=Q(campaign__isnull=False, session__isnull=False, card=None, holder=None)
                | Q(campaign=None, session=None, card__isnull=False, holder__isnull=False),
                name="a_subscription_is_about_a_session_or_a_holder",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "id"], name="push_by_campaign", condition=Q(campaign__isnull=False)),
            models.Index(fields=["card", "id"], name="push_by_card", condition=Q(card__isnull=False)),
            models.Index(fields=["endpoint"], name="push_by_endpoint"),
        ]


class Message(models.Model):
    """One message to one recipient: queued -> sending -> sent (-> delivered) | failed | unknown.

    A worker takes it by setting `leased_until` (a commit of its own), sends, and records. A lease that ran out is a
    worker that died while it sent: nobody can tell whether the message left, so it is `unknown` and not sent again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sent_messages")
    channel = models.CharField(max_length=4, choices=Channel)
    purpose = models.CharField(max_length=10, default="coupon")
    """`coupon`, `push`, or `reply` (the one confirmation an opt-out allows, an answer to HELP)."""
    recipient = models.CharField(max_length=254)
    """E.164, an e-mail address, or the id of a push subscription."""
    key = models.CharField(max_length=254)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    session = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=200, default="", blank=True)
    text = models.TextField()
    sender = models.CharField(max_length=254, default="", blank=True)
    link = models.CharField(max_length=500, default="", blank=True)
    segments = models.IntegerField(default=0)
    """Of an SMS; 0 for all others."""
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    outcome = models.CharField(max_length=40, default="", blank=True)
    """A word for how it ended or why it waits: `opted_out`, `rate_limited`, `timed_out` ..."""
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=100, default="", blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "message"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until__isnull=True)),
                name="only_what_is_being_sent_is_leased",
            )
        ]
        indexes = [
            models.Index(fields=["account", "next_try_at", "id"], name="message_due", condition=Q(state="queued")),
            models.Index(fields=["leased_until"], name="message_in_flight", condition=Q(state="sending")),
            models.Index(fields=["account", "provider_id"], name="message_by_provider_id"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.recipient}"


class SentOnce(models.Model):
    """That this recipient got this campaign: the unique key that makes "once" true for sends at the same moment."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="+")
    channel = models.CharField(max_length=4, choices=Channel)
    key = models.CharField(max_length=254)
    message = models.BigIntegerField(null=True)
    session = models.BigIntegerField(null=True)

    class Meta:
        db_table = "sent_once"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "channel", "key"], name="a_campaign_reaches_a_recipient_once")
        ]
        indexes = [models.Index(fields=["message"], name="sent_once_by_message")]
