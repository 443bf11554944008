"""Makes the one row of the policy revision."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_row(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """The row that every governed write moves."""
    apps.get_model("tools", "Revision").objects.using(editor.connection.alias).get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("tools", "0001_initial")]
    operations = [migrations.RunPython(make_row, migrations.RunPython.noop)]
