"""Typed view of the settings that this room reads; lazy, so that a test may override them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the protected resource metadata says: this resource's URL, its authorization server, its name."""

    resource: str
    authorization_server: str
    name: str


def discovery() -> Discovery:
    """The facts as of now; from the configured public URL, never from a Host header (RFC 9728, section 3.3)."""
    server = f"{settings.SCALEKIT_ENVIRONMENT_URL}/resources/{settings.SCALEKIT_RESOURCE_ID}"
    return Discovery(f"{settings.PUBLIC_URL}/mcp", server, "CTERA Portals, governed")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Whose tokens are taken, and the resource they must be for."""

    environment_url: str
    resource_id: str


def token_rules() -> TokenRules:
    """The facts as of now; the door is built from the same settings."""
    return TokenRules(settings.SCALEKIT_ENVIRONMENT_URL, settings.SCALEKIT_RESOURCE_ID)


def environment_variable(name: str) -> str | None:
    """A variable that a configuration file names by `{env: NAME}`."""
    variables: Mapping[str, str] = settings.ENVIRONMENT.variables
    return variables.get(name)
