"""The control plane's JSON about access: the public metadata (RFC 9728), and explanations for staff."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.errors import HttpError
from ninja.security.session import SessionAuthIsStaff
from pydantic import ConfigDict, Field

from oauth import explaining
from oauth.asking import Asked, BadQuestion, moment, scopes_in
from oauth.conf import discovery
from oauth.metadata import protected_resource_metadata
from oauth.selectors import offered_scopes
from oauth.snapshots import Snapshots
from tools.identity_rules import kept_claims

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
@router.api_operation(
    METHODS,
    "/oauth-protected-resource",
    operation_id="protected_resource_metadata_root",
    summary="Protected resource metadata, root form",
)
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


explain_router = Router(tags=["access"], auth=SessionAuthIsStaff())
MAY_LOOK = "oauth.view_policy"


class Question(Schema):
    """One call by one caller; an omitted who matches only `*`, an omitted where means "some", no time means now."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scopes: str | list[str]
    tool: str = Field(max_length=200)
    subject: str = ""
    client: str = ""
    organization: str = ""
    portal: str = ""
    tenant: str = ""
    paths: list[str] = Field(default_factory=list, max_length=1000)
    at: str = ""
    claims: dict[str, str] = Field(default_factory=dict, max_length=20)


class Rung(Schema):
    """What one policy said: the first dimension it failed on, or null when it matched."""

    policy: str
    effect: str
    matched: bool
    failed_on: str | None


class Explanation(Schema):
    """The decision, the policy it comes from, and what each policy said."""

    allowed: bool
    reason: str | None
    policy: str | None
    required_scopes: list[str]
    account: str | None
    trace: list[Rung]


@explain_router.post("/explain", response=Explanation, summary="Explain a decision")
def explain(request: HttpRequest, response: HttpResponse, question: Question) -> dict[str, Any]:
    """Decide a call by the policy as it is now, and tell what each policy said; for staff who may see policies."""
    if not request.user.has_perm(MAY_LOOK):
        raise HttpError(403, "You may not see policies.")
    response["Cache-Control"] = "no-store"
    scopes = question.scopes if isinstance(question.scopes, str) else " ".join(question.scopes)
    who = question.model_dump(exclude={"scopes", "paths", "at", "claims"})
    claims = kept_claims(question.claims, question.claims)
    try:
        at = moment(question.at) if question.at else time.time()
        asked = Asked(**who, at=at, scopes=scopes_in(scopes), paths=tuple(question.paths), claims=claims)
        return explaining.as_json(explaining.answer(asked))
    except BadQuestion as bad:
        raise HttpError(422, f"{bad.part}: {bad.message}") from None
