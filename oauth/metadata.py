"""The addresses that discovery goes by, and the protected resource metadata document (RFC 9728)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
WELL_KNOWN_PATH: Final = "/.well-known/oauth-protected-resource"


def issuer_of(environment_url: str, resource_id: str) -> str:
    """Scalekit's authorization server of one resource: the newer of the two forms of its issuer."""
    return f"{environment_url}/resources/{resource_id}"


def resource_url(public_url: str) -> str:
    """The protected resource, which is the MCP endpoint (RFC 8707)."""
    return f"{public_url}/mcp"


def metadata_url(public_url: str) -> str:
    """Where the document about it is served (section 3.1); its root form is at `WELL_KNOWN_PATH`."""
    return f"{public_url}{WELL_KNOWN_PATH}/mcp"


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
