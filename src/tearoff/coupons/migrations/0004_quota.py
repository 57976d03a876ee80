from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0003_saving"), ("accounts", "0005_interactions")]

    operations = [
        Install("coupons/opening.sql"),
        Install("coupons/claiming.sql"),
    ]
