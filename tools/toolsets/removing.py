"""Deleting and recovering: lists of items, of which a part may be done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tools.errors import Conflict, InvalidArgument
from tools.paths import nothing_at
from tools.portal.write_ports import Found, Step, Work
from tools.spec import DRY_RUN, JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.changing import REHEARSE, SOME_PATH, is_below, looks, refuse_root
from tools.toolsets.operations import Plan, carried_out
from tools.toolsets.outcomes import OPERATION, rehearsed
from tools.toolsets.schemas import arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PATHS: Final = 100
MOST_BYTES: Final = 16 * 1024
"""Of all paths of a list together, so that a handle stays short enough to be passed on."""
DELETE_NAME, RECOVER_NAME = f"{PREFIX}delete_items", f"{PREFIX}recover_items"


def listed(tool: str, wanted: Mapping[str, Any]) -> Plan:
    """The plan for a list of paths, each once; raises `InvalidArgument` for lists that make no sense."""
    paths = list(dict.fromkeys(wanted["paths"]))
    if sum(len(path.encode()) for path in paths) > MOST_BYTES:
        raise InvalidArgument(f"Argument 'paths': all together are longer than {MOST_BYTES} bytes. Make several calls.")
    for path in paths:
        refuse_root("paths", path)
        above = next((other for other in paths if is_below(path, other)), None)
        if above is not None:
            raise InvalidArgument(f"Argument 'paths': '{path}' lies in '{above}', which is listed too. Leave one out.")
    work = Work.DELETE if tool == DELETE_NAME else Work.RECOVER
    return Plan(tool, work.value, work, tuple(map(Step, paths)), {"paths": paths})


def without(plan: Plan, left_out: Mapping[str, str]) -> Plan:
    """The plan less some of its paths."""
    steps = tuple(step for step in plan.steps if step.source not in left_out)
    return replace(plan, steps=steps, left_out=dict(left_out))


async def _delete(call: ToolCall) -> JSON:
    plan = listed(DELETE_NAME, call.arguments)
    found = await looks(call.at, (step.source for step in plan.steps))
    absent = {step.source: "absent" for step, one in zip(plan.steps, found, strict=True) if one is None}
    plan = without(plan, absent)
    if not plan.steps:
        raise nothing_at(next(iter(absent)))
    if call.arguments[DRY_RUN]:
        return await rehearsed(call, plan, [one for one in found if one is not None])
    return await carried_out(call, plan)


async def _recover(call: ToolCall) -> JSON:
    """What is surely deleted comes first: the portal ends at the first item that it cannot recover."""
    plan = listed(RECOVER_NAME, call.arguments)
    found = dict(
        zip(
            (step.source for step in plan.steps),
            await looks(call.at, (step.source for step in plan.steps), deleted=True),
            strict=True,
        )
    )
    living = {path: "in_the_way" for path, one in found.items() if one is not None and not one.deleted}
    plan = without(plan, living)
    if not plan.steps:
        raise Conflict(f"There is an item at '{next(iter(living))}', so nothing of that name can be recovered to it.")
    plan = replace(plan, steps=tuple(sorted(plan.steps, key=lambda step: found[step.source] is None)))
    if call.arguments[DRY_RUN]:
        return await _rehearsed(call, plan, found)
    return await carried_out(call, plan)


async def _rehearsed(call: ToolCall, plan: Plan, found: Mapping[str, Found | None]) -> JSON:
    """What is in a deleted folder cannot be counted, as it is in no listing until it is recovered."""
    told = await rehearsed(call, plan, [_flat(found[step.source]) for step in plan.steps])
    for each, step in zip(told["items"], plan.steps, strict=False):
        one = found[step.source]
        if one is not None and one.is_dir:
            each |= {"type": "folder", "size": None, "counted_all": False}
    return told


def _flat(found: Found | None) -> Found | None:
    return None if found is None else replace(found, is_dir=False)


def _list_of(what: str) -> JSON:
    paths = {
        "type": "array",
        "items": SOME_PATH,
        "minItems": 1,
        "maxItems": MOST_PATHS,
        "description": f"The files and folders to {what}, by their paths; at most {MOST_PATHS}.",
    }
    return arguments({"paths": paths, **REHEARSE}, required=("paths",))


DELETE_ITEMS = ToolSpec(
    name=DELETE_NAME,
    toolset=Toolset.WRITE,
    title="Delete files and folders",
    description=(
        "Deletes files, and folders with all that is in them. The portal keeps deleted items for a while; "
        "ctera_portal_recover_items brings them back from the same paths. Use dry_run=true first when you are not sure "
        "what a folder holds. Each item is told with its outcome: state 'partly_completed' means that some are not "
        "deleted; 'running' that the portal needs longer, and the handle goes to ctera_portal_get_operation. On "
        "outcome_unknown look first, do not repeat."
    ),
    input_schema=_list_of("delete"),
    output_schema=OPERATION,
    run=_delete,
    paths=(PathArgument("paths", PathRole.SUBTREE, many=True),),
    read_only=False,
    destructive=True,
)

RECOVER_ITEMS = ToolSpec(
    name=RECOVER_NAME,
    toolset=Toolset.WRITE,
    title="Recover deleted files and folders",
    description=(
        "Brings deleted files and folders back to the paths they had. ctera_portal_list_dir with include_deleted=true "
        "shows what can be recovered. An item whose name is in use again is told as 'in_the_way': rename the other one "
        "first. Each item is told with its outcome; state 'running' means that the portal needs longer, and the handle "
        "goes to ctera_portal_get_operation. With dry_run=true nothing is changed."
    ),
    input_schema=_list_of("recover"),
    output_schema=OPERATION,
    run=_recover,
    paths=(PathArgument("paths", PathRole.SUBTREE, many=True),),
    read_only=False,
)

TOOLS = (DELETE_ITEMS, RECOVER_ITEMS)
PLANS = {DELETE_NAME: listed, RECOVER_NAME: listed}
