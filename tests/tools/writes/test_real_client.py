"""Every tool that changes things works through the SDK's own MCP client, which checks answers by their schemas."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.protocol.wire import JSON
from tests.simulators.stack import RunningStack
from tests.tools.writes.files import DOCS, PLAN
from tools.catalogue import CATALOGUE

EMPTY = "/My Files/Empty"
GATE = "task:delete"
PLACE = {"portal": "acme-files"}
STEPS: list[tuple[str, JSON, JSON]] = [
    # the tool, its arguments, some of what it answers
    ("create_directory", {"path": f"{EMPTY}/one"}, {"path": f"{EMPTY}/one"}),
    ("makedirs", {"path": f"{EMPTY}/two/three"}, {"created": [f"{EMPTY}/two", f"{EMPTY}/two/three"]}),
    ("upload_from_content", {"filepath": f"{EMPTY}/note.txt", "content": "Grüße"}, {"size": 7, "replaced": False}),
    ("copy_item", {"source": PLAN, "destination": f"{EMPTY}/one"}, {"state": "completed", "operation": "copy"}),
    ("move_item", {"source": f"{EMPTY}/note.txt", "destination": f"{EMPTY}/one"}, {"state": "completed"}),
    ("rename_item", {"path": f"{EMPTY}/one", "new_name": "1"}, {"state": "completed", "operation": "rename"}),
    ("delete_items", {"paths": [f"{EMPTY}/1", f"{EMPTY}/two"]}, {"state": "completed", "operation": "delete"}),
    ("recover_items", {"paths": [f"{EMPTY}/1"]}, {"state": "completed", "operation": "recover"}),
    ("create_public_link", {"path": f"{EMPTY}/1", "expire_in": 2}, {"access": "RO", "path": f"{EMPTY}/1"}),
]


@asynccontextmanager
async def connected(stack: RunningStack, mode: str, who: str = "bob") -> AsyncIterator[Client]:
    """A client with somebody's token."""
    headers = {"Authorization": f"Bearer {stack.token(who)}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(stack.url, http_client=http), mode=mode) as client,
    ):
        yield client


async def done(client: Client, tool: str, **arguments: Any) -> JSON:
    """The structured content of a call that succeeded."""
    found = await client.call_tool(f"ctera_portal_{tool}", {**PLACE, **arguments})
    assert not found.is_error, found
    assert found.structured_content is not None
    content: JSON = found.structured_content
    return content


def test_the_walk_is_through_every_tool() -> None:
    changing = {name for name, spec in CATALOGUE.items() if not spec.read_only}
    assert changing == {f"ctera_portal_{tool}" for tool, _, _ in STEPS}


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_a_walk_through_every_tool_does_what_it_says(stack: RunningStack, mode: str) -> None:
    stack.portal.reset()
    async with connected(stack, mode) as client:
        await client.list_tools()
        for tool, arguments, expected in STEPS:
            found = await done(client, tool, **arguments)
            assert expected.items() <= found.items(), (tool, found)
        entries = (await done(client, "list_dir", path=EMPTY))["entries"]
        assert [entry["name"] for entry in entries] == ["1"]
        entries = (await done(client, "list_dir", path=f"{EMPTY}/1"))["entries"]
        assert {entry["name"] for entry in entries} == {"plan.txt", "note.txt"}


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_work_that_takes_long_is_gone_on_with_and_its_progress_is_heard(stack: RunningStack, mode: str) -> None:
    stack.portal.reset()
    stack.portal.control(hold=GATE)
    told: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with connected(stack, mode) as client:
        arguments = {**PLACE, "paths": [PLAN]}
        begun = await client.call_tool("ctera_portal_delete_items", arguments, progress_callback=hear)
        assert begun.structured_content is not None
        assert (begun.structured_content["state"], told[:1]) == ("running", [0.0])
        stack.portal.control(release=GATE)
        ended = await done(client, "get_operation", handle=begun.structured_content["handle"])
        assert (ended["state"], ended["items"][0]["outcome"]) == ("completed", "done")
    stack.portal.control(clear=True)


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_what_went_wrong_reaches_the_model_as_text_and_as_a_code(stack: RunningStack, mode: str) -> None:
    stack.portal.reset()
    async with connected(stack, mode) as client:
        found = await client.call_tool("ctera_portal_rename_item", {**PLACE, "path": PLAN, "new_name": "notes.md"})
        assert found.is_error
        assert found.structured_content is not None
        assert found.structured_content["code"] == "conflict"
        assert f"{DOCS}/notes.md" in str(found.content)
