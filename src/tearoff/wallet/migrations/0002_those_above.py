from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_begin"), ("accounts", "0001_begin"), ("activity", "0001_begin")]

    operations = [
        migrations.RunSQL(
            "insert into event_reader (account, name) select distinct above.id, 'wallet' from wallet_issuer i "
            "join account a on a.id = i.account_id cross join unnest(a.ancestors) as above(id) on conflict do nothing",
            migrations.RunSQL.noop,
        ),
    ]
