"""Portal profiles and whose portal account a caller is, as operators edit them."""

from __future__ import annotations

from cryptography import x509
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from tools.governed import GovernedModel, Revision
from tools.health_models import PortalHealth
from tools.identity_rules import LONGEST_ACCOUNT, claim_problem, is_account, is_machine_subject
from tools.profile import GLOBAL_TENANT
from tools.tenant_hosts import host_problem, is_domain, is_label, template_problem

__all__ = ["CallerAccount", "PortalHealth", "PortalProfile", "Revision"]

HOST = RegexValidator(
    r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z|^\[[0-9A-Fa-f:.]+\]\Z",
    "Enter a host name or address alone, such as portal.example.com: no https://, no path.",
)
NOT_A_NAME = {"invalid": "Write letters, digits, - and _ alone, such as hq or acme-files: no space, no dot."}
NO_DOMAIN = "Enter the domain alone, such as portal.example.com: no https://, no port, no path."


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
        "name",
        max_length=60,
        unique=True,
        help_text="What policies and tools call this portal, such as hq.",
        error_messages=NOT_A_NAME,
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
        help_text="End-user services: the Team Portal the account belongs to. Identity of the caller: the Team "
        "Portal of all callers, unless a claim names it. Verified at each login.",
    )
    tenant_host = models.CharField(
        "Team Portal address",
        max_length=253,
        blank=True,
        default="{tenant}.{dns_suffix}",
        help_text="Where a caller's own session is opened, at the port above. {tenant} and {dns_suffix} are filled in.",
    )
    dns_suffix = models.CharField(
        "domain of the Team Portals",
        max_length=253,
        blank=True,
        help_text="Such as portal.example.com. The address above must end with it: no claim leads anywhere else.",
    )
    identity = models.CharField(
        "identity",
        max_length=10,
        choices=Identity.choices,
        default=Identity.SERVICE,
        help_text="With the caller's own account, the portal's own permissions and logs apply to each caller.",
    )
    account_claim = models.CharField(
        "claim with the account",
        max_length=100,
        blank=True,
        help_text="Claim of the access token that holds the caller's portal account, such as portal_account. Only one "
        "that people cannot edit themselves. Empty: only the table below.",
    )
    tenant_claim = models.CharField(
        "claim with the Team Portal",
        max_length=100,
        blank=True,
        help_text="Claim of the access token that names the caller's Team Portal. Empty: the Team Portal above.",
    )
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
        permissions = [
            ("check_portalprofile", "Can test the connection of a portal profile"),
            ("try_portalprofile", "Can try a portal profile as one of its callers"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what could never work; each message says what to do."""
        self.ca_pem = (self.ca_pem or "").replace("\r\n", "\n")  # browsers submit CRLF
        problems = {
            "tenant": self._tenant_problem(),
            "identity": self._identity_problem(),
            "tenant_host": template_problem(self.tenant_host or ""),
            "ca_pem": _certificate_problem(self.ca_pem),
            "account_claim": claim_problem(self.account_claim or ""),
            "tenant_claim": claim_problem(self.tenant_claim or ""),
            **self._address_problems(),
        }
        if found := {field: text for field, text in problems.items() if text}:
            raise ValidationError(found)

    def _tenant_problem(self) -> str:
        if self.scope == self.Scope.USER and self.tenant in {"", GLOBAL_TENANT}:
            return "An end-user account belongs to one Team Portal: enter its name."
        if self.scope == self.Scope.ADMIN and self.identity == self.Identity.CALLER:
            return self._callers_tenant_problem()
        if self.scope == self.Scope.ADMIN and self.tenant:
            return "An administrator chooses the Team Portal in each call: leave this empty."
        return ""

    def _callers_tenant_problem(self) -> str:
        if bool(self.tenant) == bool(self.tenant_claim):
            return "Callers work in one Team Portal: enter its name here, or the claim that names it, and not both."
        if self.tenant and not is_label(self.tenant):
            return "Only letters, digits and hyphens: the name becomes a part of the Team Portal's address."
        return ""

    def _identity_problem(self) -> str:
        if self.identity == self.Identity.CALLER and self.scope != self.Scope.ADMIN:
            return "Only a global administrator can open sessions for callers: choose that account type."
        return ""

    def _address_problems(self) -> dict[str, str]:
        """Only a profile of callers needs the address, but a malformed domain is told at once."""
        if self.identity != self.Identity.CALLER or self.scope != self.Scope.ADMIN:
            return {"dns_suffix": "" if not self.dns_suffix or is_domain(self.dns_suffix) else NO_DOMAIN}
        if not is_domain(self.dns_suffix or ""):
            return {"dns_suffix": NO_DOMAIN}
        problem = host_problem(self.tenant_host or "", self.dns_suffix)
        return {"tenant_host": problem} if problem else {}


class CallerAccount(GovernedModel):
    """One entry of a profile's table: the caller with exactly this subject works as this portal account."""

    profile = models.ForeignKey(PortalProfile, on_delete=models.CASCADE, related_name="accounts")
    subject = models.CharField(
        "subject", max_length=255, help_text="The token's sub, exactly, such as usr_123. No patterns."
    )
    account = models.CharField(
        "portal account", max_length=LONGEST_ACCOUNT, help_text="As the portal calls it, such as alice."
    )

    history = HistoricalRecords(app="tools")

    class Meta:
        ordering = ["subject"]
        verbose_name = "caller's account"
        verbose_name_plural = "callers' accounts"
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "subject"],
                name="one_account_per_subject",
                violation_error_message="This subject has an account in this table already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} as {self.account}"

    def clean(self) -> None:
        """Refuse what could never be a person or an account."""
        found = {}  # nothing at all is refused by the fields themselves
        if self.subject and (not is_account(self.subject) or "*" in self.subject):
            found["subject"] = "Enter one subject exactly as it is in the token; patterns are not read here."
        elif is_machine_subject(self.subject, "-"):
            found["subject"] = "This is the id of a program. Give programs a profile whose own account does the work."
        if self.account and not is_account(self.account):
            found["account"] = "Enter the account's name alone: printable characters, no spaces at its ends."
        if found:
            raise ValidationError(found)


def _certificate_problem(pem: str) -> str:
    if not pem.strip():
        return ""
    try:
        x509.load_pem_x509_certificates(pem.encode("ascii", "replace"))
    except ValueError:
        return "This is not PEM text: paste everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
    return ""
