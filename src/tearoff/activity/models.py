"""The spine of the house: what happened, to what, by whom, when. Written once, never changed."""

from django.db import models


class Event(models.Model):
    """One thing that happened, written in the statement of the change itself (`note` in notes.sql).

    `kind` is a dotted past tense (`coupon.validated`). `data` is the state after the change, dates and flags only:
    no consumer data, so that a reader who comes late learns what was true then.
    """

    account = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64, default="", blank=True)
    campaign = models.BigIntegerField(null=True)
    session = models.BigIntegerField(null=True)
    location = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "event"
        indexes = [
            models.Index(fields=["account", "id"], name="event_by_account"),
            models.Index(fields=["session", "id"], name="event_by_session", condition=models.Q(session__isnull=False)),
        ]


class Reader(models.Model):
    """Who must not miss the events of an account: `webhooks` where it has an endpoint, `statistics` always."""

    account = models.BigIntegerField()
    name = models.CharField(max_length=20)

    class Meta:
        db_table = "event_reader"
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_reader_of_a_name_per_account")]


class Outbox(models.Model):
    """An event a reader has not yet taken. Claimed with SKIP LOCKED and deleted in the transaction of the reader's part."""

    event = models.BigIntegerField()
    reader = models.CharField(max_length=20)

    class Meta:
        db_table = "outbox"
        indexes = [models.Index(fields=["reader", "id"], name="outbox_by_reader")]


class RequestKey(models.Model):
    """The first outcome of a write that carried an Idempotency-Key, kept for 48 hours (conventions.md 3, lesson 27).

    Written first, in the transaction of the effect: whoever comes second waits for that transaction, then reads.
    `answer` is the body as sent; for an answer that is too long to copy, `batch` names the rows it is made from again.
    """

    client = models.BigIntegerField()
    path = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField()
    http_status = models.IntegerField(null=True)
    answer = models.BinaryField(null=True)
    batch = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "request_key"
        constraints = [models.UniqueConstraint(fields=["client", "path", "key"], name="one_outcome_per_request_key")]
        indexes = [models.Index(fields=["created_at"], name="request_key_by_age")]


class Throttle(models.Model):
    """How often something happened within one window, counted over all processes and nodes. Not logged: a crash may forget."""

    key = models.CharField(max_length=100)
    window = models.DateTimeField()
    amount = models.IntegerField(default=0)

    class Meta:
        db_table = "throttle"
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="one_throttle_row_per_key_and_window")]
