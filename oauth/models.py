"""Scopes, policies and audit events, as rows."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from oauth import expectations, shape, suspensions
from oauth.link_models import FileLink as FileLink  # noqa: PLC0414 - Django looks for models here
from oauth.names import SCOPE_CHARACTERS
from oauth.presence_models import SeenClient as SeenClient  # noqa: PLC0414
from oauth.presence_models import WorkerReport as WorkerReport  # noqa: PLC0414
from tools.catalogue import CATALOGUE
from tools.governed import GovernedModel
from tools.spec import PREFIX

SCOPE_NAME = RegexValidator(
    rf"^{SCOPE_CHARACTERS}+\Z",
    "Use printable ASCII without spaces, commas, quotes or backslashes (RFC 6749, section 3.3).",
)
PLAIN_NAME = RegexValidator(
    r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f\u2028\u2029]*[^\s\x00-\x1f\x7f])?\Z",
    "Use one line of text without spaces at its ends.",
)

APPEND_ONLY = "Audit events are append-only."


def everything() -> list[str]:
    """The untouched value of a list of patterns."""
    return ["*"]


def every_path() -> list[str]:
    """The untouched value of a list of path globs."""
    return ["/**"]


class Scope(GovernedModel):
    """A named permission that Scalekit can put into a token."""

    name = models.CharField("name", max_length=200, unique=True, validators=[SCOPE_NAME])
    description = models.CharField("description", max_length=300, blank=True)
    implies = models.JSONField(
        "implies", default=list, blank=True, help_text="Names of scopes that come with this one."
    )

    history = HistoricalRecords(app="oauth")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse malformed implications and cycles."""
        super().clean()
        if not isinstance(self.implies, list) or not all(isinstance(name, str) for name in self.implies):
            raise ValidationError({"implies": "Must be a list of scope names."})
        if len(set(self.implies)) != len(self.implies):
            raise ValidationError({"implies": "Names a scope twice."})
        known = {row.name: list(row.implies) for row in Scope.objects.exclude(pk=self.pk)}
        for name in self.implies:
            if name not in known and name != self.name:
                near = get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else "add it first."
                raise ValidationError({"implies": f"There is no scope {name}: {hint}"})
        ahead, seen = list(self.implies), set[str]()
        while ahead:
            name = ahead.pop()
            if name == self.name:
                raise ValidationError({"implies": "A scope cannot imply itself, not even through others."})
            if name not in seen:
                seen.add(name)
                ahead += known.get(name, [])


class Policy(GovernedModel):
    """One rule an operator can read aloud: who may (or may not) call what, where, when and how often."""

    class Effect(models.TextChoices):
        """What a policy does to the calls it matches."""

        ALLOW = "allow", "Allow"
        DENY = "deny", "Deny"

    name = models.CharField("name", max_length=120, unique=True, validators=[PLAIN_NAME])
    description = models.CharField("description", max_length=500, blank=True)
    effect = models.CharField("effect", max_length=5, choices=Effect.choices, default=Effect.ALLOW)
    enabled = models.BooleanField("enabled", default=True)
    scopes = models.JSONField("scopes", default=list, blank=True)
    subjects = models.JSONField("subjects", default=everything, blank=True)
    clients = models.JSONField("clients", default=everything, blank=True)
    organizations = models.JSONField("organizations", default=everything, blank=True)
    except_subjects = models.JSONField("except subjects", default=list, blank=True)
    tools = models.JSONField("tools", default=list, blank=True)
    toolsets = models.JSONField("toolsets", default=list, blank=True)
    portals = models.JSONField("portals", default=everything, blank=True)
    tenants = models.JSONField("Team Portals", default=everything, blank=True)
    paths = models.JSONField("paths", default=every_path, blank=True)
    valid_from = models.DateTimeField("valid from", null=True, blank=True)
    valid_until = models.DateTimeField("valid until", null=True, blank=True)
    calls_per_minute = models.PositiveIntegerField(
        "calls per minute",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
    )

    history = HistoricalRecords(app="oauth")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what cannot be a policy, field by field."""
        super().clean()
        found = shape.faults({field.name: getattr(self, field.name) for field in self._meta.fields})
        if found:
            raise ValidationError(found)


class PolicyTest(GovernedModel):
    """What the policies should come to for one call: asked as *Why?* asks, and held against them as they are now."""

    class Expected(models.TextChoices):
        """What should come of it."""

        ALLOW = "allow", "Allowed"
        DENY = "deny", "Denied"

    name = models.CharField("name", max_length=120, unique=True, validators=[PLAIN_NAME])
    note = models.CharField("note", max_length=500, blank=True)
    scopes = models.JSONField("scopes", default=list, blank=True)
    subject = models.CharField("subject", max_length=255, blank=True)
    client = models.CharField("client", max_length=2048, blank=True)
    organization = models.CharField("organization", max_length=255, blank=True)
    claims = models.JSONField("further claims", default=list, blank=True)
    tool = models.CharField("tool", max_length=120)
    portal = models.CharField("portal", max_length=60, blank=True)
    tenant = models.CharField("Team Portal", max_length=255, blank=True)
    paths = models.JSONField("path", default=list, blank=True)
    at = models.DateTimeField("time", null=True, blank=True)
    expected = models.CharField("expected", max_length=5, choices=Expected.choices, default=Expected.ALLOW)
    policy = models.CharField("decided by", max_length=120, blank=True)
    enabled = models.BooleanField("enabled", default=True)

    history = HistoricalRecords(app="oauth")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what could never be asked, field by field."""
        super().clean()
        if PREFIX + self.tool in CATALOGUE:
            self.tool = PREFIX + self.tool
        if found := expectations.faults({field.name: getattr(self, field.name) for field in self._meta.fields}):
            raise ValidationError(found)


class Suspension(GovernedModel):
    """An operator's stop of everything, of all writes, or of one portal, tool or caller; kept when it has ended."""

    class Level(models.TextChoices):
        """What it stops (`oauth.suspensions.Level`, with words for people)."""

        EVERYTHING = suspensions.Level.EVERYTHING.value, "Everything"
        WRITES = suspensions.Level.WRITES.value, "All changes (every tool that is not read-only)"
        PORTAL = suspensions.Level.PORTAL.value, "One portal"
        TOOL = suspensions.Level.TOOL.value, "One tool"
        CLIENT = suspensions.Level.CLIENT.value, "One client (client_id)"
        SUBJECT = suspensions.Level.SUBJECT.value, "One subject (sub)"
        ORGANIZATION = suspensions.Level.ORGANIZATION.value, "One organization (oid)"
        SESSION = suspensions.Level.SESSION.value, "One session (sid)"
        TOKEN = suspensions.Level.TOKEN.value, "One token (jti)"

    level = models.CharField("level", max_length=12, choices=Level.choices)
    value = models.CharField("value", max_length=2048, blank=True)
    reason = models.CharField("reason", max_length=300, validators=[PLAIN_NAME])
    author = models.CharField("suspended by", max_length=200, editable=False)
    created_at = models.DateTimeField("since", default=timezone.now, editable=False)
    until = models.DateTimeField("until", null=True, blank=True)
    ended_at = models.DateTimeField("resumed at", null=True, blank=True, editable=False)
    ended_by = models.CharField("resumed by", max_length=200, blank=True, editable=False)

    history = HistoricalRecords(app="oauth")

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ("add", "change", "view")  # a stop is ended, never deleted: it is evidence

    def __str__(self) -> str:
        return f"{self.level} {self.value}".strip()

    def clean(self) -> None:
        """Refuse what cannot be a suspension, and turning one into another, field by field."""
        super().clean()
        if self.level == self.Level.TOOL and PREFIX + self.value in CATALOGUE:
            self.value = PREFIX + self.value  # in a hurry one leaves the prefix out
        found = suspensions.faults(self.level, self.value) if self.level else {}  # the field itself is required
        stored = Suspension.objects.filter(pk=self.pk).first()
        moved = isinstance(self.until, datetime) and (stored is None or stored.until != self.until)
        if moved and self.until is not None and self.until <= timezone.now():
            found["until"] = "Must be in the future; leave it empty for no end."
        if stored is not None and (stored.level, stored.value) != (self.level, self.value):
            found["level"] = "What is suspended stays as it is: resume this one and make another."
        if stored is not None and stored.ended_at is not None and stored.ended_at != self.ended_at:
            found[NON_FIELD_ERRORS] = "This suspension has ended: make another."
        if found:
            raise ValidationError(found)


class AppendOnly(models.QuerySet[Any]):
    """Rows that are added and read; what removes old ones (`oauth.pruning`) leaves a signed mark."""

    def update(self, **kwargs: Any) -> int:
        """Refuse."""
        raise TypeError(APPEND_ONLY)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError(APPEND_ONLY)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Refuse."""
        raise TypeError(APPEND_ONLY)

    def update_or_create(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        """Refuse."""
        raise TypeError(APPEND_ONLY)

    def bulk_create(self, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> list[Any]:
        """Add rows; a row that is there is never changed."""
        if update_conflicts:
            raise TypeError(APPEND_ONLY)
        return super().bulk_create(*args, **kwargs)


class AuditEvent(models.Model):
    """What was asked, what was decided and what came of it; written once, never changed."""

    class Kind(models.TextChoices):
        """What an event says."""

        CALL = "call", "Call"
        INTENT = "intent", "Intent to write"
        REFUSALS = "refusals", "Refusals, counted"
        READ = "read", "Audit read"
        EXPORT = "export", "Audit exported"
        PRUNE = "prune", "Audit pruned"

    time = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    request = models.CharField(max_length=32)
    decision = models.CharField(max_length=32, db_index=True)
    revision = models.BigIntegerField()
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    client = models.CharField(max_length=2048)
    organization = models.CharField(max_length=255, blank=True)
    scopes = models.JSONField()
    tool = models.CharField(max_length=120)
    portal = models.CharField(max_length=60, blank=True)
    tenant = models.CharField(max_length=255, blank=True)
    account = models.CharField("portal account", max_length=255, blank=True, default="")
    paths = models.JSONField()
    argument_digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10)
    code = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    policy = models.CharField(max_length=120, blank=True)
    duration_ms = models.FloatField()
    # The database knows the defaults too: a worker of the version before goes on recording, outside every chain.
    repeats = models.PositiveIntegerField(default=1, db_default=1)
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    stream = models.CharField(max_length=40, default="", db_default="", editable=False)
    sequence = models.BigIntegerField(null=True, editable=False)
    key = models.CharField(max_length=8, default="", db_default="", editable=False)
    mac = models.CharField(max_length=64, default="", db_default="", editable=False)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["subject", "-id"], name="audit_subject"),
            models.Index(fields=["tool", "-id"], name="audit_tool"),
            models.Index(fields=["portal", "-id"], name="audit_portal"),
            models.Index(fields=["outcome", "-id"], name="audit_outcome"),
            models.Index(fields=["reason", "-id"], name="audit_reason"),
            models.Index(fields=["kind", "-id"], name="audit_kind"),
            models.Index(fields=["time"], name="audit_time"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["stream", "sequence"], name="audit_place"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.decision} {self.tool}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: events are written by the audit writer alone, and never changed."""
        raise TypeError(APPEND_ONLY)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError(APPEND_ONLY)


class AuditMark(models.Model):
    """A signed word about a stream of events (`oauth.chain.Mark`): the newest of each kind, one row each."""

    kind = models.CharField(max_length=10)
    stream = models.CharField(max_length=40)
    sequence = models.BigIntegerField()
    mac = models.CharField(max_length=64)
    time = models.DateTimeField()
    key = models.CharField(max_length=8)
    signature = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["stream", "kind"], name="audit_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.stream} {self.sequence}"
