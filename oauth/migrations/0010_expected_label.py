"""The label of what a test expects says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0009_policytest"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalpolicytest",
            name="expected",
            field=models.CharField(
                choices=[("allow", "Allowed"), ("deny", "Denied")],
                default="allow",
                max_length=5,
                verbose_name="expected",
            ),
        ),
        migrations.AlterField(
            model_name="policytest",
            name="expected",
            field=models.CharField(
                choices=[("allow", "Allowed"), ("deny", "Denied")],
                default="allow",
                max_length=5,
                verbose_name="expected",
            ),
        ),
    ]
