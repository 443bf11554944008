"""Answers plain JSON exchanges of both eras without the SDK's per-request transports.

What is fast here is only the way: the SDK's own classification, header checks, request models, result shapes and error
mapping hold as in its transports. A plain `tools/call` goes straight to the endpoint and is written in the revision's
shape (`shapes.py`); other `tools/list` and `tools/call` requests run on the SDK's kernel; everything else goes to its
transports unchanged. As measured with mcp 2.3 those take 60 µs (2026-07-28) to 230 µs (older revisions) more a request.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.connection import Connection
from mcp.server.runner import ServerRunner, modern_error_data
from mcp.server.streamable_http import check_accept_headers
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    validate_mcp_param_headers,
)
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, KNOWN_PROTOCOL_VERSIONS
from pydantic_core import to_json
from starlette.requests import Request

from ctera_mcp_site.shapes import is_plain, result_shape
from tools.catalogue import CATALOGUE

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.shared.dispatcher import CallOptions

    from ctera_mcp_site.mcp_endpoint import McpEndpoint
    from oauth.access import Access
    from oauth.middleware import Scope, Send

DEFAULT_HANDSHAKE_VERSION = "2025-03-26"
"""What an absent MCP-Protocol-Version header means (Streamable HTTP, 2025-06-18 and later)."""

FAST_METHODS = frozenset({"tools/list", "tools/call"})
MOST_LISTINGS = 256


@dataclass(slots=True)
class SingleExchange:
    """The SDK's DispatchContext for one request and one answer: no way back to the client, no progress."""

    transport: TransportContext
    request_id: str | int
    message_metadata: ServerMessageMetadata
    progress_token: str | int | None = None
    can_send_request: bool = False

    @property
    def cancel_requested(self) -> anyio.Event:
        """Never set: nobody can cancel a single exchange but by leaving. Made on demand, since making one is dear."""
        return anyio.Event()

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Refuse: there is no back-channel."""
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None) -> None:
        """Drop: a single JSON answer carries no notifications."""

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Drop: requests with a progress token go to the SDK's SSE transport (`wants_stream`)."""


@lru_cache(maxsize=256)
def accepts_json(accept: str) -> bool:
    """The SDK's reading of an Accept header."""
    request = Request({"type": "http", "method": "POST", "headers": [(b"accept", accept.encode("latin-1"))]})
    return bool(check_accept_headers(request)[0])


def plain_request(message: dict[str, Any]) -> bool:
    """Whether the message is a request that the fast way serves; everything doubtful is not (see `wants_stream`)."""
    params = message.get("params", {})
    request_id = message.get("id")
    method = message.get("method")
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str) or method not in FAST_METHODS:
        return False
    if not isinstance(params, dict):
        return False
    return isinstance(request_id, str | int) and not isinstance(request_id, bool)


@dataclass(frozen=True, slots=True)
class Route:
    """What the SDK's classification says of a request: the revision it speaks and, in the modern era, who it is."""

    version: str
    client_info: Any
    client_capabilities: Any


def modern_route(server: Server[Any], message: dict[str, Any], headers: dict[str, str]) -> Route | None:
    """The SDK's ladder; a rejection is left to its transport, which words it."""
    verdict = classify_inbound_request(message, headers=headers)
    if isinstance(verdict, InboundLadderRejection):
        return None
    params, schema_of = message.get("params", {}), server.get_tool_input_schema
    arguments = params.get("arguments") or {}
    if message["method"] == "tools/call" and schema_of is not None and isinstance(arguments, dict):
        schema = schema_of(str(params.get("name")))
        mirrored = schema and (arguments or any(name.startswith("mcp-param-") for name in headers))
        if schema and mirrored and validate_mcp_param_headers(schema, arguments, headers) is not None:
            return None
    return Route(verdict.protocol_version, verdict.client_info, verdict.client_capabilities)


class Exchange:
    """Serves plain requests; `serve` returns False, having sent nothing, for what the SDK's transports must do."""

    def __init__(self, endpoint: McpEndpoint, lifespan_state: Any) -> None:
        self._endpoint = endpoint
        self._server: Server[Any] = endpoint.server
        self._state = lifespan_state
        self._listings: OrderedDict[tuple[str, frozenset[str]], bytes] = OrderedDict()
        info = self._server.server_info_stamp
        self._shapes = {version: result_shape(version, info) for version in KNOWN_PROTOCOL_VERSIONS}

    async def serve(self, scope: Scope, send: Send) -> bool:
        """Answer `scope["message"]` if it is plain."""
        message: dict[str, Any] = scope["message"]
        if not plain_request(message):
            return False
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not accepts_json(headers.get("accept", "")):
            return False
        version = headers.get("mcp-protocol-version", DEFAULT_HANDSHAKE_VERSION)
        route = (
            Route(version, None, {})
            if version in HANDSHAKE_PROTOCOL_VERSIONS
            else modern_route(self._server, message, headers)
        )
        if route is None:
            return False
        status, payload = await self._answer(scope, message, route)
        body = b'{"jsonrpc":"2.0","id":%b,%b}' % (to_json(message["id"]), payload)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    (b"cache-control", b"no-store"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})
        return True

    async def _answer(self, scope: Scope, message: dict[str, Any], route: Route) -> tuple[int, bytes]:
        try:
            return 200, b'"result":' + await self._result(scope, message, route)
        except Exception as fault:  # noqa: BLE001 - the wire boundary; the SDK's own mapping hides texts it must not tell
            data = modern_error_data(fault)
            status = 200 if route.version in HANDSHAKE_PROTOCOL_VERSIONS else ERROR_CODE_HTTP_STATUS.get(data.code, 200)
            return status, b'"error":' + to_json(data.model_dump(by_alias=True, mode="json", exclude_none=True))

    async def _result(self, scope: Scope, message: dict[str, Any], route: Route) -> bytes:
        params: dict[str, Any] = message.get("params", {})
        if not is_plain(message["method"], route.version, params):
            return to_json(await self._by_kernel(scope, message, route))
        if message["method"] == "tools/call":
            answer = await self._endpoint.call(scope["access"], params["name"], params.get("arguments", {}))
            return self._shapes[route.version].write(answer)
        access: Access = scope["access"]
        key = (route.version, access.book.listed(access.principal, access.at))
        known = self._listings.get(key)
        scope["listed"] = True
        if known is None:
            known = self._listings[key] = to_json(await self._by_kernel(scope, message, route))
            if len(self._listings) > MOST_LISTINGS:
                self._listings.popitem(last=False)
        return known

    async def _by_kernel(self, scope: Scope, message: dict[str, Any], route: Route) -> dict[str, Any]:
        connection = Connection.from_envelope(route.version, route.client_info, route.client_capabilities)
        request = Request(scope)
        exchange = SingleExchange(
            transport=TransportContext(kind="streamable-http", can_send_request=False, headers=request.headers),
            request_id=message["id"],
            message_metadata=ServerMessageMetadata(request_context=request),
        )
        # As the SDK's serve_one, less the shielded unwinding of an exit stack that no handler of ours uses.
        runner = ServerRunner(self._server, connection, self._state)
        return await runner.on_request(exchange, message["method"], message.get("params"))


def wants_stream(message: dict[str, Any]) -> bool:
    """Whether the caller asked for progress, subscribes, or calls a tool that takes long: these get SSE."""
    params = message.get("params")
    if message.get("method") == "subscriptions/listen":
        return True
    if not isinstance(params, dict):
        return False
    meta = params.get("_meta")
    spec = CATALOGUE.get(str(params.get("name")))
    return (isinstance(meta, dict) and "progressToken" in meta) or (spec is not None and spec.long_running)
