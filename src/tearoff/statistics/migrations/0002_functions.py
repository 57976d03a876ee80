from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [
        ("statistics", "0001_begin"),
        ("activity", "0002_functions"),
        ("campaigns", "0001_begin"),
    ]

    operations = [
        Install("statistics/rollup.sql"),
    ]
