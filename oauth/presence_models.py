"""Who is there, as rows: the workers that serve, and the clients that were seen; both can be lost without harm."""

from __future__ import annotations

from django.db import models


class WorkerReport(models.Model):
    """What one worker last told of itself; replaced every few seconds, gone with an orderly end."""

    name = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=20)
    started = models.DateTimeField()
    seen = models.DateTimeField(db_index=True)
    revision = models.BigIntegerField()
    revision_age = models.FloatField()
    keys = models.PositiveIntegerField()
    key_age = models.FloatField(null=True)
    key_fetches = models.PositiveIntegerField()
    key_failures = models.PositiveIntegerField()
    key_error = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class SeenClient(models.Model):
    """One client of one subject: what it calls itself, and which list of tools it was last given."""

    key = models.CharField(max_length=64, primary_key=True)
    client = models.CharField(max_length=2048)
    subject = models.CharField(max_length=255)
    name = models.CharField(max_length=100, blank=True)
    version = models.CharField(max_length=40, blank=True)
    protocol = models.CharField(max_length=10, blank=True)
    last_seen = models.DateTimeField()
    list_at = models.DateTimeField(null=True)
    list_revision = models.BigIntegerField(null=True)
    list_digest = models.CharField(max_length=64, blank=True)
    list_count = models.PositiveIntegerField(default=0)
    holder = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["last_seen"], name="client_seen"),
            models.Index(fields=["subject", "last_seen"], name="client_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip() or self.client
