"""(c) FastMCP with its JWT verifier: the same tools by its own means, signed tokens checked at each request."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

from bench.answers import PORTALS
from tools.catalogue import CATALOGUE


async def at_a_place(path: str = "/", portal: str = "", tenant: str = "") -> dict[str, Any]:
    """Stands for every other tool: what it does is not measured, that it is listed is."""
    return {}


def application(environment_url: str, resource_id: str) -> Any:
    """The server at /mcp."""
    verifier = JWTVerifier(jwks_uri=f"{environment_url}/keys", issuer=environment_url, audience=resource_id)
    server: Any = FastMCP("fast", auth=verifier)

    @server.tool(name="ctera_portal_list_portals")
    async def list_portals() -> dict[str, Any]:
        """Lists the portals you may use."""
        return PORTALS

    @server.tool(name="ctera_portal_who_am_i")
    async def who_am_i(portal: str = "", tenant: str = "") -> dict[str, Any]:
        """Tells which portal account does the work of your calls."""
        return {}

    @server.tool(name="ctera_portal_list_dir")
    async def list_dir(path: str = "/", include_deleted: bool = False, limit: int = 100) -> dict[str, Any]:  # noqa: FBT001, FBT002
        """Lists the files and folders directly inside a folder, one page at a time."""
        return {}

    @server.tool(name="ctera_portal_browse_team_portal")
    async def browse_team_portal(tenant: str, portal: str = "") -> dict[str, Any]:
        """Verifies that a Team Portal exists and returns its portal and tenant."""
        return {}

    @server.tool(name="ctera_portal_browse_global_admin")
    async def browse_global_admin(portal: str = "") -> dict[str, Any]:
        """Verifies that global administration can be worked in."""
        return {}

    written = {
        "ctera_portal_list_portals", "ctera_portal_who_am_i", "ctera_portal_list_dir",
        "ctera_portal_browse_team_portal", "ctera_portal_browse_global_admin",
    }  # fmt: skip
    for name in CATALOGUE.keys() - written:
        server.tool(name=name, description=CATALOGUE[name].description)(at_a_place)
    return server.http_app(path="/mcp", stateless_http=True, json_response=True)


if __name__ == "__main__":
    app = application(sys.argv[2], sys.argv[3])
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", loop="uvloop", http="httptools")
