"""What tools that change things share: rules for names, looking before, counting what would be touched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from tools.errors import Conflict, InvalidArgument, NotFound, OutcomeUnknown, ToolError
from tools.paths import parent_of
from tools.spec import DRY_RUN
from tools.toolsets.schemas import PATH

if TYPE_CHECKING:
    from tools.portal.ports import Page, PortalSession
    from tools.portal.write_ports import Found
    from tools.spec import JSON, Place

T = TypeVar("T")
FORBIDDEN: Final = '\\/:?&<>"|'
"""Characters that the portal's own programs refuse in names."""
MOST_AT_ONCE: Final = 8
"""Looks of one call that run at the same time."""
COUNTED_PAGES: Final = 20
PAGE: Final = 200

SOME_PATH: JSON = {**PATH, "minLength": 1}
"""A path that is said: nothing never means the root where things are changed."""
REHEARSE: JSON = {
    DRY_RUN: {
        "type": "boolean",
        "default": False,
        "description": "true: only tell what would happen and change nothing.",
    }
}
OVERWRITE: JSON = {
    "overwrite": {
        "type": "boolean",
        "default": False,
        "description": "true: replace a file of the same name (never a folder). false: then the call fails.",
    }
}


def name_of(path: str) -> str:
    """The last name of a canonical path; empty for the root."""
    return path.rpartition("/")[2]


def is_below(path: str, folder: str) -> bool:
    """Whether `path` lies in `folder`, at any depth."""
    return path != folder and path.startswith(f"{folder.rstrip('/')}/")


def refuse_name(argument: str, name: str) -> None:
    """Raise `InvalidArgument` for a name that new items cannot have."""
    found = next((character for character in name if character in FORBIDDEN), None)
    if found is not None:
        allowed = " ".join(FORBIDDEN)
        raise InvalidArgument(
            f"Argument '{argument}': the name holds '{found}'. Choose one without any of these: {allowed}"
        )


def refuse_root(argument: str, path: str) -> None:
    """Raise `InvalidArgument` for the root, which can be neither made nor changed."""
    if path == "/":
        raise InvalidArgument(f"Argument '{argument}' is the root. Name what is in it.")


async def change(place: Place, operation: Callable[[PortalSession], Awaitable[T]], find_out: str) -> T:
    """Make a change; when nobody knows whether it was made, `find_out` tells how to see. Raises `ToolError`."""
    try:
        return await place.run(operation)
    except OutcomeUnknown as unknown:
        raise OutcomeUnknown(f"{unknown.message} {find_out}") from None


def seen_in_its_folder(path: str) -> str:
    """How to find out whether something was made at `path`."""
    return f"List '{parent_of(path)}' with ctera_portal_list_dir: if it happened, '{name_of(path)}' is there."


async def look(place: Place, path: str, *, deleted: bool = False) -> Found | None:
    """What is at one path; raises `ToolError`."""
    return await place.look(lambda session: session.look(path, deleted=deleted))


async def looks(place: Place, paths: Iterable[str], *, deleted: bool = False) -> list[Found | None]:
    """What is at each path, in order; raises `ToolError`."""
    gate = asyncio.Semaphore(MOST_AT_ONCE)

    async def one(path: str) -> Found | None:
        async with gate:
            return await look(place, path, deleted=deleted)

    asked = [asyncio.ensure_future(one(path)) for path in paths]
    try:
        return await asyncio.gather(*asked)
    finally:
        for each in asked:
            each.cancel()  # after a failure, which ends the call, nothing more is asked for it


async def existing_folder(place: Place, argument: str, path: str) -> Found:
    """The folder at `path`; raises `NotFound`, or `InvalidArgument` when it is a file."""
    found = await look(place, path)
    if found is None:
        raise NotFound(f"There is no folder '{path}'. Make it first with ctera_portal_makedirs.")
    if not found.is_dir:
        raise InvalidArgument(f"Argument '{argument}': '{path}' is a file, not a folder.")
    return found


def is_another(there: Found | None, source: Found | None) -> bool:
    """Whether what is at a new name is another item than the one that gets it (a portal may not tell `a` from `A`)."""
    return there is not None and (source is None or there.id is None or there.id != source.id)


def refuse_conflict(there: Found | None, path: str, *, overwrite: bool) -> None:
    """Raise `Conflict` when something is at `path` that may not be replaced."""
    if there is None:
        return
    if there.is_dir:
        raise Conflict(f"A folder is already at '{path}', and folders are never replaced. Choose another name.")
    if not overwrite:
        raise Conflict(f"A file is already at '{path}'. Choose another name, or pass overwrite=true to replace it.")


async def room_for(place: Place, argument: str, path: str, *, overwrite: bool) -> tuple[Found | None, str]:
    """What a file stored at `path` would replace, and the number of its cloud folder; raises `ToolError`."""
    parent = await existing_folder(place, argument, parent_of(path))
    there = await look(place, path)
    refuse_conflict(there, path, overwrite=overwrite)
    if parent.folder is None:
        raise NotFound(f"'{parent.path}' holds no files, only folders of the portal. Name a folder inside one of them.")
    return there, parent.folder


@dataclass(slots=True)
class Count:
    """Counts what lies in folders; `pages` is how many pages may still be read for it."""

    pages: int = COUNTED_PAGES

    async def of(self, place: Place, folder: str) -> tuple[int, int, bool]:
        """Entries below `folder`, their bytes, and whether these are all."""
        entries = size = 0
        ahead = [(folder, 0)]
        while ahead:
            at, offset = ahead.pop()
            page = await self._page(place, at, offset)
            if page is None:
                return entries, size, False
            entries += len(page.items)
            size += sum(item.size or 0 for item in page.items)
            if page.has_more and page.items:
                ahead.append((at, offset + len(page.items)))
            ahead += [(item.path, 0) for item in page.items if item.is_dir]
        return entries, size, True

    async def _page(self, place: Place, folder: str, offset: int) -> Page | None:
        """None where no more may be read, or the account sees nothing: what is there is there all the same."""
        if self.pages <= 0:
            return None
        self.pages -= 1
        try:
            return await place.look(
                lambda session: session.list_page(folder, include_deleted=False, offset=offset, limit=PAGE)
            )
        except ToolError:
            return None
