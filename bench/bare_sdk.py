"""(b) the SDK's low-level server as it is: the same tools, stateless JSON, no authorization, default collector."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations
from starlette.applications import Starlette
from starlette.routing import Mount

from bench.answers import PORTALS, PORTALS_TEXT
from tools.catalogue import CATALOGUE

TOOLS = [
    Tool(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        input_schema=spec.input_schema,
        output_schema=spec.output_schema,
        annotations=ToolAnnotations(title=spec.title, read_only_hint=spec.read_only),
    )
    for spec in CATALOGUE.values()
]


async def list_tools(ctx: Any, params: Any) -> ListToolsResult:
    """All tools."""
    return ListToolsResult(tools=TOOLS)


async def call_tool(ctx: Any, params: Any) -> CallToolResult:
    """The same answer for every call."""
    return CallToolResult(content=[TextContent(type="text", text=PORTALS_TEXT)], structured_content=PORTALS)


def application() -> Starlette:
    """The server at /mcp."""
    server: Server[Any] = Server(
        "bare",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda name: CATALOGUE[name].input_schema,
    )
    manager = StreamableHTTPSessionManager(server, stateless=True, json_response=True)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return Starlette(routes=[Mount("/", app=manager.handle_request)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(application(), port=int(sys.argv[1]), log_level="warning", loop="uvloop", http="httptools")
