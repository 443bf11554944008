"""MCP Inspector's command line and mcp-remote, as published on npm, list and call."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.conftest import CLIENTS, node_program
from tests.simulators.stack import RunningStack

pytestmark = pytest.mark.node


def environment(home: Path) -> dict[str, str]:
    """A clean environment with the right Node first on the path."""
    return {"PATH": f"{Path(node_program()).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}


def inspector(stack: RunningStack, home: Path, era: str, *arguments: str) -> dict[str, object]:
    """Run Inspector's command line once."""
    command = [
        str(CLIENTS / ".bin" / "mcp-inspector"), "--cli", stack.url, "--transport", "http",
        "--header", f"Authorization: Bearer {stack.token('bob')}", "--protocol-era", era, *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("era", ["modern", "legacy", "auto"])
def test_inspector_lists_the_tools(stack: RunningStack, tmp_path: Path, era: str) -> None:
    listed = inspector(stack, tmp_path, era, "--method", "tools/list")
    assert "ctera_portal_list_dir" in json.dumps(listed)


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_inspector_calls_a_tool(stack: RunningStack, tmp_path: Path, era: str) -> None:
    arguments = ("--tool-name", "ctera_portal_list_dir", "--tool-arg", "path=/", "--tool-arg", "tenant=acme")
    called = inspector(stack, tmp_path, era, "--method", "tools/call", *arguments)
    assert '"tenant": "acme"' in json.dumps(called)


async def test_mcp_remote_lists_and_calls(stack: RunningStack, tmp_path: Path) -> None:
    script = CLIENTS / "mcp-remote" / "dist" / "proxy.js"
    header = "Authorization:${AUTH}"
    remote = StdioServerParameters(
        command=node_program(),
        args=[str(script), stack.url, "--allow-http", "--transport", "http-only", "--header", header],
        env={**environment(tmp_path), "AUTH": f"Bearer {stack.token('bob')}"},
    )
    with (tmp_path / "stderr").open("w") as errors:
        async with stdio_client(remote, errlog=errors) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            listed = await session.list_tools()
            called = await session.call_tool("ctera_portal_who_am_i", {"tenant": "2024"})
    assert "ctera_portal_who_am_i" in {tool.name for tool in listed.tools}
    assert called.structured_content is not None
    assert called.structured_content["tenant"] == "2024"
