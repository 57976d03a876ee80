import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_interactions")]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="package",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subaccounts",
                to="accounts.package",
            ),
        ),
    ]
