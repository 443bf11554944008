"""The SDK makes public links and shares folders with other accounts."""

from __future__ import annotations

import pytest
from cterasdk import exceptions
from cterasdk.core import types as core_types

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.sdk import end_user


async def test_a_public_link_is_made_and_kept(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        url = await client.files.public_link("My Files/Docs/plan.txt", access="RO", expire_in=7)
    assert url.startswith("https://acme.portal.test/invitations/?share=")
    links = portal.control(links=True)["links"]
    assert isinstance(links, list)
    assert (links[0]["url"], links[0]["path"], links[0]["account"]) == (url, "/My Files/Docs/plan.txt", "alice")


@pytest.mark.trap("6/matched-messages")
async def test_a_link_to_nothing_is_not_made(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(exceptions.io.core.CreateLinkError) as raised:
            await client.files.public_link("My Files/none.txt")
        assert isinstance(raised.value.__cause__, exceptions.io.core.ObjectNotFoundError)


async def test_a_link_grants_no_more_than_its_maker_may_do(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        path = "Shared With Me/Bob Acme/Handbook/rules.txt"
        assert await client.files.public_link(path, access="RO")
        with pytest.raises(exceptions.io.core.CreateLinkError):
            await client.files.public_link(path, access="RW")


async def test_recipients_of_a_folder_are_listed(portal: RunningPortal) -> None:
    async with end_user(portal, "bob", "bob-secret") as client:
        info = await client.files.get_share_info("My Files/Handbook")
    assert [(one.invitee.name, one.accessMode) for one in info.shares] == [("alice", "ReadOnly")]


async def test_share_information_of_nothing_is_not_found(portal: RunningPortal) -> None:
    async with end_user(portal, "bob", "bob-secret") as client:
        with pytest.raises(exceptions.io.core.GetShareMetadataError) as raised:
            await client.files.get_share_info("My Files/None")
        assert isinstance(raised.value.__cause__, exceptions.io.core.ObjectNotFoundError)


async def test_a_shared_folder_appears_with_its_recipient_and_goes_again(portal: RunningPortal) -> None:
    async with end_user(portal, "bob", "bob-secret") as bob, end_user(portal, "alice", "alice-secret") as alice:
        seen = "Shared With Me/Bob Acme/Private/secret.txt"
        member = core_types.Collaborator.local_user(core_types.UserAccount("alice")).read_only()
        outsider = core_types.Collaborator.external("someone@example.com").read_only()
        await bob.files.share("My Files/Private", [member, outsider])
        assert await alice.files.exists(seen)
        info = await bob.files.get_share_info("My Files/Private")
        assert [one.invitee.type for one in info.shares] == ["localUser", "external"]
        await bob.files.remove_share_recipients("My Files/Private", [core_types.UserAccount("alice")])
        assert not await alice.files.exists(seen)
        await bob.files.unshare("My Files/Private")
        assert (await bob.files.get_share_info("My Files/Private")).shares == []
