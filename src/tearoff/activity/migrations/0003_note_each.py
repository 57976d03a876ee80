from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("activity", "0002_functions")]

    operations = [Install("activity/notes.sql")]
