"""Copying, moving and renaming: one item to one place, never over a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.errors import InvalidArgument
from tools.paths import nothing_at, parent_of
from tools.portal.write_ports import Step, Work
from tools.spec import DRY_RUN, JSON, PREFIX, DerivedPath, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.changing import (
    OVERWRITE,
    REHEARSE,
    SOME_PATH,
    existing_folder,
    is_another,
    is_below,
    look,
    name_of,
    refuse_conflict,
    refuse_name,
    refuse_root,
)
from tools.toolsets.operations import Plan, carried_out
from tools.toolsets.outcomes import OPERATION, arrives, rehearsed
from tools.toolsets.schemas import PATH, arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

COPY_NAME, MOVE_NAME, RENAME_NAME = (f"{PREFIX}{name}" for name in ("copy_item", "move_item", "rename_item"))


def transfer(tool: str, wanted: Mapping[str, Any]) -> Plan:
    """The plan of a copy or move; raises `InvalidArgument` for places that cannot go together."""
    source, destination = wanted["source"], wanted["destination"]
    word = "copy" if tool == COPY_NAME else "move"
    refuse_root("source", source)
    if destination == source or is_below(destination, source):
        raise InvalidArgument(f"Argument 'destination' lies in what you {word}, '{source}'. Name another folder.")
    target = arrives(source, destination)
    if target == source:
        raise InvalidArgument(f"Argument 'destination' is the folder that '{source}' is in. Name another folder.")
    places = {"source": source, "destination": destination}
    return Plan(tool, word, Work(word), (Step(source, target),), places, replaces=wanted.get("overwrite") is True)


def renaming(tool: str, wanted: Mapping[str, Any]) -> Plan:
    """The plan of a rename; raises `InvalidArgument` for a name that is none or the same."""
    path, name = wanted["path"], wanted["new_name"]
    refuse_root("path", path)
    refuse_name("new_name", name)
    if name_of(path) == name:
        raise InvalidArgument(f"Argument 'new_name': '{path}' has this name already.")
    target = f"{parent_of(path).rstrip('/')}/{name}"
    return Plan(tool, "rename", Work.MOVE, (Step(path, target),), {"path": path, "new_name": name})


async def _copy(call: ToolCall) -> JSON:
    return await _done(call, transfer(COPY_NAME, call.arguments))


async def _move(call: ToolCall) -> JSON:
    return await _done(call, transfer(MOVE_NAME, call.arguments))


async def _rename(call: ToolCall) -> JSON:
    return await _done(call, renaming(RENAME_NAME, call.arguments))


async def _done(call: ToolCall, plan: Plan) -> JSON:
    return await (_rehearsed(call, plan) if call.arguments[DRY_RUN] else carried_out(call, plan))


async def _rehearsed(call: ToolCall, plan: Plan) -> JSON:
    """Raises what the portal would end the work with, as far as it can be foreseen."""
    step = plan.steps[0]
    target = step.target or step.source
    found = await look(call.at, step.source)
    if found is None:
        raise nothing_at(step.source)
    if plan.word != "rename":
        await existing_folder(call.at, "destination", parent_of(target))
    there = await look(call.at, target)
    replaced = there if is_another(there, found) else None
    refuse_conflict(replaced, target, overwrite=plan.replaces)
    told = await rehearsed(call, plan, [found])
    if replaced is not None:
        told["message"] += f" The file at '{target}' ({replaced.size or 0} bytes) would be replaced."
    return told


ARRIVAL = (DerivedPath(PathRole.ARRIVAL, "destination", "source"),)
HOW_IT_ENDS = (
    " Waits a while; if the portal needs longer, state is 'running' and the handle goes to ctera_portal_get_operation. "
    "On conflict choose another name or place; on outcome_unknown look first, do not repeat. With dry_run=true nothing "
    "is changed and you are told what would be."
)


def _placing(word: str, source: str) -> JSON:
    return arguments(
        {
            "source": {**SOME_PATH, "description": f"{source} {PATH['description']}"},
            "destination": {
                **SOME_PATH,
                "description": f"The existing folder to {word} it into. {PATH['description']}",
            },
            **OVERWRITE,
            **REHEARSE,
        },
        required=("source", "destination"),
    )


COPY_ITEM = ToolSpec(
    name=COPY_NAME,
    toolset=Toolset.WRITE,
    title="Copy a file or folder",
    description=(
        "Copies a file, or a folder with all that is in it, into another folder under its own name. Pass the folder as "
        "destination, not the new path." + HOW_IT_ENDS
    ),
    input_schema=_placing("copy", "The file or folder to copy."),
    output_schema=OPERATION,
    run=_copy,
    paths=(PathArgument("source", PathRole.SUBTREE), PathArgument("destination", PathRole.PARENT)),
    derived=ARRIVAL,
    read_only=False,
    destructive=True,
    idempotent=False,
)

MOVE_ITEM = ToolSpec(
    name=MOVE_NAME,
    toolset=Toolset.WRITE,
    title="Move a file or folder",
    description=(
        "Moves a file, or a folder with all that is in it, into another folder under its own name; it is gone from "
        "where it was. Pass the folder as destination, not the new path; for another name use "
        "ctera_portal_rename_item." + HOW_IT_ENDS
    ),
    input_schema=_placing("move", "The file or folder to move."),
    output_schema=OPERATION,
    run=_move,
    paths=(PathArgument("source", PathRole.SUBTREE), PathArgument("destination", PathRole.PARENT)),
    derived=ARRIVAL,
    read_only=False,
    destructive=True,
    idempotent=False,
)

RENAME_ITEM = ToolSpec(
    name=RENAME_NAME,
    toolset=Toolset.WRITE,
    title="Rename a file or folder",
    description=(
        "Gives a file or folder another name in the folder where it is. Pass only the new name; to put it elsewhere "
        "use ctera_portal_move_item. Nothing is ever replaced." + HOW_IT_ENDS
    ),
    input_schema=arguments(
        {
            "path": SOME_PATH,
            "new_name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "description": 'The new name alone, without any of \\ / : ? & < > " |',
            },
            **REHEARSE,
        },
        required=("path", "new_name"),
    ),
    output_schema=OPERATION,
    run=_rename,
    paths=(PathArgument("path", PathRole.SUBTREE),),
    derived=(DerivedPath(PathRole.ARRIVAL, "path", "new_name", beside=True),),
    read_only=False,
    destructive=True,
    idempotent=False,
)

TOOLS = (COPY_ITEM, MOVE_ITEM, RENAME_ITEM)
PLANS = {COPY_NAME: transfer, MOVE_NAME: transfer, RENAME_NAME: renaming}
