"""In Redis all workers count together; when it does not answer, nothing is counted and everything refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from oauth import redis_counts
from oauth.call_limits import OVER, UNKNOWN, CallLimits, RateLimited
from oauth.counts import Caller, Uncountable
from oauth.principal import Principal
from oauth.redis_counts import RedisCounts
from tests.simulators.redis_server import RunningRedis, start_redis

pytestmark = pytest.mark.redis
ALICE = Caller("Readers", "https://issuer", "usr_alice", "cli_1")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningRedis]:
    with start_redis() as redis:
        yield redis


@pytest.fixture
def redis(running: RunningRedis) -> RunningRedis:
    """The server, empty."""
    running.stop()
    running.start()
    return running


@pytest.fixture
async def workers(
    redis: RunningRedis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RedisCounts, RedisCounts]]:
    """Two workers' counts, with patience: here a hundred wait at once in one process."""
    monkeypatch.setattr(redis_counts, "CHECK_SECONDS", 20.0)
    pair = (RedisCounts(redis.url), RedisCounts(redis.url))
    yield pair
    for counts in pair:
        await counts.close()


async def test_two_workers_together_let_exactly_the_limit_through(workers: tuple[RedisCounts, RedisCounts]) -> None:
    waits = await asyncio.gather(*(workers[number % 2].take(ALICE, 20) for number in range(100)))
    assert waits.count(0.0) == 20
    assert all(0 < wait <= 60 for wait in waits if wait)


async def test_callers_are_counted_apart(workers: tuple[RedisCounts, RedisCounts]) -> None:
    assert await workers[0].take(ALICE, 1) == 0.0
    assert await workers[0].take(Caller("Readers", "https://issuer", "usr_bob", "cli_1"), 1) == 0.0
    assert await workers[1].take(ALICE, 1) > 0


async def test_an_edit_of_the_limit_keeps_what_was_counted(workers: tuple[RedisCounts, RedisCounts]) -> None:
    for _ in range(3):
        await workers[0].take(ALICE, 10)
    assert await workers[1].take(ALICE, 3) > 0
    assert await workers[1].take(ALICE, 4) == 0.0


async def test_redis_cannot_tell_who_was_counted(redis: RunningRedis, workers: tuple[RedisCounts, RedisCounts]) -> None:
    await workers[0].take(ALICE, 1)
    keys = redis.keys()
    assert keys is not None
    assert b"ctera-mcp" in keys
    assert b"alice" not in keys


async def test_a_redis_that_is_gone_is_told_at_once_and_counts_again_when_it_is_back(
    redis: RunningRedis, workers: tuple[RedisCounts, RedisCounts]
) -> None:
    assert await workers[0].take(ALICE, 5) == 0.0
    redis.stop()
    with pytest.raises(Uncountable):
        await workers[0].take(ALICE, 5)
    redis.start()
    assert await workers[0].take(ALICE, 5) == 0.0


async def test_a_redis_that_hangs_is_waited_for_only_so_long(redis: RunningRedis) -> None:
    counts = RedisCounts(redis.url)
    with redis.paused():
        started = time.monotonic()
        faults = await asyncio.gather(*(counts.take(ALICE, 5) for _ in range(50)), return_exceptions=True)
        assert time.monotonic() - started < 15  # one after another it would be fifty
    await counts.close()
    assert all(isinstance(fault, Uncountable) for fault in faults)


async def test_what_cannot_be_counted_is_refused_with_a_wait(redis: RunningRedis) -> None:
    limits = CallLimits(RedisCounts(redis.url))
    alice = Principal("https://issuer", "usr_alice", "cli_1", "", frozenset(), 0)
    await limits.take("Readers", 1, alice)
    with pytest.raises(RateLimited) as over:
        await limits.take("Readers", 1, alice)
    redis.stop()
    with pytest.raises(RateLimited) as unknown:
        await limits.take("Readers", 1, alice)
    await limits.close()
    redis.start()
    assert (over.value.reason, unknown.value.reason) == (OVER, UNKNOWN)
    assert 1 <= over.value.retry_after <= 60
    assert unknown.value.retry_after == 5
    assert "usr_alice" not in str(over.value) + str(unknown.value)
