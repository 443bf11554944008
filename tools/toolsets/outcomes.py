"""Words and shapes for what became of background work: item by item, as far as it can be known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tools.errors import Conflict, InvalidArgument, NotFound, PortalDenied, PortalUnavailable, ToolError
from tools.paths import nothing_at, parent_of
from tools.portal.write_ports import Found, Status, Step, TaskState, Trouble, Work
from tools.spec import JSON, Place, ToolCall
from tools.toolsets.changing import Count, look, name_of
from tools.toolsets.schemas import NULLABLE_STRING, answer

if TYPE_CHECKING:
    from tools.toolsets.operations import Plan

WORDS: Final = ("copy", "move", "rename", "delete", "recover")
OUTCOMES: Final = ("done", "would_change", "pending", "absent", "in_the_way", "not_done", "unknown")
ITEM: JSON = answer(
    {
        "path": {"type": "string"},
        "new_path": {**NULLABLE_STRING, "description": "where it is now, for copy, move and rename"},
        "outcome": {"type": "string", "enum": list(OUTCOMES)},
        "type": {"type": ["string", "null"], "enum": ["file", "folder", None]},
        "size": {"type": ["integer", "null"], "description": "bytes, of a folder all in it; of a dry run only"},
        "inside": {"type": ["integer", "null"], "description": "entries in a folder, at all depths; of a dry run only"},
        "counted_all": {"type": "boolean", "description": "false: there is more than size and inside tell"},
    }
)
OPERATION: JSON = answer(
    {
        "portal": {"type": "string"},
        "tenant": {"type": "string"},
        "operation": {"type": "string", "enum": list(WORDS)},
        "state": {
            "type": "string",
            "enum": ["completed", "partly_completed", "running", "failed", "dry_run"],
        },
        "message": {"type": "string", "description": "what happened and what to do next"},
        "items": {"type": "array", "items": ITEM},
        "processed": {"type": ["integer", "null"], "description": "items the portal has worked on, as far as it says"},
        "total": {"type": ["integer", "null"]},
        "handle": {**NULLABLE_STRING, "description": "for ctera_portal_get_operation, while state is running"},
    }
)
PAST: Final = {"copy": "Copied", "move": "Moved", "rename": "Renamed", "delete": "Deleted", "recover": "Recovered"}


def item(step: Step, outcome: str, found: Found | None = None) -> JSON:
    """One item of an answer."""
    return {
        "path": step.source,
        "new_path": step.target,
        "outcome": outcome,
        "type": None if found is None else "folder" if found.is_dir else "file",
        "size": None if found is None else found.size,
        "inside": None,
        "counted_all": True,
    }


def content(call: ToolCall, plan: Plan, state: str, message: str, items: Sequence[JSON]) -> JSON:
    """The structured content of an operation, without counts."""
    left_out = [item(Step(path), outcome) for path, outcome in plan.left_out.items()]
    return {
        "portal": call.at.portal,
        "tenant": call.at.tenant,
        "operation": plan.word,
        "state": state,
        "message": message,
        "items": [*items, *left_out],
        "processed": None,
        "total": None,
        "handle": None,
    }


def running(call: ToolCall, plan: Plan, state: TaskState, handle: str) -> JSON:
    """The work goes on; nobody need wait for it."""
    message = (
        "The portal is still at work and goes on by itself. Call ctera_portal_get_operation with this handle to see "
        "what became of it; do not repeat the call that began it."
    )
    found = content(call, plan, "running", message, [item(step, "pending") for step in plan.steps])
    return found | {"handle": handle, "processed": state.done, "total": state.total}


def done(call: ToolCall, plan: Plan, state: TaskState) -> JSON:
    """All of it was done, except for what was left out from the start."""
    message = f"{PAST[plan.word]} {_number(len(plan.steps))}."
    if plan.left_out:
        message += f" {len(plan.left_out)} of the listed could not be: see their outcome."
    where = "partly_completed" if plan.left_out else "completed"
    found = content(call, plan, where, message, [item(step, "done") for step in plan.steps])
    return found | {"processed": state.done, "total": state.total}


async def ended(call: ToolCall, plan: Plan, state: TaskState) -> tuple[JSON, ToolError | None]:
    """The work ended early: look what is done; with the error to raise when none of it is."""
    outcomes = [await _outcome(call.at, plan.work, step) for step in plan.steps]
    items = [item(step, outcome) for step, outcome in zip(plan.steps, outcomes, strict=True)]
    stopped_at = next((i for i, outcome in enumerate(outcomes) if outcome != "done"), len(plan.steps) - 1)
    error = trouble_of(plan, state, plan.steps[stopped_at])
    if "done" not in outcomes:
        found = content(call, plan, "failed", error.message, items)
        return found | {"processed": state.done, "total": state.total}, error
    count = outcomes.count("done")
    message = f"{PAST[plan.word]} {count} of {_number(len(plan.steps))}; the portal ended there. {error.message}"
    if count == len(plan.steps) and state.status is Status.WARNINGS:
        message = f"{PAST[plan.word]} {_number(count)}, with warnings: look whether all that lay inside came along."
    found = content(call, plan, "partly_completed", message, items)
    return found | {"processed": state.done, "total": state.total}, None


async def _outcome(place: Place, work: Work, step: Step) -> str:
    """Whether one item was done, by what is there now; of a copy that cannot be seen."""
    try:
        if work is Work.COPY:
            return "unknown"
        there = await look(place, step.source) is not None
        if work is Work.MOVE and not there:
            there = await look(place, step.target or step.source) is None
    except ToolError:
        return "unknown"
    return "done" if there is (work is Work.RECOVER) else "not_done"


def trouble_of(plan: Plan, state: TaskState, step: Step) -> ToolError:
    """Why the portal ended the work at an item, with what to do about it."""
    target = step.target or step.source
    if state.trouble is Trouble.CONFLICT:
        return _conflict(plan, state, target)
    if state.trouble is Trouble.ABSENT:
        return nothing_at(step.source)
    if state.trouble is Trouble.NO_DESTINATION:
        return NotFound(f"There is no folder '{parent_of(target)}'. Make it first with ctera_portal_makedirs.")
    if state.trouble is Trouble.BAD_NAME:
        return InvalidArgument(f"The portal does not take '{target}': the name is not allowed, or it lies in itself.")
    if state.trouble is Trouble.DENIED:
        return PortalDenied(f"The portal does not let the account {plan.word} '{step.source}'.")
    if state.trouble is Trouble.QUOTA:
        return PortalDenied(f"The quota for '{target}' is used up. Free space there, or ask an administrator for more.")
    return PortalUnavailable(
        f"The portal ended the operation at '{step.source}' without completing it. A part of it may be done: look "
        "before trying again."
    )


def _conflict(plan: Plan, state: TaskState, target: str) -> Conflict:
    if plan.work is Work.RECOVER:
        return Conflict(f"An item of this name is at '{target}' again. Rename it, then recover.")
    if plan.word != "rename" and not plan.replaces and state.in_the_way == target:
        return Conflict(f"A file is already at '{target}'. Pass overwrite=true to replace it, or choose another place.")
    return Conflict(f"There is already an item at '{target}', which is not replaced. Choose another place or name.")


async def rehearsed(call: ToolCall, plan: Plan, found: Sequence[Found | None]) -> JSON:
    """What the work would touch: its items with what lies inside, counted within bounds."""
    count, items = Count(), []
    for step, one in zip(plan.steps, found, strict=True):
        told = item(step, "would_change" if one is not None else "absent", one)
        if one is not None and one.is_dir:
            entries, size, whole = await count.of(call.at, step.source)
            told |= {"inside": entries, "size": size, "counted_all": whole}
        items.append(told)
    touched = sum(told["outcome"] == "would_change" for told in items)
    size = sum(told["size"] or 0 for told in items)
    least = "" if all(told["counted_all"] for told in items) else "at least "
    inside = sum(told["inside"] or 0 for told in items)
    within = f" with {least}{inside} entries inside" if any(told["inside"] is not None for told in items) else ""
    message = f"Nothing was changed. This would {plan.word} {_number(touched)}{within}, {least}{size} bytes."
    return content(call, plan, "dry_run", message, items)


def _number(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def arrives(source: str, destination: str) -> str:
    """Where an item arrives in a folder."""
    return f"{destination.rstrip('/')}/{name_of(source)}"
