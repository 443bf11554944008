"""Background work: a reference at once, a status whenever asked, an outcome that a test may choose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulators.portal.faults import Faults, matches
from tests.simulators.portal.markup import Obj, iso, obj
from tests.simulators.portal.nodes import now

SERVER = "MainDB"
FIRST = 918_908
OUTCOMES = ("completed", "failed", "completed with warnings", "stopped", "running")


@dataclass(slots=True)
class Task:
    """One piece of background work and how far it is."""

    name: str
    account: str
    user_uid: int
    portal_uid: int
    number: int = 0
    status: str = "running"
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    message: str = "Running"
    error: str | None = None
    cursor: Obj | None = None
    processed: int = 0
    total: int = 0
    ahead: Iterator[None] | None = None

    @property
    def reference(self) -> str:
        """The reference that the SDK polls by."""
        return f"/servers/{SERVER}/bgTasks/{self.number}"

    def describe(self) -> Obj:
        """Every attribute that the SDK reads of a task on files."""
        done = self.status != "running"
        return obj(
            "FileManagerBgTask",
            id=self.number,
            name=self.name,
            startTime=iso(self.started),
            endTime=iso(self.ended) if self.ended else None,
            elapsedTime=0,
            status=self.status,
            percentage=100 if done else 0,
            result=None,
            progstring=self.message,
            portalUid=self.portal_uid,
            filesProcessed=self.processed,
            bytesProcessed=0,
            totalFiles=self.total,
            totalBytes=0,
            errorType=self.error,
            fileInProgress=None,
            userUid=self.user_uid,
            cursor=self.cursor,
        )


class TaskFailed(Exception):  # noqa: N818 - the portal's word for it
    """Ends a task with what the SDK looks at: an error type, a message, a cursor to go on from."""

    def __init__(self, message: str, error: str | None = None, cursor: Obj | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error = error
        self.cursor = cursor


Work = Callable[[Task], Iterator[None]]
"""Does the work; it rests after each item, so that a test may see it half done."""


class TaskList:
    """The tasks of one portal, and the outcomes that a test has arranged for the next ones."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._working: set[asyncio.Task[None]] = set()
        self.tasks: dict[int, Task] = {}
        self.arranged: list[str] = []
        self.paced = False

    def start(self, task: Task, work: Work) -> str:
        """Begin the work; it waits at the gates `task` and `task:<name>`, without one it is done at once."""
        task.number = FIRST + len(self.tasks)
        self.tasks[task.number] = task
        names = ("task", f"task:{task.name}")
        if self.paced:
            task.ahead = work(task)
        elif any(matches(gate, names) for gate in self._faults.gates):
            waiting = asyncio.get_running_loop().create_task(self._later(names, task, work))
            self._working.add(waiting)
            waiting.add_done_callback(self._working.discard)
        else:
            self._perform(task, work)
        return task.reference

    def look(self, task: Task) -> None:
        """Go one item further with paced work, whenever somebody asks how it goes."""
        if task.ahead is not None:
            _finish(task, task.ahead, most=1)
            if task.status != "running":
                task.ahead, task.ended = None, now()

    async def _later(self, names: tuple[str, ...], task: Task, work: Work) -> None:
        await self._faults.pass_gates(names)
        self._perform(task, work)

    def _perform(self, task: Task, work: Work) -> None:
        if self.arranged:
            _pretend(task, self.arranged.pop(0))
        else:
            _finish(task, work(task))
        task.ended = None if task.status == "running" else now()


def _finish(task: Task, ahead: Iterator[None], most: int | None = None) -> None:
    """Do all that is ahead, or as many items of it."""
    try:
        for number, _ in enumerate(ahead, start=1):
            if number == most:
                return
    except TaskFailed as failure:
        task.status, task.message = "failed", failure.message
        task.error, task.cursor = failure.error, failure.cursor
    else:
        task.status, task.message = "completed", "Completed"


def _pretend(task: Task, outcome: str) -> None:
    task.status, task.message = outcome, f"Arranged: {outcome}"
    task.error = "InternalError" if outcome in ("failed", "completed with warnings") else None
