from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0005_uncounted")]

    operations = [Install("coupons/links.sql")]
