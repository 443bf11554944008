"""Looking at folders: listings that show only what the caller may see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tools.errors import InvalidArgument
from tools.portal.ports import Item, Page, PortalSession
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.schemas import CURSOR, LIMIT, NULLABLE_STRING, PATH, answer, arguments

MOST_PAGES = 50
"""Portal pages read for one answer while entries are left out by policy; then a cursor hands the rest on."""
PAGE = 200
"""Entries of a page that is read because those before it were left out."""

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
    path, deleted = wanted["path"], wanted["include_deleted"]
    entries, following = await _shown(call, _offset(call, path, deleted=deleted))
    more = following is not None
    cursor = call.cursors.seal({"offset": following, "path": path, "deleted": deleted}) if more else None
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "path": path,
        "entries": entries,
        "next_cursor": cursor,
    }


async def _shown(call: ToolCall, offset: int) -> tuple[list[JSON], int | None]:
    """Up to `limit` entries that this caller may see, and the position of the next such entry; None if there is none.

    A cursor means that a further entry can be seen, never that there is one: reading goes on past what is left out.
    """
    place, wanted = call.at, call.arguments
    path, limit, deleted = wanted["path"], wanted["limit"], wanted["include_deleted"]
    entries: list[JSON] = []
    size = limit + 1
    for _ in range(MOST_PAGES):
        page = await place.run(_reading(path, deleted=deleted, offset=offset, limit=min(size, PAGE)))
        for position, item in enumerate(page.items, offset):
            if not place.shows(item.path):
                continue
            if len(entries) == limit:
                return entries, position
            entries.append(entry(item))
        offset += len(page.items)
        if not page.has_more or not page.items:
            return entries, None
        size = PAGE
    return entries, offset


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
