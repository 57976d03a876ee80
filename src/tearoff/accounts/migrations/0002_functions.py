from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_begin")]

    operations = [
        Install("accounts/liveness.sql"),
    ]
