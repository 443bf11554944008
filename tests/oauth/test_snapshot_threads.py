"""A commit waits until its own worker feels it, except on the thread that would have to do the work meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop

from oauth.snapshots import UNTAKEN, Snapshots
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


class Odd(Counted):
    """Meets what no database raises, as a row of a newer version would, and then a policy that can be read."""

    def __init__(self) -> None:
        super().__init__(max_staleness=60)
        self.mended = asyncio.Event()
        self.looked = asyncio.Event()

    async def refresh(self) -> None:
        if self.mended.is_set():
            self.looked.set()
        elif self.failures or self.reloads:
            raise KeyError("level")
        self.reloads += 1


async def test_a_policy_that_cannot_be_taken_over_is_told_and_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    snapshots = Odd()
    await snapshots.start()
    try:
        await asyncio.to_thread(revision_moved.send, Revision)  # whoever saved hears nothing of it
        async with asyncio.timeout(30):
            while not snapshots.failures:
                await asyncio.sleep(0.01)  # between two looks
        assert not snapshots.is_read
        assert UNTAKEN in caplog.text
        snapshots.mended.set()
        await asyncio.wait_for(snapshots.looked.wait(), 30)
    finally:
        await snapshots.close()


@pytest.mark.parametrize("new_loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_commit_on_the_thread_of_the_loop_does_not_wait_for_it(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        reloads, seconds = runner.run(moved(elsewhere=False))
    assert reloads == 0
    assert seconds < 1.9  # it would wait for two


@pytest.mark.parametrize("new_loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_commit_on_another_thread_waits(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        reloads, seconds = runner.run(moved(elsewhere=True))
    assert reloads >= 1
    assert seconds < 1.9  # it would wait for two
