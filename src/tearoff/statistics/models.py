"""Totals shown to people: days of a campaign, rolled up from events by the worker, recountable from them."""

from django.db import models


class Daily(models.Model):
    """How often something happened to a campaign on one day of its zone. `money` is in hundredths of its currency."""

    account = models.BigIntegerField()
    campaign = models.BigIntegerField()
    day = models.DateField()
    kind = models.CharField(max_length=40)
    amount = models.BigIntegerField(default=0)
    money = models.BigIntegerField(default=0)

    class Meta:
        db_table = "daily"
        constraints = [models.UniqueConstraint(fields=["campaign", "day", "kind"], name="one_figure_per_day_and_kind")]
