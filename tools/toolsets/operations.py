"""Work that a portal does in the background: begun, watched for a bounded time, and gone on with by a handle."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.errors import NotFound, OutcomeUnknown, PortalDenied, ToolError
from tools.paths import parent_of
from tools.portal.write_ports import Status, Step, TaskState, Trouble, Work
from tools.spec import JSON, Operation, Place, Progress, ToolCall
from tools.toolsets.changing import change, name_of
from tools.toolsets.outcomes import done, ended, running

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.5
RUNNING: Final = TaskState(Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one call asks of a portal's background work.

    `word` is what people call it; `arguments` are those that name places; `left_out` are listed paths that are not part
    of it, each with what is the matter with it; `replaces` says whether a file in the way may be replaced.
    """

    tool: str
    word: str
    work: Work
    steps: tuple[Step, ...]
    arguments: Mapping[str, Any]
    left_out: Mapping[str, str] = field(default_factory=dict)
    replaces: bool = False


@dataclass(slots=True)
class Watch:
    """The bounded wait of one call; tells progress as it grows."""

    place: Place
    progress: Progress
    until: float
    told: float = -1.0

    @classmethod
    def begin(cls, call: ToolCall) -> Watch:
        """Start the clock."""
        until = asyncio.get_running_loop().time() + call.writing.bounds.wait_seconds
        return cls(call.at, call.writing.progress, until)

    async def over(self, reference: str) -> TaskState:
        """The state at the end of the work or of the wait; raises `ToolError` when the portal does not know the work.

        A look that fails for another reason says nothing about the work, which goes on: it is looked at again.
        """
        state, pause = RUNNING, FIRST_PAUSE
        try:
            async with asyncio.timeout_at(self.until):
                while True:
                    try:
                        state = await self.place.look(lambda session: session.task_state(reference))
                    except (NotFound, PortalDenied):
                        raise
                    except ToolError:
                        state = RUNNING
                    if state.status is not Status.RUNNING:
                        return state
                    await self._tell(state)
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, LONGEST_PAUSE)
        except TimeoutError:
            return state

    async def _tell(self, state: TaskState) -> None:
        items = float(state.done or 0)
        if items > self.told:
            self.told = items
            total = float(state.total) if state.total else None
            await self.progress(items, total, f"The portal has done {state.done or 0} items so far.")


async def carried_out(call: ToolCall, plan: Plan) -> JSON:
    """Begin the work and wait for it, within bounds; the structured content, or `ToolError` when nothing was done."""
    place, watch = call.at, Watch.begin(call)
    seen = how_to_find_out(plan)
    reference = await change(place, lambda session: session.start(plan.work, plan.steps), seen)
    state = await _watched(watch, reference, seen)
    if plan.replaces and may_replace(plan, state):
        conflict = state
        reference = await change(place, lambda session: session.start(plan.work, plan.steps, replacing=conflict), seen)
        state = await _watched(watch, reference, seen)
    if state.status is Status.RUNNING:
        arguments = dict(plan.arguments)
        sealed = Operation(plan.tool, place.portal, place.tenant, arguments, reference, dict(plan.left_out))
        return running(call, plan, state, call.writing.seal(sealed))
    if state.status is Status.COMPLETED:
        return done(call, plan, state)
    answer, error = await ended(call, plan, state)
    if error is not None:
        raise error
    return answer


async def gone_on(call: ToolCall, plan: Plan, reference: str, handle: str) -> JSON:
    """What became of work that an earlier call began; a failure is told as such and is no error of this call."""
    try:
        state = await Watch.begin(call).over(reference)
    except NotFound:
        raise NotFound(
            "The portal no longer knows this operation: it ended some time ago. List the folder to see what was done."
        ) from None
    if state.status is Status.RUNNING:
        return running(call, plan, state, handle)
    if state.status is Status.COMPLETED:
        return done(call, plan, state)
    answer, _ = await ended(call, plan, state)
    return answer


async def _watched(watch: Watch, reference: str, seen: str) -> TaskState:
    try:
        return await watch.over(reference)
    except (NotFound, PortalDenied):
        raise OutcomeUnknown(
            "The portal began the operation but does not tell what became of it. Look whether it happened before "
            f"trying again. {seen}"
        ) from None


def how_to_find_out(plan: Plan) -> str:
    """How to see what became of work that nobody told the end of; it may still be under way."""
    step = plan.steps[0]
    at = step.target or step.source
    more = "; the other items are seen in their folders" if len(plan.steps) > 1 else ""
    there = "is gone" if plan.work is Work.DELETE else "is there"
    return (
        f"List '{parent_of(at)}' with ctera_portal_list_dir: if it happened, '{name_of(at)}' {there}{more}. "
        "The portal may still be at work, so look again after a minute."
    )


def may_replace(plan: Plan, state: TaskState) -> bool:
    """Whether the work stopped at the very file that the caller said may be replaced, and at nothing else."""
    stopped = state.status is Status.FAILED and state.trouble is Trouble.CONFLICT and state.resume is not None
    return stopped and len(plan.steps) == 1 and state.in_the_way == plan.steps[0].target
