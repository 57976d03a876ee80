from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0003_find_by_person"), ("activity", "0003_note_each")]

    operations = [Install("loyalty/joining.sql")]
