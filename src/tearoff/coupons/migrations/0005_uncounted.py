from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0004_quota"), ("campaigns", "0003_counted")]

    operations = [Install("coupons/redemption.sql")]
