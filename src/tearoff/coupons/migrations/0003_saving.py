from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0002_functions")]

    operations = [Install("coupons/saving.sql")]
