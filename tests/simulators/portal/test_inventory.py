"""The SDK lists users, cloud folders, devices, servers, reports and logs."""

from __future__ import annotations

from typing import Any

import pytest
from cterasdk import exceptions
from cterasdk.asynchronous.core.query import iterator
from cterasdk.core import types as core_types
from cterasdk.core.query import FilterBuilder, QueryParamBuilder
from cterasdk.lib import QueryLogsResponse

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.sdk import administrator, end_user


async def logs(client: Any, topic: str, *filters: object) -> list[Any]:
    builder = QueryParamBuilder().put("topic", topic).put("minSeverity", "info")
    for one in filters:
        builder.addFilter(one)
    found = iterator(client, "", builder.build(), "queryLogs", callback_response=QueryLogsResponse)
    return [entry async for entry in found]


async def test_users_are_those_of_the_browsed_team_portal(portal: RunningPortal) -> None:
    async with administrator(portal, "globex") as client:
        param = QueryParamBuilder().include(["name", "email", "role"]).build()
        users = [user async for user in iterator(client, "/users", param)]
    assert {(user.name, user.email) for user in users} == {
        ("carol", "carol@globex.test"),
        ("alice", "alice@globex.test"),
    }
    assert not hasattr(users[0], "firstName")


async def test_queries_are_cut_into_pages(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as client:
        param = QueryParamBuilder().include(["name"]).countLimit(1).build()
        assert [user.name async for user in iterator(client, "/users", param)] == ["alice", "bob"]
    assert [entry["name"] for entry in portal.log()].count("users") == 2


async def test_one_user_is_found_or_is_not(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as client:
        assert (await client.users.get(core_types.UserAccount("bob"), ["firstName"])).firstName == "Bob"
        with pytest.raises(exceptions.ObjectNotFoundException):
            await client.users.get(core_types.UserAccount("carol"))


async def test_cloud_folders_of_a_team_portal_are_listed_without_browsing(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        drives = [d async for d in client.cloudfs.drives.all(["owner", "folderStats"], ["acme"])]
        assert [drive.name for drive in drives] == ["My Files", "My Files", "Shared"]
        assert drives[0].folderStats.totalFiles > 250
        other = [d async for d in client.cloudfs.drives.all(["owner"], ["globex"])]
        assert len({drive.owner for drive in [*drives, *other]}) == 4


async def test_an_unknown_team_portal_has_no_cloud_folders(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        with pytest.raises(exceptions.transport.NotFound):
            [d async for d in client.cloudfs.drives.all(None, ["initech"])]


async def test_a_cloud_folder_is_found_by_name_and_owner(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as client:
        owner = core_types.UserAccount("bob")
        found = [drive async for drive in await client.cloudfs.drives.find("My Files", owner, ["owner"])]
    assert [core_types.UserAccount.from_base_object_ref(drive.owner).name for drive in found] == ["bob"]


async def test_devices_are_listed_for_one_or_all_team_portals(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        everywhere = [
            device.name async for device in client.devices.devices(["deviceConnectionStatus"], allPortals=True)
        ]
        assert {"filer-acme", "edge-globex"} <= set(everywhere)
        await client.portals.browse("acme")
        assert [device.name async for device in client.devices.devices()] == ["filer-acme", "edge-acme"]


async def test_the_platform_is_listed(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        assert [one.name async for one in client.servers.list_servers()] == ["MainDB"]
        assert [one.name async for one in client.buckets.list_buckets()] == ["bucket-1"]
        assert [one.name async for one in client.plans.list_plans()] == ["Standard"]
        assert await client.settings.global_settings.dns_suffix == "portal.test"


@pytest.mark.parametrize("name", ["storageLocations", "portals", "folders", "folderGroups"])
async def test_every_storage_report_has_entries(portal: RunningPortal, name: str) -> None:
    async with administrator(portal) as client:
        assert (await client.v1.api.get(f"/reports/{name}StatisticsReport")).entries


async def test_the_access_log_names_who_did_what(portal: RunningPortal) -> None:
    async with end_user(portal, "bob", "bob-secret") as bob:
        await bob.files.exists("My Files/Private")
    async with administrator(portal, "acme") as client:
        found = [entry for entry in await logs(client, "access") if entry.user == "bob"]
    assert any(entry.message == "stat /My Files/Private" for entry in found)


async def test_the_system_log_is_paged_and_filtered(portal: RunningPortal) -> None:
    async with administrator(portal) as client:
        assert len(await logs(client, "system")) == 120
        devices = await logs(client, "system", FilterBuilder("originType").eq("Device"))
        assert {entry.origin for entry in devices} == {"filer-acme"}


async def test_the_access_log_of_a_team_portal_tells_nothing_of_another(portal: RunningPortal) -> None:
    async with end_user(portal, "carol", "carol-secret", "globex") as carol:
        await carol.files.exists("My Files")
    async with administrator(portal, "acme") as client:
        assert "carol" not in {entry.user for entry in await logs(client, "access") if entry.portal}


async def test_end_users_have_no_part_in_administration(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(exceptions.transport.Forbidden):
            [user async for user in iterator(client, "/users")]
        with pytest.raises(exceptions.transport.Forbidden):
            await logs(client, "access")
