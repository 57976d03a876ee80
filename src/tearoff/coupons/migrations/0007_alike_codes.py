from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0006_changed_links")]

    operations = [Install("coupons/state.sql")]
