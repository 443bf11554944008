"""Looking at folders: listings that show only what the caller may see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tools.errors import InvalidArgument
from tools.portal.ports import Item, Page, PortalSession
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.schemas import CURSOR, LIMIT, NULLABLE_STRING, PATH, answer, arguments

MOST_PAGES = 5
"""Portal pages read for one answer while entries are left out by policy; then a cursor hands the rest on."""

ENTRY = answer(
    {
        "name": {"type": "string"},
        "path": {"type": "string"},
        "type": {"type": "string", "enum": ["file", "folder"]},
        "size": {"type": ["integer", "null"], "description": "bytes"},
        "modified": NULLABLE_STRING,
        "deleted": {"type": "boolean"},
    }
)


def entry(item: Item) -> JSON:
    """A listed item, as tools answer it."""
    return {
        "name": item.name,
        "path": item.path,
        "type": "folder" if item.is_dir else "file",
        "size": item.size,
        "modified": item.modified,
        "deleted": item.deleted,
    }


async def _list_dir(call: ToolCall) -> JSON:
    place, wanted = call.at, call.arguments
    path, limit, deleted = wanted["path"], wanted["limit"], wanted["include_deleted"]
    offset = _offset(call, path, deleted=deleted)
    entries: list[JSON] = []
    more = True
    for _ in range(MOST_PAGES):
        page = await place.run(_reading(path, deleted=deleted, offset=offset, limit=limit - len(entries)))
        entries += [entry(item) for item in page.items if place.shows(item.path)]
        offset += len(page.items)
        more = page.has_more and bool(page.items)
        if not more or len(entries) >= limit:
            break
    cursor = call.cursors.seal({"offset": offset, "path": path, "deleted": deleted}) if more else None
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "path": path,
        "entries": entries,
        "next_cursor": cursor,
    }


def _reading(path: str, *, deleted: bool, offset: int, limit: int) -> Callable[[PortalSession], Awaitable[Page]]:
    return lambda session: session.list_page(path, include_deleted=deleted, offset=offset, limit=limit)


def _offset(call: ToolCall, path: str, *, deleted: bool) -> int:
    if "cursor" not in call.arguments:
        return 0
    state = call.cursors.open(call.arguments["cursor"])
    if state.get("path") != path or state.get("deleted") != deleted:
        raise InvalidArgument(
            "Argument 'cursor' belongs to another listing. Repeat the call that gave it, with the same path and "
            "include_deleted, or leave the cursor out to start again."
        )
    return int(state["offset"])


LIST_DIR = ToolSpec(
    name=f"{PREFIX}list_dir",
    toolset=Toolset.READ,
    title="List a folder",
    description=(
        "Lists the files and folders directly inside a folder, one page at a time. Start with path '/' to see what "
        "is there. When next_cursor is not null, call again with it for the next page. Entries that policy closes "
        "for you are not shown."
    ),
    input_schema=arguments(
        {
            "path": {**PATH, "default": "/"},
            "include_deleted": {
                "type": "boolean",
                "default": False,
                "description": "Also show deleted items that can be recovered.",
            },
            "limit": LIMIT,
            "cursor": CURSOR,
        }
    ),
    output_schema=answer(
        {
            "portal": {"type": "string"},
            "tenant": {"type": "string"},
            "path": {"type": "string"},
            "entries": {"type": "array", "items": ENTRY},
            "next_cursor": NULLABLE_STRING,
        }
    ),
    run=_list_dir,
    paths=(PathArgument("path", PathRole.SOURCE),),
)

TOOLS = (LIST_DIR,)
