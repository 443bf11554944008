"""A worker without any key looks for one by itself: nobody sends callers to a worker that is not ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from oauth.keys import SigningKeys
from tests.simulators.scalekit.fixture import RunningScalekit, start_scalekit


@pytest.fixture
def scalekit() -> Iterator[RunningScalekit]:
    with start_scalekit("http://localhost:1/mcp") as running:
        yield running


@pytest.fixture
async def keys(scalekit: RunningScalekit) -> AsyncIterator[SigningKeys]:
    found = SigningKeys(f"{scalekit.url}/keys", cooldown=0.05)
    yield found
    await found.close()


def is_ready(keys: SigningKeys) -> bool:
    """As of now; a property read twice is one value to the type checker."""
    return keys.is_usable


async def test_a_worker_begins_with_keys_and_looks_no_more_by_itself(
    scalekit: RunningScalekit, keys: SigningKeys
) -> None:
    await keys.start()
    assert keys.is_usable
    assert keys.status().keys == 1
    assert scalekit.key_fetches() == 1


async def test_a_worker_that_begins_without_keys_is_not_usable_until_it_found_some_alone(
    scalekit: RunningScalekit, keys: SigningKeys
) -> None:
    scalekit.control(keys_mode="down")
    await keys.start()
    assert is_ready(keys) is False
    scalekit.control(keys_mode="good")
    async with asyncio.timeout(20):
        while not is_ready(keys):
            await asyncio.sleep(0.01)
    assert keys.status().keys == 1


async def test_what_was_never_started_does_not_look_by_itself(scalekit: RunningScalekit, keys: SigningKeys) -> None:
    scalekit.control(keys_mode="down")
    await keys.refresh()
    assert [task for task in asyncio.all_tasks() if task.get_name() == "signing-keys-retry"] == []


async def test_closing_ends_the_search_for_keys(scalekit: RunningScalekit, keys: SigningKeys) -> None:
    scalekit.control(keys_mode="down")
    await keys.start()
    await keys.close()
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("signing-keys")] == []
