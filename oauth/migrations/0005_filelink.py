"""One-use links, as rows without the links themselves."""

import django.utils.timezone
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def permit(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Let the group Operator see and withdraw links, where it is as the first migration of groups made it."""
    alias = editor.connection.alias
    config = apps.get_app_config("oauth")
    module = getattr(config, "models_module", None)
    config.models_module = True  # type: ignore[assignment]  # as in 0004_groups
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = module
    group = apps.get_model("auth", "Group").objects.using(alias).filter(name="Operator").first()
    if group is not None:
        permissions = apps.get_model("auth", "Permission").objects.using(alias)
        group.permissions.add(*permissions.filter(codename__in=("view_filelink", "change_filelink")))


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0004_groups"),
    ]

    operations = [
        migrations.CreateModel(
            name="FileLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("kind", models.CharField(choices=[("download", "Download"), ("upload", "Upload")], max_length=8)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("used_at", models.DateTimeField(null=True, verbose_name="used")),
                ("withdrawn_by", models.CharField(blank=True, max_length=200, verbose_name="withdrawn by")),
                ("subject", models.CharField(max_length=255)),
                ("client", models.CharField(max_length=2048)),
                ("claims", models.JSONField(editable=False)),
                ("decision", models.CharField(db_index=True, max_length=32)),
                ("tool", models.CharField(max_length=120)),
                ("portal", models.CharField(max_length=60)),
                ("tenant", models.CharField(max_length=255)),
                ("path", models.TextField()),
                ("size", models.BigIntegerField(null=True)),
                ("overwrite", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-pk"],
                "default_permissions": ("view", "change"),
            },
        ),
        migrations.RunPython(permit, migrations.RunPython.noop),
    ]
