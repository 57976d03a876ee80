from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_begin")]

    operations = [
        migrations.RunSQL("alter table throttle set unlogged", migrations.RunSQL.noop),
        Install("activity/notes.sql"),
    ]
