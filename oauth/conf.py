"""Typed view of the settings that this room reads; lazy, so that a test may override them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from oauth.metadata import issuer_of, resource_url


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the protected resource metadata says: this resource's URL, its authorization server, its name."""

    resource: str
    authorization_server: str
    name: str


def discovery() -> Discovery:
    """The facts as of now; from the configured public URL, never from a Host header (RFC 9728, section 3.3)."""
    server = issuer_of(settings.SCALEKIT_ENVIRONMENT_URL, settings.SCALEKIT_RESOURCE_ID)
    return Discovery(resource_url(settings.PUBLIC_URL), server, "CTERA Portals, governed")


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Who signs access tokens, for which resource, and where clients find this server."""

    environment_url: str
    resource_id: str
    public_url: str

    @property
    def issuer(self) -> str:
        """The resource's own issuer, the newer of the two forms."""
        return issuer_of(self.environment_url, self.resource_id)


def access_tokens() -> AccessTokens:
    """The facts as of now."""
    return AccessTokens(settings.SCALEKIT_ENVIRONMENT_URL, settings.SCALEKIT_RESOURCE_ID, settings.PUBLIC_URL)


def environment_variable(name: str) -> str | None:
    """A variable that a configuration file names by `{env: NAME}`."""
    variables: Mapping[str, str] = settings.ENVIRONMENT.variables
    return variables.get(name)


def lists_step_up_tools() -> bool:
    """Whether lists show tools that are one scope away."""
    return bool(settings.LIST_STEP_UP_TOOLS)


def audit_keys() -> list[str]:
    """Texts of the audit chains' keys; without `AUDIT_KEYS` one that is drawn from the secret key."""
    return list(settings.AUDIT_KEYS) or [f"audit chain of {settings.SECRET_KEY}"]


def has_audit_keys() -> bool:
    """Whether the chains have keys of their own."""
    return bool(settings.AUDIT_KEYS)


def audit_checkpoint_file() -> Path | None:
    """Where signed checkpoints are kept outside the database; None for nowhere."""
    return Path(settings.AUDIT_CHECKPOINT_FILE) if settings.AUDIT_CHECKPOINT_FILE else None
