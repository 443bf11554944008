"""Many callers at once, several workers, both databases: nobody sees another's files, and every call has its event."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack

OWNERS = {"acme": {"Alice Acme", "Bob Acme"}, "globex": {"Alice Globex", "Carol Globex"}}


async def interleave(stack: RunningStack, callers: int, turns: int) -> int:
    """Callers of two Team Portals, each asking several times; returns the number of calls."""
    bob = stack.token("bob")
    wire = Wire(stack, "2026-07-28")
    limits = httpx2.Limits(max_connections=callers * 2)

    async with httpx2.AsyncClient(trust_env=False, timeout=60, limits=limits) as http:

        async def caller(tenant: str) -> None:
            arguments = {"path": "/Users", "tenant": tenant}
            params = {"name": "ctera_portal_list_dir", "arguments": arguments}
            headers = wire.headers("tools/call", params["name"], bob)  # type: ignore[arg-type]
            for _ in range(turns):
                answer = await http.post(stack.url, json=wire.message("tools/call", params), headers=headers)
                content = answer.json()["result"]["structuredContent"]
                assert content["tenant"] == tenant, content
                assert {entry["name"] for entry in content["entries"]} == OWNERS[tenant]

        await asyncio.gather(*(caller(tenant) for tenant in OWNERS for _ in range(callers)))
    return callers * turns * len(OWNERS)


async def test_fifty_callers_of_two_team_portals_never_see_each_other(stack: RunningStack) -> None:
    assert await interleave(stack, 50, 3) == 300


async def test_a_session_that_expires_in_the_middle_mixes_nobody(stack: RunningStack) -> None:
    await interleave(stack, 1, 1)  # so that there are sessions to expire
    expiring = asyncio.to_thread(stack.portal.control, expire="all")
    await asyncio.gather(interleave(stack, 20, 4), expiring)


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product with two workers on a PostgreSQL database of its own."""
    server = os.environ["TEST_POSTGRES_URL"]
    name = f"governor_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    try:
        with start_stack(tmp_path_factory.mktemp("postgres"), DATABASE_URL=url, WORKERS="2") as stack:
            yield stack
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgres
async def test_postgres_and_two_workers_record_every_call(on_postgres: RunningStack) -> None:
    count = await interleave(on_postgres, 10, 3)
    with psycopg.connect(on_postgres.environment["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM oauth_auditevent WHERE outcome = 'ok' AND subject = 'usr_bob'"
        ).fetchone()
    assert row is not None
    assert row[0] == count


@pytest.mark.postgres
def test_an_imported_policy_reaches_both_workers_on_postgres(on_postgres: RunningStack) -> None:
    exported = json.loads(on_postgres.manage("export_config", "--json").stdout)
    readers = next(policy for policy in exported["policies"] if policy["name"] == "Readers")
    readers["tenants"] = ["-", "globex"]
    on_postgres.manage("import_config", "-", stdin=json.dumps(exported))
    alice = on_postgres.token("alice")
    with Wire(on_postgres, "2025-11-25") as wire:
        good = 0
        for _ in range(400):  # until both workers, which take turns at the socket, agree for a while
            refused = wire.result("list_dir", alice, path="/Users", tenant="globex")["isError"]
            good = 0 if refused else good + 1
            if good == 20:
                break
    assert good == 20
