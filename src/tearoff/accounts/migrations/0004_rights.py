from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_subaccounts")]

    operations = [
        Install("accounts/rights.sql"),
    ]
