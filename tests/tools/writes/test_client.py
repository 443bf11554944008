"""Every tool that changes things, driven by the SDK's own client, which checks each answer against its schema."""

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
from tests.tools.writes.files import DOCS, PLAN, Files
from tests.tools.writes.test_bad_input import GOOD
from tools.catalogue import CATALOGUE

ALICE = "/Users/Alice Acme"
PLACES: dict[str, tuple[JSON, str]] = {
    # the place, and where Alice's own files are in it
    "a user's account": ({"portal": "acme-files"}, ""),
    "an administrator's": ({"portal": "hq", "tenant": "acme"}, ALICE),
}


@asynccontextmanager
async def connected(stack: RunningStack, mode: str) -> AsyncIterator[Client]:
    """Bob's client."""
    headers = {"Authorization": f"Bearer {stack.token('bob')}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(stack.url, http_client=http), mode=mode) as client,
    ):
        yield client


async def good(client: Client, tool: str, arguments: JSON, **more: Any) -> JSON:
    """The structured content of a call that succeeded."""
    found = await client.call_tool(f"ctera_portal_{tool}", arguments, **more)
    assert found.is_error is False, found
    assert isinstance(found.structured_content, dict)
    return found.structured_content


def below(home: str, value: Any) -> Any:
    """An argument, with its paths in that home."""
    if isinstance(value, list):
        return [below(home, each) for each in value]
    return f"{home}{value}" if isinstance(value, str) and value.startswith("/") else value


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
@pytest.mark.parametrize("where", PLACES)
async def test_each_tool_does_its_work(files: Files, stack: RunningStack, mode: str, where: str) -> None:
    place, home = PLACES[where]
    async with connected(stack, mode) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        for tool, arguments in GOOD.items():
            if tool == "get_operation":
                continue
            files.portal.reset()
            wanted = {name: below(home, value) for name, value in arguments.items()}
            found = await good(client, tool, {**place, **wanted})
            assert (found["portal"], found["tenant"]) == (place["portal"], "acme")
            assert len(files.written()) == (2 if tool == "makedirs" else 1)
            assert listed[f"ctera_portal_{tool}"].output_schema == CATALOGUE[f"ctera_portal_{tool}"].output_schema


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_progress_and_the_handle_reach_the_client(files: Files, stack: RunningStack, mode: str) -> None:
    told: list[tuple[float, float | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total))

    paths = [f"{DOCS}/Drafts/draft-{number}.txt" for number in (1, 2, 3)]
    files.portal.control(pace=True)
    async with connected(stack, mode) as client:
        found = await good(client, "delete_items", {**files.place, "paths": paths}, progress_callback=hear)
        assert found["state"] == "completed"
        assert [progress for progress, _ in told] == sorted({progress for progress, _ in told})
        assert told[-1] == (3.0, 3.0)
        files.portal.control(clear=True, hold="task:delete")
        begun = await good(client, "delete_items", {**files.place, "paths": [PLAN]})
        assert begun["state"] == "running"
        files.portal.control(release="task:delete")
        ended = await good(client, "get_operation", {"handle": begun["handle"]})
        assert ended["state"] == "completed"


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_a_refusal_is_a_result_that_a_model_can_read(files: Files, stack: RunningStack, mode: str) -> None:
    async with connected(stack, mode) as client:
        found = await client.call_tool("ctera_portal_delete_items", {**files.place, "paths": [f"{DOCS}/none"]})
        assert found.is_error is True
        assert isinstance(found.structured_content, dict)
        assert found.structured_content["code"] == "not_found"
