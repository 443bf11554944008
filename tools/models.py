"""Portal profiles, as operators edit them."""

from __future__ import annotations

import string

from cryptography import x509
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from tools.governed import GovernedModel, Revision
from tools.profile import GLOBAL_TENANT

__all__ = ["PortalProfile", "Revision"]

HOST = RegexValidator(
    r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z|^\[[0-9A-Fa-f:.]+\]\Z",
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
    port = models.PositiveIntegerField("port", default=443, validators=[MinValueValidator(1), MaxValueValidator(65535)])
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
    sealed_password = models.TextField("password", editable=False, blank=True, default="")
    password_set_at = models.DateTimeField("password set", editable=False, null=True, blank=True)
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
    default = models.BooleanField("default", default=False, help_text="Used when a call names no portal. At most one.")

    history = HistoricalRecords(app="tools", excluded_fields=["sealed_password"])
    secrets = {"sealed_password": "password_set_at"}

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["default"],
                condition=models.Q(default=True),
                name="one_default_profile",
                violation_error_message="Another profile is the default.",
            )
        ]
        permissions = [("check_portalprofile", "Can test the connection of a portal profile")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what could never work; each message says what to do."""
        self.ca_pem = (self.ca_pem or "").replace("\r\n", "\n")  # browsers submit CRLF
        problems = {
            "tenant": self._tenant_problem(),
            "identity": self._identity_problem(),
            "tenant_host": _template_problem(self.tenant_host or ""),
            "ca_pem": _certificate_problem(self.ca_pem),
        }
        if found := {field: text for field, text in problems.items() if text}:
            raise ValidationError(found)

    def _tenant_problem(self) -> str:
        if self.scope == self.Scope.USER and self.tenant in {"", GLOBAL_TENANT}:
            return "An end-user account belongs to one Team Portal: enter its name."
        if self.scope == self.Scope.ADMIN and self.tenant:
            return "An administrator chooses the Team Portal in each call: leave this empty."
        return ""

    def _identity_problem(self) -> str:
        if self.identity == self.Identity.CALLER and self.scope != self.Scope.ADMIN:
            return "Only a global administrator can open sessions for callers: choose that account type."
        return ""


def _template_problem(template: str) -> str:
    """Only the two names that are filled in may stand in braces; attribute and index access never may."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError:
        names = {""}
    if names <= {"tenant", "dns_suffix"}:
        return ""
    return "Only {tenant} and {dns_suffix} may stand in braces, such as {tenant}.{dns_suffix}."


def _certificate_problem(pem: str) -> str:
    if not pem.strip():
        return ""
    try:
        x509.load_pem_x509_certificates(pem.encode("ascii", "replace"))
    except ValueError:
        return "This is not PEM text: paste everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
    return ""
