from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0008_late_goals")]

    operations = [
        Install("loyalty/granting.sql"),
    ]
