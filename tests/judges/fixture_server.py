"""The product's endpoint, with its doors, exchange and transports, serving what the conformance suite calls by name.

Only the tools differ: the real ones stay, the suite's are added to them. It runs as an ASGI application of its own.
"""

from __future__ import annotations

import secrets
import warnings
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from pydantic_core import to_json

from ctera_mcp_site.asgi import Application
from ctera_mcp_site.exchange import Exchange, Route, wants_stream
from ctera_mcp_site.runtime import Runtime
from tests.judges import fixture_content as content
from tests.judges.fixture_rounds import ROUNDS, done, prompt_round

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server

    from oauth.middleware import Scope

JSON = dict[str, Any]
NOTIFYING = frozenset({"test_tool_with_logging", "test_tool_with_progress", "test_logging_tool"})
BY_HAND = NOTIFYING | {"test_error_handling", "test_trigger_tool_change", "test_trigger_prompt_change"}
NAMES = sorted({*content.CONTENT, *ROUNDS, *BY_HAND})
PRIVATE = CacheHint(ttl_ms=0, scope="private")


class Fixtures:
    """Handlers that serve the suite's names and pass everything else on."""

    def __init__(self, server: Server[Any]) -> None:
        self._bus = InMemorySubscriptionBus()
        entries = [server.get_request_handler(method) for method in ("tools/list", "tools/call")]
        real = server.get_tool_input_schema
        server.get_tool_input_schema = lambda name: content.SCHEMAS.get(name) or (real(name) if real else None)
        self._list, self._call = (entry.handler for entry in entries if entry is not None)
        add: Any = server.add_request_handler
        add("tools/list", types.PaginatedRequestParams, self.list_tools)
        add("tools/call", types.CallToolRequestParams, self.call_tool)
        add("subscriptions/listen", types.SubscriptionsListenRequestParams, ListenHandler(self._bus))
        add("resources/list", types.PaginatedRequestParams, self.list_resources)
        add("resources/templates/list", types.PaginatedRequestParams, self.list_templates)
        add("resources/read", types.ReadResourceRequestParams, self.read_resource)
        add("resources/subscribe", types.SubscribeRequestParams, self.accept)
        add("resources/unsubscribe", types.UnsubscribeRequestParams, self.accept)
        add("prompts/list", types.PaginatedRequestParams, self.list_prompts)
        add("prompts/get", types.GetPromptRequestParams, self.get_prompt)
        add("completion/complete", types.CompleteRequestParams, self.complete)
        add("logging/setLevel", types.SetLevelRequestParams, self.accept)
        security = RequestStateSecurity(keys=[secrets.token_bytes(32)])
        server.middleware.append(RequestStateBoundary(security, default_audience=server.name))
        hints: Any = server.cache_hints
        server.cache_hints = {**hints, **dict.fromkeys(("prompts/list", "resources/list", "resources/read"), PRIVATE)}

    async def list_tools(self, ctx: ServerRequestContext[Any], params: Any) -> JSON:
        """The real tools and the suite's."""
        listed: Any = await self._list(ctx, params)
        return {**listed, "tools": [*listed["tools"], *map(tool, NAMES)]}

    async def call_tool(self, ctx: ServerRequestContext[Any], params: types.CallToolRequestParams) -> Any:
        """One of the suite's tools, or a real one."""
        name = params.name
        if name in content.CONTENT:
            return {**done(""), "content": content.CONTENT[name]}
        if name in ROUNDS:
            return ROUNDS[name](plain(params.input_responses), params.request_state, capabilities(ctx))
        if name in NOTIFYING:
            return await self._notify(ctx, name)
        if name == "test_error_handling":
            return {**done("This tool intentionally returns an error for testing"), "isError": True}
        if name in BY_HAND:
            await self._bus.publish(ToolsListChanged() if name.endswith("tool_change") else PromptsListChanged())
            return done("published")
        return await self._call(ctx, params)

    @staticmethod
    async def _notify(ctx: ServerRequestContext[Any], name: str) -> JSON:
        for step, words in enumerate(("Tool execution started", "Tool processing data", "Tool execution completed")):
            if name == "test_tool_with_progress":
                await ctx.session.report_progress(step * 50, 100)
            else:
                await log(ctx, words)
            await anyio.sleep(0.05)  # the suite asks for it
        return done("three notifications sent")

    async def list_resources(self, ctx: ServerRequestContext[Any], params: Any) -> JSON:
        """The suite's resources."""
        rows = [
            {"uri": uri, "name": uri.rpartition("/")[2], "description": "A fixture.", "mimeType": row["mimeType"]}
            for uri, row in content.RESOURCES.items()
        ]
        return {"resultType": "complete", "resources": rows, "ttlMs": 0, "cacheScope": "private"}

    async def list_templates(self, ctx: ServerRequestContext[Any], params: Any) -> JSON:
        """The suite's template."""
        row = {"uriTemplate": content.TEMPLATE, "name": "data", "description": "A fixture."}
        return {"resultType": "complete", "resourceTemplates": [row], "ttlMs": 0, "cacheScope": "private"}

    async def read_resource(self, ctx: ServerRequestContext[Any], params: types.ReadResourceRequestParams) -> JSON:
        """One of the suite's resources."""
        uri = str(params.uri)
        found = content.RESOURCES.get(uri)
        begin, end = content.TEMPLATE.split("{id}")
        if found is None and uri.startswith(begin) and uri.endswith(end):
            which = uri.removeprefix(begin).removesuffix(end)
            words = f'{{"id":"{which}","templateTest":true,"data":"Data for ID: {which}"}}'
            found = {"mimeType": "application/json", "text": words}
        if found is None:
            raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
        return {"resultType": "complete", "contents": [{"uri": uri, **found}], "ttlMs": 0, "cacheScope": "private"}

    async def list_prompts(self, ctx: ServerRequestContext[Any], params: Any) -> JSON:
        """The suite's prompts."""
        rows = [
            {
                "name": name,
                "description": "A fixture.",
                "arguments": [{"name": each, "description": "An argument.", "required": True} for each in arguments],
            }
            for name, arguments in content.PROMPTS.items()
        ]
        return {"resultType": "complete", "prompts": rows, "ttlMs": 0, "cacheScope": "private"}

    async def get_prompt(self, ctx: ServerRequestContext[Any], params: types.GetPromptRequestParams) -> JSON:
        """One of the suite's prompts."""
        if params.name == "test_input_required_result_prompt":
            return prompt_round(plain(params.input_responses))
        if params.name not in content.PROMPTS:
            raise MCPError(types.INVALID_PARAMS, "No such prompt")
        return {"resultType": "complete", "messages": content.prompt_messages(params.name, params.arguments or {})}

    async def complete(self, ctx: ServerRequestContext[Any], params: Any) -> JSON:
        """Some completions."""
        return {"resultType": "complete", "completion": {"values": ["paris", "park"], "total": 2, "hasMore": False}}

    async def accept(self, ctx: ServerRequestContext[Any], params: Any) -> JSON:
        """Take note of nothing."""
        return {}


async def log(ctx: ServerRequestContext[Any], words: str) -> None:
    """A log message, which the newest revision has no more."""
    with warnings.catch_warnings(action="ignore", category=MCPDeprecationWarning):
        await ctx.session.send_log_message("info", words, related_request_id=ctx.request_id)


def tool(name: str) -> JSON:
    """A fixture as it is listed."""
    schema = content.SCHEMAS.get(name, content.NO_ARGUMENTS)
    return {"name": name, "description": "A fixture of the conformance suite.", "inputSchema": schema}


def plain(model: Any) -> JSON:
    """Input responses as JSON."""
    if not model:
        return {}
    return {
        key: value.model_dump(by_alias=True, mode="json", exclude_none=True) if hasattr(value, "model_dump") else value
        for key, value in model.items()
    }


def capabilities(ctx: ServerRequestContext[Any]) -> JSON:
    """What the client declared."""
    found = ctx.session.client_capabilities
    return found.model_dump(by_alias=True, mode="json", exclude_none=True) if found is not None else {}


class KernelExchange(Exchange):
    """Every tool by the kernel: fixtures answer in shapes that the real ones do not."""

    async def _result(self, scope: Scope, message: JSON, route: Route) -> bytes:
        if message["method"] == "tools/call":
            return to_json(await self._by_kernel(scope, message, route))
        return await super()._result(scope, message, route)


class FixtureRuntime(Runtime):
    """A worker with the fixtures."""

    exchange_class = KernelExchange

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        Fixtures(self.endpoint.server)

    @staticmethod
    def wants_stream(message: JSON) -> bool:
        """As the product's; the suite's notifying tools are long-running ones."""
        params = message.get("params")
        name = params.get("name") if isinstance(params, dict) else None
        return wants_stream(message) or name in NOTIFYING


application: Any = Application(FixtureRuntime)
