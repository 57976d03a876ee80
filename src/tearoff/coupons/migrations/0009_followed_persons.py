from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0008_places")]

    operations = [Install("coupons/editing.sql")]
