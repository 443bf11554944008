"""Tests of the policies as rows; the groups of staff that see or edit policies see or edit these."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EDITS = tuple(f"{verb}_policytest" for verb in ("view", "add", "change", "delete"))
ADDED = {"Viewer": ("view_policytest",), "Policy editor": EDITS, "Operator": EDITS}


def extend(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give the groups that are still there what belongs to their work; other rights of theirs stay as they are."""
    alias = editor.connection.alias
    config = apps.get_app_config("oauth")
    module = getattr(config, "models_module", None)
    config.models_module = True  # type: ignore[assignment]  # a migration's app has none, and is passed over else
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = module
    permissions = apps.get_model("auth", "Permission").objects.using(alias).filter(content_type__app_label="oauth")
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=ADDED):
        group.permissions.add(*permissions.filter(codename__in=ADDED[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0008_presence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=120,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[^\\s\\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f])?\\Z",
                                "Use one line of text without spaces at its ends.",
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("scopes", models.JSONField(blank=True, default=list, verbose_name="scopes")),
                ("subject", models.CharField(blank=True, max_length=255, verbose_name="subject")),
                ("client", models.CharField(blank=True, max_length=2048, verbose_name="client")),
                ("organization", models.CharField(blank=True, max_length=255, verbose_name="organization")),
                ("claims", models.JSONField(blank=True, default=list, verbose_name="further claims")),
                ("tool", models.CharField(max_length=120, verbose_name="tool")),
                ("portal", models.CharField(blank=True, max_length=60, verbose_name="portal")),
                ("tenant", models.CharField(blank=True, max_length=255, verbose_name="Team Portal")),
                ("paths", models.JSONField(blank=True, default=list, verbose_name="path")),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="time")),
                (
                    "expected",
                    models.CharField(
                        choices=[("allow", "Allowed"), ("deny", "Denied")],
                        default="allow",
                        max_length=5,
                        verbose_name="shall be",
                    ),
                ),
                ("policy", models.CharField(blank=True, max_length=120, verbose_name="decided by")),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalPolicyTest",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        db_index=True,
                        max_length=120,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[^\\s\\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f\\u2028\\u2029]*[^\\s\\x00-\\x1f\\x7f])?\\Z",
                                "Use one line of text without spaces at its ends.",
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("scopes", models.JSONField(blank=True, default=list, verbose_name="scopes")),
                ("subject", models.CharField(blank=True, max_length=255, verbose_name="subject")),
                ("client", models.CharField(blank=True, max_length=2048, verbose_name="client")),
                ("organization", models.CharField(blank=True, max_length=255, verbose_name="organization")),
                ("claims", models.JSONField(blank=True, default=list, verbose_name="further claims")),
                ("tool", models.CharField(max_length=120, verbose_name="tool")),
                ("portal", models.CharField(blank=True, max_length=60, verbose_name="portal")),
                ("tenant", models.CharField(blank=True, max_length=255, verbose_name="Team Portal")),
                ("paths", models.JSONField(blank=True, default=list, verbose_name="path")),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="time")),
                (
                    "expected",
                    models.CharField(
                        choices=[("allow", "Allowed"), ("deny", "Denied")],
                        default="allow",
                        max_length=5,
                        verbose_name="shall be",
                    ),
                ),
                ("policy", models.CharField(blank=True, max_length=120, verbose_name="decided by")),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
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
                "verbose_name": "historical policy test",
                "verbose_name_plural": "historical policy tests",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RunPython(extend, migrations.RunPython.noop),
    ]
