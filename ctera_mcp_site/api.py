"""Builds the JSON APIs of the control plane: well-known documents, version 1 for staff, health for orchestrators."""

from __future__ import annotations

import dataclasses

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router, Schema, Status

from ctera_mcp_site import readiness
from oauth.api import explain_router
from oauth.api import router as discovery

well_known = NinjaAPI(title="Discovery", urls_namespace="well-known", docs_url=None, openapi_url=None)
well_known.add_router("", discovery)

v1 = NinjaAPI(title="CTERA MCP Governor", version="1", urls_namespace="v1", docs_url=None, openapi_url=None)
v1.add_router("", explain_router)

health = Router(tags=["health"])


class Alive(Schema):
    """The process answers."""

    status: str


class Ready(Schema):
    """Whether this worker can serve calls; the parts are told to those alone who may see them."""

    status: str
    database: bool | None = None
    snapshot: bool | None = None
    snapshot_age_seconds: float | None = None
    keys: bool | None = None
    keys_age_seconds: float | None = None


@health.get("/healthz", response=Alive, summary="Alive")
def healthz(request: HttpRequest) -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "alive"}


@health.get("/readyz", response={200: Ready, 503: Ready}, exclude_unset=True, summary="Ready")
def readyz(request: HttpRequest, response: HttpResponse) -> Status[dict[str, object]]:
    """Ready means: the database answers, the policy snapshot is young enough, signing keys are at hand or untried.

    Anybody is told whether; which part is told as `readiness.sees_parts` says. The portals are never asked.
    """
    response["Cache-Control"] = "no-store"
    parts = readiness.parts()
    verdict: dict[str, object] = {"status": "ready" if parts.are_good else "not ready"}
    if readiness.sees_parts(request, is_database_up=parts.database):
        verdict |= dataclasses.asdict(parts)
    return Status(200 if parts.are_good else 503, verdict)


site = NinjaAPI(title="CTERA MCP Governor", urls_namespace="site", docs_url=None, openapi_url=None)
site.add_router("", health)
