"""Audit events name the portal account that did the work; the groups of staff learn of callers' accounts."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ADDED = {
    "Viewer": ("view_calleraccount",),
    "Policy editor": ("view_calleraccount",),
    "Operator": (
        *(f"{verb}_calleraccount" for verb in ("view", "add", "change", "delete")),
        "try_portalprofile",
    ),
}


def extend(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give the groups that are still there what belongs to their work; other rights of theirs stay as they are."""
    alias = editor.connection.alias
    config = apps.get_app_config("tools")
    module = getattr(config, "models_module", None)
    config.models_module = True  # type: ignore[assignment]  # a migration's app has none, and is passed over else
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = module
    permissions = apps.get_model("auth", "Permission").objects.using(alias).filter(content_type__app_label="tools")
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=ADDED):
        group.permissions.add(*permissions.filter(codename__in=ADDED[group.name]))


class Migration(migrations.Migration):
    dependencies = [("oauth", "0005_filelink"), ("tools", "0003_caller_identity")]
    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="account",
            field=models.CharField(blank=True, default="", max_length=255, verbose_name="portal account"),
        ),
        migrations.RunPython(extend, migrations.RunPython.noop),
    ]
