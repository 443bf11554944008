"""Brings the first scopes and policies; an operator may change or delete them, and they are never made again."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

SCOPES: tuple[tuple[str, str, list[str]], ...] = (
    ("user:read", "Know who one is and which portals there are", []),
    ("ctera:read", "Look at files in global administration", []),
    ("ctera:admin", "Everything, in every Team Portal", ["user:read", "ctera:read"]),
)
POLICIES = (
    {
        "name": "Everyone signed in",
        "description": "Who has user:read may ask who they are and which portals they may use.",
        "scopes": ["user:read"],
        "tools": ["ctera_portal_who_am_i", "ctera_portal_list_portals"],
    },
    {
        "name": "Readers",
        "description": "Who has ctera:read may look at files, in global administration only.",
        "scopes": ["ctera:read"],
        "toolsets": ["read"],
        "tenants": ["-"],
    },
    {
        "name": "Administrators",
        "description": "Who has ctera:admin may call every tool, present and future, in every Team Portal.",
        "scopes": ["ctera:admin"],
        "tools": ["*"],
    },
)


def bring(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the rows, in a database that was just made."""
    alias = editor.connection.alias
    for name, description, implies in SCOPES:
        make(apps, alias, "Scope", {"name": name, "description": description, "implies": implies})
    for values in POLICIES:
        make(apps, alias, "Policy", {"effect": "allow", **values})


def make(apps: Apps, alias: str, model: str, values: dict[str, object]) -> None:
    """A row and its first history record, so that the first change by an operator shows what it changed."""
    rows = apps.get_model("oauth", model).objects.using(alias)
    if rows.filter(name=values["name"]).exists():
        return  # migrated back, which leaves the rows, and forwards again
    row = rows.create(**values)
    columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    history = apps.get_model("oauth", f"Historical{model}").objects.using(alias)
    history.create(**columns, history_type="+", history_date=timezone.now(), history_change_reason="installation")


class Migration(migrations.Migration):
    dependencies = [("oauth", "0001_initial"), ("tools", "0002_revision")]
    operations = [migrations.RunPython(bring, migrations.RunPython.noop)]
