"""The rows of one-use links: what was allowed, to whom, and whether it was used; never the link itself."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from oauth.links import LinkKind


class FileLink(models.Model):
    """One link; its secret text is kept as a digest only."""

    class Kind(models.TextChoices):
        """What it does."""

        DOWNLOAD = LinkKind.DOWNLOAD.value, "Download"
        UPLOAD = LinkKind.UPLOAD.value, "Upload"

    digest = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    made_at = models.DateTimeField("made", default=timezone.now)
    expires_at = models.DateTimeField("expires", db_index=True)
    used_at = models.DateTimeField("used", null=True)
    withdrawn_by = models.CharField("withdrawn by", max_length=200, blank=True)
    subject = models.CharField(max_length=255)
    client = models.CharField(max_length=2048)
    claims = models.JSONField(editable=False)
    decision = models.CharField(max_length=32, db_index=True)
    tool = models.CharField(max_length=120)
    portal = models.CharField(max_length=60)
    tenant = models.CharField(max_length=255)
    path = models.TextField()
    size = models.BigIntegerField(null=True)
    overwrite = models.BooleanField(default=False)

    class Meta:
        app_label = "oauth"
        ordering = ["-pk"]
        default_permissions = ("view", "change")  # to change one is to withdraw it

    def __str__(self) -> str:
        return f"{self.kind} {self.decision}"

    @property
    def state(self) -> str:
        """`withdrawn`, `used`, `expired` or `open`."""
        if self.withdrawn_by:
            return "withdrawn"
        if self.used_at is not None:
            return "used"
        return "expired" if self.expires_at <= timezone.now() else "open"
