"""The protected resource metadata document (RFC 9728)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def protected_resource_metadata(
    resource: str, authorization_server: str, scopes: Iterable[str], name: str
) -> dict[str, Any]:
    """Describe the resource; members without a value are left out (section 3.2), `offline_access` is never offered."""
    document: dict[str, Any] = {
        "resource": resource,
        "authorization_servers": [authorization_server],
        "scopes_supported": sorted(set(scopes) - {"offline_access"}),
        "bearer_methods_supported": ["header"],
        "resource_name": name,
    }
    return {member: value for member, value in document.items() if value}
