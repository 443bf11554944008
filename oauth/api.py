"""The public part of the control plane's JSON: the protected resource metadata (RFC 9728)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from oauth.conf import discovery
from oauth.metadata import protected_resource_metadata
from oauth.selectors import offered_scopes
from oauth.snapshots import Snapshots

router = Router(tags=["discovery"])
MAX_AGE = 300


METHODS = ["GET", "HEAD", "OPTIONS"]
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "MCP-Protocol-Version, Content-Type, Accept",
    "Access-Control-Max-Age": "600",
}
"""Browser clients ask first, since they send the protocol's version along."""


@router.api_operation(
    METHODS,
    "/oauth-protected-resource/mcp",
    url_name="protected-resource-metadata",
    summary="Protected resource metadata",
)
@router.api_operation(METHODS, "/oauth-protected-resource", summary="Protected resource metadata, root form")
def metadata(request: HttpRequest, response: HttpResponse) -> Any:
    """Describe this protected resource and name its authorization server; public, cacheable, readable by any origin.

    In a server the scopes are those of the policy in force, so that discovery outlives the database as lists do.
    """
    snapshots = Snapshots.running
    if snapshots is not None and not snapshots.is_usable:
        return HttpResponse(status=503, headers={"Retry-After": "5", "Access-Control-Allow-Origin": "*"})
    response["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        for name, value in PREFLIGHT.items():
            response[name] = value
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    facts = discovery()
    scopes = offered_scopes() if snapshots is None else snapshots.advertised_scopes()
    return protected_resource_metadata(facts.resource, facts.authorization_server, scopes, facts.name)
