from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_join_many"), ("accounts", "0005_interactions")]

    operations = [
        Install("loyalty/granting.sql"),
    ]
