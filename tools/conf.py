"""Typed view of the settings that this room reads; lazy, so that a test may override them."""

from __future__ import annotations

from django.conf import settings


def credential_keys() -> tuple[str, ...]:
    """Fernet keys that guard portal passwords: the first seals, all unseal."""
    return tuple(settings.CREDENTIAL_KEYS)


def portal_probe_seconds() -> float:
    """Seconds between two looks at a portal in the background; 0 for none."""
    return float(settings.PORTAL_PROBE_SECONDS)
