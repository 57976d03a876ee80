"""Coupon sessions (one consumer's copy of a coupon) and what happened to their worth.

Hot rows carry the keys of their account and campaign without a database constraint: a foreign key from here would
key-share-lock the campaign's row at every insert (architecture.md 3.1). The state changes only through the verbs
beside this file; each is one call of one SQL function.
"""

from django.db import models

from tearoff.accounts.models import Account
from tearoff.campaigns.models import Campaign, Location


class CouponSession(models.Model):
    """One consumer's copy of a coupon. Flags are dates: null means it has not happened. Its id is the sequence id."""

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="sessions"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="sessions"
    )
    code = models.CharField(max_length=21)
    short = models.CharField(max_length=6)
    """The widget code: the first six characters, unique within the account whatever the state."""

    is_link = models.BooleanField(default=False)
    """Made as a single-use link, not by a visitor."""
    batch = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    """Made `activated`: the counterpart of a voided link that was un-voided (coupons.md 19)."""

    opened_at = models.DateTimeField(null=True)
    played_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claim_type = models.CharField(max_length=10, default="")
    saved_at = models.DateTimeField(null=True)
    uses = models.IntegerField(default=0)
    validated_at = models.DateTimeField(null=True)
    validation_type = models.CharField(max_length=10, default="")
    validation_value = models.CharField(max_length=20, default="")
    location = models.BigIntegerField(null=True)
    staff = models.CharField(max_length=100, default="")
    voided_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    """This session's own end, beside the campaign's three clocks."""

    value = models.CharField(max_length=255, default="")
    own_code = models.CharField(max_length=100, default="")
    own_code_key = models.CharField(max_length=100, default="")
    customid = models.CharField(max_length=50, default="")
    email_key = models.CharField(max_length=254, default="")
    phone_key = models.CharField(max_length=32, default="")
    customer = models.JSONField(default=dict)
    """What is known of the consumer, by the members of coupons.md 9.2; absent means unknown."""
    consents = models.JSONField(null=True)
    """Consent texts as agreed to, with version, time and address."""
    source = models.CharField(max_length=100, default="")
    doubtful_visits = models.IntegerField(default=0)

    class Meta:
        db_table = "coupon_session"
        constraints = [
            models.UniqueConstraint(fields=["account", "code"], name="a_session_code_stands_once"),
            models.UniqueConstraint(fields=["account", "short"], name="a_widget_code_stands_once_per_account"),
            models.CheckConstraint(condition=models.Q(uses__gte=0), name="uses_are_never_below_nothing"),
        ]
        indexes = [
            models.Index(fields=["campaign", "id"], name="session_by_campaign"),
            models.Index(
                fields=["campaign", "claimed_at"], name="session_by_claim", condition=models.Q(claimed_at__isnull=False)
            ),
            models.Index(
                fields=["campaign", "validated_at"],
                name="session_by_validation",
                condition=models.Q(validated_at__isnull=False),
            ),
            models.Index(
                fields=["account", "own_code_key"], name="session_by_own_code", condition=~models.Q(own_code_key="")
            ),
            models.Index(fields=["account", "customid"], name="session_by_customid", condition=~models.Q(customid="")),
            models.Index(fields=["account", "email_key"], name="session_by_email", condition=~models.Q(email_key="")),
            models.Index(fields=["account", "phone_key"], name="session_by_phone", condition=~models.Q(phone_key="")),
            models.Index(fields=["batch", "id"], name="session_by_batch", condition=models.Q(batch__isnull=False)),
        ]


class Validation(models.Model):
    """One use of one session. The number is unique within the session, so the database itself refuses a second first use."""

    account = models.BigIntegerField()
    campaign = models.BigIntegerField()
    session = models.BigIntegerField()
    number = models.IntegerField()
    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    location = models.ForeignKey(
        Location,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="validations",
    )
    actor = models.CharField(max_length=80)
    value = models.CharField(max_length=20, default="")
    act = models.CharField(max_length=64, null=True)
    """The caller's own name for this act (form nonce, till transaction): a repeat of it is not a second use."""
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, default="")

    class Meta:
        db_table = "validation"
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="a_use_is_taken_once"),
            models.UniqueConstraint(fields=["session", "act"], name="an_act_is_done_once"),
        ]
        indexes = [models.Index(fields=["campaign", "at"], name="validation_by_campaign")]


class PersonKey(models.Model):
    """A unique field's value that was used for a claim: one person, one claim (lessons 4 and 26)."""

    campaign = models.BigIntegerField()
    field = models.CharField(max_length=50)
    value = models.CharField(max_length=255)
    session = models.BigIntegerField()

    class Meta:
        db_table = "person_key"
        constraints = [models.UniqueConstraint(fields=["campaign", "field", "value"], name="a_person_has_one")]


class LinkKey(models.Model):
    """A value a link was asked for with `duplicate_check`: the first create writes it, the others find its session."""

    campaign = models.BigIntegerField()
    field = models.CharField(max_length=10)
    value = models.CharField(max_length=254)
    session = models.BigIntegerField()

    class Meta:
        db_table = "link_key"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "field", "value"], name="a_link_is_made_once_per_value")
        ]
        indexes = [models.Index(fields=["session"], name="link_key_by_session")]


class LinkBatch(models.Model):
    """One making of many links."""

    account = models.BigIntegerField()
    campaign = models.BigIntegerField()
    amount = models.IntegerField()
    created_at = models.DateTimeField()
    note = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "link_batch"
        verbose_name_plural = "link batches"


class PasswordTry(models.Model):
    """Wrong passwords typed on one session: five, then a pause that doubles (product.md 4.6 B)."""

    session = models.BigIntegerField(primary_key=True)
    wrong = models.IntegerField(default=0)
    pauses = models.IntegerField(default=0)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "password_try"


class CampaignTry(models.Model):
    """Wrong passwords typed on all sessions of a campaign within one clock hour."""

    campaign = models.BigIntegerField()
    hour = models.DateTimeField()
    wrong = models.IntegerField(default=0)

    class Meta:
        db_table = "campaign_try"
        constraints = [models.UniqueConstraint(fields=["campaign", "hour"], name="one_row_per_campaign_and_hour")]
