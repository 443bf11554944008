"""Signing keys over HTTP: bad neighbours in the set, floods of unknown ids, and whom they delay."""

from __future__ import annotations

import asyncio
import time

import httpx2
import pytest

from tests.protocol.attacks.door import ERAS, TOOL, Door
from tests.protocol.attacks.forge import Forge
from tests.protocol.attacks.junk import Junk
from tests.protocol.wire import Wire

FLOOD = 1_000
SLOW = 3.0
"""Seconds that a key fetch takes while known callers must not notice."""


@pytest.mark.attack(39)
def test_the_good_key_works_beside_junk(door: Door, forge: Forge, junk: Junk) -> None:
    assert len(junk.published) > 10
    door.opens(forge.token())


@pytest.mark.attack(39)
@pytest.mark.parametrize("kid", ["junk_enc", "junk_rs384", "junk_ps256", "junk_operations", "junk_weak", "junk_twice"])
def test_a_key_that_is_not_for_this_verifies_nothing(door: Door, forge: Forge, junk: Junk, kid: str) -> None:
    door.refuses(forge.sign(forge.header(kid=kid), forge.claims(), key=junk.keys[kid]), fetches=1)


async def flood(door: Door, forge: Forge, http: httpx2.AsyncClient) -> list[int]:
    """A thousand tokens with ids that nobody knows, at once."""
    wire = Wire(door.stack, ERAS[0])
    good = forge.token()
    tail = good.split(".", 1)[1]
    heads = [forge.with_header(kid=f"snk_{number}").split(".")[0] for number in range(FLOOD)]

    async def one(head: str) -> int:
        headers = wire.headers("tools/call", TOOL, f"{head}.{tail}")
        message = wire.message("tools/call", {"name": TOOL, "arguments": {}})
        return (await http.post(door.stack.url, json=message, headers=headers)).status_code

    return await asyncio.gather(*(one(head) for head in heads))


@pytest.mark.attack(36)
@pytest.mark.requirement("4.24 RFC7515: unknown key ids cost one fetch per cooldown and delay no known one")
async def test_a_flood_of_unknown_ids_costs_one_fetch_and_delays_nobody(door: Door, forge: Forge) -> None:
    wire = Wire(door.stack, ERAS[0])
    token = forge.token()
    message = wire.message("tools/list", {})
    headers = wire.headers("tools/list", None, token)
    door.stack.scalekit.control(keys_seconds=SLOW)
    before = door.traces()
    began = time.monotonic()
    longest = 0.0
    try:
        limits = httpx2.Limits(max_connections=200)
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=60, limits=limits) as many,
            httpx2.AsyncClient(trust_env=False, timeout=60) as known,
        ):
            flooding = asyncio.create_task(flood(door, forge, many))
            while not flooding.done():
                asked = time.monotonic()
                answer = await known.post(door.stack.url, json=message, headers=headers)
                longest = max(longest, time.monotonic() - asked)
                assert answer.status_code == 200
                await asyncio.sleep(0.01)
            statuses = await flooding
    finally:
        door.stack.scalekit.control(keys_seconds=0)
    elapsed = time.monotonic() - began
    after = door.traces()
    assert set(statuses) == {401}
    assert len(statuses) == FLOOD
    assert after.fetches - before.fetches <= 1 + int(elapsed / 30)
    assert after.events == before.events
    assert longest < SLOW - 1, "a known key waited for the fetch"
