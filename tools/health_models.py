"""What the last look at each portal found. No part of policy: writing it moves no revision and leaves no history."""

from __future__ import annotations

from django.db import models


class PortalHealth(models.Model):
    """The last result of one profile, and when its portal is looked at next.

    A result counts for the profile's `revision` alone: of an older one, it is as if nobody had looked yet. `next_at`
    is schedule, back-off and claim at once: whoever looks moves it on first, so that no two workers look at the same
    time, and a worker that dies delays the next look and nothing else.
    """

    profile = models.OneToOneField("tools.PortalProfile", on_delete=models.CASCADE, related_name="health")
    good = models.BooleanField("good", default=False)
    code = models.CharField("error code", max_length=30, blank=True, default="")
    error = models.CharField("what was found", max_length=300, blank=True, default="")
    remedy = models.CharField("what to do", max_length=300, blank=True, default="")
    checked_at = models.DateTimeField("checked", null=True, blank=True)
    since = models.DateTimeField("since", null=True, blank=True)
    duration_ms = models.PositiveIntegerField("milliseconds", default=0)
    revision = models.BigIntegerField("profile revision of the result", default=0)
    refused_logins = models.PositiveIntegerField("logins refused in a row", default=0)
    next_at = models.DateTimeField("next look", null=True, blank=True)
    next_revision = models.BigIntegerField("profile revision of the next look", default=0)

    class Meta:
        app_label = "tools"
        verbose_name = "portal's health"
        verbose_name_plural = "portals' health"
        default_permissions = ()

    def __str__(self) -> str:
        return "good" if self.good else self.error or "not checked yet"
