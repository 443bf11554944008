"""The SDK makes folders, copies, moves, renames, deletes, recovers and uploads."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cterasdk import exceptions
from cterasdk.core import types as core_types

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.sdk import administrator, end_user

# aiohttp warns about bytes in forms, which is how the SDK sends them.
pytestmark = pytest.mark.filterwarnings("ignore:In v4, passing bytes:DeprecationWarning")
io_errors = exceptions.io.core


async def names_in(client: Any, path: str) -> set[str]:
    return {r.path.name async for r in client.files.listdir(path)}


async def read(client: Any, path: str) -> bytes:
    return await (await client.files.handle(path, None)).read()  # type: ignore[no-any-return]


async def test_a_folder_is_made(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        assert await client.files.mkdir("My Files/Docs/New") == "My Files/Docs/New"
        assert (await client.files.properties("My Files/Docs/New")).is_dir


async def test_a_chain_of_folders_is_made_where_part_of_it_exists(portal: RunningPortal) -> None:
    async with administrator(portal, "acme") as client:
        await client.files.makedirs("Users/Alice Acme/My Files/Docs/2025/01/03")
        assert await client.files.exists("Users/Alice Acme/My Files/Docs/2025/01/03")


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("My Files/Docs", io_errors.FileConflictError),
        ("My Files/None/New", io_errors.FolderNotFoundError),
        ("My Files/.versions", io_errors.ReservedNameError),
        ("My Files/what?", io_errors.FilenameError),
        ("Shared With Me/Bob Acme/Handbook/New", io_errors.PrivilegeError),
        ("New", io_errors.PrivilegeError),
        ("My Files/Huge/New", io_errors.PrivilegeError),
    ],
)
async def test_a_folder_that_cannot_be_made_says_why(portal: RunningPortal, path: str, cause: type[Exception]) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.CreateDirectoryError) as raised:
            await client.files.mkdir(path)
        assert isinstance(raised.value.__cause__, cause)


async def test_a_read_only_administrator_writes_nothing(portal: RunningPortal) -> None:
    async with administrator(portal, "acme", "auditor", "auditor-secret") as client:
        assert await client.files.exists("Users/Bob Acme/My Files/Private/secret.txt")
        with pytest.raises(io_errors.CreateDirectoryError):
            await client.files.mkdir("Users/Bob Acme/My Files/New")
        with pytest.raises(io_errors.DeleteError):
            await client.files.delete("Users/Bob Acme/My Files/Private", wait=True)


async def test_a_copy_leaves_the_source_and_a_move_does_not(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        await client.files.copy(
            "My Files/Docs/plan.txt", "My Files/Docs/Drafts", destination="My Files/Empty", wait=True
        )
        assert await names_in(client, "My Files/Empty") == {"plan.txt", "Drafts"}
        assert await read(client, "My Files/Empty/plan.txt") == b"The plan of Alice at acme.\n"
        assert await client.files.exists("My Files/Docs/plan.txt")
        await client.files.move("My Files/Docs/Drafts/draft-1.txt", destination="My Files/Docs", wait=True)
        assert "draft-1.txt" in await names_in(client, "My Files/Docs")
        assert await names_in(client, "My Files/Docs/Drafts") == {"draft-2.txt", "draft-3.txt"}


async def test_a_copy_of_a_file_given_by_size_keeps_its_bytes(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        before = await read(client, "My Files/Docs/report.pdf")
        await client.files.rename("My Files/Docs/report.pdf", "renamed.pdf", wait=True)
        assert await read(client, "My Files/Docs/renamed.pdf") == before


async def test_a_rename_answers_the_new_path(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        renamed = await client.files.rename("My Files/Docs/plan.txt", "2024", wait=True)
        assert renamed == "My Files/Docs/2024"
        assert (await client.files.properties("My Files/Docs/2024")).path.name == "2024"


async def test_a_conflict_stops_a_move_and_names_the_file(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.RenameError) as raised:
            await client.files.rename("My Files/Docs/plan.txt", "notes.md", wait=True)
        assert isinstance(raised.value.__cause__, io_errors.FileConflictError)
        assert raised.value.__cause__.path == "My Files/Docs/notes.md"
        assert await client.files.exists("My Files/Docs/plan.txt")


@pytest.mark.parametrize(
    ("resolver", "content", "names"),
    [
        (core_types.ConflictResolver.overwrite(), b"The plan of Alice at acme.\n", {"plan.txt", "notes.md"}),
        (core_types.ConflictResolver.rename(), b"old", {"plan.txt", "plan (1).txt", "notes.md"}),
        (core_types.ConflictResolver.ignore(), b"old", {"plan.txt", "notes.md"}),
    ],
)
async def test_conflicts_are_resolved_as_asked(
    portal: RunningPortal, resolver: Any, content: bytes, names: set[str]
) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        await client.files.upload("My Files/Empty/plan.txt", b"old")
        await client.files.copy(
            "My Files/Docs/plan.txt",
            "My Files/Docs/notes.md",
            destination="My Files/Empty",
            resolver=resolver,
            wait=True,
        )
        assert await names_in(client, "My Files/Empty") == names
        assert await read(client, "My Files/Empty/plan.txt") == content


@pytest.mark.parametrize(
    ("source", "destination", "cause"),
    [
        ("My Files/none.txt", "My Files/Empty", io_errors.ObjectNotFoundError),
        ("My Files/Docs/plan.txt", "My Files/None", io_errors.FolderNotFoundError),
        ("My Files/Docs/plan.txt", "Shared With Me/Bob Acme/Handbook", type(None)),
        ("My Files/Docs", "My Files/Docs/Drafts", type(None)),
    ],
)
async def test_a_copy_that_cannot_be_made_says_why(
    portal: RunningPortal, source: str, destination: str, cause: type[object]
) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.CopyError) as raised:
            await client.files.copy(source, destination=destination, wait=True)
        assert isinstance(raised.value.__cause__, cause)


async def test_what_is_deleted_can_be_recovered(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        await client.files.delete("My Files/Docs/Drafts", "My Files/Docs/plan.txt", wait=True)
        assert not await client.files.exists("My Files/Docs/Drafts/draft-1.txt")
        await client.files.undelete("My Files/Docs/Drafts", wait=True)
        assert await client.files.exists("My Files/Docs/Drafts/draft-1.txt")
        assert not await client.files.exists("My Files/Docs/plan.txt")


async def test_a_deletion_of_several_is_not_atomic(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.DeleteError):
            await client.files.delete("My Files/Docs/plan.txt", "My Files/none", "My Files/Docs/notes.md", wait=True)
        assert not await client.files.exists("My Files/Docs/plan.txt")
        assert await client.files.exists("My Files/Docs/notes.md")


@pytest.mark.parametrize("path", ["My Files", "Shared", "Shared With Me/Bob Acme/Handbook/rules.txt"])
async def test_what_may_not_be_deleted_is_a_matter_of_privilege(portal: RunningPortal, path: str) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.DeleteError) as raised:
            await client.files.delete(path, wait=True)
        assert isinstance(raised.value.__cause__, io_errors.PrivilegeError)
        assert await client.files.exists(path)


async def test_recovery_of_what_is_not_deleted_fails(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.RecoverError):
            await client.files.undelete("My Files/Docs/plan.txt", wait=True)


async def test_a_task_runs_until_its_gate_opens(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        portal.control(hold="task:delete")
        task = await client.files.delete("My Files/Docs/plan.txt")
        await asyncio.to_thread(portal.wait_held, "task:delete")
        running = await task.a_status()
        assert (running.status, running.percentage, running.end_time) == ("running", 0, None)
        assert await client.files.exists("My Files/Docs/plan.txt")
        portal.control(release="task:delete")
        assert (await task.a_status()).completed
        assert not await client.files.exists("My Files/Docs/plan.txt")


@pytest.mark.trap("6/tasks")
@pytest.mark.parametrize("outcome", ["failed", "completed with warnings", "stopped", "running"])
async def test_a_task_ends_as_arranged(portal: RunningPortal, outcome: str) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        portal.control(task=outcome)
        task = await client.files.delete("My Files/Docs/plan.txt")
        assert (await task.a_status()).status == outcome
        assert await client.files.exists("My Files/Docs/plan.txt")


async def test_a_task_is_known_to_its_own_account_only(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as alice, end_user(portal, "bob", "bob-secret") as bob:
        task = await alice.files.delete("My Files/Docs/plan.txt")
        with pytest.raises(exceptions.transport.NotFound):
            await bob.tasks.awaitable_task(task.ref).a_status()


async def test_an_upload_is_stored_and_keeps_the_earlier_version(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        content = bytes(range(256)) * 40 + b"\r\n--\r\n"
        assert await client.files.upload("My Files/Empty/new file #1.bin", content) == "My Files/Empty/new file #1.bin"
        assert await read(client, "My Files/Empty/new file #1.bin") == content
        await client.files.upload("My Files/Empty/new file #1.bin", b"later")
        versions = await client.files.versions("My Files/Empty/new file #1.bin")
        assert [v.current for v in versions] == [True, False]
        assert await read(client, "My Files/Empty/new file #1.bin") == b"later"


@pytest.mark.parametrize(
    "path", ["My Files/Names/ odd + %41.txt", "Shared With Me/Bob Acme/Team Notes/Minutes/july.txt"]
)
async def test_uploads_go_where_the_account_may_write(portal: RunningPortal, path: str) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        await client.files.upload(path, b"x")
        assert await read(client, path) == b"x"


async def test_the_sdk_itself_refuses_uploads_to_the_top_of_a_share(portal: RunningPortal) -> None:
    async with end_user(portal, "alice", "alice-secret") as client:
        with pytest.raises(io_errors.ROFSError):
            await client.files.upload("Shared With Me/Bob Acme/Team Notes/tuesday.txt", b"x")
    assert "upload" not in [entry["name"] for entry in portal.log()]


async def test_an_upload_into_a_folder_that_is_only_readable_is_refused(portal: RunningPortal) -> None:
    async with administrator(portal, "acme", "auditor", "auditor-secret") as client:
        folder = await client.files.properties("Users/Alice Acme/My Files")
        where = client.io.builder("Users/Alice%20Acme/My%20Files/x.txt")
        form = {"name": "x.txt", "Filename": "x.txt", "fullpath": where, "fileSize": "1", "file": b"x"}
        with pytest.warns(DeprecationWarning, match="passing bytes"):
            answer = await client.io.upload(str(folder.volume.id), form)
        assert (answer.rc, answer.msg) == (1, "Permission denied")
