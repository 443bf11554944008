"""Traps of sharing sessions, each met."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.tools.portal.asking import listing, names, whoami
from tools.errors import NotFound, PortalLoginFailed, PortalUnavailable
from tools.portal import pool as pool_module
from tools.portal.client import PortalClient
from tools.portal.pool import OLDEST_SECONDS, SessionPool
from tools.portal.ports import PortalSession
from tools.portal.tickets import Ticket
from tools.profile import Profile


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.trap("0.2/parallel-on-one-session")
async def test_two_hundred_reads_share_one_session(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    pages = await asyncio.gather(*(pool.run(hq, "acme", listing("/Users")) for _ in range(200)))
    assert {frozenset(names(page)) for page in pages} == {frozenset({"Alice Acme", "Bob Acme"})}
    assert portal.stats()["logins"] == 1


@pytest.mark.trap("2/browse-moves-a-session")
async def test_a_session_browses_once_and_offers_no_way_to_browse(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    for _ in range(3):
        await pool.run(hq, "acme", listing("/Users"))
    assert [entry["name"] for entry in portal.log()].count("browse") == 1
    offered = {name for kind in (PortalSession, PortalClient) for name in vars(kind) if not name.startswith("_")}
    assert offered == {"whoami", "stands_in", "list_page", "mint_ticket", "is_alive", "close"}


@pytest.mark.trap("2/failed-browse")
@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_browse_that_is_refused_says_that_there_is_no_such_place(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    portal.control(fault={"match": "browse", "kind": "status", "status": status})
    with pytest.raises(NotFound, match="no Team Portal 'acme'"):
        await pool.run(hq, "acme", whoami)
    assert portal.stats()["open_sessions"] == 0


@pytest.mark.trap("2/failed-browse")
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_browse_that_fails_for_other_reasons_does_not_deny_the_place(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    portal.control(fault={"match": "browse", "kind": "status", "status": status})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "acme", whoami)


@pytest.mark.trap("2/unverified-place")
async def test_a_browse_without_effect_is_noticed(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    portal.control(fault={"match": "browse", "kind": "status", "status": 200})
    with pytest.raises(NotFound, match="no Team Portal 'acme'"):
        await pool.run(hq, "acme", listing("/Users"))


@pytest.mark.trap("2/one-session-for-two-people")
async def test_two_accounts_of_one_place_never_share_a_session(hq: Profile) -> None:
    opened: list[PortalSession] = []

    class Session:
        async def close(self) -> None:
            """Nothing is open."""

    class Minting(Session):
        async def mint_ticket(self, account: str, tenant: str) -> Ticket:
            return Ticket(f"{account} {tenant}")

    async def opener(profile: Profile, tenant: str, account: str, ticket: Ticket) -> PortalClient:
        opened.append(cast("PortalSession", Session()))
        return cast("PortalClient", opened[-1])

    async def minting(profile: Profile, tenant: str, password: str) -> PortalClient:
        return cast("PortalClient", Minting())

    async def itself(session: PortalSession) -> PortalSession:
        return session

    pool, corp = SessionPool(str, opener=minting, caller_opener=opener), replace(hq, identity="caller")
    found = [await pool.run(corp, "acme", itself, account=account) for account in ("alice", "bob", "alice")]
    found.append(await pool.run(corp, "globex", itself, account="alice"))
    assert found[0] is found[2]
    assert len({id(session) for session in found}) == len(opened) == 3
    await pool.close()


@pytest.mark.parametrize(
    ("identity", "account"), [("caller", None), ("caller", ""), ("service", "alice"), ("root", None)]
)
async def test_no_call_falls_back_from_one_account_to_another(
    portal: RunningPortal, pool: SessionPool, hq: Profile, identity: str, account: str | None
) -> None:
    with pytest.raises(PortalLoginFailed, match="Nothing says whose account"):
        await pool.run(replace(hq, identity=identity), "acme", whoami, account=account)
    assert portal.log() == []


@pytest.mark.trap("2/session-for-ever")
async def test_an_old_session_makes_place_for_a_new_one(portal: RunningPortal, hq: Profile) -> None:
    clock = Clock()
    pool = SessionPool(str, clock=clock)
    for _ in range(3):
        await pool.run(hq, "-", whoami)
        clock.now += OLDEST_SECONDS * 0.4
    assert portal.stats()["logins"] == 1
    clock.now += OLDEST_SECONDS
    await pool.run(hq, "-", whoami)
    await pool.close()
    figures = portal.stats()
    assert (figures["logins"], figures["logouts"]) == (2, 2)


@pytest.mark.trap("2/idle-session")
async def test_an_idle_session_is_logged_out(
    portal: RunningPortal, hq: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "IDLE_SECONDS", 0.1)
    pool = SessionPool(str)
    await pool.run(hq, "-", whoami)
    async with asyncio.timeout(10):
        while (await asyncio.to_thread(portal.stats))["logouts"] != 1:
            await asyncio.sleep(0.01)
    assert pool.stats() == ()
    await pool.close()


@pytest.mark.trap("2/evicted-session")
async def test_a_session_that_makes_room_is_logged_out(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    narrow = replace(hq, max_sessions=1)
    for tenant in ("acme", "globex", "acme"):
        await pool.run(narrow, tenant, whoami)
    await pool.close()
    figures = portal.stats()
    assert (figures["logins"], figures["logouts"], figures["open_sessions"]) == (3, 3, 0)
