"""Every tool that only looks, called by the real MCP client in both eras and by both kinds of portal account."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.simulators.stack import RunningStack
from tests.tools.reads.looking import ADMINISTRATION, GOOD
from tools.catalogue import CATALOGUE
from tools.spec import Toolset

IDENTITY: dict[str, dict[str, Any]] = {
    "who_am_i": {},
    "list_portals": {},
    "browse_team_portal": {"tenant": "acme"},
    "browse_global_admin": {},
}
CALLS = {**GOOD, **IDENTITY}
MODES = ["2026-07-28", "legacy", "auto"]
OWN_ROOT = ("/Users/Alice Acme/", "/")
"""How a path of global administration becomes one of the user's own."""


async def answer_of(stack: RunningStack, mode: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Lists the tools as a client does before it calls one, so that the client checks the answer's schema too."""
    bearer = {"Authorization": f"Bearer {stack.token('bob')}"}
    async with (
        httpx2.AsyncClient(headers=bearer, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(stack.url, http_client=http), mode=mode) as client,
    ):
        listed = {each.name: each for each in (await client.list_tools()).tools}
        found = await client.call_tool(f"ctera_portal_{tool}", arguments)
    assert not found.is_error, found.content
    assert isinstance(found.structured_content, dict)
    shown = listed[f"ctera_portal_{tool}"].output_schema
    assert shown is not None
    Draft202012Validator(shown).validate(found.structured_content)
    return found.structured_content


def test_every_tool_that_looks_is_called_here() -> None:
    looking = {name for name, spec in CATALOGUE.items() if spec.toolset in {Toolset.READ, Toolset.ADMIN}}
    assert looking == {f"ctera_portal_{tool}" for tool in CALLS}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tool", CALLS)
async def test_a_client_calls_it_by_an_administrators_account(stack: RunningStack, mode: str, tool: str) -> None:
    known = CATALOGUE[f"ctera_portal_{tool}"].input_schema["properties"]
    place = {name: value for name, value in {"portal": "hq", "tenant": "acme"}.items() if name in known}
    found = await answer_of(stack, mode, tool, {**place, **CALLS[tool]})
    assert found.get("portal", "hq") == "hq" or found["origin"]["portal"] == "hq"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tool", [tool for tool in GOOD if tool not in ADMINISTRATION])
async def test_a_client_calls_it_by_a_users_account(stack: RunningStack, mode: str, tool: str) -> None:
    arguments = {**GOOD[tool], "path": str(GOOD[tool]["path"]).replace(*OWN_ROOT)}
    found = await answer_of(stack, mode, tool, {"portal": "acme-files", **arguments})
    assert found.get("origin", found)["tenant"] == "acme"
    assert found.get("origin", found)["path"] == arguments["path"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_reads_a_version_that_it_was_told_of(stack: RunningStack, mode: str) -> None:
    place = {"portal": "hq", "tenant": "acme", "path": GOOD["read_file"]["path"]}
    told = await answer_of(stack, mode, "list_versions", place)
    oldest = told["versions"][-1]["version"]
    found = await answer_of(stack, mode, "read_file", {**place, "version": oldest})
    assert found["content"] == "The plan, 20 days before.\n"
