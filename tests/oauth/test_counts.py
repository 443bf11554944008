"""Calls of the last minute are counted exactly, per caller, in bounded memory."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.counts import MINUTE, Caller, MemoryCounts, Uncountable

ALICE = Caller("Readers", "https://issuer", "usr_alice", "cli_1")


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts(clock: Clock) -> MemoryCounts:
    return MemoryCounts(most=3, now=clock)


async def test_as_many_calls_as_allowed_are_counted_and_the_next_must_wait(counts: MemoryCounts, clock: Clock) -> None:
    assert [await counts.take(ALICE, 2), await counts.take(ALICE, 2)] == [0.0, 0.0]
    clock.now += 18
    assert await counts.take(ALICE, 2) == 42.0


async def test_after_the_told_wait_a_call_is_counted_again(counts: MemoryCounts, clock: Clock) -> None:
    await counts.take(ALICE, 1)
    clock.now += 7
    wait = await counts.take(ALICE, 1)
    clock.now += wait
    assert await counts.take(ALICE, 1) == 0.0


async def test_a_refused_call_does_not_lengthen_the_wait(counts: MemoryCounts, clock: Clock) -> None:
    await counts.take(ALICE, 1)
    for _ in range(5):
        clock.now += 10
        await counts.take(ALICE, 1)
    assert await counts.take(ALICE, 1) == 10.0


@pytest.mark.parametrize(
    "other",
    [
        Caller("Writers", "https://issuer", "usr_alice", "cli_1"),
        Caller("Readers", "https://other", "usr_alice", "cli_1"),
        Caller("Readers", "https://issuer", "usr_bob", "cli_1"),
        Caller("Readers", "https://issuer", "usr_alice", "cli_2"),
    ],
)
async def test_policies_issuers_subjects_and_clients_are_counted_apart(counts: MemoryCounts, other: Caller) -> None:
    await counts.take(ALICE, 1)
    assert await counts.take(other, 1) == 0.0


async def test_a_limit_that_was_lowered_counts_what_was_called_before(counts: MemoryCounts, clock: Clock) -> None:
    for _ in range(4):
        await counts.take(ALICE, 10)
        clock.now += 1
    assert await counts.take(ALICE, 2) == MINUTE - 2  # two of four must grow old, not one
    assert await counts.take(ALICE, 10) == 0.0


async def test_callers_whose_minute_is_over_are_forgotten(counts: MemoryCounts, clock: Clock) -> None:
    for number in range(3):
        await counts.take(Caller("Readers", "i", f"usr_{number}", "c"), 1)
    clock.now += MINUTE
    await counts.take(ALICE, 1)
    assert len(counts) == 1


async def test_one_caller_too_many_cannot_be_counted_and_pushes_nobody_out(counts: MemoryCounts) -> None:
    callers = [Caller("Readers", "i", f"usr_{number}", "c") for number in range(3)]
    for caller in callers:
        await counts.take(caller, 1)
    with pytest.raises(Uncountable):
        await counts.take(ALICE, 1)
    assert all([await counts.take(caller, 1) > 0 for caller in callers])


@given(st.lists(st.floats(0, 40), max_size=60), st.integers(1, 5))
def test_in_no_minute_more_calls_are_counted_than_allowed(pauses: list[float], limit: int) -> None:
    clock = Clock()
    counts = MemoryCounts(now=clock)
    counted: list[float] = []
    for pause in pauses:
        clock.now += pause
        if asyncio.run(counts.take(ALICE, limit)) == 0.0:
            counted.append(clock.now)
    for moment in counted:
        assert sum(moment <= other < moment + MINUTE for other in counted) <= limit
