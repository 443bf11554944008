"""Looking at one file or folder: what it is, its earlier states, its address for people, with whom it is shared."""

from __future__ import annotations

from typing import Final

from tools.errors import NotFound
from tools.portal.reading_ports import Version
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.files import ENTRY, entry
from tools.toolsets.paging import begin, seal
from tools.toolsets.schemas import CURSOR, LIMIT, NULLABLE_STRING, PATH, answer, arguments

PLACED: Final[JSON] = {"portal": {"type": "string"}, "tenant": {"type": "string"}, "path": {"type": "string"}}
AT_A_PATH: Final = (PathArgument("path", PathRole.SOURCE),)


def _placed(call: ToolCall) -> JSON:
    return {"portal": call.at.portal, "tenant": call.at.tenant, "path": call.arguments["path"]}


async def _get_info(call: ToolCall) -> JSON:
    path = call.arguments["path"]
    found = await call.at.run(lambda session: session.details(path))
    described = entry(found.item)
    return {
        "portal": call.at.portal,
        "tenant": call.at.tenant,
        **described,
        "permission": found.permission,
        "owner": found.owner,
        "cloud_folder": found.cloud_folder,
    }


async def _list_versions(call: ToolCall) -> JSON:
    path, limit = call.arguments["path"], call.arguments["limit"]
    found = await call.at.run(lambda session: session.details(path))
    states = await call.at.run(lambda session: session.versions(path))
    first = begin(call, {"path": path})
    following = first + limit if first + limit < len(states) else None
    return {
        **_placed(call),
        "versions": [
            {
                "version": None if found.item.is_dir else _handle(call, path, state),
                "current": state.current,
                "since": state.since,
                "until": state.until,
            }
            for state in states[first : first + limit]
        ],
        "next_cursor": seal(call, {"path": path}, following),
    }


def _handle(call: ToolCall, path: str, state: Version) -> str:
    """A name for a state that reveals no address and works for this caller, here, on this path."""
    return call.handles.seal({"path": path, "address": state.address, "since": state.since})


async def _get_permalink(call: ToolCall) -> JSON:
    path = call.arguments["path"]
    found = await call.at.run(lambda session: session.details(path))
    if not found.permalink:
        raise NotFound(f"The portal gives '{path}' no permalink: it is above all cloud folders. Ask for what is in it.")
    return {**_placed(call), "permalink": found.permalink}


async def _get_share_info(call: ToolCall) -> JSON:
    path = call.arguments["path"]
    found = await call.at.run(lambda session: session.shares(path))
    return {
        **_placed(call),
        "recipients": [
            {"name": each.name, "type": each.kind, "access": each.access, "expires": each.expires}
            for each in found.recipients
        ],
        "team_project": found.team_project,
        "allow_reshare": found.allow_reshare,
        "should_sync": found.should_sync,
    }


GET_INFO = ToolSpec(
    name=f"{PREFIX}get_info",
    toolset=Toolset.READ,
    title="Describe a file or folder",
    description=(
        "Tells what is at a path: file or folder, size in bytes, time of the last change, the account's permission, "
        "the owner and the cloud folder. Use it to check that something exists before working on it. not_found means "
        "that nothing is there: list the parent folder."
    ),
    input_schema=arguments({"path": PATH}, required=("path",)),
    output_schema=answer(
        {
            "portal": {"type": "string"},
            "tenant": {"type": "string"},
            **ENTRY["properties"],
            "permission": {**NULLABLE_STRING, "description": "of the account, such as ReadWrite or ReadOnly"},
            "owner": NULLABLE_STRING,
            "cloud_folder": NULLABLE_STRING,
        }
    ),
    run=_get_info,
    paths=AT_A_PATH,
)

LIST_VERSIONS = ToolSpec(
    name=f"{PREFIX}list_versions",
    toolset=Toolset.READ,
    title="List versions",
    description=(
        "Lists the states of a file that the portal keeps, with the times between which each was current. Pass a "
        "'version' to ctera_portal_read_file together with the same path to read that state; it works for a day. "
        "Folders have times but no 'version': ask about a file in them."
    ),
    input_schema=arguments({"path": PATH, "limit": LIMIT, "cursor": CURSOR}, required=("path",)),
    output_schema=answer(
        {
            **PLACED,
            "versions": {
                "type": "array",
                "items": answer(
                    {
                        "version": {**NULLABLE_STRING, "description": "pass it to ctera_portal_read_file"},
                        "current": {"type": "boolean"},
                        "since": NULLABLE_STRING,
                        "until": NULLABLE_STRING,
                    }
                ),
            },
            "next_cursor": NULLABLE_STRING,
        }
    ),
    run=_list_versions,
    paths=AT_A_PATH,
)

GET_PERMALINK = ToolSpec(
    name=f"{PREFIX}get_permalink",
    toolset=Toolset.READ,
    title="Get a permalink",
    description=(
        "Gives the address at which people who may see a file or folder open it in the portal; it stays the same when "
        "the item moves. It opens nothing to anybody else: a link that works without an account is a public link."
    ),
    input_schema=arguments({"path": PATH}, required=("path",)),
    output_schema=answer({**PLACED, "permalink": {"type": "string"}}),
    run=_get_permalink,
    paths=AT_A_PATH,
)

GET_SHARE_INFO = ToolSpec(
    name=f"{PREFIX}get_share_info",
    toolset=Toolset.READ,
    title="Tell with whom something is shared",
    description=(
        "Lists the people and groups to whom a file or folder is shown, with their access and until when. An empty "
        "list means that it is not shared."
    ),
    input_schema=arguments({"path": PATH}, required=("path",)),
    output_schema=answer(
        {
            **PLACED,
            "recipients": {
                "type": "array",
                "items": answer(
                    {
                        "name": NULLABLE_STRING,
                        "type": NULLABLE_STRING,
                        "access": NULLABLE_STRING,
                        "expires": NULLABLE_STRING,
                    }
                ),
            },
            "team_project": {"type": "boolean"},
            "allow_reshare": {"type": "boolean"},
            "should_sync": {"type": "boolean"},
        }
    ),
    run=_get_share_info,
    paths=AT_A_PATH,
)

TOOLS = (GET_INFO, LIST_VERSIONS, GET_PERMALINK, GET_SHARE_INFO)
