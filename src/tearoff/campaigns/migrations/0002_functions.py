from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_begin")]

    operations = [
        Install("campaigns/schedule.sql"),
    ]
