"""Going through a whole tree, an answer at a time, in bounded memory: folders first seen, first entered.

A position is the way down to where the walk stands: per folder its name and how many of its entries are behind. So a
cursor is bounded by the depth, and nothing is kept between calls. What appears or vanishes before the position shifts
the entries after it, in that one folder: the portal pages by number, and so do we.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tools.errors import ErrorCode, InvalidArgument, ToolError
from tools.portal.ports import Item
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.files import ENTRY, entry
from tools.toolsets.schemas import CURSOR, NULLABLE_STRING, PATH, answer, arguments

MOST_DEPTH: Final = 64
"""Levels below the walk's root; what is deeper is told as skipped."""
MOST_PAGES: Final = 100
"""Portal pages read for one answer."""
MOST_SECONDS: Final = 20.0
"""After which an answer is given with what was found."""
PAGE: Final = 100
"""Entries of a page; at most one page of each level is in memory."""
PASSED_OVER: Final = frozenset({ErrorCode.NOT_FOUND, ErrorCode.PORTAL_DENIED, ErrorCode.INVALID_ARGUMENT})
"""Failures of one folder that do not end a walk: it vanished, it is closed to the account, it became a file."""
OTHER_WALK: Final = (
    "Argument 'cursor' belongs to another walk. Repeat the call that gave it, with the same path and include_deleted, "
    "or leave the cursor out to start again."
)


@dataclass(slots=True)
class Level:
    """One folder on the way down; `behind` counts its entries that are dealt with, `ahead` are those already read."""

    path: str
    behind: int = 0
    ahead: deque[Item] = field(default_factory=deque)
    ended: bool = False


class Walk:
    """One answer of a walk. `stack` is the way down, empty at the end; it grows and shrinks as folders are entered."""

    def __init__(self, call: ToolCall, stack: list[Level]) -> None:
        self.stack = stack
        self.entries: list[JSON] = []
        self.skipped: list[JSON] = []
        self._call = call
        self._root = call.arguments["path"]
        self._pages = MOST_PAGES
        self._deadline = time.monotonic() + MOST_SECONDS

    async def go(self, limit: int) -> None:
        """Go on until `limit` entries are found and a further one is in sight, or a bound is reached."""
        while self.stack:
            level = self.stack[-1]
            if not level.ahead and not level.ended:
                if not self._pages or time.monotonic() > self._deadline:
                    return
                await self._read(level)
                continue
            if not level.ahead:
                self.stack.pop()
            elif not self._call.at.shows(level.ahead[0].path):
                self._pass(level)
            elif len(self.entries) == limit:
                return
            else:
                self._take(self._pass(level))

    @staticmethod
    def _pass(level: Level) -> Item:
        level.behind += 1
        return level.ahead.popleft()

    def _take(self, item: Item) -> None:
        self.entries.append(entry(item))
        if not item.is_dir:
            return
        if len(self.stack) > MOST_DEPTH:
            self._skip(item.path, "it is too deep; walk it by itself")
        else:
            self.stack.append(Level(item.path))

    async def _read(self, level: Level) -> None:
        """Read the next page of a folder, or leave the folder out where the portal cannot show it."""
        self._pages -= 1
        deleted = self._call.arguments["include_deleted"]
        try:
            page = await self._call.at.run(
                lambda session: session.list_page(level.path, include_deleted=deleted, offset=level.behind, limit=PAGE)
            )
        except ToolError as failure:
            if level.path == self._root or failure.code not in PASSED_OVER:
                raise
            self._skip(level.path, failure.message)
            level.ended = True
            return
        level.ahead.extend(page.items)
        level.ended = not page.has_more or not page.items

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append({"path": path, "reason": reason})


async def _walk_tree(call: ToolCall) -> JSON:
    walk = Walk(call, list(_resumed(call)))
    await walk.go(call.arguments["limit"])
    return {
        "portal": call.at.portal,
        "tenant": call.at.tenant,
        "path": call.arguments["path"],
        "entries": walk.entries,
        "skipped": walk.skipped,
        "next_cursor": _sealed(call, walk.stack) if walk.stack else None,
    }


def _sealed(call: ToolCall, stack: list[Level]) -> str:
    """The way down as names, each once: the path of a folder holds those of all above it."""
    names = [level.path.rpartition("/")[2] for level in stack[1:]]
    positions = [level.behind for level in stack]
    return call.cursors.seal({**_walk_of(call), "names": names, "behind": positions})


def _walk_of(call: ToolCall) -> JSON:
    return {"path": call.arguments["path"], "deleted": call.arguments["include_deleted"]}


def _resumed(call: ToolCall) -> Iterator[Level]:
    """The way down to where a cursor stands, as far as policy still lets the caller go it."""
    path = call.arguments["path"]
    if "cursor" not in call.arguments:
        yield Level(path)
        return
    state = call.cursors.open(call.arguments["cursor"])
    if any(state.get(name) != value for name, value in _walk_of(call).items()):
        raise InvalidArgument(OTHER_WALK)
    for name, behind in zip(["", *state["names"]], state["behind"], strict=True):
        path = f"{path.rstrip('/')}/{name}" if name else path
        if name and not call.at.shows(path):
            return
        yield Level(path, int(behind))


WALK_TREE = ToolSpec(
    name=f"{PREFIX}walk_tree",
    toolset=Toolset.READ,
    title="Walk a folder tree",
    description=(
        "Lists everything below a folder, at all depths, each folder followed by what is in it, some hundred entries "
        "at a time. When next_cursor is not null, call again with the same arguments and it, even if entries is empty. "
        "Prefer ctera_portal_list_dir for one folder and ctera_portal_search_files to find something. 'skipped' names "
        "folders that could not be entered, and why. What policy closes for you is neither shown nor entered."
    ),
    input_schema=arguments(
        {
            "path": {**PATH, "description": "Folder below which to walk."},
            "include_deleted": {
                "type": "boolean",
                "default": False,
                "description": "Also show deleted items that can be recovered.",
            },
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 1000,
                "default": 200,
                "description": "Most entries in one answer.",
            },
            "cursor": CURSOR,
        },
        required=("path",),
    ),
    output_schema=answer(
        {
            "portal": {"type": "string"},
            "tenant": {"type": "string"},
            "path": {"type": "string"},
            "entries": {"type": "array", "items": ENTRY},
            "skipped": {"type": "array", "items": answer({"path": {"type": "string"}, "reason": {"type": "string"}})},
            "next_cursor": NULLABLE_STRING,
        }
    ),
    run=_walk_tree,
    paths=(PathArgument("path", PathRole.SOURCE),),
)

TOOLS = (WALK_TREE,)
