"""Brings four groups of staff accounts; an operator may change or delete them, and they are never made again."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEWER = ("oauth.view_policy", "oauth.view_scope", "oauth.view_suspension", "tools.view_portalprofile")
AUDITOR = ("oauth.view_auditevent",)
POLICY_EDITOR = (
    *VIEWER,
    *(f"oauth.{verb}_{kind}" for verb in ("add", "change", "delete") for kind in ("policy", "scope")),
)
OPERATOR = (
    *POLICY_EDITOR,
    *AUDITOR,
    *(f"tools.{verb}_portalprofile" for verb in ("add", "change", "delete", "check")),
    "oauth.add_suspension",
    "oauth.change_suspension",
    "tools.view_revision",
)
GROUPS = {"Viewer": VIEWER, "Auditor": AUDITOR, "Policy editor": POLICY_EDITOR, "Operator": OPERATOR}


def bring(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the groups that are not there, with permissions that Django itself would only make after all migrations."""
    alias = editor.connection.alias
    for label in ("oauth", "tools"):
        config = apps.get_app_config(label)
        module = getattr(config, "models_module", None)
        config.models_module = True  # type: ignore[assignment]  # a migration's app has none, and is passed over else
        create_permissions(config, verbosity=0, using=alias, apps=apps)
        config.models_module = module
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for name, wanted in GROUPS.items():
        group, made = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        if made:  # migrated back, which leaves the groups, and forwards again: what an operator changed stays
            found = [
                permissions.get(content_type__app_label=label, codename=codename)
                for label, _, codename in (each.partition(".") for each in wanted)
            ]
            group.permissions.set(found)


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0003_suspension"),
        ("tools", "0002_revision"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(bring, migrations.RunPython.noop)]
