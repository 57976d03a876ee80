from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0006_corrections")]

    operations = [Install("loyalty/granting.sql")]
