"""What writing tools may ask of a portal: the protocol that `tools.portal.writes` fulfils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """What is at a path: `size` in bytes, None for folders; `folder` is the portal's number of the cloud folder."""

    path: str
    is_dir: bool
    deleted: bool
    size: int | None
    id: str | None
    folder: str | None = None


class Work(StrEnum):
    """What a portal does in the background."""

    COPY = "copy"
    MOVE = "move"
    DELETE = "delete"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True)
class Step:
    """One item of background work; `target` is where it arrives, None where it stays."""

    source: str
    target: str | None = None


class Status(StrEnum):
    """How far background work is; what is not running is over."""

    RUNNING = "running"
    COMPLETED = "completed"
    WARNINGS = "completed with warnings"
    FAILED = "failed"
    STOPPED = "stopped"


class Trouble(StrEnum):
    """Why background work ended early."""

    CONFLICT = "conflict"
    ABSENT = "absent"
    NO_DESTINATION = "no destination"
    DENIED = "denied"
    BAD_NAME = "bad name"
    QUOTA = "quota"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TaskState:
    """One look at background work. Counts are the portal's own, None where it says none.

    `in_the_way` is the path of what a conflict is about, None when the portal does not say or it is a folder;
    `resume` is what the portal needs to go on from there.
    """

    status: Status
    done: int | None = None
    total: int | None = None
    bytes_done: int | None = None
    trouble: Trouble | None = None
    in_the_way: str | None = None
    resume: Any = field(default=None, repr=False, compare=False)


class WritingSession(Protocol):
    """The half of a portal session that changes things. All paths are absolute and canonical.

    Raises only `tools.errors.ToolError`s.
    """

    async def look(self, path: str, *, deleted: bool = False) -> Found | None:
        """See what is at `path`, among deleted items too if so asked; None when there is nothing."""

    async def make_folder(self, path: str) -> None:
        """Make one folder in a folder that exists."""

    async def start(self, work: Work, steps: Sequence[Step], *, replacing: TaskState | None = None) -> str:
        """Start background work, or go on from a conflict by `replacing` that file; returns what names the work."""

    async def task_state(self, reference: str) -> TaskState:
        """Look at background work."""

    async def upload(self, path: str, content: bytes, folder: str) -> None:
        """Store a file in the cloud folder of that number; one of the same name is replaced and kept as a version."""

    async def make_link(self, path: str, access: str, until: date) -> str:
        """Make a public link (`access` is RO, RW, PO or UO) and return its address."""
