"""The SDK logs in, is recognised, moves between Team Portals, and leaves."""

from __future__ import annotations

import asyncio

import pytest
from cterasdk import exceptions

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.sdk import administrator, end_user, unconnected


@pytest.mark.trap("6/login")
@pytest.mark.trap("6/session-and-role")
async def test_an_administrator_logs_in_and_is_recognised(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        account = client.session().account
        assert (account.name, account.role.name, account.tenant) == ("svc-mcp", "ReadWriteAdmin", "Administration")
        assert account.role.access_end_user_folders is True
        assert str(client.session().software_version) == "8.1.1417.19"


async def test_a_user_logs_in_to_the_team_portal_of_the_address(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-globex", "globex") as client:
        assert client.session().account.tenant == "globex"
        assert client.session().account.role.name == "EndUser"


async def test_the_same_name_in_another_team_portal_has_another_password(portal: RunningPortal) -> None:
    client = unconnected(portal, admin=False, tenant="globex")
    with pytest.raises(exceptions.auth.AuthenticationError):
        await client.login("alice", "alice-secret")
    await client.default.close()


@pytest.mark.trap("6/login")
@pytest.mark.parametrize("name", ["svc-mcp", "nobody"])
async def test_a_wrong_name_or_password_is_an_authentication_error(portal: RunningPortal, name: str) -> None:
    client = unconnected(portal, admin=True)
    with pytest.raises(exceptions.auth.AuthenticationError):
        await client.login(name, "wrong")
    await client.default.close()
    assert portal.stats()["failed_logins"] == 1


async def test_a_changed_password_replaces_the_old_one(portal: RunningPortal) -> None:
    portal.control(password={"account": "acme/alice", "password": "new"})
    async with end_user(portal, "alice", "new"):
        pass
    client = unconnected(portal, admin=False)
    with pytest.raises(exceptions.auth.AuthenticationError):
        await client.login("alice", "alice-secret")
    await client.default.close()


async def test_browsing_changes_the_session_of_one_cookie_only(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as first, administrator(portal, "globex") as second:
        assert await first.v1.api.get("/currentPortal") == "acme"
        assert await second.v1.api.get("/currentPortal") == "globex"
        await first.portals.browse_global_admin()
        assert not await first.v1.api.get("/currentPortal")
        assert await second.v1.api.get("/currentPortal") == "globex"


@pytest.mark.trap("0.3/one-session-for-two-team-portals")
async def test_one_session_shared_by_two_team_portals_reads_the_wrong_one_without_an_error(
    portal: RunningPortal,
) -> None:
    # Why a pool must keep one session for each Team Portal: the place is state of the session.
    async with administrator(portal, "acme") as client:

        async def read(tenant: str, owner: str) -> set[str]:
            await client.portals.browse(tenant)
            return {r.path.name async for r in client.files.listdir("Users")} - {owner}

        portal.control(hold="stat")
        first = asyncio.create_task(read("acme", "Alice Acme"))
        await asyncio.to_thread(portal.wait_held, "stat")
        second = asyncio.create_task(read("globex", "Carol Globex"))
        await asyncio.to_thread(portal.wait_held, "stat", 2)
        portal.control(release="stat")
        assert await first == {"Carol Globex", "Alice Globex"}
        assert await second == {"Alice Globex"}


async def test_browsing_an_unknown_team_portal_is_refused_and_changes_nothing(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as client:
        with pytest.raises(exceptions.transport.NotFound):
            await client.portals.browse("initech")
        assert await client.v1.api.get("/currentPortal") == "acme"


async def test_team_portals_whose_names_are_numbers_can_be_browsed(portal: RunningPortal) -> None:
    async with administrator(portal, "007") as client:
        names = [r.path.name async for r in client.files.listdir("Users/Erin 007/Shared")]
        assert "WHO-007.txt" in names


@pytest.mark.trap("6/session-and-role")
async def test_the_roles_of_administrators_differ(portal: RunningPortal) -> None:
    async with administrator(portal, name="auditor", password="auditor-secret") as client:
        settings = await client.roles.get("ReadOnlyAdmin")
        assert (settings.enable_sso, settings.access_end_user_folders) == (False, True)
    async with administrator(portal, name="helpdesk", password="helpdesk-secret") as client:
        assert client.session().account.role.access_end_user_folders is False


async def test_team_portals_are_listed_page_by_page(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        tenants = [t async for t in client.portals.tenants()]
        assert {str(t.name) for t in tenants} == {"acme", "globex", "2024", "7"}  # 007, as the SDK reads it
        assert all(t.portalType == "team" and t.usedStorageQuota > 0 for t in tenants)


async def test_logout_ends_the_session_on_the_portal(portal: RunningPortal) -> None:
    async with administrator(portal):
        assert portal.stats()["open_sessions"] == 1
    stats = portal.stats()
    assert (stats["logins"], stats["logouts"], stats["open_sessions"]) == (1, 1, 0)


@pytest.mark.trap("5/tickets")
async def test_a_ticket_opens_a_session_as_the_user_once(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        ticket = await client.users.generate_ticket("bob", "acme")
        user = unconnected(portal, admin=False, tenant="acme")
        await user.sso(ticket)
        assert user.session().account.name == "bob"
        names = [r.path.name async for r in user.files.listdir("My Files")]
        assert "Private" in names
        again = unconnected(portal, admin=False, tenant="acme")
        with pytest.raises(exceptions.transport.Forbidden):
            await again.v1.ctera.form_data("/sso", {"ctera_ticket": ticket})
        await again.default.close()
        await user.logout()


async def test_a_ticket_does_not_open_another_team_portal(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        ticket = await client.users.generate_ticket("alice", "globex")
        user = unconnected(portal, admin=False, tenant="acme")
        with pytest.raises(exceptions.transport.Forbidden):
            await user.sso(ticket)
        await user.default.close()


@pytest.mark.parametrize(("name", "password"), [("auditor", "auditor-secret"), ("helpdesk", "helpdesk-secret")])
async def test_only_the_role_with_the_right_mints_tickets(portal: RunningPortal, name: str, password: str) -> None:
    async with administrator(portal, name=name, password=password) as client:
        with pytest.raises(exceptions.transport.Forbidden):
            await client.users.generate_ticket("alice", "acme")


async def test_the_token_against_forgery_is_enforced_on_wish(portal: RunningPortal) -> None:
    portal.control(csrf=True)
    async with administrator(portal) as client:
        with pytest.raises(exceptions.transport.Forbidden):
            await client.portals.browse("acme")
        await client.v1.api.web_session()
        await client.portals.browse("acme")


async def test_public_information_needs_no_session(portal: RunningPortal) -> None:
    client = unconnected(portal, admin=True)
    info = await client.v1.ctera.get("/public/publicInfo")
    assert info.version == "8.1.1417.19"
    await client.default.close()


async def test_the_log_names_the_acting_account(portal: RunningPortal) -> None:
    async with end_user(portal, "bob", "bob-secret") as client:
        await client.files.exists("My Files/Private")
    entry = next(e for e in portal.log() if e["name"] == "stat")
    assert (entry["account"], entry["tenant"], entry["realm"]) == ("bob", "acme", "user")
    assert (entry["verb"], entry["path"], entry["status"]) == ("POST", "/My Files/Private", 200)
