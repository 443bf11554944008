"""The trail of a request is seen by all that works for it, and by nothing else."""

from __future__ import annotations

import asyncio
import contextvars

from oauth.trail import begin, concluded, in_hand


async def test_tasks_of_a_request_write_on_its_trail() -> None:
    trail = begin()
    await asyncio.create_task(_conclude())
    assert in_hand() is trail
    assert (trail.outcome, trail.reason) == ("denied", "no_policy")


async def test_two_requests_at_once_have_two_trails() -> None:
    async def served() -> str:
        request = begin().request
        await asyncio.sleep(0)
        assert in_hand().request == request
        return request

    assert len(set(await asyncio.gather(*(served() for _ in range(20))))) == 20


async def test_a_task_for_all_belongs_to_no_request() -> None:
    begin()

    async def request() -> str:
        return in_hand().request

    assert await asyncio.create_task(request(), context=contextvars.Context()) == ""


def test_outside_of_a_request_nothing_is_kept() -> None:
    def outside() -> str:
        concluded("ok", "")
        return in_hand().outcome

    assert contextvars.Context().run(outside) == ""


async def _conclude() -> None:
    concluded("denied", "no_policy")
