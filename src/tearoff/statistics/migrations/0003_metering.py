from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("statistics", "0002_functions"), ("accounts", "0007_metering")]

    operations = [
        Install("statistics/rollup.sql"),
    ]
