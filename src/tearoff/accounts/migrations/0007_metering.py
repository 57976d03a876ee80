from django.db import migrations, models

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_package_in_use")]

    operations = [
        migrations.AddField("interactionmonth", "metered", models.BigIntegerField(default=0)),
        migrations.AddField("interactionmonth", "warned_most", models.IntegerField(null=True)),
        migrations.AddField("interactionmonth", "warned_percent", models.SmallIntegerField(default=0)),
        Install("accounts/interactions.sql"),
    ]
