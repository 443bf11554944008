import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0002_defaults"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("everything", "Everything"),
                            ("writes", "All changes (every tool that is not read-only)"),
                            ("portal", "One portal"),
                            ("tool", "One tool"),
                            ("client", "One client (client_id)"),
                            ("subject", "One subject (sub)"),
                            ("organization", "One organization (oid)"),
                            ("session", "One session (sid)"),
                            ("token", "One token (jti)"),
                        ],
                        max_length=12,
                        verbose_name="level",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=2048, verbose_name="value")),
                (
                    "reason",
                    models.CharField(
                        max_length=300,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[^\\s\\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f])?\\Z",
                                "Use one line of text without spaces at its ends.",
                            )
                        ],
                        verbose_name="reason",
                    ),
                ),
                ("author", models.CharField(editable=False, max_length=200, verbose_name="suspended by")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="since"),
                ),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="resumed at")),
                ("ended_by", models.CharField(blank=True, editable=False, max_length=200, verbose_name="resumed by")),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "default_permissions": ("add", "change", "view"),
            },
        ),
        migrations.CreateModel(
            name="HistoricalSuspension",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("everything", "Everything"),
                            ("writes", "All changes (every tool that is not read-only)"),
                            ("portal", "One portal"),
                            ("tool", "One tool"),
                            ("client", "One client (client_id)"),
                            ("subject", "One subject (sub)"),
                            ("organization", "One organization (oid)"),
                            ("session", "One session (sid)"),
                            ("token", "One token (jti)"),
                        ],
                        max_length=12,
                        verbose_name="level",
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=2048, verbose_name="value")),
                (
                    "reason",
                    models.CharField(
                        max_length=300,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[^\\s\\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f])?\\Z",
                                "Use one line of text without spaces at its ends.",
                            )
                        ],
                        verbose_name="reason",
                    ),
                ),
                ("author", models.CharField(editable=False, max_length=200, verbose_name="suspended by")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="since"),
                ),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="resumed at")),
                ("ended_by", models.CharField(blank=True, editable=False, max_length=200, verbose_name="resumed by")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical suspension",
                "verbose_name_plural": "historical suspensions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
