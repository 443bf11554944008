"""Portal profiles, as operators edit them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from tools.governed import GovernedModel, Revision

__all__ = ["PortalProfile", "Revision"]

HOST = RegexValidator(
    r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^\[[0-9A-Fa-f:.]+\]$",
    "Enter a host name or address alone, such as portal.example.com: no https://, no path.",
)


class PortalProfile(GovernedModel):
    """One CTERA Portal and the account that works on it. The password is sealed; nothing ever shows it."""

    class Scope(models.TextChoices):
        """Which half of the portal the account belongs to."""

        ADMIN = "admin", "Global administration (many Team Portals)"
        USER = "user", "End-user services (one Team Portal)"

    class Identity(models.TextChoices):
        """Whose portal account does the work."""

        SERVICE = "service", "The profile's account"
        CALLER = "caller", "The caller's own portal account"

    name = models.SlugField(
        "name", max_length=60, unique=True, help_text="What policies and tools call this portal, such as hq."
    )
    host = models.CharField(
        "host",
        max_length=253,
        validators=[HOST],
        help_text="Host name or address, such as portal.example.com.",
    )
    port = models.PositiveIntegerField(
        "port", default=443, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    https = models.BooleanField(
        "HTTPS", default=True, help_text="Off only for a portal on this machine or behind a proxy of yours."
    )
    verify_tls = models.BooleanField(
        "verify certificate",
        default=True,
        help_text="Leave on. For a private certificate authority, paste it below instead.",
    )
    ca_pem = models.TextField(
        "own certificate authority",
        blank=True,
        help_text="PEM text of the authority that signed the portal's certificate; empty for the public ones.",
    )
    scope = models.CharField("account type", max_length=10, choices=Scope.choices, default=Scope.ADMIN)
    username = models.CharField("user name", max_length=255)
    sealed_password = models.TextField("password", editable=False, default="")
    tenant = models.CharField(
        "Team Portal",
        max_length=255,
        blank=True,
        help_text="End-user accounts only: the Team Portal the account belongs to; verified at login.",
    )
    tenant_host = models.CharField(
        "Team Portal address",
        max_length=253,
        blank=True,
        default="{tenant}.{dns_suffix}",
        help_text="Where a caller's own session is opened; {tenant} and {dns_suffix} are filled in.",
    )
    identity = models.CharField("identity", max_length=10, choices=Identity.choices, default=Identity.SERVICE)
    connect_timeout = models.FloatField(
        "seconds to connect", default=5.0, validators=[MinValueValidator(0.1), MaxValueValidator(60)]
    )
    read_timeout = models.FloatField(
        "seconds without an answer", default=30.0, validators=[MinValueValidator(0.1), MaxValueValidator(600)]
    )
    total_timeout = models.FloatField(
        "seconds for one call",
        default=60.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(900)],
        help_text="Includes waiting for a session and logging in.",
    )
    max_sessions = models.PositiveIntegerField(
        "most sessions",
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text="Portal sessions that one worker may hold open for this profile.",
    )
    enabled = models.BooleanField("enabled", default=True)
    default = models.BooleanField(
        "default", default=False, help_text="Used when a call names no portal. At most one."
    )

    history = HistoricalRecords(app="tools", excluded_fields=["sealed_password"])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["default"], condition=models.Q(default=True), name="one_default_profile"
            )
        ]
        permissions = [("check_portalprofile", "Can test the connection of a portal profile")]

    def __str__(self) -> str:
        return self.name
