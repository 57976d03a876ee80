"""Endpoints (other people's servers) and what was sent to them.

A notification is one event as told to one account, frozen; a delivery is its way to one endpoint; an attempt is one
request. Notifications outlive deliveries, because receivers may ask for 90 days whether one was genuine.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tearoff.accounts.models import Account
from tearoff.campaigns.models import Campaign


class Endpoint(models.Model):
    """An address that wants to be told. No kinds means all of them; no campaign means all coupons of the account."""

    class Reason(models.TextChoices):
        NONE = "", "It is on"
        OWNER = "owner", "Switched off by its owner"
        GONE = "gone", "It answered 410 Gone"
        FAILING = "failing", "Every try of three days failed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="endpoints")
    url = models.CharField(max_length=2000)
    kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.CASCADE, related_name="endpoints")

    is_active = models.BooleanField(default=True)
    switched_off_at = models.DateTimeField(null=True, blank=True, editable=False)
    switched_off_because = models.CharField(max_length=10, choices=Reason, blank=True, default="", editable=False)

    secret_sealed = models.BinaryField()
    """`whsec_` and base64 of 32 random bytes, sealed: signing needs it in plain."""
    previous_sealed = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    """Until then each delivery is signed with both secrets, so that a receiver can change over."""

    created_at = models.DateTimeField(editable=False)
    last_delivery_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_response_code = models.IntegerField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    """The first failed try after the last good one, and how many failed since: no good one in between."""
    failures = models.IntegerField(default=0, editable=False)
    warned_at = models.DateTimeField(null=True, blank=True, editable=False)

    new_secret: str | None = None
    """The secret in plain, on the object that `endpoints.create` or a rotation returns and nowhere else."""

    class Meta:
        db_table = "webhook_endpoint"
        indexes = [models.Index(fields=["account", "id"], name="endpoint_by_account")]

    def __str__(self) -> str:
        return self.url


class Notification(models.Model):
    """One event as one account is told of it: made once, then the same bytes for every endpoint and every try (lesson 35).

    The event's id is the sequence number: it grows with each change of a session and within the account. `body` is
    emptied after 30 days, as it holds consumer data; the rest answers `webhook/verification`.
    """

    account = models.BigIntegerField()
    event = models.BigIntegerField()
    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=40)
    campaign_id = models.BigIntegerField(null=True, db_column="campaign")
    session_code = models.CharField(max_length=21, default="")
    at = models.DateTimeField()
    body = models.BinaryField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    """When the first try to anybody was begun; null: nobody can have received it."""

    class Meta:
        db_table = "webhook_notification"
        constraints = [models.UniqueConstraint(fields=["account", "event"], name="an_account_is_told_once_of_an_event")]
        indexes = [models.Index(fields=["created_at"], name="notification_by_age")]

    def __str__(self) -> str:
        return self.code


class Delivery(models.Model):
    """The way of one notification to one endpoint.

    While it is due, a worker may take it by setting `leased_until` (a commit of its own), send, and record the attempt.
    A lease that ran out is a worker that died: the next one takes over (lesson 34).
    """

    class State(models.TextChoices):
        DUE = "due", "Due"
        HELD = "held", "Held: the endpoint is off"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    account = models.BigIntegerField()
    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, db_index=False, related_name="deliveries")
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="deliveries"
    )
    """A removed endpoint leaves at once; its deliveries, perhaps a million, are cleared away later."""
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    line = models.BigIntegerField()
    """What first tries keep in order: the session's id, or minus the campaign's for events without a session."""

    tries = models.IntegerField(default=0)
    """Requests begun. One whose worker died counts."""
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_try_at = models.DateTimeField(null=True)
    """The latest attempt on record; null: not even the first try has ended."""
    created_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notification", "endpoint"], name="a_notification_goes_once_to_an_endpoint")
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_try_at", "id"], name="delivery_due", condition=models.Q(state="due")
            ),
            models.Index(
                fields=["endpoint", "line", "id"],
                name="delivery_first_tries",
                condition=models.Q(state="due", last_try_at=None),
            ),
            models.Index(
                fields=["endpoint"], name="delivery_in_flight", condition=models.Q(leased_until__isnull=False)
            ),
            models.Index(fields=["endpoint", "id"], name="delivery_by_endpoint"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]


class Attempt(models.Model):
    """One request and how it went. `code` is the answer's status, null when there was none; then `problem` says why."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.IntegerField()
    at = models.DateTimeField()
    code = models.IntegerField(null=True)
    problem = models.CharField(max_length=40, default="", blank=True)
    excerpt = models.CharField(max_length=2000, default="", blank=True)
    milliseconds = models.IntegerField()

    class Meta:
        db_table = "webhook_attempt"
