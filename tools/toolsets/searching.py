"""Finding files by name or content below a folder: only hits whose path is open to the caller."""

from __future__ import annotations

from tools.portal.ports import Item
from tools.portal.reading_ports import Search
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.files import ENTRY, entry
from tools.toolsets.paging import Batch, begin, seal, visible
from tools.toolsets.schemas import CURSOR, LIMIT, NULLABLE_STRING, PATH, answer, arguments


async def _search_files(call: ToolCall) -> JSON:
    place, given = call.at, call.arguments
    path = given["path"]
    wanted = Search(given["query"], given["search_in"] == "content", given.get("extension"))
    search = {"path": path, "query": wanted.text, "in": given["search_in"], "extension": wanted.extension}
    below = "/" if path == "/" else f"{path}/"

    async def read(offset: int, limit: int) -> Batch[Item]:
        page = await place.run(lambda session: session.search_page(path, wanted, offset=offset, limit=limit))
        return Batch(page.items, page.has_more)

    def shown(item: Item) -> bool:
        return item.path.startswith(below) and place.shows(item.path)

    items, following = await visible(read, shown, offset=begin(call, search), limit=given["limit"])
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "path": path,
        "entries": [entry(item) for item in items],
        "next_cursor": seal(call, search, following),
    }


SEARCH_FILES = ToolSpec(
    name=f"{PREFIX}search_files",
    toolset=Toolset.READ,
    title="Search files",
    description=(
        "Finds files and folders anywhere below a folder, by a part of their name or by words in their content, one "
        "page at a time. Searching a small folder is faster than searching '/'. When next_cursor is not null, call "
        "again with the same arguments and it. Entries that policy closes for you are not found. Nothing found is an "
        "empty list, no error."
    ),
    input_schema=arguments(
        {
            "path": {**PATH, "description": "Folder below which to search."},
            "query": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "description": "Part of the name, or words in the content; no wildcards.",
            },
            "search_in": {
                "type": "string",
                "enum": ["name", "content"],
                "default": "name",
                "description": "Whether 'query' is looked for in names or in the content of files.",
            },
            "extension": {
                "type": "string",
                "pattern": "^[^./\\\\]{1,32}$",
                "description": "Only files of this extension, without the dot, such as pdf.",
            },
            "limit": LIMIT,
            "cursor": CURSOR,
        },
        required=("path", "query"),
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
    run=_search_files,
    paths=(PathArgument("path", PathRole.SOURCE),),
)

TOOLS = (SEARCH_FILES,)
