"""The portal's background work on the wire: what starts it, what names it, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from cterasdk.cio.core.types import ActionResourcesParam, PortalPath, SrcDstParam

from tools.portal.write_ports import Status, TaskState, Trouble

REFERENCE: Final = re.compile(r"/?(servers/[A-Za-z0-9_.-]{1,100}/bgTasks/[1-9][0-9]{0,18})")
OVER: Final = {
    "completed": Status.COMPLETED,
    "completed with warnings": Status.WARNINGS,
    "failed": Status.FAILED,
    "stopped": Status.STOPPED,
    "disabled": Status.STOPPED,
}
"""Every other word (running, waiting, retrying, stopping, a new one) means that it is not over."""
TROUBLES: Final = {
    "Conflict": Trouble.CONFLICT,
    "FileWithTheSameNameExist": Trouble.CONFLICT,
    "DestinationNotExists": Trouble.NO_DESTINATION,
    "PermissionDenied": Trouble.DENIED,
    "InvalidName": Trouble.BAD_NAME,
    "ReservedName": Trouble.BAD_NAME,
}
GONE: Final = re.compile(r"Resource, .+ , doesn't exist\.", re.DOTALL)


def task_reference(text: str) -> str:
    """What names a task; raises `ValueError` for anything else."""
    match = REFERENCE.fullmatch(text)
    if match is None:
        raise ValueError("no reference of a task")
    return match.group(1)


def task_parameter(pairs: Iterable[tuple[str, str | None]], replacing: TaskState | None) -> Any:
    """Addresses to work on; `replacing` goes on from one conflict and replaces the one file it is about.

    The objects are built here and not by the SDK's `instance()`, which hands them over in a class attribute.
    """
    parameter = ActionResourcesParam()
    for source, target in pairs:
        parameter.add(SrcDstParam(source, target))
    if replacing is not None:
        cursor = replacing.resume
        cursor.skipHandler = "Override"
        parameter.startFrom = cursor
    return parameter


def state_of(task: Any) -> TaskState:
    """What a task says; raises what the SDK's objects raise for an answer that is none."""
    status = OVER.get(str(task.status), Status.RUNNING)
    trouble = None
    if status is not Status.RUNNING and status is not Status.COMPLETED:
        trouble = _trouble(getattr(task, "errorType", None), getattr(task, "progstring", None))
    cursor = getattr(task, "cursor", None)
    return TaskState(
        status=status,
        done=_number(task, "filesProcessed"),
        total=_number(task, "totalFiles"),
        bytes_done=_number(task, "bytesProcessed"),
        trouble=trouble,
        in_the_way=_file_in_the_way(cursor) if trouble is Trouble.CONFLICT else None,
        resume=cursor,
    )


def _trouble(error: Any, message: Any) -> Trouble:
    """An error's type where there is one, else what the message says."""
    said = "" if message is None else str(message)
    for word in (str(error), said):
        if word in TROUBLES:
            return TROUBLES[word]
    if GONE.fullmatch(said):
        return Trouble.ABSENT
    return Trouble.QUOTA if "quota" in f"{error} {said}".casefold() else Trouble.OTHER


def _number(task: Any, name: str) -> int | None:
    found = getattr(task, name, None)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _file_in_the_way(cursor: Any) -> str | None:
    """The path of the file that a conflict is about, as far as the portal says so."""
    existing = getattr(cursor, "destResource", None)
    if getattr(existing, "isFolder", None) is not False:
        return None
    try:
        return "/" + str(PortalPath.from_resource(existing).relative).lstrip("/")
    except (AttributeError, TypeError, ValueError):
        return None
