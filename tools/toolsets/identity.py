"""Who does the work, and where it can be done: portals, accounts and places."""

from __future__ import annotations

from tools.errors import InvalidArgument
from tools.profile import GLOBAL_TENANT
from tools.spec import JSON, PREFIX, Place, ToolCall, Toolset, ToolSpec
from tools.toolsets.schemas import NULLABLE_STRING, PORTAL, TENANT, answer, arguments

PLACE_ANSWER = answer({"portal": {"type": "string"}, "tenant": {"type": "string"}})


async def _who_am_i(call: ToolCall) -> JSON:
    place = call.at
    account = await place.run(lambda session: session.whoami())
    return {
        "portal": place.portal,
        "tenant": account.tenant,
        "account": account.name,
        "domain": account.domain or None,
        "role": account.role,
        "portal_version": account.software_version or None,
    }


async def _list_portals(call: ToolCall) -> JSON:
    return {
        "portals": [
            {"name": portal.name, "type": portal.scope, "tenant": portal.tenant, "default": portal.default}
            for portal in call.portals
        ]
    }


async def _browse(call: ToolCall) -> JSON:
    place = call.at
    _require_administration(place)
    account = await place.run(lambda session: session.whoami())
    return {"portal": place.portal, "tenant": account.tenant}


def _require_administration(place: Place) -> None:
    if place.scope != "admin":
        raise InvalidArgument(
            f"Portal '{place.portal}' is one Team Portal, '{place.tenant}'; there is nothing to browse to. "
            "Call the other tools on it without a tenant."
        )


WHO_AM_I = ToolSpec(
    name=f"{PREFIX}who_am_i",
    toolset=Toolset.READ,
    title="Who am I on the portal",
    description=(
        "Tells which portal account does the work of your calls, its role, and the Team Portal it stands in "
        f"('{GLOBAL_TENANT}' is global administration). Use it to check access before working on files."
    ),
    input_schema=arguments({}),
    output_schema=answer(
        {
            "portal": {"type": "string"},
            "tenant": {"type": "string"},
            "account": {"type": "string"},
            "domain": NULLABLE_STRING,
            "role": {"type": "string"},
            "portal_version": NULLABLE_STRING,
        }
    ),
    run=_who_am_i,
)

LIST_PORTALS = ToolSpec(
    name=f"{PREFIX}list_portals",
    toolset=Toolset.READ,
    title="List portals",
    description=(
        "Lists the portals you may use. Pass a portal's name as 'portal' to the other tools; the default one is used "
        "when you leave it out. On a portal of type 'admin' you also choose a Team Portal with 'tenant'."
    ),
    input_schema=arguments({}, place=False),
    output_schema=answer(
        {
            "portals": {
                "type": "array",
                "items": answer(
                    {
                        "name": {"type": "string"},
                        "type": {"type": "string", "enum": ["admin", "user"]},
                        "tenant": NULLABLE_STRING,
                        "default": {"type": "boolean"},
                    }
                ),
            }
        }
    ),
    run=_list_portals,
    needs_place=False,
    open_world=False,
)

BROWSE_TEAM_PORTAL = ToolSpec(
    name=f"{PREFIX}browse_team_portal",
    toolset=Toolset.ADMIN,
    title="Check a Team Portal",
    description=(
        "Verifies that a Team Portal exists and can be worked in, and returns its portal and tenant. Nothing is "
        "remembered between calls: pass the returned 'portal' and 'tenant' to each of the following calls."
    ),
    input_schema={
        "type": "object",
        "properties": {"tenant": {**TENANT, "description": "Name of the Team Portal."}, "portal": PORTAL},
        "required": ["tenant"],
        "additionalProperties": False,
    },
    output_schema=PLACE_ANSWER,
    run=_browse,
)

BROWSE_GLOBAL_ADMIN = ToolSpec(
    name=f"{PREFIX}browse_global_admin",
    toolset=Toolset.ADMIN,
    title="Check global administration",
    description=(
        "Verifies that global administration can be worked in, and returns its portal and tenant "
        f"('{GLOBAL_TENANT}'). Nothing is remembered between calls: leave 'tenant' out to stay there."
    ),
    input_schema=arguments({"portal": PORTAL}, place=False),
    output_schema=PLACE_ANSWER,
    run=_browse,
)

TOOLS = (WHO_AM_I, LIST_PORTALS, BROWSE_TEAM_PORTAL, BROWSE_GLOBAL_ADMIN)
