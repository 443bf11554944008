"""Pages of rows of which a caller may see only some: what is left out shows neither in a count nor in a cursor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tools.errors import InvalidArgument
from tools.spec import JSON, ToolCall

Row = TypeVar("Row")
MOST_PAGES = 50
"""Portal pages read for one answer while rows are left out by policy; then a cursor hands the rest on."""
PAGE = 200
"""Rows of a page that is read because those before it were left out."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[Row]):
    """What the portal gave for one question; `has_more` is its word that rows follow."""

    rows: tuple[Row, ...]
    has_more: bool


async def visible(
    read: Callable[[int, int], Awaitable[Batch[Row]]], shown: Callable[[Row], bool], *, offset: int, limit: int
) -> tuple[list[Row], int | None]:
    """Up to `limit` rows that are shown, and the position of the next such row; None if there is none.

    `read` takes a position and how many. A following position means that a further row can be seen, never that there
    is one: reading goes on past what is left out.
    """
    rows: list[Row] = []
    size = limit + 1
    for _ in range(MOST_PAGES):
        batch = await read(offset, min(size, PAGE))
        for position, row in enumerate(batch.rows, offset):
            if not shown(row):
                continue
            if len(rows) == limit:
                return rows, position
            rows.append(row)
        offset += len(batch.rows)
        if not batch.has_more or not batch.rows:
            return rows, None
        size = PAGE
    return rows, offset


def begin(call: ToolCall, listing: JSON) -> int:
    """Where the call's cursor says to go on, 0 without one; `listing` is what must be the same as when it was made."""
    if "cursor" not in call.arguments:
        return 0
    state = call.cursors.open(call.arguments["cursor"])
    if any(state.get(name) != value for name, value in listing.items()):
        raise InvalidArgument(
            "Argument 'cursor' belongs to another listing. Repeat the call that gave it, with the same arguments, or "
            "leave the cursor out to start again."
        )
    return int(state["offset"])


def seal(call: ToolCall, listing: JSON, following: int | None) -> str | None:
    """The cursor for a following position, or None."""
    return None if following is None else call.cursors.seal({"offset": following, **listing})
