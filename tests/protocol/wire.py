"""Speaks MCP by hand over HTTP in either era, so that tests see status, headers and bytes."""

from __future__ import annotations

import json
from typing import Any, Self

import httpx2

from tests.simulators.stack import RunningStack

MODERN = "2026-07-28"
JSON = dict[str, Any]


class Wire:
    """One client of one era; `call` and `list` are the two requests that the product governs."""

    def __init__(self, stack: RunningStack, version: str) -> None:
        self.stack = stack
        self.version = version
        self._client = httpx2.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def is_modern(self) -> bool:
        """Whether this is the stateless era."""
        return self.version == MODERN

    def headers(self, method: str, name: str | None, token: str | None) -> dict[str, str]:
        """The headers of a well-formed request."""
        found = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": self.version,
        }
        if token is not None:
            found["Authorization"] = f"Bearer {token}"
        if self.is_modern:
            found["Mcp-Method"] = method
            if name is not None:
                found["Mcp-Name"] = name
        return found

    def message(self, method: str, params: JSON) -> JSON:
        """A JSON-RPC request with the envelope of the era."""
        if self.is_modern:
            meta = {
                "io.modelcontextprotocol/protocolVersion": self.version,
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
            }
            params = {**params, "_meta": meta}
        return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}

    def send(
        self,
        method: str,
        params: JSON,
        *,
        token: str | None,
        path: str = "/mcp",
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx2.Response:
        """Send one request; `headers` override, `content` replaces the body."""
        found = {**self.headers(method, params.get("name"), token), **(headers or {})}
        body = content if content is not None else json.dumps(self.message(method, params)).encode()
        return self._client.post(self.stack.base + path, content=body, headers=found)

    def list(self, token: str) -> list[str]:
        """The names of the tools that this token sees."""
        answer = self.send("tools/list", {}, token=token)
        assert answer.status_code == 200, answer.text
        return [tool["name"] for tool in answer.json()["result"]["tools"]]

    def call(self, tool: str, token: str, **arguments: Any) -> httpx2.Response:
        """Call a tool, whatever comes of it."""
        params = {"name": f"ctera_portal_{tool}", "arguments": arguments}
        return self.send("tools/call", params, token=token)

    def result(self, tool: str, token: str, **arguments: Any) -> JSON:
        """The tool result of a call that HTTP let through."""
        answer = self.call(tool, token, **arguments)
        assert answer.status_code == 200, answer.text
        found: JSON = answer.json()["result"]
        return found

    def good(self, tool: str, token: str, **arguments: Any) -> JSON:
        """The structured content of a call that succeeded."""
        result = self.result(tool, token, **arguments)
        assert result["isError"] is False, result
        content: JSON = result["structuredContent"]
        return content

    def bad(self, tool: str, token: str, **arguments: Any) -> JSON:
        """The structured content of a call that was refused or failed as a tool result."""
        result = self.result(tool, token, **arguments)
        assert result["isError"] is True, result
        content: JSON = result["structuredContent"]
        return content
