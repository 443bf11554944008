"""Every tool that looks, called through the SDK's own client, which holds answers against the declared schemas."""

from __future__ import annotations

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.tools.reads.looking import ADMINISTRATION, GOOD, Looking
from tools.catalogue import CATALOGUE

BY_A_USER = {
    tool: {name: str(value).replace("/Users/Alice Acme", "") for name, value in arguments.items()}
    for tool, arguments in GOOD.items()
    if tool not in ADMINISTRATION
}


@pytest.mark.parametrize("mode", ["2026-07-28", "auto"])
async def test_the_clients_of_the_sdk_call_every_tool(looking: Looking, mode: str) -> None:
    headers = {"Authorization": f"Bearer {looking.token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(looking.wire.stack.url, http_client=http), mode=mode) as client,
    ):
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        for tool, arguments in GOOD.items():
            name = f"ctera_portal_{tool}"
            assert listed[name].description == CATALOGUE[name].description
            answer = await client.call_tool(name, looking.arguments(tool, arguments))
            assert not answer.is_error, (tool, answer)
            assert answer.structured_content
        for tool, arguments in BY_A_USER.items():
            answer = await client.call_tool(f"ctera_portal_{tool}", {"portal": "acme-files", **arguments})
            assert not answer.is_error, (tool, answer)
