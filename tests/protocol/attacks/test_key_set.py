"""Signing keys over HTTP: bad neighbours in the set, floods of unknown ids, and whom they delay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from oauth.keys import COOLDOWN_SECONDS
from tests.protocol.attacks import impatient
from tests.protocol.attacks.door import ERAS, TOOL, Door
from tests.protocol.attacks.forge import Forge, b64
from tests.protocol.attacks.junk import Junk
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, free_port, start_server

FLOOD = 1_000
SLOW = 3.5
"""Seconds that a key fetch takes while known callers must not notice."""

CALM_SECONDS = 2.0


@pytest.mark.attack(39)
def test_the_good_key_works_beside_junk(door: Door, forge: Forge, junk: Junk) -> None:
    assert len(junk.published) > 10
    door.opens(forge.token())


@pytest.mark.attack(39)
@pytest.mark.parametrize("kid", ["junk_enc", "junk_rs384", "junk_ps256", "junk_operations", "junk_weak", "junk_twice"])
def test_a_key_that_is_not_for_this_verifies_nothing(door: Door, forge: Forge, junk: Junk, kid: str) -> None:
    door.refuses(forge.sign(forge.header(kid=kid), forge.claims(), key=junk.keys[kid]), fetches=1)


async def flood(stack: RunningStack, forge: Forge, http: httpx2.AsyncClient) -> list[int]:
    """A thousand tokens with ids that nobody knows, at once; one signature does for all, since none is looked at."""
    wire = Wire(stack, ERAS[0])
    tail = forge.token().split(".", 1)[1]

    async def one(number: int) -> int:
        headers = wire.headers("tools/call", TOOL, f"{b64(forge.header(kid=f'snk_{number}'))}.{tail}")
        message = wire.message("tools/call", {"name": TOOL, "arguments": {}})
        return (await http.post(stack.url, json=message, headers=headers)).status_code

    return await asyncio.gather(*(one(number) for number in range(FLOOD)))


@pytest.mark.attack(36)
@pytest.mark.requirement("4.24 RFC7515: unknown key ids cost one fetch per cooldown")
async def test_a_flood_of_unknown_ids_costs_one_fetch(door: Door, forge: Forge) -> None:
    before, began = door.traces(), time.monotonic()
    async with httpx2.AsyncClient(trust_env=False, timeout=60, limits=httpx2.Limits(max_connections=200)) as http:
        statuses = await flood(door.stack, forge, http)
    after = door.traces()
    assert set(statuses) == {401}
    assert len(statuses) == FLOOD
    assert after.fetches - before.fetches <= 1 + int((time.monotonic() - began) / COOLDOWN_SECONDS)
    assert after.events == before.events
    door.opens(forge.token())


@pytest.fixture
def calmer(stack: RunningStack, tmp_path: Path) -> Iterator[RunningStack]:
    """A further server, which looks for unknown keys after `CALM_SECONDS` instead of half a minute."""
    port = free_port()
    environment = {**stack.environment, "PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"}
    serve = ("-m", impatient.__name__, "300", str(CALM_SECONDS), "4")
    with start_server(environment, tmp_path, serve) as (server, log_file):
        yield replace(stack, port=port, environment=environment, server=server, log_file=log_file)
    stack.scalekit.control(keys_seconds=0)


@pytest.mark.attack(36)
@pytest.mark.requirement("4.24 RFC7515: a fetch for unknown key ids delays no known one")
async def test_known_keys_are_answered_while_a_flood_waits_for_a_fetch(calmer: RunningStack, forge: Forge) -> None:
    wire, token = Wire(calmer, ERAS[0]), forge.token()
    message, headers = wire.message("tools/list", {}), wire.headers("tools/list", None, token)
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=60, limits=httpx2.Limits(max_connections=200)) as many,
        httpx2.AsyncClient(trust_env=False, timeout=60) as known,
    ):
        assert (await known.post(calmer.url, json=message, headers=headers)).status_code == 200
        warm = time.monotonic()
        while time.monotonic() - warm < CALM_SECONDS:
            await asyncio.sleep(0.1)
        calmer.scalekit.control(keys_seconds=SLOW)
        before = calmer.scalekit.key_fetches()
        flooding = asyncio.create_task(flood(calmer, forge, many))
        while calmer.scalekit.key_fetches() == before:
            assert not flooding.done(), "nobody looked for the unknown keys"
            await asyncio.sleep(0.02)
        for _ in range(3):  # the fetch is on its way and takes its time
            assert (await known.post(calmer.url, json=message, headers=headers)).status_code == 200
            assert not flooding.done(), "a known key waited for the fetch"
        assert set(await flooding) == {401}
