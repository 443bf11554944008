"""What goes wrong on demand, as the SDK meets it."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from cterasdk import exceptions

from tests.simulators.portal.fixture import RunningPortal, start_portal
from tests.simulators.portal.sdk import administrator, end_user, unconnected


async def session_of(client: object) -> object:
    return await client.v1.api.get("/currentSession")  # type: ignore[attr-defined]


@pytest.mark.trap("6/without-a-session")
@pytest.mark.parametrize("form", ["redirect", "microsoft"])
async def test_the_sdk_recognises_these_expired_sessions(portal: RunningPortal, form: str) -> None:
    async with administrator(portal) as client:
        portal.control(expire="all", expire_form=form)
        with pytest.raises(exceptions.session.SessionExpired):
            await session_of(client)


@pytest.mark.trap("1.3/forms-of-expiry")
@pytest.mark.parametrize("form", ["redirect_admin", "html200"])
async def test_the_sdk_takes_a_login_page_for_an_empty_answer(portal: RunningPortal, form: str) -> None:
    async with administrator(portal) as client:
        portal.control(expire="all", expire_form=form)
        assert await session_of(client) is None


@pytest.mark.parametrize(
    ("form", "error"), [("401", exceptions.transport.Unauthorized), ("403xml", exceptions.transport.Forbidden)]
)
async def test_other_expired_sessions_are_plain_refusals(
    portal: RunningPortal, form: str, error: type[Exception]
) -> None:
    async with administrator(portal) as client:
        portal.control(expire="all", expire_form=form)
        with pytest.raises(error):
            await session_of(client)
        portal.control(expire_form="redirect")


async def test_one_account_expires_and_others_stay(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as alice, end_user(portal, "bob", "bob-secret") as bob:
        assert portal.control(expire="acme/alice") == {"expired": 1}
        assert (await session_of(bob)).username == "bob"  # type: ignore[attr-defined]
        with pytest.raises(exceptions.session.SessionExpired):
            await session_of(alice)


async def test_a_new_login_is_in_global_administration_again(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as client:
        portal.control(expire="all")
        await client.login("svc-mcp", "svc-secret")
        assert not await client.v1.api.get("/currentPortal")


async def test_a_status_is_answered_as_often_as_arranged(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(fault={"match": "currentSession", "kind": "status", "status": 503, "times": 2})
        for _ in range(2):
            with pytest.raises(exceptions.transport.ServiceUnavailable):
                await session_of(client)
        assert (await session_of(client)).username == "svc-mcp"  # type: ignore[attr-defined]


async def test_a_fault_for_one_account_spares_the_others(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as alice, end_user(portal, "bob", "bob-secret") as bob:
        portal.control(fault={"match": "*", "kind": "status", "account": "alice"})
        assert (await session_of(bob)).username == "bob"  # type: ignore[attr-defined]
        with pytest.raises(exceptions.transport.ServiceUnavailable):
            await session_of(alice)


async def test_a_delay_outlasts_the_clients_patience_and_the_answer_is_lost(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(fault={"match": "currentSession", "kind": "delay", "seconds": 5})
        with pytest.raises(TimeoutError):
            await client.v1.api.get("/currentSession", timeout={"total": 0.05})


async def test_a_connection_dropped_before_the_work_leaves_nothing_done(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        # Twice, because aiohttp sends an idempotent PUT again by itself; POST it does not.
        portal.control(fault={"match": "browse", "kind": "drop_before", "times": 2})
        with pytest.raises((ConnectionError, aiohttp.ClientOSError)):
            await client.portals.browse("acme")
        assert not await client.v1.api.get("/currentPortal")


async def test_a_connection_dropped_after_the_work_leaves_it_done(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(fault={"match": "browse", "kind": "drop_after", "times": 2})
        with pytest.raises((ConnectionError, aiohttp.ClientOSError)):
            await client.portals.browse(
                "acme",
            )
        assert await client.v1.api.get("/currentPortal") == "acme"


@pytest.mark.parametrize("kind", ["garbage", "html"])
async def test_nonsense_reaches_the_caller_as_an_empty_answer(portal: RunningPortal, kind: str) -> None:
    async with administrator(portal) as client:
        portal.control(fault={"match": "version", "kind": kind})
        assert await client.v1.api.get("/version") is None


async def test_a_login_fails_as_arranged(portal: RunningPortal) -> None:
    portal.control(fault={"match": "login", "kind": "status", "status": 500})
    client = unconnected(portal, admin=True)
    with pytest.raises(exceptions.transport.InternalServerError):
        await client.login("svc-mcp", "svc-secret")
    await client.default.close()
    assert portal.stats()["logins"] == 0


async def test_held_requests_wait_until_they_are_released(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(hold="currentSession")
        waiting = [asyncio.create_task(client.v1.api.get("/currentSession")) for _ in range(3)]
        await asyncio.to_thread(portal.wait_held, "currentSession", 3)
        assert not any(task.done() for task in waiting)
        assert portal.stats()["running"] == 3
        portal.control(release="currentSession")
        assert {session.username for session in await asyncio.gather(*waiting)} == {"svc-mcp"}
        assert portal.stats()["max_parallel"] == 3


async def test_waiting_for_requests_that_never_come_ends(portal: RunningPortal) -> None:
    with pytest.raises(ValueError, match="Timeout"):
        portal.wait_held("list", timeout=0.05)


async def test_a_held_request_finishes_after_its_client_has_gone(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(hold="browse")
        leaving = asyncio.create_task(client.portals.browse("acme"))
        await asyncio.to_thread(portal.wait_held, "browse")
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        portal.control(release="browse")
        assert await client.v1.api.get("/currentPortal") == "acme"


async def test_latency_is_added_to_every_request(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(latency_ms=60)
        began = time.perf_counter()
        await client.v1.api.get("/version")
        assert time.perf_counter() - began >= 0.06


async def test_a_dropped_session_and_a_held_request_meet(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        portal.control(hold="version")
        waiting = asyncio.create_task(client.v1.api.get("/version"))
        await asyncio.to_thread(portal.wait_held, "version")
        portal.control(expire="admin/svc-mcp", release="version")
        with pytest.raises(exceptions.session.SessionExpired):
            await waiting


async def test_clear_removes_all_arranged_trouble(portal: RunningPortal) -> None:
    portal.control(fault={"match": "*", "kind": "status"}, hold="*", latency_ms=5000, task="failed", csrf=True)
    portal.control(clear=True)
    async with administrator(portal) as client:
        assert (await session_of(client)).username == "svc-mcp"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "wish",
    [
        {"fault": {"match": "*", "kind": "unheard of"}},
        {"expire_form": "none"},
        {"unknown": 1},
        {"hold": "x", "password": {}},
    ],
)
def test_a_knob_that_does_not_exist_is_refused(portal: RunningPortal, wish: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Error"):
        portal.control(**wish)


async def test_more_team_portals_make_more_pages() -> None:
    with start_portal(extra_tenants=60) as large:
        async with administrator(large) as client:
            assert len([tenant async for tenant in client.portals.tenants()]) == 64
        assert [entry["name"] for entry in large.log()].count("tenants") == 2


async def test_a_revoked_account_is_nobody_until_it_is_restored(portal: RunningPortal) -> None:
    portal.control(revoke="acme/alice")
    with pytest.raises(exceptions.auth.AuthenticationError):
        async with end_user(portal, "alice", "alice-secret"):
            pass
    assert portal.control(restore="acme/alice") == {"restored": 1}
    assert portal.control(restore="acme/alice") == {"restored": 0}
    async with end_user(portal, "alice", "alice-secret") as client:
        assert await session_of(client) is not None


async def test_a_drained_log_is_told_once_and_the_figures_stay(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret"):
        pass
    drained = portal.control(drain=True)["log"]
    assert isinstance(drained, list)
    assert "login" in {entry["name"] for entry in drained}
    assert portal.log() == []
    assert portal.stats()["logins"] == 1
