from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_functions")]

    operations = [
        migrations.AddField(
            model_name="counter",
            name="is_counted",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
