from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("api", "0001_functions"), ("coupons", "0007_alike_codes")]

    operations = [Install("api/sessions.sql")]
