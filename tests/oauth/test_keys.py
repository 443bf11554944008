"""Signing keys: fetched once for all, kept through an outage, never fetched more than the cooldown allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from oauth.keys import KeysUnavailable, SigningKeys
from tests.simulators.scalekit.fixture import RunningScalekit, start_scalekit


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def scalekit() -> Iterator[RunningScalekit]:
    with start_scalekit("http://localhost:1/mcp") as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(scalekit: RunningScalekit, clock: Clock) -> AsyncIterator[SigningKeys]:
    found = SigningKeys(f"{scalekit.url}/keys", clock=clock)
    yield found
    await found.close()


def kid(scalekit: RunningScalekit, way: str = "overlap") -> str:
    """The id of a fresh key."""
    fresh: str = scalekit.control(rotate=way)["rotate"]
    return fresh


@pytest.mark.attack(36)
async def test_a_thousand_unknown_ids_cost_one_fetch(scalekit: RunningScalekit, keys: SigningKeys) -> None:
    found = await asyncio.gather(*(keys.find(f"snk_{number}") for number in range(1000)))
    assert set(found) == {None}
    assert scalekit.key_fetches() == 1


@pytest.mark.attack(35)
async def test_a_new_key_is_found_after_the_cooldown(
    scalekit: RunningScalekit, keys: SigningKeys, clock: Clock
) -> None:
    await keys.find("snk_0")
    fresh = kid(scalekit)
    assert await keys.find(fresh) is None
    clock.now += 31
    assert await keys.find(fresh) is not None


@pytest.mark.attack(35)
async def test_a_removed_key_is_dropped(scalekit: RunningScalekit, keys: SigningKeys, clock: Clock) -> None:
    old = kid(scalekit)
    assert await keys.find(old) is not None
    before = keys.generation
    kid(scalekit, "alone")
    clock.now += 31
    await keys.find("snk_0")
    assert keys.peek(old) is None
    assert keys.generation > before


@pytest.mark.attack(37)
@pytest.mark.parametrize("mode", ["down", "redirect", "oversized", "html", "empty"])
async def test_without_any_key_the_caller_is_told_when_to_come_back(
    scalekit: RunningScalekit, keys: SigningKeys, mode: str
) -> None:
    scalekit.control(keys_mode=mode)
    with pytest.raises(KeysUnavailable) as outage:
        await keys.find("snk_0")
    assert 0 < outage.value.retry_after <= 30
    with pytest.raises(KeysUnavailable):
        await keys.find("snk_1")
    assert scalekit.key_fetches() == 1


@pytest.mark.attack(38)
async def test_known_keys_outlive_an_outage(scalekit: RunningScalekit, keys: SigningKeys, clock: Clock) -> None:
    known = kid(scalekit)
    await keys.find(known)
    scalekit.control(keys_mode="down")
    clock.now += 3600
    assert await keys.find(known) is not None
    assert await keys.find("snk_0") is None


@pytest.mark.attack(39)
async def test_junk_beside_a_good_key_is_skipped(scalekit: RunningScalekit, keys: SigningKeys) -> None:
    known = kid(scalekit)
    junk = [{"kty": "oct", "k": "AA", "kid": "x"}, {"kty": "EC"}, 7, {"kty": "RSA", "kid": "y", "n": "AA", "e": "AQAB"}]
    scalekit.control(extra_keys=junk)
    assert await keys.find(known) is not None
    assert await keys.find("y") is None
