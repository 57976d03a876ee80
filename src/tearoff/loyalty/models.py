"""Loyalty cards, who holds one, the ledger of what they collected, and the rewards they earned.

As with coupon sessions, hot rows carry the keys of their account and card without a database constraint
(architecture.md 3.1). A balance changes only through the verbs beside this file; each is one SQL function.
"""

from django.db import models

from tearoff.accounts.models import HEX_COLOUR, Account
from tearoff.campaigns.models import Campaign, Location


class Card(models.Model):
    """One programme of a merchant: what is collected, how fast, and for what. `deleted_at` hides it everywhere."""

    class Kind(models.TextChoices):
        STAMP = "stamp", "Stamps"
        POINTS = "points", "Points to a target"
        REWARD = "reward", "Points for rewards to choose from"
        MEMBERSHIP = "membership", "Membership"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="cards")
    code = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STAMP)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    name = models.CharField(max_length=50, help_text="Internal name")
    title = models.CharField(max_length=200, blank=True, default="")
    subtitle = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(max_length=20_000, blank=True, default="")
    terms = models.TextField(max_length=20_000, blank=True, default="")
    timezone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")

    goal = models.PositiveIntegerField(null=True, blank=True, help_text="Stamps or points that make a round full")
    new_round = models.BooleanField("start a new round when one is full", default=True)
    max_per_grant = models.PositiveIntegerField("most at once", null=True, blank=True)
    minutes_between = models.PositiveIntegerField("minutes between two grants", default=0)
    max_per_day = models.PositiveIntegerField("most per holder and day", null=True, blank=True)
    locations = models.ManyToManyField(Location, through="CardLocation", related_name="cards", blank=True)

    form = models.JSONField(default=list, blank=True)
    """Fields asked for when somebody joins, see `campaigns.forms`; none: one press makes an anonymous card."""
    consents = models.JSONField(default=list, blank=True)
    words = models.JSONField(default=dict, blank=True)
    """The merchant's own wording of fixed texts, by their names in the catalogue."""
    brand_colour = models.CharField(max_length=7, blank=True, default="", validators=[HEX_COLOUR])
    logo = models.ImageField(upload_to="logos/", blank=True)
    art = models.CharField(max_length=10, choices=Campaign.Art, default=Campaign.Art.TICKET)
    """The drawing inside a given stamp."""

    class Meta:
        db_table = "loyalty_card"
        indexes = [models.Index(fields=["account", "id"], name="card_by_account")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(goal=None) | models.Q(goal__gte=1), name="a_goal_is_at_least_one"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="stamp") | models.Q(goal__isnull=False), name="a_stamp_card_has_a_goal"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["reward", "membership"]) | models.Q(goal=None),
                name="only_rounds_have_a_goal",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_title(self) -> str:
        return self.title or self.name


class CardLocation(models.Model):
    """A location ticked for a card."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)

    class Meta:
        db_table = "loyalty_card_location"
        constraints = [models.UniqueConstraint(fields=["card", "location"], name="a_location_is_ticked_once_per_card")]


class Reward(models.Model):
    """What is given at a number of stamps or points, or chosen for a price: a session of the reward coupon.

    `points` is the present number; which one counts in a round that has begun already says `Threshold`.
    """

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="rewards")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="rewards")
    name = models.CharField(max_length=200)
    points = models.PositiveIntegerField(help_text="Threshold on stamp and points cards, price on reward cards")
    days_valid = models.PositiveIntegerField(
        null=True, blank=True, help_text="After it was given; empty: as the coupon"
    )
    stock = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0, editable=False)
    """How many were given; counted only where there is a stock."""
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "loyalty_reward"
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gte=1), name="a_reward_costs_something"),
            models.CheckConstraint(
                condition=models.Q(stock=None) | models.Q(taken__lte=models.F("stock")), name="never_over_the_stock"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Threshold(models.Model):
    """The number of a reward from a moment on. A round keeps to the one that was true when it began (product.md 4.12)."""

    reward = models.ForeignKey(Reward, on_delete=models.CASCADE, related_name="thresholds")
    points = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "loyalty_threshold"
        constraints = [models.UniqueConstraint(fields=["reward", "since"], name="one_threshold_at_a_time")]


class Login(models.Model):
    """A person with e-mail and password who may hold many cards of an account. The id is a person's number (`Holder.person`)."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="loyalty_logins")
    email = models.EmailField()
    email_key = models.CharField(max_length=254)
    password = models.CharField(max_length=128)
    phone = models.CharField(max_length=32, blank=True, default="")
    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    gender = models.CharField(max_length=32, blank=True, default="")
    birthday = models.DateField(null=True, blank=True)
    city = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "loyalty_login"
        constraints = [models.UniqueConstraint(fields=["account", "email_key"], name="an_email_logs_in_one_person")]

    def __str__(self) -> str:
        return self.email


class Holder(models.Model):
    """One person's or anonymous copy of a card. `balance` is the sum of its entries, always (lesson 16)."""

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="holders"
    )
    card = models.ForeignKey(
        Card, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="holders"
    )
    person = models.BigIntegerField()
    """Who it is over all cards of the account: the number programs know users by. A `Login` may have it as its id."""
    code = models.CharField(max_length=6)
    """What the staff type."""
    key = models.CharField(max_length=21)
    """The code and 15 more letters: the holder's own address, which nobody can guess."""

    first_name = models.CharField(max_length=100, default="")
    last_name = models.CharField(max_length=100, default="")
    email = models.CharField(max_length=254, default="")
    phone = models.CharField(max_length=32, default="")
    gender = models.CharField(max_length=32, default="")
    birthday = models.DateField(null=True)
    address = models.CharField(max_length=255, default="")
    zip = models.CharField(max_length=32, default="")
    city = models.CharField(max_length=100, default="")
    email_key = models.CharField(max_length=254, default="")
    phone_key = models.CharField(max_length=32, default="")
    """E-mail and phone in the forms under which persons are compared."""
    custom = models.JSONField(default=dict)
    """custom_1 to custom_8; an absent one is unknown."""
    extra = models.JSONField(default=dict)
    """Further fields of the card's form, by name."""
    consents = models.JSONField(null=True)
    """Consent texts as agreed to, with version, time and address."""
    request_key = models.CharField(max_length=64, null=True)
    """The form that made it: a second press of the same form finds it."""

    balance = models.IntegerField(default=0)
    lifetime = models.BigIntegerField(default=0)
    """All that was ever given, corrections taken off."""
    entries = models.IntegerField(default=0)
    round = models.IntegerField(default=1)
    round_started_at = models.DateTimeField()
    goal = models.IntegerField(null=True)
    """The goal this round began with."""
    granted_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "loyalty_holder"
        constraints = [
            models.UniqueConstraint(fields=["account", "code"], name="a_holder_code_stands_once_per_account"),
            models.UniqueConstraint(fields=["card", "person"], name="a_person_holds_a_card_once"),
            models.UniqueConstraint(fields=["card", "request_key"], name="a_form_makes_one_holder"),
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="a_balance_is_never_negative"),
        ]
        indexes = [
            models.Index(fields=["card", "id"], name="holder_by_card"),
            models.Index(fields=["card", "id"], name="holder_live_by_card", condition=models.Q(voided_at=None)),
            models.Index(fields=["account", "person"], name="holder_by_person"),
            models.Index(fields=["card", "email_key"], name="holder_by_email", condition=~models.Q(email_key="")),
            models.Index(fields=["card", "phone_key"], name="holder_by_phone", condition=~models.Q(phone_key="")),
        ]


class Entry(models.Model):
    """One change of a balance; never edited, never deleted. A correction is a new entry that names the one it reverses."""

    account = models.BigIntegerField()
    card = models.BigIntegerField()
    holder = models.ForeignKey(
        Holder, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="ledger"
    )
    number = models.IntegerField()
    delta = models.IntegerField()
    balance = models.IntegerField()
    """After this entry."""
    round = models.IntegerField()
    method = models.CharField(max_length=10)
    """How: api, password, scan, widget, correction; `round` when a full round was taken off, `reward` for a price paid."""
    location = models.ForeignKey(
        Location, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    note = models.CharField(max_length=200, default="")
    nonce = models.CharField(max_length=64, null=True)
    """The caller's own name for this act: a repeat of it is not a second stamp (lesson 18)."""
    reverses = models.IntegerField(null=True)
    """The number of the entry it takes back, in whole or in part (lesson 17)."""

    class Meta:
        db_table = "loyalty_entry"
        constraints = [
            models.UniqueConstraint(fields=["holder", "number"], name="an_entry_is_written_once"),
            models.UniqueConstraint(fields=["holder", "nonce"], name="a_stamp_is_given_once"),
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="no_entry_leaves_less_than_nothing"),
            models.CheckConstraint(condition=~models.Q(delta=0), name="an_entry_changes_something"),
        ]
        indexes = [models.Index(fields=["holder", "at"], name="entry_by_time")]


class Earned(models.Model):
    """A reward somebody has reached or chosen. Without `session` it waits: its coupon could not be issued at that moment."""

    account = models.BigIntegerField()
    card = models.BigIntegerField()
    holder = models.ForeignKey(
        Holder, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="earned"
    )
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="earned")
    round = models.IntegerField()
    entry = models.IntegerField()
    """The number of the entry that earned it or paid for it."""
    is_chosen = models.BooleanField(default=False)
    at = models.DateTimeField()
    campaign = models.BigIntegerField()
    session = models.BigIntegerField(null=True)
    session_code = models.CharField(max_length=21, default="")
    issued_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=30, default="")
    """Why there is no coupon yet, in the words of a refused claim; "" once there is one."""
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "loyalty_earned"
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "reward", "round"],
                condition=models.Q(is_chosen=False),
                name="a_threshold_pays_once_per_round",
            )
        ]
        indexes = [
            models.Index(fields=["holder", "id"], name="earned_by_holder"),
            models.Index(fields=["session"], name="earned_by_session", condition=models.Q(session__isnull=False)),
        ]
