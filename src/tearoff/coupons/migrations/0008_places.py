from django.db import migrations

from tearoff.kit.sql import Install


class Migration(migrations.Migration):
    dependencies = [("coupons", "0007_alike_codes")]

    operations = [
        migrations.RunSQL(
            # Beside the functions with one input more they would make each call ambiguous.
            "drop function if exists coupon_validate"
            "(bigint, text, timestamptz, text, text, text, text, bytea, text, text, text);"
            "drop function if exists password_tried(coupon_session, campaign, bytea, timestamptz)",
            migrations.RunSQL.noop,
        ),
        Install("coupons/passwords.sql"),
        Install("coupons/redemption.sql"),
    ]
