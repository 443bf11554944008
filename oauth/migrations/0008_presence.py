"""Rows of the workers that serve and of the clients that were seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0007_audit_chains"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkerReport",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("host", models.CharField(max_length=255)),
                ("pid", models.PositiveIntegerField()),
                ("version", models.CharField(max_length=20)),
                ("started", models.DateTimeField()),
                ("seen", models.DateTimeField(db_index=True)),
                ("revision", models.BigIntegerField()),
                ("revision_age", models.FloatField()),
                ("keys", models.PositiveIntegerField()),
                ("key_age", models.FloatField(null=True)),
                ("key_fetches", models.PositiveIntegerField()),
                ("key_failures", models.PositiveIntegerField()),
                ("key_error", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SeenClient",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("client", models.CharField(max_length=2048)),
                ("subject", models.CharField(max_length=255)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("version", models.CharField(blank=True, max_length=40)),
                ("protocol", models.CharField(blank=True, max_length=10)),
                ("last_seen", models.DateTimeField()),
                ("list_at", models.DateTimeField(null=True)),
                ("list_revision", models.BigIntegerField(null=True)),
                ("list_digest", models.CharField(blank=True, max_length=64)),
                ("list_count", models.PositiveIntegerField(default=0)),
                ("holder", models.JSONField(null=True)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["last_seen"], name="client_seen"),
                    models.Index(fields=["subject", "last_seen"], name="client_of_subject"),
                ],
            },
        ),
    ]
