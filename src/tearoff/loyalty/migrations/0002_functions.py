from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0001_begin"),
        ("coupons", "0002_functions"),
    ]

    operations = [
        migrations.RunSQL(
            # One run of numbers for persons, whether they log in or only hold a card: a number names one person.
            # Room on each page keeps updates of holders local.
            "create sequence loyalty_person_id start with 10001; alter table loyalty_holder set (fillfactor = 80)",
            "drop sequence loyalty_person_id",
        ),
        Install("loyalty/state.sql"),
        Install("loyalty/joining.sql"),
        Install("loyalty/rewarding.sql"),
        Install("loyalty/granting.sql"),
        Install("loyalty/holding.sql"),
    ]
