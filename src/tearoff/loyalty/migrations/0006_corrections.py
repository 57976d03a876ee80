from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0005_quota")]

    operations = [
        Install("loyalty/granting.sql"),
        Install("loyalty/joining.sql"),
    ]
