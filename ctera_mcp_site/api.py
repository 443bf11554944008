"""Builds the JSON APIs of the control plane: well-known documents, version 1 for staff, health for orchestrators."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router, Schema, Status

from ctera_mcp_site import state
from oauth.api import explain_router
from oauth.api import router as discovery
from oauth.selectors import policy_revision

well_known = NinjaAPI(title="Discovery", urls_namespace="well-known", docs_url=None, openapi_url=None)
well_known.add_router("", discovery)

v1 = NinjaAPI(title="CTERA MCP Governor", version="1", urls_namespace="v1", docs_url=None, openapi_url=None)
v1.add_router("", explain_router)

health = Router(tags=["health"])


class Alive(Schema):
    """The process answers."""

    status: str


class Ready(Schema):
    """Whether this worker can serve calls, part by part; the portals are never asked."""

    status: str
    database: bool
    snapshot: bool
    keys: bool


@health.get("/healthz", response=Alive, summary="Alive")
def healthz(request: HttpRequest) -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "alive"}


@health.get("/readyz", response={200: Ready, 503: Ready}, summary="Ready")
def readyz(request: HttpRequest, response: HttpResponse) -> Status[dict[str, object]]:
    """Ready means: the database answers, the policy snapshot is young enough, signing keys are at hand or untried."""
    response["Cache-Control"] = "no-store"
    try:
        policy_revision()
        database = True
    except DatabaseError:
        database = False
    runtime = state.runtime
    parts = {
        "database": database,
        "snapshot": runtime is not None and runtime.snapshots.is_usable,
        "keys": runtime is not None and runtime.keys.is_usable,
    }
    good = all(parts.values())
    return Status(200 if good else 503, {"status": "ready" if good else "not ready", **parts})


site = NinjaAPI(title="CTERA MCP Governor", urls_namespace="site", docs_url=None, openapi_url=None)
site.add_router("", health)
