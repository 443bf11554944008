"""What we send past the SDK's commands is what those send; an upgrade that changes either side fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cterasdk.cio.core.types import ActionResourcesParam, CreateShareParam, FetchResourcesParamBuilder, SrcDstParam
from cterasdk.clients.clients import AsyncClient
from cterasdk.clients.common import Serializers
from cterasdk.common import Object
from cterasdk.core.enum import FileAccessMode, UploadError
from cterasdk.core.types import ConflictResolver

from tests.simulators.portal.fixture import RunningPortal
from tools.portal.client import PortalClient, open_session
from tools.portal.tasks import task_parameter, task_reference
from tools.portal.write_ports import Status, Step, TaskState, Trouble, Work
from tools.portal.writes import upload_refusal
from tools.profile import Profile

pytestmark = pytest.mark.trap("1.4/private-edges")
ROOT = Path(__file__).resolve().parents[3]
VARYING = re.compile(rb"[0-9T:+Z.-]{4,}(?=</val>)")
"""Times and numbers, which are others in another world of the portal."""
DOCS, EMPTY = "/My Files/Docs", "/My Files/Empty"
Sent = tuple[str, str, Any]
Doing = Callable[[PortalClient], Awaitable[Any]]


class Recorder:
    """What leaves through aiohttp: method, path, and the body as text or as the fields of a form."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[Sent] = []
        original = aiohttp.ClientSession._request

        async def recorded(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
            data = options.get("data")
            body = _fields(data) if isinstance(data, aiohttp.FormData) else data
            self.sent.append((method, str(url).partition("/ServicesPortal")[2], body))
            return await original(session, method, url, **options)

        monkeypatch.setattr(aiohttp.ClientSession, "_request", recorded)

    def last(self, word: str) -> Sent:
        """The latest request that has the word in its body."""
        return next(one for one in reversed(self.sent) if word in str(one[2]))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """From now on."""
    return Recorder(monkeypatch)


def _fields(form: Any) -> list[tuple[str, bytes]]:
    found = []
    for options, _, value in form._fields:
        content = value.getvalue() if hasattr(value, "getvalue") else value
        found.append((options["name"], content if isinstance(content, bytes) else str(content).encode()))
    return found


async def sent_by(recorder: Recorder, profile: Profile, doing: Doing, word: str) -> Sent:
    """What one piece of work sends in a session of its own."""
    client = await open_session(profile, profile.tenant, profile.sealed_password)
    try:
        await doing(client)
        return recorder.last(word)
    finally:
        await client.close()


def _tomorrow() -> Any:
    return (datetime.now(UTC) + timedelta(days=1)).date()


SAME: list[tuple[str, Doing, Doing]] = [
    (
        "makeCollection",
        lambda ours: ours._sdk.files.mkdir("My Files/Docs/Né #1"),
        lambda ours: ours.make_folder(f"{DOCS}/Né #1"),
    ),
    (
        "copyResources",
        lambda ours: ours._sdk.files.copy("My Files/Docs/plan.txt", destination="My Files/Empty"),
        lambda ours: ours.start(Work.COPY, [Step(f"{DOCS}/plan.txt", f"{EMPTY}/plan.txt")]),
    ),
    (
        "moveResources",
        lambda ours: ours._sdk.files.move("My Files/Docs/plan.txt", destination="My Files/Empty"),
        lambda ours: ours.start(Work.MOVE, [Step(f"{DOCS}/plan.txt", f"{EMPTY}/plan.txt")]),
    ),
    (
        "moveResources",
        lambda ours: ours._sdk.files.rename("My Files/Docs/plan.txt", "b%41.txt"),
        lambda ours: ours.start(Work.MOVE, [Step(f"{DOCS}/plan.txt", f"{DOCS}/b%41.txt")]),
    ),
    (
        "deleteResources",
        lambda ours: ours._sdk.files.delete("My Files/Docs/plan.txt", "My Files/Docs/notes.md"),
        lambda ours: ours.start(Work.DELETE, [Step(f"{DOCS}/plan.txt"), Step(f"{DOCS}/notes.md")]),
    ),
    (
        "restoreResources",
        lambda ours: ours._sdk.files.undelete("My Files/Docs/old-plan.txt"),
        lambda ours: ours.start(Work.RECOVER, [Step(f"{DOCS}/old-plan.txt")]),
    ),
    (
        "createShare",
        lambda ours: ours._sdk.files.public_link("My Files/Docs", "PO", 1),
        lambda ours: ours.make_link(DOCS, "PO", _tomorrow()),
    ),
]


@pytest.mark.trap("3.1/what-is-sent")
@pytest.mark.parametrize(("word", "theirs", "ours"), SAME, ids=[f"{n}-{word}" for n, (word, _, _) in enumerate(SAME)])
async def test_a_change_is_sent_as_the_sdk_sends_it(
    portal: RunningPortal, acme: Profile, recorder: Recorder, word: str, theirs: Doing, ours: Doing
) -> None:
    expected = await sent_by(recorder, acme, theirs, word)
    portal.reset()
    recorder.sent.clear()
    assert await sent_by(recorder, acme, ours, word) == expected


@pytest.mark.filterwarnings("ignore:In v4, passing bytes")
async def test_a_file_is_sent_as_the_sdk_sends_it(portal: RunningPortal, acme: Profile, recorder: Recorder) -> None:
    folder = ""

    async def ours(client: PortalClient) -> None:
        nonlocal folder
        found = await client.look(DOCS)
        assert found is not None
        folder = found.folder or ""
        await client.upload(f"{DOCS}/Né.txt", b"content", folder)

    def theirs(client: PortalClient) -> Awaitable[Any]:
        return client._sdk.files.upload("My Files/Docs/Né.txt", b"content")  # type: ignore[no-any-return]  # untyped

    expected = await sent_by(recorder, acme, theirs, "fullpath")
    portal.reset()
    recorder.sent.clear()
    assert await sent_by(recorder, acme, ours, "fullpath") == expected
    assert expected[1].endswith(f"/{folder}")


async def test_looking_is_sent_as_the_sdk_sends_it(acme: Profile, recorder: Recorder) -> None:
    expected = await sent_by(recorder, acme, lambda client: client._sdk.files.exists("My Files/Docs"), "fetchResources")
    assert await sent_by(recorder, acme, lambda client: client.look(DOCS), "fetchResources") == expected


@pytest.mark.trap("3.6/how-tasks-are-asked")
async def test_a_task_is_asked_after_and_read_as_the_sdk_does(acme: Profile, recorder: Recorder) -> None:
    client = await open_session(acme, "acme", acme.sealed_password)
    try:
        task = await client._sdk.files.delete("My Files/Docs/plan.txt")
        seen = await task.a_status()
        expected = recorder.last("getTaskStatus")
        state = await client.task_state(task_reference(task.ref))
        assert recorder.last("getTaskStatus") == expected
        assert (state.status, state.done, state.total) == (Status.COMPLETED, seen.files_processed, seen.total_files)
        assert (state.bytes_done, seen.completed) == (seen.bytes_processed, True)
    finally:
        await client.close()


@pytest.mark.trap("3.6/conflict-and-cursor")
async def test_a_conflict_is_gone_on_from_as_the_sdk_does(
    portal: RunningPortal, acme: Profile, recorder: Recorder
) -> None:
    def copies(client: PortalClient) -> Awaitable[Any]:
        return client._sdk.files.copy(  # type: ignore[no-any-return]  # untyped
            "My Files/Docs/plan.txt",
            destination="My Files/Docs/Drafts",
            resolver=ConflictResolver.overwrite(apply_all=False),
            wait=True,
        )

    step = Step(f"{DOCS}/plan.txt", f"{DOCS}/Drafts/plan.txt")

    async def goes_on(client: PortalClient) -> None:
        state = await client.task_state(await client.start(Work.COPY, [step]))
        assert (state.trouble, state.in_the_way) == (Trouble.CONFLICT, step.target)
        await client.start(Work.COPY, [step], replacing=state)

    def begins(client: PortalClient) -> Awaitable[Any]:
        return client.start(Work.COPY, [step])

    sent = []
    for doing in (copies, goes_on):
        portal.reset()
        await sent_by(recorder, acme, begins, "copyResources")
        body = (await sent_by(recorder, acme, doing, "copyResources"))[2]
        sent.append(VARYING.sub(b"", body))
    assert sent[0] == sent[1]
    assert b"<val>Override</val>" in sent[1]


@pytest.mark.trap("7.1/parameters-shared-by-threads")
def test_parameters_are_objects_of_their_own() -> None:
    first, second = (task_parameter([(f"/{name}", None)], None) for name in "ab")
    assert [one.src for one in first.urls] == ["/a"]
    assert [one.src for one in second.urls] == ["/b"]
    assert (first.startFrom, task_parameter([], TaskState(Status.FAILED, resume=Object())).startFrom is None) == (
        None,
        False,
    )


def test_nothing_of_ours_goes_through_the_attribute_that_threads_share() -> None:
    for kind in (ActionResourcesParam, CreateShareParam, SrcDstParam):
        assert "instance" in vars(kind)
    for path in (ROOT / "tools" / "portal").glob("*.py"):
        assert "instance" not in {
            node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
        }


@pytest.mark.parametrize("name", ["post", "form_data"])
def test_requests_that_skip_the_sdks_reading_of_answers_are_still_there(name: str) -> None:
    assert callable(getattr(AsyncClient, name))


def test_the_words_that_we_compare_with_are_those_of_the_sdk() -> None:
    quotas = (UploadError.UserQuotaViolation, UploadError.PortalQuotaViolation, UploadError.FolderQuotaViolation)
    assert all("The quota for" in upload_refusal(word, "/a").message for word in quotas)
    for word in (UploadError.RejectedByPolicy, UploadError.WindowsACL, UploadError.NoStorageBucket):
        assert "no reason that is known" not in upload_refusal(word, "/a").message
    assert {mode: getattr(FileAccessMode, mode) for mode in ("RO", "RW", "PO", "UO")} == {
        "RO": "ReadOnly",
        "RW": "ReadWrite",
        "PO": "PreviewOnly",
        "UO": "UploadOnly",
    }
    share = CreateShareParam("/p", "ReadOnly", "2026-01-01").share
    assert (share.accessMode, share.protectionLevel, share.expiration) == ("ReadOnly", "publicLink", "2026-01-01")
    assert FetchResourcesParamBuilder().root("/").depth(0).include_deleted().build().includeDeleted is True
    assert Serializers.XML(Object()).startswith(b"<obj")


@pytest.mark.parametrize(
    "text", ["", "x", "servers/MainDB/bgTasks/0", "servers/a/b/bgTasks/1", "servers/MainDB/bgTasks/1/../2", "Ok"]
)
def test_what_names_no_task_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="task"):
        task_reference(text)
