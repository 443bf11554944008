"""Audit events are sealed into chains; indexes for the filters of their list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0006_caller_identity"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("stream", models.CharField(max_length=40)),
                ("sequence", models.BigIntegerField()),
                ("mac", models.CharField(max_length=64)),
                ("time", models.DateTimeField()),
                ("key", models.CharField(max_length=8)),
                ("signature", models.CharField(max_length=64)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="auditevent",
            options={"base_manager_name": "objects", "default_permissions": ("view",), "ordering": ["-id"]},
        ),
        migrations.AddField(
            model_name="auditevent",
            name="details",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="key",
            field=models.CharField(db_default="", default="", editable=False, max_length=8),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="mac",
            field=models.CharField(db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="repeats",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="sequence",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="stream",
            field=models.CharField(db_default="", default="", editable=False, max_length=40),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("call", "Call"),
                    ("intent", "Intent to write"),
                    ("refusals", "Refusals, counted"),
                    ("read", "Audit read"),
                    ("export", "Audit exported"),
                    ("prune", "Audit pruned"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["tool", "-id"], name="audit_tool"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["portal", "-id"], name="audit_portal"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["outcome", "-id"], name="audit_outcome"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["reason", "-id"], name="audit_reason"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["kind", "-id"], name="audit_kind"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["time"], name="audit_time"),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(fields=("stream", "sequence"), name="audit_place"),
        ),
        migrations.AddConstraint(
            model_name="auditmark",
            constraint=models.UniqueConstraint(fields=("stream", "kind"), name="audit_mark"),
        ),
    ]
