"""Changes leave exactly as the SDK's own commands send them; what we pass by is still there, with its faults."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cterasdk.cio.core.types import ActionResourcesParam, CreateShareParam, SrcDstParam
from cterasdk.core.enum import FileAccessMode, UploadError

from tools.portal.client import PortalClient, open_session
from tools.portal.tasks import task_reference
from tools.portal.write_ports import Step, Work
from tools.portal.writes import upload_refusal
from tools.profile import Profile

pytestmark = [
    pytest.mark.trap("1.4/private-edges"),
    # aiohttp warns about bytes in forms, which is how the SDK sends them (portal.md, section 7).
    pytest.mark.filterwarnings("ignore:In v4, passing bytes:DeprecationWarning"),
]
ROOM = Path(__file__).resolve().parents[3] / "tools" / "portal"
DOCS, EMPTY = "/My Files/Docs", "/My Files/Empty"
PLAN = f"{DOCS}/plan.txt"
Sent = tuple[str, str, Any]


@pytest.fixture
async def client(acme: Profile) -> AsyncIterator[PortalClient]:
    """Alice's session."""
    opened = await open_session(acme, "acme", "alice-secret")
    yield opened
    await opened.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Each request that leaves: its verb, its address, and its body or the fields of its form."""
    found: list[Sent] = []
    real = aiohttp.ClientSession._request

    async def recording(self: aiohttp.ClientSession, method: str, url: Any, **more: Any) -> aiohttp.ClientResponse:
        found.append((method, str(url), shape(more.get("data"))))
        return await real(self, method, url, **more)

    monkeypatch.setattr(aiohttp.ClientSession, "_request", recording)
    return found


def shape(data: Any) -> Any:
    """A body that can be compared."""
    if isinstance(data, aiohttp.FormData):
        return [(dict(options)["name"], read(value)) for options, _, value in data._fields]
    return data


def read(value: Any) -> Any:
    """What a file holds, without moving in it."""
    return value.getvalue() if hasattr(value, "getvalue") else value


def until() -> Any:
    """Thirty days from now, as the SDK counts them."""
    return (datetime.now(UTC) + timedelta(days=30)).date()


def step(source: str, target: str | None = None) -> list[Step]:
    return [Step(source, target)]


Act = Callable[[Any], Awaitable[Any]]
PAIRS: dict[str, tuple[Act, Act]] = {
    "mkdir": (lambda c: c.make_folder(f"{DOCS}/a#b"), lambda f: f.mkdir("My Files/Docs/a#b")),
    "copy": (
        lambda c: c.start(Work.COPY, step(PLAN, f"{EMPTY}/plan.txt")),
        lambda f: f.copy("My Files/Docs/plan.txt", destination="My Files/Empty"),
    ),
    "move": (
        lambda c: c.start(Work.MOVE, step(PLAN, f"{EMPTY}/plan.txt")),
        lambda f: f.move("My Files/Docs/plan.txt", destination="My Files/Empty"),
    ),
    "rename": (
        lambda c: c.start(Work.MOVE, step(PLAN, f"{DOCS}/日 1")),
        lambda f: f.rename("My Files/Docs/plan.txt", "日 1"),
    ),
    "delete": (lambda c: c.start(Work.DELETE, step(PLAN)), lambda f: f.delete("My Files/Docs/plan.txt")),
    "recover": (lambda c: c.start(Work.RECOVER, step(PLAN)), lambda f: f.undelete("My Files/Docs/plan.txt")),
    "link": (lambda c: c.make_link(PLAN, "PO", until()), lambda f: f.public_link("My Files/Docs/plan.txt", "PO", 30)),
}


@pytest.mark.parametrize("name", PAIRS)
async def test_a_change_leaves_as_the_sdks_own_command_sends_it(
    client: PortalClient, sent: list[Sent], portal: Any, name: str
) -> None:
    ours, theirs = PAIRS[name]
    await ours(client)
    (mine,) = sent
    portal.control(clear=True)
    sent.clear()
    try:
        await theirs(client._sdk.files)
    except (OSError, AttributeError):
        assert sent  # the item is already gone or there; what left is what counts
    assert mine in sent


async def test_an_upload_leaves_as_the_sdks_own_command_sends_it(client: PortalClient, sent: list[Sent]) -> None:
    folder = await client.look(DOCS)
    assert folder is not None
    assert folder.folder is not None
    sent.clear()
    await client.upload(f"{DOCS}/a b.txt", b"four", folder.folder)
    (mine,) = sent
    sent.clear()
    await client._sdk.files.upload("My Files/Docs/a b.txt", b"four")
    assert mine in sent


async def test_looking_at_work_leaves_as_the_sdk_sends_it(client: PortalClient, sent: list[Sent]) -> None:
    reference = await client.start(Work.COPY, step(PLAN, f"{EMPTY}/plan.txt"))
    sent.clear()
    await client.task_state(reference)
    await client._sdk.tasks.awaitable_task(reference).a_status()
    mine, theirs = sent
    assert mine == theirs
    assert task_reference(f"/{reference}") == reference


def test_words_of_access_and_of_refused_uploads_are_the_sdks() -> None:
    modes = {name: getattr(FileAccessMode, name) for name in ("RO", "RW", "PO", "UO")}
    assert modes == {"RO": "ReadOnly", "RW": "ReadWrite", "PO": "PreviewOnly", "UO": "UploadOnly"}
    quota = (UploadError.UserQuotaViolation, UploadError.PortalQuotaViolation, UploadError.FolderQuotaViolation)
    for said in quota:
        assert "The quota for" in upload_refusal(said, PLAN).message
    for said in (UploadError.RejectedByPolicy, UploadError.WindowsACL, UploadError.NoStorageBucket):
        assert "no reason that is known" not in upload_refusal(said, PLAN).message


@pytest.mark.trap("7.1/parameters-shared-by-threads")
def test_the_sdks_parameters_can_be_made_without_the_attribute_that_threads_share() -> None:
    for kind in (ActionResourcesParam, CreateShareParam, SrcDstParam):
        assert "instance" in vars(kind)
    assert SrcDstParam("a", "b") is not SrcDstParam("a", "b")
    source = ast.parse("".join(path.read_text() for path in ROOM.glob("*.py")))
    assert "instance" not in {node.attr for node in ast.walk(source) if isinstance(node, ast.Attribute)}
