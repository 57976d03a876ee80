from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [
        ("coupons", "0001_begin"),
        ("campaigns", "0002_functions"),
        ("accounts", "0002_functions"),
        ("activity", "0002_functions"),
    ]

    operations = [
        migrations.RunSQL(
            # Sequence ids have eight digits from the first (conventions.md 5.2); room on each page keeps updates local.
            "alter sequence coupon_session_id_seq restart with 10000001; alter table coupon_session set (fillfactor = 80)",
            migrations.RunSQL.noop,
        ),
        Install("coupons/state.sql"),
        Install("coupons/guard.sql"),
        Install("coupons/claiming.sql"),
        Install("coupons/passwords.sql"),
        Install("coupons/opening.sql"),
        Install("coupons/redemption.sql"),
        Install("coupons/holding.sql"),
        Install("coupons/editing.sql"),
        Install("coupons/links.sql"),
    ]
