"""Looking at folders: listings that show only what the caller may see."""

from __future__ import annotations

from tools.portal.ports import Item
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.paging import Batch, begin, seal, visible
from tools.toolsets.schemas import CURSOR, LIMIT, NULLABLE_STRING, PATH, answer, arguments

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
    listing = {"path": path, "deleted": deleted}

    async def read(offset: int, limit: int) -> Batch[Item]:
        page = await place.run(
            lambda session: session.list_page(path, include_deleted=deleted, offset=offset, limit=limit)
        )
        return Batch(page.items, page.has_more)

    items, following = await visible(
        read, lambda item: place.shows(item.path), offset=begin(call, listing), limit=wanted["limit"]
    )
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "path": path,
        "entries": [entry(item) for item in items],
        "next_cursor": seal(call, listing, following),
    }


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
