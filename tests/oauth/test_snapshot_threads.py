"""A commit waits until its own worker feels it, except on the thread that would have to do the work meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop

from oauth.snapshots import Snapshots
from tools.governed import Revision, revision_moved

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


class Counted(Snapshots):
    """Reloads nothing, and counts how often it was asked to."""

    async def refresh(self) -> None:
        self.reloads += 1


async def moved(*, elsewhere: bool) -> tuple[int, float]:
    """Reloads that a commit waited for, and the seconds that it took."""
    snapshots = Counted(max_staleness=60)
    await snapshots.start()
    try:
        before, began = snapshots.reloads, time.monotonic()
        if elsewhere:
            await asyncio.to_thread(revision_moved.send, Revision)
        else:
            revision_moved.send(Revision)
        return snapshots.reloads - before, time.monotonic() - began
    finally:
        await snapshots.close()


@pytest.mark.parametrize("new_loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_commit_on_the_thread_of_the_loop_does_not_wait_for_it(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        reloads, seconds = runner.run(moved(elsewhere=False))
    assert reloads == 0
    assert seconds < 1


@pytest.mark.parametrize("new_loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_commit_on_another_thread_waits(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        reloads, seconds = runner.run(moved(elsewhere=True))
    assert reloads >= 1
    assert seconds < 1
