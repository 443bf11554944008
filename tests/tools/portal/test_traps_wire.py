"""Traps of connections, timeouts and statuses, each met."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from cterasdk import exceptions

from tests.simulators.portal.fixture import RunningPortal
from tests.tools.portal.asking import listing, names, whoami
from tools.errors import CallTimeout, NotFound, OutcomeUnknown, PortalUnavailable, ToolError
from tools.portal.failures import Interrupted, guarded, translated
from tools.portal.pool import SessionPool
from tools.portal.sdk import PARALLEL
from tools.profile import Profile


@pytest.mark.trap("1.4/no-total-timeout")
async def test_an_answer_that_drips_ends_with_the_total_timeout(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    hasty = replace(hq, total_timeout=1.0)
    await pool.run(hq, "acme", whoami)  # the same session, opened without haste
    portal.control(fault={"match": "list", "kind": "drip"})
    begun = time.monotonic()
    with pytest.raises(CallTimeout):
        await pool.run(hasty, "acme", listing("/Users"))
    assert time.monotonic() - begun < 15


@pytest.mark.trap("1.4/slow-portal")
@pytest.mark.parametrize(("write", "told"), [(False, CallTimeout), (True, OutcomeUnknown)])
async def test_a_portal_that_thinks_too_long_is_a_timeout_and_a_write_unknown(
    portal: RunningPortal, pool: SessionPool, hq: Profile, write: bool, told: type[ToolError]
) -> None:
    hasty = replace(hq, read_timeout=1.5)
    await pool.run(hasty, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "delay", "seconds": 6})
    with pytest.raises(told):
        await pool.run(hasty, "acme", listing("/Users"), write=write)
    assert [entry["name"] for entry in portal.log()].count("list") == 1


@pytest.mark.trap("1.4/full-connection-pool")
async def test_more_callers_than_connections_wait_no_longer_than_their_timeout(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    hasty = replace(hq, total_timeout=8.0)
    await pool.run(hasty, "acme", whoami)
    portal.control(hold="list")
    waiting = [asyncio.create_task(pool.run(hasty, "acme", listing("/Users"))) for _ in range(PARALLEL + 8)]
    await asyncio.to_thread(portal.wait_held, "list", PARALLEL)
    assert portal.stats()["max_parallel"] == PARALLEL
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    portal.control(release="list")
    assert {type(answer) for answer in answers} == {CallTimeout}


@pytest.mark.trap("1.4/full-connection-pool")
async def test_callers_that_waited_for_a_connection_are_served(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(hold="list")
    waiting = [asyncio.create_task(pool.run(hq, "acme", listing("/Users"))) for _ in range(PARALLEL + 8)]
    await asyncio.to_thread(portal.wait_held, "list", PARALLEL)
    portal.control(release="list")
    assert all("Alice Acme" in names(page) for page in await asyncio.gather(*waiting))


@pytest.mark.trap("1.4/dropped-connection")
@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate"])
async def test_a_read_whose_connection_is_dropped_is_asked_once_more(
    portal: RunningPortal, pool: SessionPool, hq: Profile, kind: str
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": kind, "times": 1})
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))
    assert portal.stats()["logins"] == 1


@pytest.mark.trap("1.4/dropped-connection")
@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate"])
async def test_a_read_whose_connection_is_always_dropped_is_told_after_two(
    portal: RunningPortal, pool: SessionPool, hq: Profile, kind: str
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": kind, "times": 9})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "acme", listing("/Users"))
    assert [entry["name"] for entry in portal.log()].count("list") == 2


@pytest.mark.trap("7.14/write-without-an-answer")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "truncate"},
        {"kind": "garbage"},
        {"kind": "html"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 504},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
async def test_a_write_whose_answer_says_nothing_is_unknown_and_asked_once(
    portal: RunningPortal, pool: SessionPool, hq: Profile, fault: dict[str, Any]
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "times": 9, **fault})
    with pytest.raises(OutcomeUnknown):
        await pool.run(hq, "acme", listing("/Users"), write=True)
    assert [entry["name"] for entry in portal.log()].count("list") == 1


@pytest.mark.trap("7.14/write-that-never-left")
async def test_a_write_that_never_left_is_not_unknown(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(PortalUnavailable):
        await pool.run(replace(hq, port=1), "-", whoami, write=True)


@pytest.mark.trap("3.7/unnamed-status")
@pytest.mark.parametrize("status", [402, 408, 413, 415, 423, 429, 501, 507])
async def test_a_status_that_the_sdk_cannot_name_is_told(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "status", "status": status, "times": 1})
    with pytest.raises(PortalUnavailable, match=f"HTTP status {status}"):
        await pool.run(hq, "acme", listing("/Users"))
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))
    assert portal.stats()["logins"] == 1


@pytest.mark.trap("3.7/named-status")
@pytest.mark.parametrize(
    ("status", "told"),
    [(404, NotFound), *((status, PortalUnavailable) for status in (400, 405, 409, 412, 422, 500, 502, 503, 504))],
)
async def test_a_status_that_the_sdk_names_is_a_tool_error(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int, told: type[ToolError]
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "status", "status": status, "times": 1})
    with pytest.raises(told):
        await pool.run(hq, "acme", listing("/Users"))


@pytest.mark.trap("3.7/address-as-text")
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
async def test_no_error_tells_the_portals_address_or_account(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    await pool.run(hq, "acme", whoami)
    fault = {"match": "list", "kind": "status", "status": status, "times": 1, "message": "svc-mcp on localhost"}
    portal.control(fault=fault)
    with pytest.raises(ToolError) as told:
        await pool.run(hq, "acme", listing("/Users"))
    for secret in ("localhost", str(hq.port), "svc-mcp", "svc-secret", "/admin/api"):
        assert secret not in told.value.message


@pytest.mark.trap("3.7/errors-of-files-are-oserrors")
@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionError("gone"), aiohttp.ClientPayloadError(), aiohttp.ServerDisconnectedError()]
)
def test_a_broken_connection_is_not_taken_for_the_files_own_error(error: Exception) -> None:
    with pytest.raises(Interrupted), guarded("hq"):
        raise error


@pytest.mark.trap("3.7/errors-of-files-are-oserrors")
def test_a_files_own_error_is_a_tool_error() -> None:
    with pytest.raises(ToolError), guarded("hq"):
        raise exceptions.io.core.PrivilegeError("/x")


@pytest.mark.trap("3.7/raw-errors-of-the-connection")
@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.ServerTimeoutError(),
        aiohttp.ClientPayloadError("cut"),
        aiohttp.ClientConnectionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_leaks_raw_becomes_a_tool_error(error: Exception) -> None:
    with pytest.raises(Interrupted) as broken, guarded("hq"):
        raise error
    assert isinstance(translated(broken.value.__cause__ or broken.value, "hq"), ToolError)
