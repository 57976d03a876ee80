from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0009_followed_persons")]

    operations = [Install("coupons/claiming.sql")]
