"""Sessions of callers in one pool: many at once, few at a time, each only ever its own account's."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.tools.portal.asking import listing, whoami
from tools.errors import CallTimeout, PortalDenied, PortalLoginFailed, PortalUnavailable
from tools.portal.callers import is_same_account
from tools.portal.pool import SessionPool
from tools.portal.ports import PortalSession
from tools.portal.tickets import Ticket
from tools.profile import Profile

PEOPLE = [
    ("alice", "acme"),
    ("bob", "acme"),
    ("carol", "globex"),
    ("alice", "globex"),
    ("dave", "2024"),
    ("erin", "007"),
]


@pytest.fixture
def corp(hq: Profile) -> Profile:
    """Callers at one address, which lets in whomever a ticket is for."""
    return replace(hq, name="corp", identity="caller", tenant_host="{dns_suffix}", dns_suffix="localhost")


async def test_callers_at_once_share_a_login_each_and_one_session_that_mints(
    portal: RunningPortal, pool: SessionPool, corp: Profile
) -> None:
    await asyncio.gather(*(pool.run(corp, "acme", whoami, account=who) for who in ("alice", "bob") for _ in range(20)))
    calls = portal.stats()["calls"]
    assert isinstance(calls, dict)
    assert (calls["login"], calls["ticket"], calls["sso"]) == (1, 2, 2)


async def test_whatever_comes_between_every_answer_is_the_callers_own(
    portal: RunningPortal, pool: SessionPool, corp: Profile
) -> None:
    chance, few = random.Random(5), replace(corp, max_sessions=2)

    async def ask(number: int) -> None:
        account, tenant = PEOPLE[number % len(PEOPLE)]
        if number % 7 == 0:
            await asyncio.to_thread(portal.control, expire=chance.choice(["all", "alice", "svc-mcp"]))
        with suppress(PortalUnavailable):  # the portal keeps ending the session
            who = await pool.run(few, tenant, whoami, account=account)
            assert (who.name, who.tenant) == (account, tenant)

    for first in range(0, 120, 20):
        await asyncio.gather(*(ask(number) for number in range(first, first + 20)))
    for entry in portal.log():
        assert entry["realm"] != "user" or entry["account"] != "svc-mcp"


async def test_the_least_recently_used_caller_makes_place_and_is_logged_out(
    portal: RunningPortal, pool: SessionPool, corp: Profile
) -> None:
    few = replace(corp, max_sessions=2)
    for account, tenant in PEOPLE:
        await pool.run(few, tenant, whoami, account=account)
    held = {each.key.account for each in pool.stats() if each.open}
    assert held == {None, "dave", "erin"}


async def test_a_pause_is_for_one_account_of_one_team_portal(
    portal: RunningPortal, pool: SessionPool, corp: Profile
) -> None:
    for _ in range(3):
        with pytest.raises(PortalLoginFailed, match="no account 'carol' in Team Portal 'acme'"):
            await pool.run(corp, "acme", whoami, account="carol")
    assert len([entry for entry in portal.log() if entry["name"] == "ticket"]) == 1
    assert (await pool.run(corp, "globex", whoami, account="carol")).tenant == "globex"


async def test_an_account_that_was_refused_is_tried_again_after_a_pause(portal: RunningPortal, corp: Profile) -> None:
    now = 0.0
    pool = SessionPool(str, clock=lambda: now)
    portal.control(fault={"match": "sso", "kind": "status", "status": 403, "times": 2})
    with pytest.raises(PortalLoginFailed):
        await pool.run(corp, "acme", whoami, account="alice")
    with pytest.raises(PortalLoginFailed):
        await pool.run(corp, "acme", whoami, account="alice")
    now = 6.0
    assert (await pool.run(corp, "acme", whoami, account="alice")).name == "alice"
    await pool.close()


async def test_a_profile_whose_own_login_fails_lets_nobody_in(
    portal: RunningPortal, pool: SessionPool, corp: Profile
) -> None:
    wrong = replace(corp, sealed_password="wrong")
    for account in ("alice", "bob", "alice"):
        with pytest.raises(PortalLoginFailed, match="credentials of its profile"):
            await pool.run(wrong, "acme", whoami, account=account)
    assert portal.stats()["failed_logins"] == 1


@pytest.mark.parametrize("match", ["ticket", "sso"])
async def test_a_portal_that_is_silent_on_the_way_in_is_bounded(
    portal: RunningPortal, pool: SessionPool, corp: Profile, match: str
) -> None:
    portal.control(hold=match)
    with pytest.raises(CallTimeout):
        await pool.run(replace(corp, total_timeout=0.5), "acme", whoami, account="alice")
    portal.control(release=match)


async def test_a_moved_profile_ends_the_sessions_of_its_callers(
    portal: RunningPortal, pool: SessionPool, corp: Profile
) -> None:
    await pool.run(corp, "acme", whoami, account="alice")
    pool.retire({"corp": replace(corp, revision=2)})
    await pool.close()
    assert portal.stats()["open_sessions"] == 0


async def test_each_sees_their_own_root(portal: RunningPortal, pool: SessionPool, corp: Profile) -> None:
    alice = await pool.run(corp, "acme", listing("/My Files"), account="alice")
    bob = await pool.run(corp, "acme", listing("/My Files"), account="bob")
    assert "Names" in {item.name for item in alice.items}
    assert "bob.txt" in {item.name for item in bob.items}


async def test_a_callers_session_mints_nothing(portal: RunningPortal, pool: SessionPool, corp: Profile) -> None:
    async def mint(session: PortalSession) -> Ticket:
        return await session.mint_ticket("bob", "acme")  # type: ignore[attr-defined, no-any-return]

    with pytest.raises(PortalDenied, match="refused this to the account"):
        await pool.run(corp, "acme", mint, account="alice")


@pytest.mark.parametrize(
    ("account", "username", "domain", "same"),
    [
        ("alice", "alice", "", True),
        ("alice", "alice", None, True),
        ("alice@corp", "alice", "corp", True),
        ("alice@example.com", "alice@example.com", None, True),
        ("alice", "alice", "corp", False),
        ("alice@corp", "alice", None, False),
        ("alice@corp", "alice", "other", False),
        ("Alice", "alice", None, False),
        ("alice", None, None, False),
        ("", "", None, False),
    ],
)
def test_a_name_is_the_same_letter_by_letter_with_its_domain(
    account: str, username: str | None, domain: str | None, *, same: bool
) -> None:
    assert is_same_account(account, username, domain) is same


def test_a_ticket_prints_nothing() -> None:
    assert "secret" not in repr(Ticket("secret"))
