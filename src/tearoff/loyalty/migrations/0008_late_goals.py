from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0007_day_begins")]

    operations = [Install("loyalty/granting.sql")]
